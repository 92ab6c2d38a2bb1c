//! The parts that Python functions play in the steps, named as RedGrease's manual names them.
//!
//! A trait for each part, so that the compiler's message can say what the part takes.

use super::{
    PyValue,
    callback::{CalledWith, Code, PyFn},
    raw::RawPython,
};

mod sealed {
    /// Whatever can be made into Python code; only this crate says what.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` is no Python",
        note = "`py!(\"…\")` makes some of an expression, `#[gear_fn]` of a function"
    )]
    pub trait Python {
        /// What a call returns.
        type Output;

        /// Takes the code out.
        fn into_code(self) -> super::Code;
    }
}

pub(crate) use sealed::Python;

impl<A, U> Python for PyFn<A, U> {
    type Output = U;

    fn into_code(self) -> Code {
        PyFn::into_code(self)
    }
}

impl<A, U> Python for &PyFn<A, U> {
    type Output = U;

    fn into_code(self) -> Code {
        self.clone().into_code()
    }
}

impl Python for RawPython {
    type Output = PyValue;

    fn into_code(self) -> Code {
        RawPython::into_code(self)
    }
}

macro_rules! roles {
    ($($(#[$attribute:meta])* $role:ident($count:literal);)*) => {$(
        $(#[$attribute])*
        pub trait $role: Python {}

        #[diagnostic::do_not_recommend]
        impl<A: CalledWith<$count>, U> $role for PyFn<A, U> {}
        #[diagnostic::do_not_recommend]
        impl<A: CalledWith<$count>, U> $role for &PyFn<A, U> {}
        #[diagnostic::do_not_recommend]
        impl $role for RawPython {}
    )*};
}

roles! {
    /// Makes another value of a record, for `map`.
    #[diagnostic::on_unimplemented(
        message = "a mapper is a Python function of one parameter, the record",
        label = "write it like `py!(\"lambda record: …\")`",
        note = "`{Self}` is none"
    )]
    Mapper(1);

    /// Makes several values of a record, for `flat_map`.
    #[diagnostic::on_unimplemented(
        message = "an expander is a Python function of one parameter, the record, that returns a list",
        label = "write it like `py!(\"lambda record: [record, …]\")`",
        note = "`{Self}` is none"
    )]
    Expander(1);

    /// Does something with a record, for `for_each`.
    #[diagnostic::on_unimplemented(
        message = "a processor is a Python function of one parameter, the record",
        label = "write it like `py!(\"lambda record: cmd.delete(record)\")`",
        note = "`{Self}` is none"
    )]
    Processor(1);

    /// Says which records stay, for `filter`.
    #[diagnostic::on_unimplemented(
        message = "a filterer is a Python function of one parameter, the record, that says whether it stays",
        label = "write it like `py!(\"lambda record: record > 0\")`",
        note = "`{Self}` is none"
    )]
    Filterer(1);

    /// Makes a key, or a number for `avg`, of a record.
    #[diagnostic::on_unimplemented(
        message = "an extractor is a Python function of one parameter, the record",
        label = "write it like `py!(\"lambda record: record['key']\")`",
        note = "`{Self}` is none"
    )]
    Extractor(1);

    /// Takes a record into a total, for `accumulate` and `aggregate`.
    #[diagnostic::on_unimplemented(
        message = "an accumulator is a Python function of two parameters: the total so far and the record",
        label = "write it like `py!(\"lambda total, record: total + record\")`",
        note = "`{Self}` is none"
    )]
    Accumulator(2);

    /// Takes a record into the total of its group, for `group_by` and its like.
    #[diagnostic::on_unimplemented(
        message = "a reducer is a Python function of three parameters: the key, the total so far and the record",
        label = "write it like `py!(\"lambda _key, total, record: total + record\")`",
        note = "`{Self}` is none"
    )]
    Reducer(3);

    /// Makes one value of all records of a group, for `batch_group_by`.
    #[diagnostic::on_unimplemented(
        message = "a batch reducer is a Python function of two parameters: the key and the list of its records",
        label = "write it like `py!(\"lambda _key, records: len(records)\")`",
        note = "`{Self}` is none"
    )]
    BatchReducer(2);

    /// Prepares a shard when a function is registered there, for `on_registered`.
    #[diagnostic::on_unimplemented(
        message = "a registrator is a Python function without parameters",
        label = "write it like `py!(\"lambda: log('here')\")`",
        note = "`{Self}` is none"
    )]
    Registrator(0);

    /// Yields the records of a `PythonReader`.
    #[diagnostic::on_unimplemented(
        message = "a generator is a Python function without parameters that yields the records",
        label = "write it like `py!(\"lambda: iter(range(10))\")`",
        note = "`{Self}` is none"
    )]
    Generator(0);
}

/// Called with the arguments of a command, however many, for `apply`.
pub trait Callee: Python {}

impl<A, U> Callee for PyFn<A, U> {}
impl<A, U> Callee for &PyFn<A, U> {}
impl Callee for RawPython {}

/// What an expander returns: something with elements.
#[diagnostic::on_unimplemented(
    message = "an expander returns a list of records, not `{Self}`",
    label = "declare a `Vec<…>`, or nothing"
)]
pub trait Elements {
    /// One of them.
    type Element;
}

impl<T> Elements for Vec<T> {
    type Element = T;
}

impl Elements for PyValue {
    type Element = PyValue;
}
