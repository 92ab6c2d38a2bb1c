//! The keyword arguments that each reader knows: any other is a slip, and
//! ignored would make a function of another meaning.

use pyo3::prelude::*;

use super::ReaderKind;
use super::option::Options;
use crate::cpython::runtime::runtime;
use crate::python::failure;

/// What takes the arguments.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Run,
    Register,
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Register => "register",
        }
    }
}

/// Refuses arguments that nobody reads.
pub(crate) fn check(
    operation: Operation,
    reader: ReaderKind,
    options: Options<'_, '_>,
) -> PyResult<()> {
    let Some(options) = options else {
        return Ok(());
    };
    let asked = (operation.name(), reader.name(), options);
    let complaint = runtime(options.py())?.call_method1("complaint", asked)?;
    if complaint.is_none() {
        return Ok(());
    }
    Err(failure::misuse(&complaint.str()?.to_string_lossy()))
}

/// Names the argument that `name` may be a slip of.
pub(crate) fn meant_for_key_names(py: Python<'_>, name: &str) -> PyResult<Option<String>> {
    let asked = (Operation::Run.name(), ReaderKind::KeyNames.name(), name);
    runtime(py)?
        .call_method1("meant_argument", asked)?
        .extract()
}
