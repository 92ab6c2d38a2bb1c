//! From the body's source to checked Python: finds the text and its place, and hands both to gears-python.

use std::path::PathBuf;

use gears_python::{Body, Function, Origin, PythonVersion};
use proc_macro2::Span;
use syn::LitStr;

use crate::check::is_relative;
use crate::crate_root::{CrateRoot, python_of_manifest};
use crate::errors::Errors;
use crate::inspection::Inspection;
use crate::model::{BodySource, Command};
use crate::options::{Mode, Options};

/// The checked body of a gear.
pub(crate) struct Python {
    /// Dedented.
    pub(crate) text: String,
    /// What tracebacks name.
    pub(crate) file: String,
    /// Line of `file` on which `text` begins, when lines of the one are lines of the other.
    pub(crate) line: Option<u32>,
    /// What to underline when something is wrong with the Python.
    pub(crate) span: Span,
    /// `None` when an error has been told.
    pub(crate) function: Option<Function>,
    /// The option `on_registered`, checked.
    pub(crate) on_registered: Option<Snippet>,
    /// Files whose change has to lead to another expansion.
    pub(crate) tracked: Vec<PathBuf>,
}

/// Python of an option.
pub(crate) struct Snippet {
    /// Dedented.
    pub(crate) text: String,
    /// What tracebacks name.
    pub(crate) file: String,
    /// Line of `file` on which `text` begins, when lines of the one are lines of the other.
    pub(crate) line: Option<u32>,
    pub(crate) uses_cmd: bool,
}

impl Python {
    pub(crate) fn read(command: &Command, root: &CrateRoot, errors: &Errors) -> Self {
        let mut tracked = Vec::new();
        let oldest = oldest_python(command.options.python, root, &mut tracked, errors);
        let (span, body) = match &command.body {
            BodySource::Literal(literal) => (literal.span(), Some(body_of_literal(literal))),
            BodySource::File(file) => (file.span(), body_of_file(file, root, &mut tracked, errors)),
            BodySource::Missing => (Span::call_site(), None),
        };
        let mut python = Self {
            text: String::new(),
            file: String::new(),
            line: None,
            span,
            function: None,
            on_registered: None,
            tracked,
        };
        if let Some(literal) = &command.options.on_registered {
            python.on_registered = read_on_registered(literal, oldest, &command.options, errors);
        }
        let Some(body) = body else {
            return python;
        };
        python.function = Inspection::new(&body, span, oldest)
            .options(&command.options)
            .parameters(&command.params)
            .parameters_may_rest(command.is_listener())
            .sync(command.options.mode == Some(Mode::Sync) && command.has_caller())
            .run(errors);
        python.text = body.text().to_owned();
        python.file = body.file().to_owned();
        python.line = body.first_line();
        python
    }
}

/// Checks the option `on_registered`; `None` when an error has been told.
fn read_on_registered(
    literal: &LitStr,
    oldest: PythonVersion,
    options: &Options,
    errors: &Errors,
) -> Option<Snippet> {
    let body = body_of_literal(literal);
    let function = Inspection::new(&body, literal.span(), oldest)
        .options(options)
        .run(errors)?;
    if function.is_coroutine() {
        errors.at(
            literal,
            "`on_registered` cannot await, no server runs it as a coroutine",
        );
        return None;
    }
    Some(Snippet {
        text: body.text().to_owned(),
        file: body.file().to_owned(),
        line: body.first_line(),
        uses_cmd: function.uses_cmd(),
    })
}

/// The option `python`, or what the manifest says, or 3.9.
pub(crate) fn oldest_python(
    given: Option<PythonVersion>,
    root: &CrateRoot,
    tracked: &mut Vec<PathBuf>,
    errors: &Errors,
) -> PythonVersion {
    if let Some(given) = given {
        return given;
    }
    let Some(manifest) = root.manifest() else {
        return PythonVersion::DEFAULT;
    };
    tracked.push(manifest.path);
    match python_of_manifest(&manifest.text) {
        Ok(version) => version.unwrap_or_default(),
        Err(message) => {
            errors.at_span(Span::call_site(), message);
            PythonVersion::NEWEST
        }
    }
}

pub(crate) fn body_of_literal(literal: &LitStr) -> Body {
    let span = literal.span();
    let start = span.start();
    let source = literal.token().to_string();
    let quote = source.find('"').unwrap_or(0);
    // With escapes, lines and columns of the value are not those of the source.
    let exact = source.starts_with('r') || !source.contains('\\');
    let line = to_u32(start.line);
    let origin = if exact {
        Origin::exact(span.file(), line, to_u32(start.column + quote + 2))
    } else {
        Origin::escaped(span.file(), line)
    };
    Body::new(&literal.value(), origin)
}

pub(crate) fn body_of_file(
    file: &LitStr,
    root: &CrateRoot,
    tracked: &mut Vec<PathBuf>,
    errors: &Errors,
) -> Option<Body> {
    let name = file.value();
    if !is_relative(&name) {
        // `check.rs` says so.
        return None;
    }
    match root.read(&name) {
        Ok(read) => {
            tracked.push(read.path);
            Some(Body::new(&read.text, Origin::exact(name, 1, 1)))
        }
        Err(message) => {
            errors.at(file, message);
            None
        }
    }
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
