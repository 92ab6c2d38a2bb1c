//! What is registered, and what of it fails.

use gears_runtime::Gears;

use super::{examination::Examination, facts::Facts};
use crate::{failure::Result, registration};

pub(super) fn examine(
    gears: &Gears,
    facts: &Facts,
    examination: &mut Examination<'_>,
) -> Result {
    if let Some(unreadable @ 1..) = facts.number("rg_records_unreadable") {
        examination.fail(
            "stored",
            format!("{unreadable} registrations are stored that this module cannot read"),
            "they are kept: load the module that wrote them; the server's log says why",
        )?;
    }
    let all = match gears.dump_registrations() {
        Ok(all) => all,
        Err(error) => {
            return examination.warn(
                "registered",
                format!("what is registered cannot be told: {error}"),
                "allow the user rg.dumpregistrations",
            );
        }
    };
    let failing: Vec<_> = all
        .iter()
        .filter(|one| one.data.last_error.is_some() && one.data.num_failures > 0)
        .map(registration::name)
        .collect();
    if failing.is_empty() {
        let count = all.len();
        return examination.ok("registered", format!("{count}, none of which failed last"));
    }
    examination.warn(
        "registered",
        format!("{}, of which {} failed: {}", all.len(), failing.len(), failing.join(", ")),
        "`gears show NAME` has the last error; `gears stats --reset` counts anew",
    )
}
