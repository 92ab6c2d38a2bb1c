//! Why a pickle is not read.

use std::fmt;

/// The longest name of a class that is told.
const LONGEST: usize = 200;

/// Says why a pickle is not read.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// It is torn, or no pickle at all; known at this byte.
    Torn(usize),
    /// It holds what only Python can make: something of a class, or the class itself.
    Foreign(String),
    /// It is deeper or larger than what is taken in.
    Beyond(String),
}

impl Unreadable {
    /// Names a class or function.
    pub(super) fn foreign(name: &str) -> Self {
        let shown: String = name.chars().take(LONGEST).collect();
        Self::Foreign(shown.escape_debug().to_string())
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Torn(at) => write!(
                f,
                "bytes that begin as a pickle does but are none, which shows at byte {at}"
            ),
            Self::Foreign(what) => write!(
                f,
                "a pickle of `{what}` (only Python can make one; `.map(str)` on the server makes \
                 text of it)"
            ),
            Self::Beyond(how) => write!(f, "a pickle that {how}"),
        }
    }
}
