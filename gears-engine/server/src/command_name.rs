//! The name of a command that we run, as the server takes it.

use std::ffi::{CStr, CString};
use std::ops::Deref;

/// So long are names that need no memory of their own.
const SHORT: usize = 32;

/// A name without NUL, with one behind it.
pub(crate) enum CommandName {
    /// The name with NULs behind it, and its length.
    Short([u8; SHORT], usize),
    Long(CString),
}

impl CommandName {
    /// Takes a name; none that holds a NUL, which no command has and the server would cut.
    pub(crate) fn new(name: &[u8]) -> Option<Self> {
        if name.len() >= SHORT {
            return CString::new(name).ok().map(Self::Long);
        }
        if name.contains(&0) {
            return None;
        }
        let mut short = [0; SHORT];
        short[..name.len()].copy_from_slice(name);
        Some(Self::Short(short, name.len()))
    }
}

impl Deref for CommandName {
    type Target = CStr;

    fn deref(&self) -> &CStr {
        match self {
            // SAFETY: the name holds no NUL, and there is one behind it.
            Self::Short(name, length) => unsafe {
                CStr::from_bytes_with_nul_unchecked(&name[..=*length])
            },
            Self::Long(name) => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_length_stay_what_they_are() {
        for length in [0, 1, SHORT - 2, SHORT - 1, SHORT, SHORT + 1, 1000] {
            let name = vec![b'x'; length];
            let taken = CommandName::new(&name).unwrap();
            assert_eq!(taken.to_bytes(), name, "{length}");
        }
    }

    #[test]
    fn what_holds_a_nul_is_no_name() {
        assert!(CommandName::new(b"GE\0T").is_none());
        assert!(CommandName::new(&[0; 2 * SHORT]).is_none());
    }
}
