//! From values to bytes.

use crate::{DEEPEST, Fault, Value, varint};

/// What each kind of value begins with. The numbers are part of the format: new kinds get new
/// ones, and none changes its meaning.
pub(crate) mod tag {
    pub(crate) const NIL: u8 = 0;
    pub(crate) const FALSE: u8 = 1;
    pub(crate) const TRUE: u8 = 2;
    pub(crate) const INT: u8 = 3;
    pub(crate) const LONG: u8 = 4;
    pub(crate) const FLOAT: u8 = 5;
    pub(crate) const COMPLEX: u8 = 6;
    pub(crate) const TEXT: u8 = 7;
    pub(crate) const BYTES: u8 = 8;
    pub(crate) const TUPLE: u8 = 9;
    pub(crate) const LIST: u8 = 10;
    pub(crate) const DICT: u8 = 11;
    pub(crate) const SET: u8 = 12;
    pub(crate) const FROZEN_SET: u8 = 13;
}

/// Writes a value behind what is there already: a byte that names its kind, then what it holds;
/// lengths and small numbers in as few bytes as they need.
///
/// # Errors
///
/// [`Fault::TooDeep`]; some bytes may have been written then.
pub fn encode(value: &Value, bytes: &mut Vec<u8>) -> Result<(), Fault> {
    put(value, bytes, DEEPEST)
}

fn put(value: &Value, bytes: &mut Vec<u8>, deeper: usize) -> Result<(), Fault> {
    match value {
        Value::Nil => bytes.push(tag::NIL),
        Value::Bool(false) => bytes.push(tag::FALSE),
        Value::Bool(true) => bytes.push(tag::TRUE),
        Value::Int(number) => {
            bytes.push(tag::INT);
            varint::put(zigzag(*number), bytes);
        }
        Value::Long(number) => put_bytes(tag::LONG, number, bytes),
        Value::Float(number) => {
            bytes.push(tag::FLOAT);
            bytes.extend(number.to_bits().to_le_bytes());
        }
        Value::Complex(real, imaginary) => {
            bytes.push(tag::COMPLEX);
            bytes.extend(real.to_bits().to_le_bytes());
            bytes.extend(imaginary.to_bits().to_le_bytes());
        }
        Value::Text(text) => put_bytes(tag::TEXT, text.as_bytes(), bytes),
        Value::Bytes(own) => put_bytes(tag::BYTES, own, bytes),
        Value::Tuple(members) => put_all(tag::TUPLE, members, bytes, deeper)?,
        Value::List(members) => put_all(tag::LIST, members, bytes, deeper)?,
        Value::Set(members) => put_all(tag::SET, members, bytes, deeper)?,
        Value::FrozenSet(members) => put_all(tag::FROZEN_SET, members, bytes, deeper)?,
        Value::Dict(members) => {
            let deeper = deeper.checked_sub(1).ok_or(Fault::TooDeep)?;
            bytes.push(tag::DICT);
            varint::put(members.len() as u64, bytes);
            for (key, value) in members {
                put(key, bytes, deeper)?;
                put(value, bytes, deeper)?;
            }
        }
    }
    Ok(())
}

fn put_bytes(tag: u8, own: &[u8], bytes: &mut Vec<u8>) {
    bytes.push(tag);
    varint::put(own.len() as u64, bytes);
    bytes.extend(own);
}

fn put_all(tag: u8, all: &[Value], bytes: &mut Vec<u8>, deeper: usize) -> Result<(), Fault> {
    let deeper = deeper.checked_sub(1).ok_or(Fault::TooDeep)?;
    bytes.push(tag);
    varint::put(all.len() as u64, bytes);
    all.iter().try_for_each(|value| put(value, bytes, deeper))
}

/// Puts the sign of a number into its lowest bit, so that small ones stay short.
fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}
