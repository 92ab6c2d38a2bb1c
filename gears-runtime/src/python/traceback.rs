//! What a Python error becomes on the wire, read back into its parts.
//!
//! A server writes a traceback as the `repr` of the list of strings that
//! `traceback.format_exception` returns, as `Error type: <class 'X'>, Value: …`
//! when there is no traceback, or as plain text.

mod cut;
mod frame;
#[cfg(test)]
mod tests;

pub use frame::Frame;

use std::fmt;

use super::literal;

/// What stands before the frames of an exception.
const HEADER: &str = "Traceback (most recent call last):\n";
/// What stands before those of an exception group, and before its other lines.
const GROUP_HEADER: &str = "  + Exception Group Traceback (most recent call last):\n";
const GROUP_MARGIN: &str = "  | ";

/// Holds a Python error in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traceback {
    pub(crate) exception: String,
    pub(crate) message: String,
    /// The frames of the exception itself, not of those that led to it.
    pub(crate) frames: Vec<Frame>,
    /// All of it, in the order in which Python prints it.
    items: Vec<Item>,
}

/// A part of what Python prints.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    /// What announces frames.
    Header(String),
    /// A frame as it was printed, and what it says.
    Frame(String, Frame),
    /// `[Previous line repeated 900 more times]`.
    Repeated(String),
    /// The exception, or what leads from one to the next.
    Text(String),
}

impl Traceback {
    /// Reads an error text; `None` when it has neither structured form.
    pub(crate) fn parse(raw: &str) -> Option<Self> {
        Self::parse_list(raw).or_else(|| Self::parse_typed(raw))
    }

    /// Takes plain text as the message of an exception without a type.
    pub(crate) fn flat(raw: &str) -> Self {
        Self {
            message: raw.trim_end().to_owned(),
            ..Self::default()
        }
    }

    fn parse_list(raw: &str) -> Option<Self> {
        let raw = raw.trim_end();
        if !raw.starts_with('[') {
            return None;
        }
        let items: Vec<Item> = literal::parse_list(raw)?
            .into_iter()
            .map(Item::new)
            .collect();
        let mut traceback = Self {
            items,
            ..Self::default()
        };
        traceback.read_last();
        Some(traceback)
    }

    /// Reads the exception that was raised: of those that are chained, the last one.
    fn read_last(&mut self) {
        let start = self
            .items
            .iter()
            .rposition(|item| matches!(item, Item::Header(_)));
        let last = &self.items[start.map_or(0, |start| start + 1)..];
        self.frames = last.iter().filter_map(Item::frame).cloned().collect();
        let mut texts = last.iter().filter_map(Item::text);
        let is_group = matches!(start.map(|at| &self.items[at]), Some(Item::Header(text)) if text == GROUP_HEADER);
        let said = if is_group {
            // Then come the exceptions of the group, each with its own traceback.
            texts.next().map(without_margin).unwrap_or_default()
        } else {
            // A syntax error shows its place first, in lines that are indented.
            let mut lines = texts.skip_while(|text| text.starts_with("  ")).peekable();
            match lines.peek() {
                Some(_) => lines.collect(),
                None => last.iter().filter_map(Item::text).collect(),
            }
        };
        (self.exception, self.message) = split_exception(&said);
    }

    /// Reads `Error type: <class 'X'>, Value: message`.
    fn parse_typed(raw: &str) -> Option<Self> {
        let rest = raw.strip_prefix("Error type: <class '")?;
        let (exception, message) = rest.split_once("'>, Value: ")?;
        Some(Self {
            exception: exception.to_owned(),
            message: message.trim_end().to_owned(),
            ..Self::default()
        })
    }
}

impl Item {
    fn new(text: String) -> Self {
        if text == HEADER || text == GROUP_HEADER {
            return Self::Header(text);
        }
        let line = text.strip_prefix(GROUP_MARGIN).unwrap_or(&text);
        if line.starts_with("  [Previous line repeated ") {
            return Self::Repeated(text);
        }
        match Frame::parse(&without_margin(&text)) {
            Some(frame) => Self::Frame(text, frame),
            None => Self::Text(text),
        }
    }

    fn frame(&self) -> Option<&Frame> {
        match self {
            Self::Frame(_, frame) => Some(frame),
            _ => None,
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    fn is_of_frames(&self) -> bool {
        matches!(self, Self::Frame(..) | Self::Repeated(_))
    }

    fn printed(&self) -> &str {
        match self {
            Self::Header(text) | Self::Frame(text, _) | Self::Repeated(text) | Self::Text(text) => {
                text
            }
        }
    }
}

/// Takes away what an exception group has before each line.
fn without_margin(text: &str) -> String {
    text.split_inclusive('\n')
        .map(|line| line.strip_prefix(GROUP_MARGIN).unwrap_or(line))
        .collect()
}

/// Takes `Type: message` apart.
fn split_exception(said: &str) -> (String, String) {
    let said = said.trim_end();
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|char| char.is_alphanumeric() || matches!(char, '_' | '.' | '<' | '>'))
    };
    match said.split_once(": ") {
        Some((name, message)) if is_name(name) => (name.to_owned(), message.to_owned()),
        // An exception without a message shows its type alone.
        _ => {
            let name = said.strip_suffix(':').unwrap_or(said);
            if is_name(name) {
                (name.to_owned(), String::new())
            } else {
                (String::new(), said.to_owned())
            }
        }
    }
}

impl fmt::Display for Traceback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.items.is_empty() {
            let text: String = self.items.iter().map(Item::printed).collect();
            return f.write_str(text.trim_end());
        }
        match (self.exception.as_str(), self.message.as_str()) {
            ("", message) => f.write_str(message),
            (exception, "") => f.write_str(exception),
            (exception, message) => write!(f, "{exception}: {message}"),
        }
    }
}
