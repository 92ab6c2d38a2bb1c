//! Names in generated scripts.

/// How names of generated scripts start.
pub(crate) const OWN: &str = "_gear_";

/// The function of the script that the server calls, and that calls the body.
pub(crate) const ENTRY: &str = "_gear_call";
