//! Finds the counts that may be of nothing.
//!
//! Servers make no record of counting nothing. Where a count is the last step of what runs, no
//! result at all says the same; everywhere else the script has to count an empty box.

use super::{
    keyword::ReaderType,
    reading::Reading,
    step::{Placed, Step},
};

/// Steps that are written in the same way.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part<'a> {
    pub(super) steps: &'a [Placed<'a>],
    /// Whether records are in boxes, up to the count at the end.
    pub(super) boxed: bool,
}

/// Divides steps; nothing is read by functions that wait for events, which begin with a record.
pub(super) fn parts<'a>(
    steps: &'a [Placed<'a>],
    reader: ReaderType,
    reading: Option<&Reading<'_>>,
) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    let mut some = reading.is_none_or(|reading| reading.brings_some(reader));
    let mut rest = steps;
    while let Some(at) = rest.iter().position(|(step, _)| **step == Step::Count) {
        let (part, after) = rest.split_at(at + 1);
        let told_by_no_result = reading.is_some() && after.is_empty();
        let boxed =
            !told_by_no_result && (!some || part.iter().any(|(step, _)| step.may_leave_none()));
        parts.push(Part { steps: part, boxed });
        some = true;
        rest = after;
    }
    parts.push(Part {
        steps: rest,
        boxed: false,
    });
    parts
}
