//! Records as the last step of a script writes them, read into any type of serde's.
//!
//! A record is bytes: a letter that tells the kind, then the value. `n` is `None`, `t` and `f`
//! are the booleans, `i` is followed by digits, `d` by a float's repr, `s` by UTF-8, `b` by
//! bytes, and `j` by JSON, in which an object with one key that begins with `$` stands for what
//! JSON has no word for.

use std::{fmt, str, vec};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use redis::Value;
use serde::{
    Deserialize, Deserializer,
    de::{
        self, DeserializeOwned, DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess,
        SeqAccess, VariantAccess, Visitor,
        value::{MapDeserializer, SeqDeserializer, StrDeserializer},
    },
    forward_to_deserialize_any,
};

use super::value::{NAME, PyValue};
use crate::wire::mismatch::Mismatch;

/// Reads one record.
pub(crate) fn decode<T: DeserializeOwned>(value: Value) -> Result<T, Mismatch> {
    let read = match &value {
        Value::BulkString(record) => read(record),
        _ => Err(Misfit(
            "a record as the generated script writes it".to_owned(),
        )),
    };
    let read = match read {
        Ok(read) => read,
        Err(misfit) => return Err(Mismatch::new(misfit.0, value)),
    };
    // Described before it is taken apart.
    let kind = describe(&read);
    T::deserialize(Reader(read)).map_err(|misfit| Mismatch::new(misfit.0, value).describing(kind))
}

/// Describes a value for a message, cheaply: the whole of it may be large.
fn describe(value: &PyValue) -> String {
    match value {
        PyValue::None | PyValue::Bool(_) | PyValue::Int(_) | PyValue::Float(_) => {
            format!("Python's {value}")
        }
        PyValue::Text(text) if text.len() <= 200 => format!("the str {value}"),
        PyValue::Other(kind, repr) => {
            let short: String = repr.chars().take(200).collect();
            format!("Python's {kind} {short}")
        }
        other => format!("a {}", other.kind()),
    }
}

fn read(record: &[u8]) -> Result<PyValue, Misfit> {
    let torn = || Misfit("a record as the generated script writes it".to_owned());
    let (kind, rest) = record.split_first().ok_or_else(torn)?;
    let text = || str::from_utf8(rest).map_err(|_| torn());
    Ok(match kind {
        b'n' => PyValue::None,
        b't' => PyValue::Bool(true),
        b'f' => PyValue::Bool(false),
        b'i' => integer(text()?).ok_or_else(torn)?,
        b'd' => PyValue::Float(text()?.parse().map_err(|_| torn())?),
        b's' => PyValue::Text(text()?.to_owned()),
        b'b' => PyValue::Bytes(rest.to_vec()),
        b'j' => {
            let json: Json = serde_json::from_slice(rest)
                .map_err(|error| Misfit(format!("readable JSON ({error})")))?;
            json.0
        }
        _ => return Err(torn()),
    })
}

fn integer(digits: &str) -> Option<PyValue> {
    let unsigned = digits.strip_prefix('-').unwrap_or(digits);
    (!unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit())).then(|| {
        digits
            .parse()
            .map_or_else(|_| PyValue::BigInt(digits.to_owned()), PyValue::Int)
    })
}

/// A value that came as JSON.
struct Json(PyValue);

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor).map(Json)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = PyValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of Python's")
    }

    fn visit_unit<E>(self) -> Result<PyValue, E> {
        Ok(PyValue::None)
    }

    fn visit_bool<E>(self, boolean: bool) -> Result<PyValue, E> {
        Ok(PyValue::Bool(boolean))
    }

    fn visit_i64<E>(self, number: i64) -> Result<PyValue, E> {
        Ok(PyValue::Int(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<PyValue, E> {
        Ok(match i64::try_from(number) {
            Ok(number) => PyValue::Int(number),
            Err(_) => PyValue::BigInt(number.to_string()),
        })
    }

    fn visit_f64<E>(self, float: f64) -> Result<PyValue, E> {
        Ok(PyValue::Float(float))
    }

    fn visit_str<E>(self, text: &str) -> Result<PyValue, E> {
        Ok(PyValue::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<PyValue, E> {
        Ok(PyValue::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<PyValue, A::Error> {
        let mut list = Vec::new();
        while let Some(Json(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(PyValue::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<PyValue, A::Error> {
        let mut dict = Vec::new();
        while let Some((key, Json(value))) = items.next_entry::<String, Json>()? {
            if key.starts_with('$') {
                return marked(&key, value)
                    .ok_or_else(|| de::Error::custom(format_args!("`{key}` makes no sense")));
            }
            dict.push((PyValue::Text(key), value));
        }
        Ok(PyValue::Dict(dict))
    }
}

/// Makes the value for which an object with that one key stands.
fn marked(key: &str, value: PyValue) -> Option<PyValue> {
    Some(match (key, value) {
        ("$bytes", PyValue::Text(text)) => PyValue::Bytes(BASE64_STANDARD.decode(text).ok()?),
        ("$int", PyValue::Text(digits)) => integer(&digits)?,
        ("$float", PyValue::Text(text)) => PyValue::Float(text.parse().ok()?),
        ("$tuple", PyValue::List(items)) => PyValue::Tuple(items),
        ("$set", PyValue::List(items)) => PyValue::Set(items),
        ("$dict", PyValue::List(items)) => {
            let pair = |item| match item {
                PyValue::List(pair) => {
                    let [key, value] = <[PyValue; 2]>::try_from(pair).ok()?;
                    Some((key, value))
                }
                _ => None,
            };
            PyValue::Dict(items.into_iter().map(pair).collect::<Option<_>>()?)
        }
        ("$other", PyValue::List(parts)) => match <[PyValue; 2]>::try_from(parts).ok()? {
            [PyValue::Text(kind), PyValue::Text(repr)] => PyValue::Other(kind, repr),
            _ => return None,
        },
        _ => return None,
    })
}

/// Says what would have fitted.
#[derive(Debug)]
pub(crate) struct Misfit(String);

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misfit {}

impl de::Error for Misfit {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(format!("a value that fits the type ({message})"))
    }
}

/// Hands a value to whatever type wants it.
struct Reader(PyValue);

impl IntoDeserializer<'_, Misfit> for Reader {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl Reader {
    fn sequence<'de, V: Visitor<'de>>(items: Vec<PyValue>, visitor: V) -> Result<V::Value, Misfit> {
        let mut sequence = SeqDeserializer::new(items.into_iter().map(Reader));
        let value = visitor.visit_seq(&mut sequence)?;
        sequence.end()?;
        Ok(value)
    }

    fn bytes<'de, V: Visitor<'de>>(bytes: Vec<u8>, visitor: V) -> Result<V::Value, Misfit> {
        let mut sequence = SeqDeserializer::new(bytes.into_iter().map(Byte));
        let value = visitor.visit_seq(&mut sequence)?;
        sequence.end()?;
        Ok(value)
    }
}

impl<'de> Deserializer<'de> for Reader {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            PyValue::None => visitor.visit_unit(),
            PyValue::Bool(boolean) => visitor.visit_bool(boolean),
            PyValue::Int(number) => visitor.visit_i64(number),
            PyValue::BigInt(digits) => {
                if let Ok(number) = digits.parse::<u64>() {
                    visitor.visit_u64(number)
                } else if let Ok(number) = digits.parse::<i128>() {
                    visitor.visit_i128(number)
                } else if let Ok(number) = digits.parse::<u128>() {
                    visitor.visit_u128(number)
                } else {
                    Err(Misfit("an integer of up to 128 bits".to_owned()))
                }
            }
            PyValue::Float(float) => visitor.visit_f64(float),
            PyValue::Text(text) => visitor.visit_string(text),
            PyValue::Bytes(bytes) => visitor.visit_byte_buf(bytes),
            PyValue::List(items) | PyValue::Tuple(items) | PyValue::Set(items) => {
                Self::sequence(items, visitor)
            }
            PyValue::Dict(items) => {
                let pairs = items
                    .into_iter()
                    .map(|(key, value)| (Reader(key), Reader(value)));
                let mut map = MapDeserializer::new(pairs);
                let value = visitor.visit_map(&mut map)?;
                map.end()?;
                Ok(value)
            }
            PyValue::Other(kind, repr) => Err(Misfit(format!(
                "a value that can travel, not the {kind} {}",
                repr.chars().take(200).collect::<String>()
            ))),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            PyValue::None => visitor.visit_none(),
            value => visitor.visit_some(Self(value)),
        }
    }

    /// Bytes are a sequence of `u8`s too, and so is text: a value in Redis is either.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            PyValue::Bytes(bytes) => Self::bytes(bytes, visitor),
            PyValue::Text(text) => Self::bytes(text.into_bytes(), visitor),
            value => Self(value).deserialize_any(visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Misfit> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.deserialize_byte_buf(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            PyValue::Text(text) => visitor.visit_byte_buf(text.into_bytes()),
            value => Self(value).deserialize_any(visitor),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.deserialize_f64(visitor)
    }

    /// An `int` is as good as a `float` where one is wanted.
    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            PyValue::Int(number) => visitor.visit_f64(number as f64),
            PyValue::BigInt(digits) => match digits.parse() {
                Ok(float) => visitor.visit_f64(float),
                Err(_) => Err(Misfit("a number".to_owned())),
            },
            value => Self(value).deserialize_any(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        if name == NAME {
            return visitor.visit_enum(Whole(self.0));
        }
        match self.0 {
            PyValue::Text(variant) => {
                let variant: de::value::StringDeserializer<Misfit> = variant.into_deserializer();
                visitor.visit_enum(variant)
            }
            PyValue::Dict(items) if items.len() == 1 => {
                let pairs = items
                    .into_iter()
                    .map(|(key, value)| (Reader(key), Reader(value)));
                visitor.visit_enum(de::value::MapAccessDeserializer::new(MapDeserializer::new(
                    pairs,
                )))
            }
            _ => Err(Misfit(
                "the name of a variant, or a dict of one variant".to_owned(),
            )),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 char str string unit unit_struct map struct
        identifier
    }
}

/// One byte of bytes: an `u8` and nothing else, so that text is no list of larger numbers.
struct Byte(u8);

impl IntoDeserializer<'_, Misfit> for Byte {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Byte {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Misfit> {
        Err(Misfit("a list".to_owned()))
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_u8(self.0)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

/// A value for [`PyValue`] itself, which takes it as one of its variants.
struct Whole(PyValue);

impl<'de> EnumAccess<'de> for Whole {
    type Error = Misfit;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Misfit> {
        let variant = match &self.0 {
            PyValue::None => "None",
            PyValue::Bool(_) => "Bool",
            PyValue::Int(_) => "Int",
            PyValue::BigInt(_) => "BigInt",
            PyValue::Float(_) => "Float",
            PyValue::Text(_) => "Text",
            PyValue::Bytes(_) => "Bytes",
            PyValue::List(_) => "List",
            PyValue::Tuple(_) => "Tuple",
            PyValue::Set(_) => "Set",
            PyValue::Dict(_) => "Dict",
            PyValue::Other(..) => "Other",
        };
        let name: StrDeserializer<'_, Misfit> = variant.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Whole {
    type Error = Misfit;

    fn unit_variant(self) -> Result<(), Misfit> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Misfit> {
        seed.deserialize(Reader(match self.0 {
            PyValue::BigInt(digits) => PyValue::Text(digits),
            PyValue::Dict(items) => {
                let pair = |(key, value)| PyValue::List(vec![key, value]);
                PyValue::List(items.into_iter().map(pair).collect())
            }
            value => value,
        }))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Misfit> {
        let parts: vec::IntoIter<PyValue> = match self.0 {
            PyValue::Other(kind, repr) => vec![PyValue::Text(kind), PyValue::Text(repr)],
            other => vec![other],
        }
        .into_iter();
        visitor.visit_seq(SeqDeserializer::new(parts.map(Reader)))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Misfit> {
        Err(Misfit("a value of Python's".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bulk(record: &[u8]) -> Value {
        Value::BulkString(record.to_vec())
    }

    #[test]
    fn torn_records_are_told() {
        for record in [
            "",
            "x",
            "i",
            "i-",
            "i1.5",
            "d",
            "dx",
            "s\u{e9}",
            "j",
            "j{",
            "j{\"$set\":1}",
            "j{\"$what\":1}",
            "j{\"$dict\":[[1]]}",
            "j{\"$bytes\":\"%\"}",
            "j{\"$other\":[1,2]}",
        ] {
            // All but the text fit no number, and the text fits none either.
            let told = decode::<i64>(bulk(record.as_bytes())).unwrap_err();
            assert!(!told.into_details().expected.is_empty(), "{record}");
        }
        assert!(decode::<PyValue>(bulk(b"s\xff")).is_err());
        assert!(decode::<PyValue>(Value::Int(1)).is_err());
        assert!(decode::<PyValue>(Value::Array(Vec::new())).is_err());
    }

    #[test]
    fn deep_json_is_refused() {
        let deep = format!("j{}", "[".repeat(100_000));
        assert!(decode::<PyValue>(bulk(deep.as_bytes())).is_err());
    }

    proptest! {
        #[test]
        fn no_record_makes_it_panic(kind in "[ntfidsbjx]?", rest in any::<Vec<u8>>(), json in "[\\[\\]{}\",:$a-z0-9]{0,20}") {
            for rest in [&rest[..], json.as_bytes()] {
                let record = [kind.as_bytes(), rest].concat();
                let _ = decode::<PyValue>(bulk(&record));
                let _ = decode::<(Option<String>, Vec<u8>)>(bulk(&record));
                let _ = decode::<crate::function::record::KeyRecord>(bulk(&record));
            }
        }
    }
}
