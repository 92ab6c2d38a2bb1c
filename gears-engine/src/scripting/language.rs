//! What the server asks of a language.

use std::ffi::CStr;
use std::time::Duration;

use gears_server::scripting::{Compiled, Language, Running, Subsystem};
use gears_server::{Arguments, Context};

use super::call;
use super::code::{self, Code};
use super::grave;
use super::library;

/// Python.
pub(super) enum Python {}

impl Language for Python {
    const NAME: &'static CStr = c"python";

    type Code = Code;

    fn compile(
        _: &Context,
        of: Subsystem,
        source: &[u8],
        limit: Option<Duration>,
    ) -> Result<Vec<Compiled<Code>>, String> {
        library::compile(of, source, limit)
    }

    fn call(
        context: &Context,
        running: &Running,
        code: &Code,
        keys: Arguments<'_>,
        arguments: Arguments<'_>,
    ) {
        call::call(context, running, code, keys, arguments);
    }

    fn free(of: Subsystem, code: Code) {
        grave::lay(of, code);
    }

    fn memory_of(code: &Code) -> usize {
        code.size()
    }

    fn memory(of: Subsystem) -> usize {
        code::size_of_all(of)
    }

    fn reset(_: Subsystem) {
        // Its functions go one by one.
    }
}
