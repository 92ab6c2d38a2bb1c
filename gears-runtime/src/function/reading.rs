//! What `run` reads, and how.

use super::{callback::Code, keyword::ReaderType, origin::Argument};
use crate::python::literal::string;

/// What `run` reads, and how.
pub(crate) struct Reading<'a> {
    pub(crate) argument: &'a Argument,
    pub(crate) no_scan: bool,
    pub(crate) read_value: bool,
    pub(crate) pattern_generator: Option<&'a Code>,
    pub(crate) from_id: Option<&'a str>,
    pub(crate) count: Option<u32>,
}

impl Reading<'_> {
    /// Tells whether there is a record whatever the server holds.
    pub(super) fn brings_some(&self, reader: ReaderType) -> bool {
        match reader {
            ReaderType::ShardsIdReader => true,
            ReaderType::KeysReader => self.no_scan,
            _ => false,
        }
    }

    pub(super) fn text(&self) -> String {
        match self.argument {
            Argument::Text(text) => string(text),
            Argument::None | Argument::Code(_) => string("*"),
        }
    }
}
