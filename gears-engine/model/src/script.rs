//! Scripts as they are kept.

/// What makes a script's registrations again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// What the client sent.
    pub source: Vec<u8>,
    /// The minor version of the Python that pickled the callbacks.
    pub python: String,
    /// All callbacks of the script, together so that they share what they
    /// shared; absent when they cannot be pickled.
    pub pickle: Option<Vec<u8>>,
}
