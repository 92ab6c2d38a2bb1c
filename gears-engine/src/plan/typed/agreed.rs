//! What a script says of its function: by which types it converts.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFunction, PyTuple};

use super::argument::{Argument, Takes};
use super::result::Returned;
use super::{MOST, Typed, passage, replay};

/// The attribute of the script's function that says it: the body, by the names of its parameters what each takes, in
/// the order of the wire, and what it returns.
const ATTRIBUTE: &str = "gears_types";

impl Typed {
    /// Reads what stands at a function; nothing where there is nothing that this engine knows.
    pub(in crate::plan) fn of(whole: &Bound<'_, PyAny>) -> Option<Self> {
        let whole = whole.cast_exact::<PyFunction>().ok()?;
        let told = whole.getattr(ATTRIBUTE).ok()?;
        // It is made again of its code and its globals, of which one is the body.
        for taken_along in ["__closure__", "__defaults__", "__kwdefaults__"] {
            whole.getattr(taken_along).ok()?.is_none().then_some(())?;
        }
        let names = whole.getattr("__globals__").ok()?;
        let named = names.get_item(replay::BODY).ok()?;
        let told = told.cast_exact::<PyTuple>().ok()?;
        let (body, takes, returns): (Bound<'_, PyAny>, Bound<'_, PyAny>, String) =
            told.extract().ok()?;
        named.is(&body).then_some(())?;
        let code = body
            .cast_exact::<PyFunction>()
            .ok()?
            .getattr("__code__")
            .ok()?;
        let variables: Vec<String> = code.getattr("co_varnames").ok()?.extract().ok()?;
        let count: usize = code.getattr("co_argcount").ok()?.extract().ok()?;
        let params = variables.get(..count)?;
        let takes = takes.cast_exact::<PyDict>().ok()?;
        // Each parameter has its argument, and each argument its parameter.
        if takes.len() != count || count > MOST {
            return None;
        }
        let arguments = takes.iter().map(|(name, word)| {
            let name: String = name.extract().ok()?;
            Some(Argument {
                place: params.iter().position(|other| *other == name)?,
                takes: Takes::parse(&word.extract::<String>().ok()?)?,
            })
        });
        let arguments = arguments.collect::<Option<Vec<_>>>()?;
        let least = arguments
            .iter()
            .rposition(|argument| !argument.takes.is_optional);
        Some(Self {
            body: body.clone().unbind(),
            least: least.map_or(0, |last| last + 1),
            arguments,
            returns: Returned::parse(&returns)?,
            line: passage::line_of_body(&whole.getattr("__code__").ok()?)?,
        })
    }
}
