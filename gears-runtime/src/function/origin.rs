//! Where the records of a function come from.

use std::panic::Location;

use super::{callback::Code, keyword::ReaderType};

/// Where the records come from, and what is said about the function.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) reader: ReaderType,
    /// What `run` reads unless told otherwise.
    pub(crate) argument: Argument,
    pub(crate) description: Option<String>,
    pub(crate) requirements: Vec<String>,
    /// Where in the Rust source the function began.
    pub(crate) place: &'static Location<'static>,
}

/// What a reader is given to read.
#[derive(Clone, Debug)]
pub(crate) enum Argument {
    None,
    Text(String),
    Code(Code),
}
