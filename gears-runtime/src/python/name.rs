//! Names in generated scripts.

/// How names of generated scripts start.
pub(crate) const OWN: &str = "_gear_";

/// How Python calls the file of a script, and of a library of the server's functions.
pub(crate) const SCRIPTS: [&str; 2] = ["<string>", "user_function"];

/// The function of the script that the server calls, and that calls the body.
pub(crate) const ENTRY: &str = "_gear_call";
