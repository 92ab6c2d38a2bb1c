//! The `RG.*` commands, one file each.

mod config_get;
mod dump_executions;
mod dump_registrations;
mod pyexecute;
mod pystats;
mod trigger;
mod unregister;

use crate::api::Loading;

/// Makes all commands known to the server; says whether that worked.
pub(crate) fn register_all(loading: &Loading<'_>) -> bool {
    loading.command::<pyexecute::PyExecute>()
        && loading.command::<trigger::Trigger>()
        && loading.command::<dump_registrations::DumpRegistrations>()
        && loading.command::<unregister::Unregister>()
        && loading.command::<dump_executions::DumpExecutions>()
        && loading.command::<config_get::ConfigGet>()
        && loading.command::<pystats::PyStats>()
}
