//! What an aggregate begins with.

use serde::Serialize;

use crate::{
    function::{callback::PyFn, raw::RawPython, role::Python, step::Zero},
    python::literal,
};

/// What a total can begin with: any value of serde's, or Python.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{function::PythonReader, py};
///
/// # let (server, gears) = gears_runtime::embedded::example()?;
/// let words = PythonReader::new(py!("lambda: ['to', 'be', 'to']"));
/// // A value of Rust becomes its like in Python: a tuple, for this one.
/// let add = py!("lambda total, word: (total[0] + 1, total[1] + len(word))");
/// let both = py!("lambda total, other: (total[0] + other[0], total[1] + other[1])");
/// let size = words.aggregate((0, 0), add, both).declare::<(i64, i64)>();
/// assert_eq!(size.run().on(&gears)?.into_one()?, (3, 6));
/// // What has no like in Rust is Python.
/// let add = py!("lambda all, word: all | {word}");
/// let all = words.aggregate(py!("set()"), add, py!("lambda all, others: all | others"));
/// assert_eq!(all.map(py!("len")).declare::<i64>().run().on(&gears)?.into_one()?, 2);
/// # Ok::<(), gears_runtime::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "a total cannot begin with `{Self}`",
    label = "this has no Python form",
    note = "any type that implements `serde::Serialize` can, and `py!(\"…\")`"
)]
pub trait StartValue {
    #[doc(hidden)]
    fn into_zero(self) -> Start;
}

/// Keeps the form of a start value to this crate.
#[doc(hidden)]
#[derive(Debug)]
pub struct Start(pub(crate) Zero);

#[diagnostic::do_not_recommend]
impl<T: Serialize> StartValue for T {
    fn into_zero(self) -> Start {
        let literal = literal::value(&self).map_err(|error| error.to_string());
        Start(Zero::Literal(literal))
    }
}

impl<A, U> StartValue for PyFn<A, U> {
    fn into_zero(self) -> Start {
        Start(Zero::Code(Python::into_code(self)))
    }
}

impl StartValue for RawPython {
    fn into_zero(self) -> Start {
        Start(Zero::Code(Python::into_code(self)))
    }
}
