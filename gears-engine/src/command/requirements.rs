//! `RG.PYDUMPREQS` (spec section 10).

use std::ffi::CStr;

use crate::api::{Arguments, Command, Context, Reply};
use crate::engine;

/// Lists the requirements that were installed.
pub(super) struct DumpRequirements;

impl Command for DumpRequirements {
    const NAME: &'static CStr = c"rg.pydumpreqs";

    fn serve(mut context: &Context, _: Arguments<'_>) -> Result<(), String> {
        let requirements = engine::get().requirements.all();
        context.array(requirements.len());
        for requirement in &requirements {
            reply_requirement(&mut context, requirement);
        }
        Ok(())
    }
}

/// Describes a requirement in RedisGears' 18 elements. pip installs without
/// keeping wheels, so there are none to list.
pub(super) fn reply_requirement(to: &mut impl Reply, name: &str) {
    let engine = engine::get();
    let uses = engine
        .registry
        .sessions()
        .iter()
        .filter(|(session, _)| session.requirements.iter().any(|used| used == name))
        .count();
    to.array(18);
    to.bulk(b"GearReqVersion");
    to.integer(2);
    to.bulk(b"Name");
    to.bulk(name.as_bytes());
    to.bulk(b"IsDownloaded");
    to.bulk(b"yes");
    to.bulk(b"IsInstalled");
    to.bulk(b"yes");
    to.bulk(b"CompiledOs");
    to.bulk(std::env::consts::OS.as_bytes());
    to.bulk(b"Wheels");
    to.array(0);
    to.bulk(b"Path");
    to.bulk(engine.config.installation_dir.to_string_lossy().as_bytes());
    to.bulk(b"RefCount");
    to.integer(i64::try_from(uses).unwrap_or(i64::MAX));
    to.bulk(b"IsInReqDictionary");
    to.bulk(b"yes");
}
