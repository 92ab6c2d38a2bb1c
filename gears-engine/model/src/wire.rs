//! The format of what is stored: tagged fields, each with its length.
//!
//! A reader skips fields that it does not know, so later versions can add some.
//! Nothing here trusts what it reads: every number is checked against what is
//! there, and whatever does not fit is [`Damaged`].

/// What was stored cannot be read; says what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged(pub String);

impl Damaged {
    /// Says what is wrong.
    pub fn new(what: &str) -> Self {
        Self(format!("the stored data is damaged: {what}"))
    }
}

/// Fields on their way out.
#[derive(Default)]
pub struct Fields(Vec<u8>);

impl Fields {
    /// Adds a field.
    pub fn put(&mut self, tag: u8, value: &[u8]) {
        self.0.push(tag);
        self.0.extend((value.len() as u64).to_le_bytes());
        self.0.extend(value);
    }

    /// Adds a field if there is a value for it.
    pub fn put_some(&mut self, tag: u8, value: Option<impl AsRef<[u8]>>) {
        if let Some(value) = value {
            self.put(tag, value.as_ref());
        }
    }

    /// Adds a field that is a number.
    pub fn put_number(&mut self, tag: u8, value: u64) {
        self.put(tag, &value.to_le_bytes());
    }

    /// Returns the bytes.
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Fields on their way in.
#[derive(Clone, Copy)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Begins to read.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Takes one byte.
    pub fn byte(&mut self) -> Result<u8, Damaged> {
        let [byte] = *self.take(1)? else {
            return Err(Damaged::new("a byte is missing"));
        };
        Ok(byte)
    }

    /// Takes a number.
    pub fn number(&mut self) -> Result<u64, Damaged> {
        number(self.take(8)?)
    }

    /// Says whether all was read.
    pub fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the next field; nothing at the end.
    pub fn field(&mut self) -> Result<Option<(u8, &'a [u8])>, Damaged> {
        if self.is_at_end() {
            return Ok(None);
        }
        let tag = self.byte()?;
        let length = usize::try_from(self.number()?)
            .map_err(|_| Damaged::new("a length is out of range"))?;
        Ok(Some((tag, self.take(length)?)))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Damaged> {
        let (taken, rest) = self
            .0
            .split_at_checked(length)
            .ok_or_else(|| Damaged::new("it ends too early"))?;
        self.0 = rest;
        Ok(taken)
    }
}

/// Reads a field that is a number.
pub fn number(bytes: &[u8]) -> Result<u64, Damaged> {
    bytes
        .try_into()
        .map(u64::from_le_bytes)
        .map_err(|_| Damaged::new("a number has the wrong length"))
}

/// Reads a field that is a text.
pub fn text(bytes: &[u8]) -> Result<String, Damaged> {
    String::from_utf8(bytes.to_vec()).map_err(|_| Damaged::new("a text is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back() {
        let mut fields = Fields::default();
        fields.put(3, b"abc");
        fields.put_some(4, None::<&str>);
        fields.put_number(5, 7);
        let bytes = fields.finish();
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.field(), Ok(Some((3, b"abc".as_slice()))));
        let (tag, value) = reader.field().unwrap().unwrap();
        assert_eq!((tag, number(value)), (5, Ok(7)));
        assert_eq!(reader.field(), Ok(None));
    }

    #[test]
    fn lengths_are_not_trusted() {
        for bytes in [
            vec![1],
            vec![1, 255, 255, 255, 255, 255, 255, 255, 255],
            vec![1, 2, 0, 0, 0, 0, 0, 0, 0, b'a'],
        ] {
            assert!(Reader::new(&bytes).field().is_err());
        }
    }
}
