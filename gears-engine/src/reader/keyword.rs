//! The keyword arguments that each reader knows: any other is a slip, and
//! ignored would make a function of another meaning.

use gears_model::{hint, nearest};
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::ReaderKind;
use super::option::Options;
use crate::python::failure;

/// What takes the arguments.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Run,
    Register,
}

use Operation::{Register, Run};
use ReaderKind::{Command, KeyNames, Keys, Stream};

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Run => "run",
            Register => "register",
        }
    }

    /// The arguments that every reader has.
    fn common(self) -> &'static [&'static str] {
        match self {
            Run => &["arg", "convertToStr", "collect", "mode", "timeout_ms"],
            Register => &[
                "prefix",
                "convertToStr",
                "collect",
                "mode",
                "timeout_ms",
                "onRegistered",
                "regex",
            ],
        }
    }
}

/// The arguments that one reader has.
type Own = (Operation, ReaderKind, &'static [&'static str]);

const OWN: &[Own] = &[
    (Run, Keys, &["noScan", "readValue"]),
    (Run, KeyNames, &["noScan", "count", "patternGenerator"]),
    (Run, Stream, &["fromId"]),
    (
        Register,
        Keys,
        &["eventTypes", "keyTypes", "commands", "readValue", "onFull"],
    ),
    (
        Register,
        Stream,
        &[
            "batch",
            "duration",
            "onFailedPolicy",
            "onFailedRetryInterval",
            "trimStream",
        ],
    ),
    (
        Register,
        Command,
        &["trigger", "hook", "keyprefix", "inorder"],
    ),
];

/// What other words than ours call an argument.
const ELSEWHERE: &[(&str, &str)] = &[
    ("events", "eventTypes"),
    ("event", "eventTypes"),
    ("types", "keyTypes"),
    ("pattern", "prefix"),
    ("key", "prefix"),
    ("command", "commands"),
    ("name", "trigger"),
    ("onFailed", "onFailedPolicy"),
    ("retryInterval", "onFailedRetryInterval"),
    ("trim", "trimStream"),
    ("timeout", "timeout_ms"),
    ("batchSize", "batch"),
    ("ordered", "inorder"),
];

/// Refuses arguments that nobody reads.
///
/// One of another reader that is `None` counts as absent: who wraps `register`
/// hands on all that there are.
pub(crate) fn check(
    operation: Operation,
    reader: ReaderKind,
    options: Options<'_, '_>,
) -> PyResult<()> {
    for (name, value) in options.into_iter().flatten() {
        let name = name.cast_into::<PyString>()?.to_string_lossy().into_owned();
        if known(operation, reader).any(|known| known == name) {
            continue;
        }
        let owner = OWN
            .iter()
            .find(|(_, _, names)| names.contains(&name.as_str()));
        if owner.is_some() && value.is_none() {
            continue;
        }
        return Err(failure::misuse(&complaint(operation, reader, &name, owner)));
    }
    Ok(())
}

/// Names the argument that `name` may be a slip of.
pub(crate) fn meant_for_key_names(name: &str) -> Option<&'static str> {
    meant(Run, KeyNames, name)
}

fn known(operation: Operation, reader: ReaderKind) -> impl Iterator<Item = &'static str> {
    let own = OWN
        .iter()
        .filter(move |(of, by, _)| *of == operation && *by == reader);
    let own = own.flat_map(|(_, _, names)| names.iter());
    operation.common().iter().chain(own).copied()
}

fn meant(operation: Operation, reader: ReaderKind, name: &str) -> Option<&'static str> {
    nearest(name, known(operation, reader)).or_else(|| {
        let word = nearest(name, ELSEWHERE.iter().map(|(word, _)| *word))?;
        let (_, meant) = ELSEWHERE.iter().find(|(other, _)| *other == word)?;
        known(operation, reader).find(|known| known == meant)
    })
}

fn complaint(
    operation: Operation,
    reader: ReaderKind,
    name: &str,
    owner: Option<&'static Own>,
) -> String {
    let call = operation.name();
    let here = reader.name();
    let refused = format!("{call}() of a {here} has no argument '{name}'");
    if let Some((of, by, _)) = owner {
        return format!("{refused}: it is one of {}() of a {}", of.name(), by.name());
    }
    if name == "onUnregistered" {
        return format!("{refused}: nothing is called when a function is unregistered");
    }
    match meant(operation, reader, name) {
        Some(meant) => format!("{refused}{}", hint(Some(meant))),
        None => {
            let known: Vec<_> = known(operation, reader).collect();
            format!("{refused}, it has {}", known.join(", "))
        }
    }
}
