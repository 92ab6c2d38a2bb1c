//! Writes the pieces of a script: functions, and the chain of steps that call them.

mod boxed;
mod step;

use std::fmt::Write as _;

use super::{
    callback::{Code, Kind},
    prelude,
    shown::Shown,
    step::Zero,
};
use crate::{
    error::{Error, Result},
    python::{commands::names_of_redgrease, literal::string, spot::Spot},
};

#[derive(Default)]
pub(super) struct Writer {
    definitions: String,
    count: usize,
    needed: Vec<&'static str>,
    shown: Shown,
    chain: Vec<String>,
    /// Whether the records are in boxes, for a count that may be of nothing.
    boxed: bool,
}

impl Writer {
    pub(super) fn need(&mut self, piece: &'static str) {
        if !self.needed.contains(&piece) {
            self.needed.push(piece);
        }
    }

    /// Says whether the records are in boxes for the steps that come.
    pub(super) fn boxed(&mut self, boxed: bool) {
        self.boxed = boxed;
    }

    /// Adds a link to the chain of steps.
    pub(super) fn link(&mut self, link: impl Into<String>) {
        self.chain.push(link.into());
    }

    fn name(&mut self) -> String {
        self.count += 1;
        format!("_gear_{}", self.count)
    }

    /// Defines a function of the builder's own that stands at a spot of the Rust source; returns its name.
    pub(super) fn spot(&mut self, spot: &Spot, parameters: &str, value: &str) -> String {
        let name = self.name();
        self.define_spot(&name, spot, parameters, value);
        name
    }

    pub(super) fn define_spot(&mut self, name: &str, spot: &Spot, parameters: &str, value: &str) {
        self.need("step");
        let beside = self.shown.beside(&spot.file, spot.line, &spot.call);
        // Writing to a `String` cannot fail, here and below.
        let _ = writeln!(
            self.definitions,
            "{name} = _gear_step({}, {}, {}, {}, {}, {})",
            string(spot.name),
            string(parameters),
            string(value),
            string(&format!("{beside}{}", spot.call)),
            string(&spot.file),
            spot.line,
        );
    }

    /// Defines a function at a spot that calls another piece, which is written to the right of it.
    pub(super) fn spot_around(
        &mut self,
        spot: &Spot,
        code: &Code,
        parameters: &str,
        value: impl FnOnce(&str) -> String,
    ) -> Result<String> {
        self.shown.beside(&spot.file, spot.line, &spot.call);
        let inner = self.function(code, spot.name)?;
        Ok(self.spot(spot, parameters, &value(&inner)))
    }

    /// Defines a function that `step` calls, and returns its name.
    pub(super) fn function(&mut self, code: &Code, step: &'static str) -> Result<String> {
        let value = self.define(code)?;
        if code.kind != Kind::Expression {
            return Ok(value);
        }
        // Servers take functions only, no other callables; and one that is not written in Python has no frame.
        let spot = match code.taken_up {
            Some(place) => Spot::new(place, step, "RawPython::new_unchecked(…)"),
            None => {
                let (file, line) = place(code);
                let call = first_line(&code.text).to_owned();
                Spot {
                    file,
                    line,
                    name: step,
                    call,
                }
            }
        };
        let call = format!("{value}(*arguments)");
        Ok(self.spot(&spot, "*arguments", &call))
    }

    /// Defines a piece of Python and returns the name of its value.
    pub(super) fn define(&mut self, code: &Code) -> Result<String> {
        let name = self.name();
        let (file, line) = place(code);
        let mut beside = String::new();
        let mut call = match code.kind {
            Kind::Lambda | Kind::Expression => {
                self.need("python");
                beside = self.shown.beside(&file, line, first_line(&code.text));
                format!("_gear_python({}", source_literal(&code.text))
            }
            Kind::Function {
                name,
                parameters,
                coroutine,
            } => {
                self.need("function");
                let keyword = if coroutine { "async def" } else { "def" };
                format!(
                    "_gear_function({}, {}, {}, {}",
                    string(keyword),
                    string(name),
                    string(&parameters.join(", ")),
                    source_literal(&code.text),
                )
            }
        };
        let _ = write!(call, ", {}, {line}", string(&file));
        if !beside.is_empty() {
            let _ = write!(call, ", {}", string(&beside));
        }
        for (capture, literal) in &code.captures {
            let literal = literal.as_ref().map_err(|why| {
                Error::cannot_travel(format!(
                    "`{capture}`, which is passed into Python at {file}:{line}, has no Python \
                     form: {why}"
                ))
            })?;
            let _ = write!(call, ", {capture}={literal}");
        }
        let _ = writeln!(self.definitions, "{name} = {call})");
        Ok(name)
    }

    pub(super) fn zero(&mut self, zero: &Zero) -> Result<String> {
        match zero {
            Zero::Code(code) => self.define(code),
            Zero::Literal(Ok(literal)) => Ok(literal.clone()),
            Zero::Literal(Err(why)) => Err(Error::cannot_travel(format!(
                "the value that a total begins with has no Python form: {why}"
            ))),
        }
    }

    pub(super) fn finish(self) -> String {
        let mut script = String::from("# A gear function, built by gears-runtime.\n");
        script.push_str(prelude::IMPORTS);
        script.extend(prelude::pieces(&self.needed));
        script.extend(names_of_redgrease(&[&self.definitions]));
        script.push('\n');
        script.push_str(&self.definitions);
        let _ = writeln!(script, "\n({})", self.chain.join("\n    "));
        script
    }
}

/// Returns the file and line under which a piece of Python is compiled.
fn place(code: &Code) -> (String, u32) {
    match code.line {
        Some(line) => (code.file.clone().into_owned(), line.max(1)),
        // Lines of the text are not lines of the file: count from its own first.
        None if code.file.starts_with('<') => (code.file.clone().into_owned(), 1),
        None => (format!("<Python in {}>", code.file), 1),
    }
}

fn first_line(text: &str) -> &str {
    text.split('\n').next().unwrap_or_default()
}

/// Writes source as one literal, or as one for each line.
fn source_literal(text: &str) -> String {
    if !text.contains('\n') {
        return string(text);
    }
    let lines: Vec<String> = text
        .split_inclusive('\n')
        .map(|line| format!("    {}", string(line)))
        .collect();
    format!("(\n{}\n)", lines.join("\n"))
}
