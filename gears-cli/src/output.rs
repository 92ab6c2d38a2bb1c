//! What people and programs get to see.
//!
//! Results go to the standard output, all else to the standard error. Colours are for
//! terminals, unless somebody says otherwise.

mod progress;
mod shares;
mod table;

use std::{
    fmt::Display,
    io::{self, Write as _},
};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use clap::ColorChoice;

use crate::failure::Result;

pub(crate) use progress::Progress;
pub(crate) use shares::{Share, Shares};
pub(crate) use table::{Cell, Table};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Writes for people, or JSON for programs.
#[derive(Clone)]
pub(crate) struct Output {
    json: bool,
    color: anstream::ColorChoice,
}

/// Says how something fares, and so its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Good,
    Warning,
    Bad,
    Dim,
}

impl Tone {
    fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Warning => AnsiColor::Yellow.on_default(),
            Self::Bad => AnsiColor::Red.on_default(),
            Self::Dim => DIM,
        }
    }

    /// Writes `text` in its colour, which streams that have none leave out.
    pub(crate) fn paint(self, text: &str) -> String {
        if self == Self::Plain {
            return text.to_owned();
        }
        let style = self.style();
        format!("{style}{text}{style:#}")
    }
}

impl Output {
    pub(crate) fn new(json: bool, color: ColorChoice) -> Self {
        Self {
            json,
            color: match color {
                ColorChoice::Auto => anstream::ColorChoice::Auto,
                ColorChoice::Always => anstream::ColorChoice::Always,
                ColorChoice::Never => anstream::ColorChoice::Never,
            },
        }
    }

    /// Tells whether programs read the output.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Says what somebody wants of colours; `None` leaves it to the terminal.
    pub(crate) fn wants_colors(&self) -> Option<bool> {
        match self.color {
            anstream::ColorChoice::Auto => None,
            anstream::ColorChoice::Never => Some(false),
            _ => Some(true),
        }
    }

    /// Prints a line.
    ///
    /// # Errors
    ///
    /// The output is closed, or full.
    pub(crate) fn line(&self, text: impl Display) -> Result {
        let mut stream = AutoStream::new(io::stdout().lock(), self.color);
        writeln!(stream, "{text}")?;
        stream.flush()?;
        Ok(())
    }

    /// Prints bytes as they are, and a line end.
    ///
    /// # Errors
    ///
    /// As [`line`](Self::line).
    pub(crate) fn bytes(&self, bytes: &[u8]) -> Result {
        let mut stream = io::stdout().lock();
        stream.write_all(bytes)?;
        stream.write_all(b"\n")?;
        stream.flush()?;
        Ok(())
    }

    /// Prints JSON.
    ///
    /// # Errors
    ///
    /// As [`line`](Self::line).
    pub(crate) fn json(&self, value: &serde_json::Value) -> Result {
        let mut stream = io::stdout().lock();
        serde_json::to_writer_pretty(&mut stream, value).map_err(io::Error::from)?;
        stream.write_all(b"\n")?;
        stream.flush()?;
        Ok(())
    }

    /// Prints a table.
    ///
    /// # Errors
    ///
    /// As [`line`](Self::line).
    pub(crate) fn table(&self, table: &Table) -> Result {
        self.line(table.render(width()))
    }

    /// Tells something that is no result, on the standard error.
    pub(crate) fn note(&self, text: impl Display) {
        self.aside(format_args!("{text}"));
    }

    /// Tells what went wrong.
    pub(crate) fn error(&self, text: &str) {
        let style = AnsiColor::Red.on_default().bold();
        self.aside(format_args!("{style}error:{style:#} {text}"));
    }

    /// Tells what to do about it.
    pub(crate) fn advice(&self, text: &str) {
        let style = AnsiColor::Cyan.on_default();
        self.aside(format_args!("{style}help:{style:#} {text}"));
    }

    fn aside(&self, text: std::fmt::Arguments<'_>) {
        let mut stream = AutoStream::new(io::stderr().lock(), self.color);
        // There is nobody left to tell.
        let _ = writeln!(stream, "{text}");
    }
}

/// Takes out what would steer the terminal: text from servers and names of files may be anything.
pub(crate) fn clean(text: &str) -> String {
    let harmless = |char: char| !char.is_control() || char == '\t' || char == '\n';
    text.chars()
        .map(|char| if harmless(char) { char } else { '\u{fffd}' })
        .collect()
}

/// Returns how many columns the terminal has; `None` when there is none.
fn width() -> Option<u16> {
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0)
}
