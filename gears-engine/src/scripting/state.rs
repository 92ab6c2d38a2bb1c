//! Whether the server runs functions in Python.

use std::sync::OnceLock;

/// Whether the server runs functions in Python.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It does, by that version of its API.
    On(u64),
    /// It could, and nobody asked for it (`ScriptingEngine`).
    Off,
    /// It has no API for it.
    Unsupported,
    /// It refused.
    Refused,
}

static STATE: OnceLock<State> = OnceLock::new();

pub(super) fn note(state: State) {
    let _ = STATE.set(state);
}

/// Returns whether the server runs functions in Python.
pub(crate) fn state() -> State {
    STATE.get().copied().unwrap_or(State::Off)
}

impl State {
    /// Names it, for INFO.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::On(_) => "on",
            Self::Off => "off",
            Self::Unsupported => "unsupported",
            Self::Refused => "refused",
        }
    }

    /// Returns the version of the server's API by which it does, or 0.
    pub(crate) fn api(self) -> u64 {
        match self {
            Self::On(version) => version,
            _ => 0,
        }
    }
}
