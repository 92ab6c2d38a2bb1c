//! Python's plain values.

use crate::Text;

/// A plain value of Python.
///
/// Two values are equal when Python would take them for the same in type and content; the
/// order of a dict counts, as scripts see it, and that of sets is the one they were read in.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `None`.
    Nil,
    /// `True` or `False`.
    Bool(bool),
    /// An `int` of at most 64 bits.
    Int(i64),
    /// A longer `int`: its two's complement, least significant byte first, with no more
    /// bytes than it needs.
    Long(Vec<u8>),
    /// A `float`, of whatever bits.
    Float(f64),
    /// A `complex`: its real and its imaginary part.
    Complex(f64, f64),
    /// A `str`.
    Text(Text),
    /// A `bytes`.
    Bytes(Vec<u8>),
    /// A `tuple`.
    Tuple(Vec<Value>),
    /// A `list`.
    List(Vec<Value>),
    /// A `dict`: keys with their values, in their order.
    Dict(Vec<(Value, Value)>),
    /// A `set`.
    Set(Vec<Value>),
    /// A `frozenset`.
    FrozenSet(Vec<Value>),
}

impl Value {
    /// Makes the value of an `int` from its two's complement, least significant byte first;
    /// without any byte it is 0.
    pub fn of_int(bytes: &[u8]) -> Self {
        let bytes = shortest(bytes);
        let sign = if is_negative(bytes) { 0xff } else { 0 };
        if bytes.len() > 8 {
            return Self::Long(bytes.to_vec());
        }
        let mut small = [sign; 8];
        small[..bytes.len()].copy_from_slice(bytes);
        Self::Int(i64::from_le_bytes(small))
    }
}

/// Leaves out the bytes at the end that only repeat the sign.
pub(crate) fn shortest(bytes: &[u8]) -> &[u8] {
    let mut bytes = bytes;
    while let [rest @ .., last] = bytes {
        let filler = if is_negative(rest) { 0xff } else { 0 };
        if *last != filler {
            break;
        }
        bytes = rest;
    }
    bytes
}

fn is_negative(bytes: &[u8]) -> bool {
    bytes.last().is_some_and(|last| last & 0x80 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ints_have_one_form() {
        for (bytes, value) in [
            (&[][..], Value::Int(0)),
            (&[0], Value::Int(0)),
            (&[0xff], Value::Int(-1)),
            (&[0xff, 0xff, 0xff], Value::Int(-1)),
            (&[0xff, 0], Value::Int(255)),
            (&[0, 0x80], Value::Int(-32768)),
            (&[0, 0, 0, 0, 0, 0, 0, 0x80], Value::Int(i64::MIN)),
            (
                &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 0],
                Value::Int(i64::MAX),
            ),
        ] {
            assert_eq!(Value::of_int(bytes), value, "{bytes:?}");
        }
        let more = [0, 0, 0, 0, 0, 0, 0, 0x80, 0];
        assert_eq!(Value::of_int(&more), Value::Long(more.to_vec()));
        let long = Value::of_int(&[0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0]);
        assert_eq!(long, Value::Long(more.to_vec()));
    }
}
