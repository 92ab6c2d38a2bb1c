//! Commands in the form in which they go over a connection.

use std::{fmt::Display, io::Write as _};

use redis::{Cmd, RedisWrite as _};

/// Commands one after another, whose words are copied once: from where they stand to what is sent.
///
/// A [`Cmd`] keeps its words, and copies them again when it is sent.
#[derive(Debug, Default)]
pub(crate) struct Packed {
    bytes: Vec<u8>,
    /// Where each command begins.
    starts: Vec<usize>,
    /// How many words the last command was said to have, and how many it has.
    said: usize,
    words: usize,
}

impl Packed {
    /// Begins a command of no more than so many words.
    pub(crate) fn begin(&mut self, words: usize) {
        self.starts.push(self.bytes.len());
        write_head(&mut self.bytes, b'*', words);
        (self.said, self.words) = (words, 0);
    }

    /// Adds a word.
    pub(crate) fn word(&mut self, word: &[u8]) {
        write_head(&mut self.bytes, b'$', word.len());
        self.bytes.extend_from_slice(word);
        self.bytes.extend_from_slice(b"\r\n");
        self.words += 1;
    }

    /// Adds what a value displays, as a word.
    pub(crate) fn display(&mut self, value: impl Display) {
        // A vector takes whatever is written.
        self.write_word(|bytes| drop(write!(bytes, "{value}")));
    }

    /// Adds what is written, as a word.
    pub(crate) fn write_word<T>(&mut self, write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        let start = self.bytes.len();
        let written = write(&mut self.bytes);
        let end = self.bytes.len();
        write_head(&mut self.bytes, b'$', end - start);
        let head = self.bytes.len() - end;
        // How long a word is stands before it, and is known behind it.
        self.bytes[start..].rotate_right(head);
        self.bytes.extend_from_slice(b"\r\n");
        self.words += 1;
        written
    }

    /// Ends the command that was begun last.
    pub(crate) fn end(&mut self) {
        if self.words == self.said {
            return;
        }
        if let Some(&start) = self.starts.last() {
            let mut head = Vec::new();
            write_head(&mut head, b'*', self.words);
            let said = start..start + head_length(self.said);
            self.bytes.splice(said, head);
        }
    }

    /// Takes out the command that was begun last.
    pub(crate) fn take_back(&mut self) {
        if let Some(start) = self.starts.pop() {
            self.bytes.truncate(start);
        }
    }

    /// Takes out all commands, and keeps the room unless that is more than so many bytes.
    pub(crate) fn clear(&mut self, most: usize) {
        self.bytes.clear();
        self.starts.clear();
        self.bytes.shrink_to(most);
    }

    /// Returns how many commands there are.
    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    /// Returns what is to be sent.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns how many bytes the command has that was begun last.
    pub(crate) fn last_length(&self) -> usize {
        self.starts
            .last()
            .map_or(0, |start| self.bytes.len() - start)
    }

    /// Returns the command that was begun last by itself.
    pub(crate) fn last(&self) -> Option<Cmd> {
        self.command(self.len().checked_sub(1)?)
    }

    /// Returns one of the commands by itself.
    pub(crate) fn command(&self, place: usize) -> Option<Cmd> {
        let mut bytes = self.bytes.get(*self.starts.get(place)?..)?;
        let words = read_head(&mut bytes)?;
        let mut command = Cmd::with_capacity(words, bytes.len());
        for _ in 0..words {
            let length = read_head(&mut bytes)?;
            command.write_arg(bytes.get(..length)?);
            bytes = bytes.get(length + 2..)?;
        }
        Some(command)
    }
}

/// Writes how many words or bytes follow.
fn write_head(bytes: &mut Vec<u8>, kind: u8, number: usize) {
    // From behind, as the last digit comes first; the largest number has twenty.
    let mut head = *b"                     \r\n";
    let mut first = head.len() - 2;
    let mut left = number;
    loop {
        first -= 1;
        head[first] = b"0123456789"[left % 10];
        left /= 10;
        if left == 0 {
            break;
        }
    }
    first -= 1;
    head[first] = kind;
    bytes.extend_from_slice(&head[first..]);
}

/// Returns how many bytes that takes.
fn head_length(number: usize) -> usize {
    let more = number.checked_ilog10().unwrap_or_default();
    more as usize + 4
}

/// Reads how many words or bytes follow.
fn read_head(bytes: &mut &[u8]) -> Option<usize> {
    let end = bytes.iter().position(|byte| *byte == b'\r')?;
    let number = std::str::from_utf8(bytes.get(1..end)?).ok()?.parse().ok()?;
    *bytes = bytes.get(end + 2..)?;
    Some(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words_of(command: &Cmd) -> Vec<Vec<u8>> {
        let words = command.args_iter().map(|word| match word {
            redis::Arg::Simple(word) => word.to_vec(),
            other => panic!("{other:?}"),
        });
        words.collect()
    }

    proptest! {
        #[test]
        fn commands_are_packed_as_redis_rs_packs_them(
            commands in prop::collection::vec(prop::collection::vec(any::<Vec<u8>>(), 1..14), 1..5),
            left_out in 0_usize..120,
        ) {
            let mut packed = Packed::default();
            let mut by_hand = Vec::new();
            for words in &commands {
                packed.begin(words.len() + left_out);
                let mut command = Cmd::new();
                for (place, word) in words.iter().enumerate() {
                    match place % 2 {
                        0 => packed.word(word),
                        _ => packed.write_word(|bytes| bytes.extend_from_slice(word)),
                    }
                    command.arg(word);
                }
                packed.end();
                command.write_packed_command(&mut by_hand);

                // What cannot be encoded leaves nothing.
                packed.begin(3);
                packed.word(b"begun");
                packed.take_back();
            }
            prop_assert_eq!(packed.bytes(), by_hand);
            for (place, words) in commands.iter().enumerate() {
                prop_assert_eq!(&words_of(&packed.command(place).unwrap()), words);
            }
            prop_assert!(packed.command(commands.len()).is_none());
        }
    }

    #[test]
    fn numbers_are_words() {
        let mut packed = Packed::default();
        packed.begin(2);
        packed.display(-12);
        packed.display(1.5);
        packed.end();
        assert_eq!(packed.bytes(), b"*2\r\n$3\r\n-12\r\n$3\r\n1.5\r\n");
        packed.clear(0);
        assert_eq!(packed.bytes(), b"");
    }
}
