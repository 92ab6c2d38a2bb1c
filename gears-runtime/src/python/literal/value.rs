//! Any value of serde's as a Python literal.
//!
//! The result is one expression on one line, all ASCII, whatever the value holds.

use std::fmt::{self, Display, Write as _};

use serde::{Serialize, Serializer, ser};

use super::{bytes::push_bytes, text::string, unwritable::Unwritable};

/// How deep a value may be nested; Python's parser takes a hundred levels of brackets.
const DEEPEST: usize = 64;

/// The name of the newtype struct that stands for a Python `set`.
pub(crate) const SET: &str = "$gears_runtime::Set";
/// The name of the newtype struct that stands for an `int` of any size, given as digits.
pub(crate) const DIGITS: &str = "$gears_runtime::Digits";

/// Writes a value as a Python literal.
///
/// Sequences are lists, tuples are tuples, maps and structs are dicts, bytes are `bytes`, and
/// enums are as in JSON. Non-finite floats are written as calls of `float`.
///
/// # Errors
///
/// The value's own `Serialize` fails, it is nested deeper than 64 levels, or a key of a map is
/// itself a list or a map.
pub(crate) fn value<T: Serialize + ?Sized>(value: &T) -> Result<String, Unwritable> {
    let mut text = String::new();
    value.serialize(Writer {
        text: &mut text,
        depth: 0,
    })?;
    Ok(text)
}

struct Writer<'a> {
    text: &'a mut String,
    depth: usize,
}

impl<'a> Writer<'a> {
    fn put(self, literal: impl Display) -> Result<(), Unwritable> {
        let _ = write!(self.text, "{literal}");
        Ok(())
    }

    fn float(self, float: f64, shortest: impl fmt::Debug) -> Result<(), Unwritable> {
        if float.is_finite() {
            self.put(format_args!("{shortest:?}"))
        } else {
            // What Rust writes for these, Python reads: `NaN`, `inf`, `-inf`.
            self.put(format_args!("float('{float}')"))
        }
    }

    fn open(self, before: &str, open: &str, close: &'static str) -> Result<Open<'a>, Unwritable> {
        if self.depth == DEEPEST {
            return Err(Unwritable(format!(
                "the value is nested deeper than {DEEPEST} levels"
            )));
        }
        self.text.push_str(before);
        self.text.push_str(open);
        Ok(Open {
            text: self.text,
            depth: self.depth + 1,
            count: 0,
            close,
        })
    }

    fn variant(self, name: &str) -> Result<Open<'a>, Unwritable> {
        let key = format!("{}: ", string(name));
        let mut open = self.open("{", &key, "}")?;
        open.count = 1;
        Ok(open)
    }
}

/// A bracket that is open.
struct Open<'a> {
    text: &'a mut String,
    depth: usize,
    count: usize,
    close: &'static str,
}

impl Open<'_> {
    fn comma(&mut self) {
        if self.count > 0 {
            self.text.push_str(", ");
        }
        self.count += 1;
    }

    fn writer(&mut self) -> Writer<'_> {
        Writer {
            text: self.text,
            depth: self.depth,
        }
    }

    fn item<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Unwritable> {
        self.comma();
        item.serialize(self.writer())
    }

    fn key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unwritable> {
        self.comma();
        let start = self.text.len();
        key.serialize(self.writer())?;
        if self.text[start..].starts_with(['[', '{']) {
            return Err(Unwritable(
                "a key of a map is a list or a map, which Python cannot hash".to_owned(),
            ));
        }
        self.text.push_str(": ");
        Ok(())
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, item: &T) -> Result<(), Unwritable> {
        self.comma();
        self.text.push_str(&string(name));
        self.text.push_str(": ");
        item.serialize(self.writer())
    }

    fn close(self) -> Result<(), Unwritable> {
        if self.close == ")" && self.count == 1 {
            // Without the comma it would be no tuple.
            self.text.push(',');
        }
        self.text.push_str(self.close);
        Ok(())
    }
}

impl<'a> Serializer for Writer<'a> {
    type Ok = ();
    type Error = Unwritable;
    type SerializeSeq = Open<'a>;
    type SerializeTuple = Open<'a>;
    type SerializeTupleStruct = Open<'a>;
    type SerializeTupleVariant = Variant<'a>;
    type SerializeMap = Open<'a>;
    type SerializeStruct = Open<'a>;
    type SerializeStructVariant = Variant<'a>;

    fn serialize_bool(self, boolean: bool) -> Result<(), Unwritable> {
        self.put(if boolean { "True" } else { "False" })
    }

    fn serialize_i8(self, integer: i8) -> Result<(), Unwritable> {
        self.put(integer)
    }

    fn serialize_i16(self, integer: i16) -> Result<(), Unwritable> {
        self.put(integer)
    }

    fn serialize_i32(self, integer: i32) -> Result<(), Unwritable> {
        self.put(integer)
    }

    fn serialize_i64(self, integer: i64) -> Result<(), Unwritable> {
        self.put(integer)
    }

    fn serialize_i128(self, integer: i128) -> Result<(), Unwritable> {
        self.put(integer)
    }

    fn serialize_u8(self, integer: u8) -> Result<(), Unwritable> {
        self.put(integer)
    }

    fn serialize_u16(self, integer: u16) -> Result<(), Unwritable> {
        self.put(integer)
    }

    fn serialize_u32(self, integer: u32) -> Result<(), Unwritable> {
        self.put(integer)
    }

    fn serialize_u64(self, integer: u64) -> Result<(), Unwritable> {
        self.put(integer)
    }

    fn serialize_u128(self, integer: u128) -> Result<(), Unwritable> {
        self.put(integer)
    }

    fn serialize_f32(self, float: f32) -> Result<(), Unwritable> {
        self.float(f64::from(float), float)
    }

    fn serialize_f64(self, float: f64) -> Result<(), Unwritable> {
        self.float(float, float)
    }

    fn serialize_char(self, char: char) -> Result<(), Unwritable> {
        self.serialize_str(char.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> Result<(), Unwritable> {
        self.put(string(text))
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Unwritable> {
        push_bytes(self.text, bytes);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Unwritable> {
        self.put("None")
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unwritable> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Unwritable> {
        self.put("None")
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Unwritable> {
        self.put("None")
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Unwritable> {
        self.put(string(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Unwritable> {
        match name {
            SET => {
                self.text.push_str("set(");
                value.serialize(Writer {
                    text: &mut *self.text,
                    depth: self.depth,
                })?;
                self.text.push(')');
                Ok(())
            }
            DIGITS => {
                let literal = super::value(value)?;
                let digits = literal.trim_matches('\'');
                let unsigned = digits.strip_prefix('-').unwrap_or(digits);
                if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(Unwritable(format!("{literal} is no integer")));
                }
                // A literal may not begin with zeros.
                self.put(format_args!("int('{digits}')"))
            }
            _ => value.serialize(self),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Unwritable> {
        let mut open = self.variant(variant)?;
        value.serialize(open.writer())?;
        open.close()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Open<'a>, Unwritable> {
        self.open("", "[", "]")
    }

    fn serialize_tuple(self, _: usize) -> Result<Open<'a>, Unwritable> {
        self.open("", "(", ")")
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Open<'a>, Unwritable> {
        self.open("", "(", ")")
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Variant<'a>, Unwritable> {
        let outer = self.variant(variant)?;
        outer.text.push('[');
        Ok(Variant(Open {
            count: 0,
            depth: outer.depth + 1,
            close: "]}",
            ..outer
        }))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Open<'a>, Unwritable> {
        self.open("", "{", "}")
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Open<'a>, Unwritable> {
        self.open("", "{", "}")
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Variant<'a>, Unwritable> {
        let outer = self.variant(variant)?;
        outer.text.push('{');
        Ok(Variant(Open {
            count: 0,
            depth: outer.depth + 1,
            close: "}}",
            ..outer
        }))
    }
}

/// The fields of an enum's variant, inside of the dict that names the variant.
struct Variant<'a>(Open<'a>);

impl ser::SerializeSeq for Open<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Unwritable> {
        self.item(item)
    }

    fn end(self) -> Result<(), Unwritable> {
        self.close()
    }
}

impl ser::SerializeTuple for Open<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Unwritable> {
        self.item(item)
    }

    fn end(self) -> Result<(), Unwritable> {
        self.close()
    }
}

impl ser::SerializeTupleStruct for Open<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Unwritable> {
        self.item(item)
    }

    fn end(self) -> Result<(), Unwritable> {
        self.close()
    }
}

impl ser::SerializeMap for Open<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unwritable> {
        self.key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        value.serialize(self.writer())
    }

    fn end(self) -> Result<(), Unwritable> {
        self.close()
    }
}

impl ser::SerializeStruct for Open<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Unwritable> {
        self.field(name, value)
    }

    fn end(self) -> Result<(), Unwritable> {
        self.close()
    }
}

impl ser::SerializeTupleVariant for Variant<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Unwritable> {
        self.0.item(item)
    }

    fn end(self) -> Result<(), Unwritable> {
        self.0.close()
    }
}

impl ser::SerializeStructVariant for Variant<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Unwritable> {
        self.0.field(name, value)
    }

    fn end(self) -> Result<(), Unwritable> {
        self.0.close()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{super::bytes::bytes, *};

    #[derive(Serialize)]
    enum Shape {
        Point,
        Circle(f32),
        Line(i8, i8),
        Box { wide: u64 },
    }

    #[test]
    fn every_kind_of_value_is_written() {
        let written = |value: &dyn Fn() -> Result<String, Unwritable>| value().unwrap();
        assert_eq!(written(&|| value(&(1, -2, true))), "(1, -2, True)");
        assert_eq!(written(&|| value(&("a",))), "('a',)");
        assert_eq!(written(&|| value(&())), "None");
        assert_eq!(
            written(&|| value(&[Some(0.1), None::<f64>][..])),
            "[0.1, None]"
        );
        assert_eq!(written(&|| value(&0.1_f32)), "0.1");
        assert_eq!(written(&|| value(&f64::NAN)), "float('NaN')");
        assert_eq!(written(&|| value(&f32::NEG_INFINITY)), "float('-inf')");
        assert_eq!(written(&|| value(&-0.0)), "-0.0");
        assert_eq!(written(&|| value(&1e300)), "1e300");
        assert_eq!(bytes(b"'\\\0a\xff"), r"b'\'\\\x00a\xff'");
        assert_eq!(
            written(&|| value(
                &[
                    Shape::Point,
                    Shape::Circle(1.0),
                    Shape::Line(1, 2),
                    Shape::Box { wide: u64::MAX }
                ][..]
            )),
            "['Point', {'Circle': 1.0}, {'Line': [1, 2]}, {'Box': {'wide': 18446744073709551615}}]"
        );
        assert_eq!(
            written(&|| value(&BTreeMap::from([((1, 'x'), "it's")]))),
            r"{(1, 'x'): 'it\'s'}"
        );
    }

    #[test]
    fn what_python_cannot_hold_is_refused() {
        let keys = BTreeMap::from([(vec![1], 2)]);
        assert!(value(&keys).unwrap_err().to_string().contains("hash"));
        let mut deep = serde_json::Value::Null;
        for _ in 0..65 {
            deep = serde_json::Value::Array(vec![deep]);
        }
        assert!(value(&deep).unwrap_err().to_string().contains("64 levels"));
        assert!(value(&deep[0]).is_ok());
    }
}
