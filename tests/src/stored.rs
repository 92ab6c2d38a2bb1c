//! Registrations as servers store them, for tests that damage them.

use std::ops::Range;

/// How long format and checksum are, which stand before the fields.
const HEAD: usize = 9;
/// How long a field's tag and length are.
const FIELD: usize = 9;

/// Finds the records of registrations in what a server stored.
pub fn stored_records(content: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < content.len() {
        match length_of_record(&content[at..]) {
            Some(length) => {
                found.push(at..at + length);
                at += length;
            }
            None => at += 1,
        }
    }
    found
}

/// Gives records that a test changed the checksums that belong to them.
pub fn seal_again(content: &mut [u8]) {
    for record in stored_records(content) {
        let sum = checksum(&content[record.start + HEAD..record.end]);
        content[record.start + 1..record.start + HEAD].copy_from_slice(&sum.to_le_bytes());
    }
}

/// Returns a record as it was stored before there were checksums.
///
/// # Panics
///
/// When this is no record.
pub fn without_checksum(record: &[u8]) -> Vec<u8> {
    assert_eq!(length_of_record(record), Some(record.len()));
    [&[1], &record[HEAD..]].concat()
}

/// A record begins with its format, a checksum and the session's id, and ends with an empty field.
fn length_of_record(content: &[u8]) -> Option<usize> {
    if content.first() != Some(&2) || content.get(HEAD) != Some(&1) {
        return None;
    }
    let mut at = HEAD;
    loop {
        let field = content.get(at..at + FIELD)?;
        let length = u64::from_le_bytes(field[1..].try_into().ok()?);
        at += FIELD;
        if (field[0], length) == (255, 0) {
            return Some(at);
        }
        at = at.checked_add(usize::try_from(length).ok()?)?;
        if at > content.len() {
            return None;
        }
    }
}

/// Computes CRC-64/XZ.
fn checksum(bytes: &[u8]) -> u64 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u64::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xC96C_5795_D787_0F42 * (sum & 1))
        })
    })
}
