//! The script's own function, for a value that a body has returned already.
//!
//! It is run with something in the place of the body that returns the same: so it is the script that says what becomes
//! of that.

use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict};

/// What the script calls its body.
pub(super) const BODY: &str = "_gear_function";

/// Says what becomes of a value that does not fit.
///
/// # Errors
///
/// What the script raises then.
pub(super) fn with_value<'py>(
    whole: &Bound<'py, PyAny>,
    record: Bound<'py, PyAny>,
    value: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = whole.py();
    let value = value.unbind();
    let body = PyCFunction::new_closure(py, None, None, move |arguments, _| {
        value.clone_ref(arguments.py())
    })?;
    let names = whole
        .getattr("__globals__")?
        .cast_into::<PyDict>()?
        .copy()?;
    names.set_item(BODY, body)?;
    let again = whole
        .get_type()
        .call1((whole.getattr("__code__")?, names))?;
    again.call1((record,))
}
