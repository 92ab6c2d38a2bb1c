//! What becomes of an event for which a function's queue has no room.

/// The two ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFull {
    /// The function does not get it; it is counted.
    #[default]
    Drop,
    /// It is let in, and the next writers wait until there is room again.
    Wait,
}

impl OnFull {
    /// Both ways.
    pub const ALL: [Self; 2] = [Self::Drop, Self::Wait];

    /// Reads a way's name, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|way| way.name().eq_ignore_ascii_case(name))
    }

    /// Names the way.
    pub fn name(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Wait => "wait",
        }
    }
}
