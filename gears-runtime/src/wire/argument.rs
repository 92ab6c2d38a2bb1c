//! How a Rust argument becomes an argument of `RG.TRIGGER`.
//!
//! The compiler picks the codec: types with [`NaturalArgument`] travel plainly,
//! any other `Serialize` type as JSON. `private.rs` tells how.

use std::{borrow::Cow, marker::PhantomData, rc::Rc, sync::Arc};

use bytes::Bytes;
use serde::Serialize;

use super::call::Call;
use crate::{
    error::{Error, Result},
    gear::shape::Wire,
};

/// Stands for a parameter of type `T` in generated code.
pub struct Argument<T: ?Sized>(PhantomData<T>);

impl<T: NaturalArgument + ?Sized> Argument<T> {
    /// How arguments of this type travel.
    pub const WIRE: Wire = T::WIRE;

    /// Adds `value` to the call.
    ///
    /// # Errors
    ///
    /// Text with NUL is `Unsupported` when the server would cut it.
    pub fn encode(value: &T, call: &mut Call) -> Result<()> {
        value.encode(call)
    }
}

/// Offers JSON for every type; the inherent items of [`Argument`] win where they apply.
pub trait JsonArgument<T: ?Sized> {
    /// How arguments of this type travel.
    const WIRE: Wire = Wire::Json;

    /// Adds `value` to the call.
    ///
    /// # Errors
    ///
    /// An error of the type's `Serialize` is handed on.
    fn encode(value: &T, call: &mut Call) -> Result<()>
    where
        T: GearArgument,
    {
        call.json(value)
    }
}

impl<T: ?Sized> JsonArgument<T> for Argument<T> {}

/// A type that can be an argument of a gear.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a gear",
    label = "this type does not travel",
    note = "text, numbers, `bool`, bytes and `Option`s of them travel as they are; any other type needs `serde::Serialize`, and travels as JSON"
)]
pub trait GearArgument: Serialize {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> GearArgument for T {}

/// Stands for the question whether `T` is an `Option`.
pub struct Optional<T: ?Sized>(PhantomData<T>);

impl<T> Optional<Option<T>> {
    /// `T` is an `Option`.
    pub const YES: bool = true;
}

/// Says no for every type; the inherent item of [`Optional`] wins for `Option`.
pub trait NotOptional {
    /// `T` is not an `Option`.
    const YES: bool = false;
}

impl<T: ?Sized> NotOptional for Optional<T> {}

/// A type with a natural form as an argument: what `redis-cli` users would type.
pub trait NaturalArgument {
    /// How it travels.
    const WIRE: Wire;

    /// Adds the value to the call as one argument.
    fn encode(&self, call: &mut Call) -> Result<()>;

    /// Appends the value as JSON, for `Option`s; bytes are a string of base64.
    fn encode_json(&self, json: &mut Vec<u8>) -> Result<()>;
}

impl NaturalArgument for str {
    const WIRE: Wire = Wire::Text;

    fn encode(&self, call: &mut Call) -> Result<()> {
        call.text(self)
    }

    fn encode_json(&self, json: &mut Vec<u8>) -> Result<()> {
        write_json(self, json)
    }
}

impl NaturalArgument for char {
    const WIRE: Wire = Wire::Text;

    fn encode(&self, call: &mut Call) -> Result<()> {
        call.text(self.encode_utf8(&mut [0; 4]))
    }

    fn encode_json(&self, json: &mut Vec<u8>) -> Result<()> {
        write_json(self, json)
    }
}

impl NaturalArgument for bool {
    const WIRE: Wire = Wire::Boolean;

    fn encode(&self, call: &mut Call) -> Result<()> {
        call.raw(if *self { b"1" } else { b"0" });
        Ok(())
    }

    fn encode_json(&self, json: &mut Vec<u8>) -> Result<()> {
        write_json(self, json)
    }
}

macro_rules! integers {
    ($($integer:ty)*) => {$(
        impl NaturalArgument for $integer {
            const WIRE: Wire = Wire::Integer;

            fn encode(&self, call: &mut Call) -> Result<()> {
                call.display(self);
                Ok(())
            }

            fn encode_json(&self, json: &mut Vec<u8>) -> Result<()> {
                json.extend_from_slice(self.to_string().as_bytes());
                Ok(())
            }
        }
    )*};
}

integers! { i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize }

macro_rules! floats {
    ($($float:ty)*) => {$(
        impl NaturalArgument for $float {
            const WIRE: Wire = Wire::Float;

            fn encode(&self, call: &mut Call) -> Result<()> {
                // `{:?}` is the shortest text that reads back as the same
                // number, in the notation of both languages.
                if self.is_nan() {
                    call.raw(b"nan");
                } else {
                    call.display(format_args!("{self:?}"));
                }
                Ok(())
            }

            fn encode_json(&self, json: &mut Vec<u8>) -> Result<()> {
                // The three words are what Python's `json` reads; JSON has none.
                let text = if self.is_nan() {
                    "NaN".to_owned()
                } else if self.is_infinite() {
                    if *self > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() }
                } else {
                    format!("{self:?}")
                };
                json.extend_from_slice(text.as_bytes());
                Ok(())
            }
        }
    )*};
}

floats! { f32 f64 }

impl NaturalArgument for [u8] {
    const WIRE: Wire = Wire::Bytes;

    fn encode(&self, call: &mut Call) -> Result<()> {
        call.bytes(self)
    }

    fn encode_json(&self, json: &mut Vec<u8>) -> Result<()> {
        json.push(b'"');
        json.extend_from_slice(crate::wire::call::base64(self).as_bytes());
        json.push(b'"');
        Ok(())
    }
}

/// Implements the trait for a type that lends one which has it.
macro_rules! lending {
    ($($(#[$generics:meta])? [$($parameters:tt)*] $type:ty => $target:ty;)*) => {$(
        impl<$($parameters)*> NaturalArgument for $type {
            const WIRE: Wire = <$target as NaturalArgument>::WIRE;

            fn encode(&self, call: &mut Call) -> Result<()> {
                <$target as NaturalArgument>::encode(self, call)
            }

            fn encode_json(&self, json: &mut Vec<u8>) -> Result<()> {
                <$target as NaturalArgument>::encode_json(self, json)
            }
        }
    )*};
}

lending! {
    [] String => str;
    [] Vec<u8> => [u8];
    [] Bytes => [u8];
    [const N: usize] [u8; N] => [u8];
    [T: NaturalArgument + ?Sized] &T => T;
    [T: NaturalArgument + ?Sized] &mut T => T;
    [T: NaturalArgument + ?Sized] Box<T> => T;
    [T: NaturalArgument + ?Sized] Rc<T> => T;
    [T: NaturalArgument + ?Sized] Arc<T> => T;
    [T: NaturalArgument + ToOwned + ?Sized] Cow<'_, T> => T;
}

/// `null` or the JSON of the value; trailing `None`s are left out.
impl<T: NaturalArgument> NaturalArgument for Option<T> {
    const WIRE: Wire = T::WIRE;

    fn encode(&self, call: &mut Call) -> Result<()> {
        match self {
            Some(value) => call.json_with(|json| value.encode_json(json)),
            None => {
                call.null();
                Ok(())
            }
        }
    }

    fn encode_json(&self, json: &mut Vec<u8>) -> Result<()> {
        match self {
            Some(value) => value.encode_json(json),
            None => {
                json.extend_from_slice(b"null");
                Ok(())
            }
        }
    }
}

fn write_json<T: Serialize + ?Sized>(value: &T, json: &mut Vec<u8>) -> Result<()> {
    serde_json::to_writer(json, value).map_err(Error::encode)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Alias = &'static str;

    #[derive(Serialize)]
    struct Newtype(String);

    #[test]
    fn type_decides_not_its_name() {
        assert_eq!(Argument::<Alias>::WIRE, Wire::Text);
        assert_eq!(Argument::<Cow<'_, str>>::WIRE, Wire::Text);
        assert_eq!(Argument::<&&[u8]>::WIRE, Wire::Bytes);
        assert_eq!(Argument::<[u8; 3]>::WIRE, Wire::Bytes);
        assert_eq!(Argument::<Option<u128>>::WIRE, Wire::Integer);
        assert_eq!(Argument::<Newtype>::WIRE, Wire::Json);
        assert_eq!(Argument::<&[u16]>::WIRE, Wire::Json);
        assert_eq!(Argument::<Option<Newtype>>::WIRE, Wire::Json);
        assert_eq!(Argument::<serde_json::Value>::WIRE, Wire::Json);
    }

    #[test]
    fn options_are_known() {
        assert_eq!(
            [
                Optional::<Option<Newtype>>::YES,
                Optional::<Option<&str>>::YES,
                Optional::<&str>::YES,
            ],
            [true, true, false]
        );
    }
}
