//! From bytes to values. Nothing here trusts what it reads.

use std::mem::size_of;

use crate::encode::tag;
use crate::value::shortest;
use crate::{DEEPEST, Fault, Text, Value, varint};

/// Reads one value, which is all that the bytes are. It takes `most` bytes of memory at the
/// most, however little is said of however much: a list of `None` takes a byte for each in
/// the bytes, and many times that in memory.
///
/// # Errors
///
/// A [`Fault`] for bytes that are no value, or one that is too deep or too large.
pub fn decode(mut bytes: &[u8], most: usize) -> Result<Value, Fault> {
    let mut reader = Reader {
        bytes: &mut bytes,
        left: most,
    };
    let value = reader.value(DEEPEST)?;
    if bytes.is_empty() {
        Ok(value)
    } else {
        Err(Fault::More)
    }
}

struct Reader<'a, 'b> {
    bytes: &'a mut &'b [u8],
    /// How much memory the rest may take.
    left: usize,
}

impl<'b> Reader<'_, 'b> {
    fn value(&mut self, deeper: usize) -> Result<Value, Fault> {
        let [kind] = self.array()?;
        Ok(match kind {
            tag::NIL => Value::Nil,
            tag::FALSE => Value::Bool(false),
            tag::TRUE => Value::Bool(true),
            tag::INT => Value::Int(sign(varint::take(self.bytes)?)),
            tag::LONG => self.long()?,
            tag::FLOAT => Value::Float(self.float()?),
            tag::COMPLEX => Value::Complex(self.float()?, self.float()?),
            tag::TEXT => Value::Text(Text::of_bytes(self.own_bytes()?).ok_or(Fault::NotText)?),
            tag::BYTES => Value::Bytes(self.own_bytes()?),
            tag::TUPLE => Value::Tuple(self.members(deeper, Self::value)?),
            tag::LIST => Value::List(self.members(deeper, Self::value)?),
            tag::SET => Value::Set(self.members(deeper, Self::value)?),
            tag::FROZEN_SET => Value::FrozenSet(self.members(deeper, Self::value)?),
            tag::DICT => Value::Dict(self.members(deeper, |reader, deeper| {
                Ok((reader.value(deeper)?, reader.value(deeper)?))
            })?),
            unknown => return Err(Fault::Unknown(unknown)),
        })
    }

    /// Reads so many members as are said to come. Memory is taken for those that came, not for
    /// those that were said to come.
    fn members<T>(
        &mut self,
        deeper: usize,
        read: impl Fn(&mut Self, usize) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let deeper = deeper.checked_sub(1).ok_or(Fault::TooDeep)?;
        let count = self.length()?;
        let mut members = Vec::new();
        for _ in 0..count {
            if members.len() == members.capacity() {
                // Twice as many, as a vector grows, but counted.
                let more = members.len().max(4).min(count - members.len());
                self.take_memory(more.checked_mul(size_of::<T>()).ok_or(Fault::TooLarge)?)?;
                members.reserve_exact(more);
            }
            members.push(read(self, deeper)?);
        }
        Ok(members)
    }

    fn long(&mut self) -> Result<Value, Fault> {
        let bytes = self.own_bytes()?;
        // Two forms of one number would be two values.
        Ok(
            if shortest(&bytes).len() == bytes.len() && bytes.len() > 8 {
                Value::Long(bytes)
            } else {
                Value::of_int(&bytes)
            },
        )
    }

    fn float(&mut self) -> Result<f64, Fault> {
        Ok(f64::from_bits(u64::from_le_bytes(self.array()?)))
    }

    fn own_bytes(&mut self) -> Result<Vec<u8>, Fault> {
        let length = self.length()?;
        let (own, rest) = self.bytes.split_at_checked(length).ok_or(Fault::Ends)?;
        self.take_memory(length)?;
        *self.bytes = rest;
        Ok(own.to_vec())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (own, rest): (&'b [u8; N], _) = self.bytes.split_first_chunk().ok_or(Fault::Ends)?;
        *self.bytes = rest;
        Ok(*own)
    }

    fn length(&mut self) -> Result<usize, Fault> {
        usize::try_from(varint::take(self.bytes)?).map_err(|_| Fault::Length)
    }

    fn take_memory(&mut self, size: usize) -> Result<(), Fault> {
        self.left = self.left.checked_sub(size).ok_or(Fault::TooLarge)?;
        Ok(())
    }
}

/// Takes the sign from the lowest bit of a number.
fn sign(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}
