//! Gear functions in strange places.
#![no_implicit_prelude]
#![deny(missing_docs, unused)]

/// A mapper with a raw identifier.
#[::gears_runtime::gear_fn]
pub fn r#match(r#type: ::std::primitive::i64) -> ::std::string::String {
    "return str(type)"
}

/// Elsewhere.
pub mod elsewhere {
    /// A constant of an expression.
    pub const DOUBLE: ::gears_runtime::function::PyFn<::gears_runtime::function::Exactly<1>> =
        ::gears_runtime::py!("lambda n: 2 * n");
}

macro_rules! through_a_macro {
    ($text:literal, $value:expr) => {
        ::gears_runtime::py!($text, value = $value)
    };
}

fn main() {
    let value = 3;
    let function = ::gears_runtime::function::PythonReader::new(::gears_runtime::py!(
        crate = ::gears_runtime,
        "lambda: iter([value, more])",
        value,
        more = {
            let inner = 1;
            inner + 1
        },
    ));
    let function = function
        .map(elsewhere::DOUBLE)
        .map(r#match)
        .filter(through_a_macro!("lambda text: len(text) < value", 9));
    let script = function.run().script().unwrap();
    ::std::assert!(script.source().contains("value=9"));
}
