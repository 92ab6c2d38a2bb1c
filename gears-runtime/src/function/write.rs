//! Writes the Python of a closed gear function.
//!
//! The script is meant to be read: first the functions of the user, each compiled under its own
//! file and line, then one chain of steps.

use super::{
    callback::Code, counting, keyword::ReaderType, origin::Origin, reading::Reading, step::Steps,
    writer::Writer,
};
use crate::{
    error::Result,
    python::{literal::string, spot::Spot},
};

/// What the records are made into at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// What this crate reads back.
    Encoded,
    /// What any client can read.
    Natural,
    /// Nothing: they stay as they are.
    Raw,
}

/// How a function is closed.
pub(crate) struct Closing<'a> {
    /// `run` or `register`.
    pub(crate) action: &'static str,
    /// Where in the Rust source that is said.
    pub(crate) spot: &'a Spot,
    pub(crate) description: Option<&'a str>,
    /// Whether records come without type and value.
    pub(crate) without_values: bool,
    pub(crate) ending: Ending,
    /// What `run` reads.
    pub(crate) reading: Option<Reading<'a>>,
    /// Names and literals.
    pub(crate) keywords: Vec<(&'static str, String)>,
    /// Names and functions.
    pub(crate) functions: Vec<(&'static str, &'a Code)>,
}

/// Writes a script.
///
/// # Errors
///
/// A value that was passed into the Python has no Python form.
pub(crate) fn write(origin: &Origin, steps: &Steps, closing: &Closing<'_>) -> Result<String> {
    let mut writer = Writer::default();
    let steps = steps.placed();
    let parts = counting::parts(&steps, origin.reader, closing.reading.as_ref());
    let mut reader = origin.reader;
    let mut arguments = Vec::new();
    let mut boxed_already = false;
    if let Some(reading) = &closing.reading {
        if parts.first().is_some_and(|part| part.boxed) && !reading.brings_some(reader) {
            arguments.push(writer.boxed_reader(reading, reader, parts[0].steps)?);
            reader = ReaderType::PythonReader;
            boxed_already = true;
        } else {
            arguments = writer.reader(reading)?;
        }
    }
    writer.link(begin(reader, closing.description));
    if closing.without_values && !boxed_already {
        writer.need("whole");
        writer.link(".map(_gear_whole)");
    }
    for part in parts {
        if part.boxed && !boxed_already {
            writer.need("box");
            writer.link(".flatmap(_gear_box)");
        }
        boxed_already = false;
        writer.boxed(part.boxed);
        for (step, place) in part.steps {
            writer.step(step, place)?;
        }
    }
    match closing.ending {
        Ending::Encoded => {
            writer.need("encode");
            writer.link(".map(_gear_encode)");
        }
        Ending::Natural => {
            writer.need("reply");
            writer.link(".flatmap(_gear_reply)");
        }
        Ending::Raw => {}
    }
    for (name, code) in &closing.functions {
        let function = writer.function(code, "on_registered")?;
        arguments.push(format!("{name}={function}"));
    }
    for (name, literal) in &closing.keywords {
        arguments.push(format!("{name}={literal}"));
    }
    // What cannot travel raises where the function is closed.
    let json = match closing.ending {
        Ending::Encoded => Some("json.dumps(_gear_plain(value), separators=(',', ':'))"),
        Ending::Natural => {
            Some("json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(',', ':'))")
        }
        Ending::Raw => None,
    };
    if let Some(json) = json {
        writer.define_spot("_gear_json", closing.spot, "value", json);
    }
    writer.link(format!(".{}({})", closing.action, arguments.join(", ")));
    Ok(writer.finish())
}

fn begin(reader: ReaderType, description: Option<&str>) -> String {
    let description = match description {
        Some(description) => format!(", desc={}", string(description)),
        None => String::new(),
    };
    format!("GB({}{description})", string(reader.as_str()))
}
