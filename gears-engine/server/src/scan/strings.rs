//! Reading the strings of a batch, many at once.

use std::ops::Range;

use super::batch::{KeyBatch, Stored};
use crate::Context;
use crate::answer::{OwnedString, call_strings};
use crate::filter::Unfiltered;
use crate::keyspace;

/// From this length on no server keeps a string within the object that holds it, as the header
/// that it has there counts its bytes in one. So the module API gives its bytes as they are; of
/// shorter strings, and of numbers, it would change how the server stores them.
pub(super) const LONG: usize = 256;

/// A string of a batch, by its place there, and its name for the server.
pub(super) type Named = (usize, OwnedString);

impl KeyBatch {
    /// Reads long strings as they stand and of the others as many at once as one command may, as
    /// any client does. What is no string any more is left.
    pub(super) fn read_strings(&mut self, context: &Context, strings: &[Named]) {
        let is_long = |(place, _): &&Named| matches!(self.keys[*place].value, Stored::LaterLong);
        let long: Vec<&Named> = strings.iter().filter(is_long).collect();
        for (place, name) in long {
            let texts = &mut self.texts;
            let start = texts.len();
            if keyspace::long_string(context, name, LONG, |text| texts.extend_from_slice(text)) {
                self.keys[*place].value = Stored::String(start..self.texts.len());
            }
        }
        let short = strings
            .iter()
            .filter(|(place, _)| matches!(self.keys[*place].value, Stored::LaterString));
        let short: Vec<&Named> = short.collect();
        // In a cluster, those of one slot.
        let slot = |named: &Named| self.keys[named.0].slot;
        let groups = short.chunk_by(|one, next| slot(one) == slot(next));
        let groups: Vec<&[&Named]> = groups.collect();
        for group in groups {
            self.read_group(context, group);
        }
    }

    fn read_group(&mut self, context: &Context, group: &[&Named]) {
        let mut names: Vec<_> = group.iter().map(|(_, name)| name.raw).collect();
        let is_one = matches!(group, [(place, _)] if self.keys[*place].slot.is_some());
        let command = if is_one { c"GET" } else { c"MGET" };
        let reply = {
            let _unfiltered = Unfiltered::next();
            call_strings(context, command, c"v", &mut names)
        };
        let Ok(reply) = reply else {
            return;
        };
        // All at once: what stands between the texts is less than reading one after another takes.
        let reply = self.add_text(reply.protocol());
        let mut rest = Bulks {
            protocol: &self.texts,
            at: reply.start,
        };
        if !is_one && rest.head(b'*') != Some(Some(names.len())) {
            return;
        }
        for (place, _) in group {
            match rest.bulk() {
                Some(Some(text)) => self.keys[*place].value = Stored::String(text),
                Some(None) => {}
                None => return,
            }
        }
    }
}

/// What is left to read of a reply with strings, in a buffer that ends with it.
struct Bulks<'a> {
    protocol: &'a [u8],
    at: usize,
}

impl Bulks<'_> {
    /// Reads the next string; `None` in it is no value, and instead of it anything else.
    fn bulk(&mut self) -> Option<Option<Range<usize>>> {
        let Some(length) = self.head(b'$')? else {
            return Some(None);
        };
        let text = self.at..self.at.checked_add(length)?;
        self.protocol.get(text.clone())?;
        self.at = text.end + 2;
        Some(Some(text))
    }

    /// Reads how long something of this kind is; `None` in it stands for a length below zero.
    fn head(&mut self, kind: u8) -> Option<Option<usize>> {
        let (first, rest) = self.protocol.get(self.at..)?.split_first()?;
        if *first != kind {
            return None;
        }
        let mut length: usize = 0;
        for (place, byte) in rest.iter().enumerate() {
            match byte {
                b'0'..=b'9' => {
                    let digit = usize::from(byte - b'0');
                    length = length.checked_mul(10)?.checked_add(digit)?;
                }
                b'\r' => {
                    self.at += place + 3;
                    return Some(Some(length));
                }
                b'-' if place == 0 => {
                    self.at += 1 + rest.iter().position(|byte| *byte == b'\n')? + 1;
                    return Some(None);
                }
                _ => return None,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Bulks;

    #[test]
    fn strings_are_found_in_a_reply() {
        let protocol = b"before*4\r\n$3\r\na\r\n\r\n$-1\r\n$0\r\n\r\n:5\r\n";
        let mut bulks = Bulks { protocol, at: 6 };
        assert_eq!(bulks.head(b'*'), Some(Some(4)));
        let text = bulks.bulk().flatten().unwrap();
        assert_eq!(&protocol[text], b"a\r\n");
        assert_eq!(bulks.bulk(), Some(None));
        assert_eq!(bulks.bulk().flatten().map(|text| text.len()), Some(0));
        assert_eq!(bulks.bulk(), None);
    }

    #[test]
    fn what_is_cut_off_is_no_string() {
        for protocol in [
            &b""[..],
            b"$",
            b"$3",
            b"$3\r\nab",
            b"$99999999999999999999\r\n",
            b"+OK\r\n",
        ] {
            assert_eq!(Bulks { protocol, at: 0 }.bulk(), None, "{protocol:?}");
        }
    }
}
