//! Programs on a terminal of their own, and what they show on it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::num::NonZero;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use rustix::fs::{Mode, OFlags};
use rustix::pty::OpenptFlags;
use rustix::termios::{LocalModes, OptionalActions, Winsize};
use rustix::{fs, process, pty, termios};

use crate::{DEADLINE, hear_signals};

/// A program on a pseudo-terminal, which is ended with this.
pub struct Terminal {
    child: Child,
    keyboard: File,
    /// Kept open, so that its modes can be looked at when the program has ended.
    line: Option<OwnedFd>,
    seen: Arc<Mutex<Seen>>,
    reader: Option<JoinHandle<()>>,
}

struct Seen {
    parser: vt100::Parser,
    /// All that was written, in order.
    written: Vec<u8>,
}

impl Terminal {
    /// Starts a program on a terminal of this size.
    ///
    /// # Panics
    ///
    /// When the system gives no terminal, or the program cannot be started.
    pub fn start(mut command: Command, (rows, columns): (u16, u16)) -> Self {
        let master = pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)
            .expect("a pseudo-terminal");
        pty::grantpt(&master).unwrap();
        pty::unlockpt(&master).unwrap();
        let name = pty::ptsname(&master, Vec::new()).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let line = fs::open(name, flags, Mode::empty()).unwrap();
        resize(&line, rows, columns);
        command
            .stdin(line.try_clone().unwrap())
            .stdout(line.try_clone().unwrap())
            .stderr(line.try_clone().unwrap())
            .env("TERM", "xterm-256color");
        hear_signals(&mut command);
        // SAFETY: between fork and exec these make two system calls each, and allocate nothing.
        unsafe {
            command.pre_exec(|| {
                process::setsid()?;
                // The standard input is the terminal already.
                process::ioctl_tiocsctty(rustix::stdio::stdin())?;
                Ok(())
            });
        }
        let child = command.spawn().unwrap();
        let seen = Arc::new(Mutex::new(Seen {
            parser: vt100::Parser::new(some(rows), some(columns), 0),
            written: Vec::new(),
        }));
        let keyboard = File::from(master);
        let mut screen = keyboard.try_clone().unwrap();
        let reader = thread::spawn({
            let seen = Arc::clone(&seen);
            move || {
                let mut bytes = [0; 4096];
                // It fails when nobody has the other end any more.
                while let Ok(count @ 1..) = screen.read(&mut bytes) {
                    let mut seen = lock(&seen);
                    seen.parser.process(&bytes[..count]);
                    seen.written.extend_from_slice(&bytes[..count]);
                }
            }
        });
        Self {
            child,
            keyboard,
            line: Some(line),
            seen,
            reader: Some(reader),
        }
    }

    /// Types.
    ///
    /// # Panics
    ///
    /// When the terminal is gone.
    pub fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Gives the terminal another size.
    ///
    /// # Panics
    ///
    /// When the system refuses.
    pub fn resize(&self, (rows, columns): (u16, u16)) {
        let mut seen = lock(&self.seen);
        seen.parser.screen_mut().set_size(some(rows), some(columns));
        drop(seen);
        resize(self.line(), rows, columns);
    }

    /// Looks at the screen.
    pub fn look<T>(&self, at: impl FnOnce(&vt100::Screen) -> T) -> T {
        at(lock(&self.seen).parser.screen())
    }

    /// Returns the lines on the screen, without what is empty at their ends.
    pub fn lines(&self) -> Vec<String> {
        let text = self.look(vt100::Screen::contents);
        text.lines()
            .map(|line| line.trim_end().to_owned())
            .collect()
    }

    /// Returns all that was written so far, with what steers the terminal.
    pub fn written(&self) -> String {
        String::from_utf8_lossy(&lock(&self.seen).written).into_owned()
    }

    /// Waits until the screen shows something, and returns what was made of it.
    ///
    /// # Panics
    ///
    /// After [`DEADLINE`], showing the screen.
    #[track_caller]
    pub fn until<T>(&self, what: &str, mut ask: impl FnMut(&[String]) -> Option<T>) -> T {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let lines = self.lines();
            if let Some(answer) = ask(&lines) {
                return answer;
            }
            assert!(
                Instant::now() < deadline,
                "in {DEADLINE:?} came no {what}; the screen shows:\n{}",
                lines.join("\n")
            );
            thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    /// Waits until some line holds this text.
    ///
    /// # Panics
    ///
    /// As [`until`](Self::until).
    #[track_caller]
    pub fn until_shown(&self, text: &str) {
        self.until(text, |lines| {
            lines.iter().any(|line| line.contains(text)).then_some(())
        });
    }

    /// Sends a signal to the program.
    ///
    /// # Panics
    ///
    /// When it has ended.
    pub fn signal(&self, signal: process::Signal) {
        let pid = process::Pid::from_child(&self.child);
        process::kill_process(pid, signal).unwrap();
    }

    /// Waits until the program has ended, and all that it wrote is on the screen.
    ///
    /// # Panics
    ///
    /// After [`DEADLINE`], showing the screen.
    #[track_caller]
    pub fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + DEADLINE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(
                Instant::now() < deadline,
                "it did not end; the screen shows:\n{}",
                self.lines().join("\n")
            );
            thread::sleep(std::time::Duration::from_millis(5));
        };
        // What it wrote comes before what is written now.
        let mark = format!("\x1b]0;{}\x07", self.child.id());
        let mut line = File::from(self.line().try_clone().unwrap());
        line.write_all(mark.as_bytes()).unwrap();
        while !self.written().contains(&mark) {
            assert!(Instant::now() < deadline, "the terminal is stuck");
            thread::sleep(std::time::Duration::from_millis(1));
        }
        status
    }

    /// Tells whether what is typed appears, and waits for whole lines, as shells leave it.
    ///
    /// # Panics
    ///
    /// When the system refuses.
    pub fn echoes_lines(&self) -> bool {
        let modes = termios::tcgetattr(self.line()).unwrap().local_modes;
        modes.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG)
    }

    /// Turns the echo of what is typed off or on.
    ///
    /// # Panics
    ///
    /// When the system refuses.
    pub fn set_echo(&self, on: bool) {
        let mut modes = termios::tcgetattr(self.line()).unwrap();
        modes.local_modes.set(LocalModes::ECHO, on);
        termios::tcsetattr(self.line(), OptionalActions::Now, &modes).unwrap();
    }

    fn line(&self) -> &OwnedFd {
        self.line.as_ref().expect("it is closed in the end")
    }
}

fn resize(line: &OwnedFd, rows: u16, columns: u16) {
    let size = Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    termios::tcsetwinsize(line.as_fd(), size).unwrap();
}

fn some(size: u16) -> NonZero<u16> {
    NonZero::new(size).expect("a terminal has rows and columns")
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.line = None;
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}
