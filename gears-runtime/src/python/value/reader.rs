//! Records as values of any Rust type.

use std::{str, vec};

use serde::{
    Deserializer,
    de::{
        self, DeserializeSeed, EnumAccess, IntoDeserializer, VariantAccess, Visitor,
        value::{MapDeserializer, SeqDeserializer, StrDeserializer},
    },
    forward_to_deserialize_any,
};

use super::{NAME, PyValue, misfit::Misfit};

/// Hands a value to whatever type wants it.
pub(crate) struct Reader(pub(crate) PyValue);

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
