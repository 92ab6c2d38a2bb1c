//! The terminal, taken over and given back as it was.

use std::{io, time::Duration};

use ratatui::{
    DefaultTerminal, Frame,
    crossterm::event::{self, Event},
};

/// The terminal while it is ours: other screen, no echo, no line editing.
///
/// It is given back when this is dropped, and before a panic tells what it has to.
pub(super) struct Screen(DefaultTerminal);

impl Screen {
    /// Takes it over.
    ///
    /// # Errors
    ///
    /// There is no terminal.
    pub(super) fn open() -> io::Result<Self> {
        match ratatui::try_init() {
            Ok(terminal) => Ok(Self(terminal)),
            Err(error) => {
                // A part of it may have been done.
                let _ = ratatui::try_restore();
                Err(error)
            }
        }
    }

    /// Shows something.
    ///
    /// # Errors
    ///
    /// The terminal is gone.
    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.0.draw(draw).map(drop)
    }

    /// Waits this long for something that somebody does; all that was done meanwhile is returned.
    ///
    /// # Errors
    ///
    /// The terminal is gone.
    pub(super) fn wait(&self, time: Duration) -> io::Result<Vec<Event>> {
        let mut events = Vec::new();
        let mut wait = time;
        while event::poll(wait)? {
            events.push(event::read()?);
            wait = Duration::ZERO;
        }
        Ok(events)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Nothing is left to do where that fails: the terminal is gone.
        let _ = self.0.show_cursor();
        let _ = ratatui::try_restore();
    }
}

#[cfg(test)]
mod tests {
    use std::{env, process::Command};

    use gears_tests::{DEADLINE, Terminal};

    use super::*;

    /// Where it is set, this test is the program that panics.
    const PANICS: &str = "GEARS_TESTS_SCREEN_PANICS";

    #[test]
    fn panic_gives_the_terminal_back() {
        if env::var_os(PANICS).is_some() {
            let mut screen = Screen::open().unwrap();
            screen
                .draw(|frame| frame.render_widget("taken over", frame.area()))
                .unwrap();
            screen.wait(DEADLINE).unwrap();
            panic!("on purpose");
        }
        let mut command = Command::new(env::current_exe().unwrap());
        let name = concat!(module_path!(), "::panic_gives_the_terminal_back");
        // Tests are named without their crate.
        let name = name.split_once("::").unwrap().1;
        command.args(["--exact", name, "--nocapture"]);
        command.env(PANICS, "1").env_remove("RUST_BACKTRACE");
        let mut terminal = Terminal::start(command, (24, 80));
        terminal.until_shown("taken over");
        assert!(terminal.look(vt100::Screen::alternate_screen));
        assert!(!terminal.echoes_lines());
        terminal.press("x");
        assert!(!terminal.wait().success());
        terminal.until_shown("on purpose");
        assert!(!terminal.look(vt100::Screen::alternate_screen));
        assert!(!terminal.look(vt100::Screen::hide_cursor));
        assert!(terminal.echoes_lines());
    }
}
