//! The `RG.*` commands, one file each.

mod clear_stats;
mod cluster;
mod config_get;
mod config_set;
mod dump_executions;
mod dump_registrations;
mod execution;
mod inner;
mod inner_after;
mod inner_hook;
mod internal;
mod pause;
mod profile;
mod pyexecute;
mod pystats;
mod requirements;
mod sessions;
mod slow_log;
mod trigger;
mod unregister;

use gears_server::Loading;

/// Makes all commands known to the server; says whether that worked.
pub(crate) fn register_all(loading: &Loading<'_>) -> bool {
    loading.command::<pyexecute::PyExecute>()
        && loading.command::<trigger::Trigger>()
        && loading.command::<profile::Profile>()
        && loading.command::<trigger::TriggerOnKey>()
        && loading.command::<requirements::ExportRequirement>()
        && loading.command::<requirements::ImportRequirement>()
        && loading.command::<internal::DumpPlugins>()
        && loading.command::<cluster::Hello>()
        && loading.command::<cluster::NetworkTest>()
        && loading.command::<internal::ExecuteRemote>()
        && loading.command::<internal::FreeInterpreter>()
        && loading.command::<internal::ClusterSet>()
        && loading.command::<cluster::InnerMessage>()
        && loading.command::<dump_registrations::DumpRegistrations>()
        && loading.command::<unregister::Unregister>()
        && loading.command::<dump_executions::DumpExecutions>()
        && loading.command::<config_get::ConfigGet>()
        && loading.command::<config_set::ConfigSet>()
        && loading.command::<pystats::PyStats>()
        && loading.command::<execution::GetExecution>()
        && loading.command::<execution::GetResults>()
        && loading.command::<execution::GetResultsBlocking>()
        && loading.command::<execution::AbortExecution>()
        && loading.command::<execution::DropExecution>()
        && loading.command::<cluster::InfoCluster>()
        && loading.command::<cluster::RefreshCluster>()
        && loading.command::<pause::PauseRegistrations>()
        && loading.command::<pause::UnpauseRegistrations>()
        && loading.command::<sessions::DumpSessions>()
        && loading.command::<requirements::DumpRequirements>()
        && loading.command::<clear_stats::ClearRegistrationsStats>()
        && loading.command::<slow_log::SlowLog>()
        && loading.command::<inner::InnerRegister>()
        && loading.command::<inner::InnerUnregister>()
        && loading.command::<inner_hook::InnerHook>()
        && loading.command::<inner_after::InnerAfter>()
}
