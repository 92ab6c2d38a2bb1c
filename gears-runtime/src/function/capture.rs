//! Values that are passed into Python as `name = value`.
//!
//! Bytes become `bytes`, every other value what serde makes of it. An inherent method wins over a
//! trait's, so the type alone decides.

use bytes::Bytes;
use serde::Serialize;

use super::callback::Capture;
use crate::python::literal;

/// Collects the values of one expression.
pub fn captures<const N: usize>(captures: [Capture; N]) -> Vec<Capture> {
    Vec::from(captures)
}

/// Holds a value of generated code on its way to Python.
#[derive(Debug)]
pub struct Capturing<'a, T: ?Sized>(pub &'a T);

macro_rules! bytes {
    ($([$($parameters:tt)*] $type:ty;)*) => {$(
        impl<$($parameters)*> Capturing<'_, $type> {
            /// Writes the bytes as a Python literal.
            pub fn literal(&self) -> Result<String, String> {
                Ok(literal::bytes(self.0.as_ref()))
            }
        }
    )*};
}

bytes! {
    [] [u8];
    [] &[u8];
    [] &&[u8];
    [] Vec<u8>;
    [] &Vec<u8>;
    [] Bytes;
    [] &Bytes;
    [const N: usize] [u8; N];
    [const N: usize] &[u8; N];
}

/// A value that Python can be given.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be passed into Python",
    label = "this type has no Python form",
    note = "bytes are passed as they are; any other type needs `serde::Serialize`"
)]
pub trait IntoPython: Serialize {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> IntoPython for T {}

/// Offers serde for every type; the inherent methods of [`Capturing`] win where they apply.
pub trait SerdeCapture<T: ?Sized> {
    /// Writes the value as a Python literal.
    ///
    /// # Errors
    ///
    /// The value has no Python form, for the reason returned.
    fn literal(&self) -> Result<String, String>
    where
        T: IntoPython;
}

impl<T: ?Sized> SerdeCapture<T> for Capturing<'_, T> {
    fn literal(&self) -> Result<String, String>
    where
        T: IntoPython,
    {
        literal::value(self.0).map_err(|error| error.to_string())
    }
}
