//! Python's texts, which may hold what is no text.

use std::fmt;

/// A `str`: UTF-8 in which surrogates may stand alone, as Python's error handler
/// `surrogatepass` writes it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Text(Vec<u8>);

impl Text {
    /// Takes bytes for a text, if they are one.
    pub fn of_bytes(bytes: Vec<u8>) -> Option<Self> {
        is_text(&bytes).then_some(Self(bytes))
    }

    /// Returns the bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the text, unless a surrogate stands alone in it.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&String::from_utf8_lossy(&self.0), formatter)
    }
}

fn is_text(mut bytes: &[u8]) -> bool {
    loop {
        let Err(error) = std::str::from_utf8(bytes) else {
            return true;
        };
        bytes = &bytes[error.valid_up_to()..];
        match bytes {
            [0xed, 0xa0..=0xbf, 0x80..=0xbf, rest @ ..] => bytes = rest,
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surrogates_may_stand_alone_and_nothing_else_may_be_wrong() {
        let text = |bytes: &[u8]| Text::of_bytes(bytes.to_vec());
        assert_eq!(text(b"a").and_then(|it| it.as_str().map(str::len)), Some(1));
        let alone = text(b"a\xed\xb2\x80b").unwrap();
        assert_eq!(
            (alone.as_str(), alone.as_bytes()),
            (None, &b"a\xed\xb2\x80b"[..])
        );
        for wrong in [
            &b"\xff"[..],
            b"a\xed",
            b"\xed\xb2",
            b"\xc0\x80",
            b"\xed\xb2\x80\xff",
        ] {
            assert_eq!(text(wrong), None, "{wrong:?}");
        }
    }
}
