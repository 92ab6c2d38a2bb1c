//! The bytes of a pickle, read from the front.

use super::unreadable::Unreadable;

/// What of a pickle is still to be read.
pub(super) struct Source<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Source<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Says that what was just read makes no sense.
    pub(super) fn torn(&self) -> Unreadable {
        Unreadable::Torn(self.at)
    }

    /// Returns how many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// Returns the next bytes, so many.
    pub(super) fn take(&mut self, count: u64) -> Result<&'a [u8], Unreadable> {
        let count = usize::try_from(count)
            .ok()
            .filter(|&count| count <= self.left());
        let count = count.ok_or_else(|| self.torn())?;
        let taken = &self.bytes[self.at..self.at + count];
        self.at += count;
        Ok(taken)
    }

    /// Returns the next bytes, as many as fit.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Unreadable> {
        let taken = self.take(N as u64)?.try_into();
        taken.map_err(|_| self.torn())
    }

    /// Returns the next byte.
    pub(super) fn byte(&mut self) -> Result<u8, Unreadable> {
        self.array().map(|[byte]| byte)
    }

    /// Returns the bytes behind a length of `N` bytes, the smallest digit first.
    pub(super) fn counted<const N: usize>(&mut self) -> Result<&'a [u8], Unreadable> {
        let mut length = [0; 8];
        length[..N].copy_from_slice(&self.array::<N>()?);
        self.take(u64::from_le_bytes(length))
    }

    /// Returns the line that begins here, without its end.
    pub(super) fn line(&mut self) -> Result<&'a [u8], Unreadable> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|&byte| byte == b'\n');
        let length = length.ok_or_else(|| self.torn())?;
        self.at += length + 1;
        Ok(&rest[..length])
    }

    /// Returns the line that begins here, which is text.
    pub(super) fn text_line(&mut self) -> Result<&'a str, Unreadable> {
        let line = self.line()?;
        std::str::from_utf8(line).map_err(|_| self.torn())
    }

    /// Returns the number in the line that begins here.
    pub(super) fn number_line(&mut self) -> Result<u32, Unreadable> {
        let line = self.text_line()?;
        line.parse().map_err(|_| self.torn())
    }
}
