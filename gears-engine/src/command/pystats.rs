//! `RG.PYSTATS` (spec section 1.16).

use std::ffi::CStr;

use gears_server::{Arguments, Category, Command, Context, Refusal, Reply};

use crate::python::memory;

/// Tells what Python allocated.
pub(super) struct PyStats;

impl Command for PyStats {
    const NAME: &'static CStr = c"rg.pystats";
    const CATEGORY: Category = Category::Admin;

    fn serve(mut context: &Context, _: Arguments<'_>) -> Result<(), Refusal> {
        let memory = memory::memory_use();
        context.array(6);
        for (name, bytes) in [
            ("TotalAllocated", memory.total),
            ("PeakAllocated", memory.peak),
            ("CurrAllocated", memory.current),
        ] {
            context.bulk(name.as_bytes());
            context.integer(i64::try_from(bytes).unwrap_or(i64::MAX));
        }
        Ok(())
    }
}
