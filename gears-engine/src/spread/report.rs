//! What a shard says of its part of a run when it has done it, as it crosses a link.

use gears_model::wire::{Damaged, Fields, Reader, number, text};

use crate::execution::waiting::Part;

mod tag {
    pub(super) const ERROR: u8 = 1;
    pub(super) const OVERDUE: u8 = 2;
    pub(super) const LEFT_OUT: u8 = 3;
}

/// Writes a report. How long the steps took stays where they ran.
pub(super) fn encode(part: &Part) -> Vec<u8> {
    let mut fields = Fields::default();
    for error in &part.errors {
        fields.put(tag::ERROR, error.as_bytes());
    }
    if part.is_overdue {
        fields.put_number(tag::OVERDUE, 1);
    }
    if part.left_out > 0 {
        fields.put_number(tag::LEFT_OUT, part.left_out as u64);
    }
    fields.finish()
}

/// Reads what [`encode`] wrote.
///
/// # Errors
///
/// Says what is wrong with the bytes.
pub(super) fn decode(bytes: &[u8]) -> Result<Part, Damaged> {
    let mut part = Part::default();
    let mut reader = Reader::new(bytes);
    while let Some((tag, field)) = reader.field()? {
        match tag {
            tag::ERROR => part.errors.push(text(field)?),
            tag::LEFT_OUT => part.left_out = usize::try_from(number(field)?).unwrap_or(usize::MAX),
            tag::OVERDUE => part.is_overdue = number(field)? != 0,
            _ => {}
        }
    }
    Ok(part)
}
