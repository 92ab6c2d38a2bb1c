//! The commands about requirements (spec sections 1.20 and 10).

use std::ffi::CStr;
use std::thread;

use gears_server::{
    Arguments, BlockedClient, Category, Command, Context, LogLevel, Recorded, Refusal, Reply, log,
};

use crate::config::config;
use crate::registration::registry;
use crate::requirement::package::{Imported, Package};
use crate::requirement::{normal, requirements};

/// `RG.PYDUMPREQS`: the requirements that were installed.
pub(super) struct DumpRequirements;

impl Command for DumpRequirements {
    const NAME: &'static CStr = c"rg.pydumpreqs";
    const CATEGORY: Category = Category::Admin;

    fn serve(mut context: &Context, _: Arguments<'_>) -> Result<(), Refusal> {
        let packages = requirements().all();
        context.array(packages.len());
        for package in &packages {
            reply_package(&mut context, package);
        }
        Ok(())
    }
}

/// `RG.PYEXPORTREQ`: a requirement with its wheels, for another server.
pub(super) struct ExportRequirement;

impl Command for ExportRequirement {
    const NAME: &'static CStr = c"rg.pyexportreq";
    const CATEGORY: Category = Category::Admin;

    fn serve(context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        let (Some(name), 2) = (arguments.get(1), arguments.count()) else {
            return Err(Self::wrong_arity());
        };
        let requirements = requirements();
        let package = requirements
            .find(&String::from_utf8_lossy(name))
            .ok_or_else(|| Refusal::whole("requirement does not exists"))?;
        context.refuse_if_it_cannot_wait()?;
        answer_later(context.block_client(), move || {
            let package = requirements.with_wheels(&package)?;
            let chunks = package.export().map_err(Refusal::whole)?;
            let mut reply = Recorded::new();
            reply.array(2);
            reply_package(&mut reply, &package);
            reply.array(chunks.len());
            for chunk in &chunks {
                reply.bulk(chunk);
            }
            Ok(reply)
        });
        Ok(())
    }
}

/// `RG.PYIMPORTREQ`: installs what another server exported.
pub(super) struct ImportRequirement;

impl Command for ImportRequirement {
    const NAME: &'static CStr = c"rg.pyimportreq";
    const CATEGORY: Category = Category::Register;

    fn serve(context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        if arguments.count() < 2 {
            return Err(Self::wrong_arity());
        }
        context.refuse_if_it_cannot_wait()?;
        let chunks: Vec<_> = arguments.from(1).collect();
        let imported = Imported::parse(&chunks.concat()).map_err(Refusal::whole)?;
        answer_later(context.block_client(), move || {
            requirements().import(&imported)?;
            let mut reply = Recorded::new();
            reply.bulk(b"OK");
            Ok(reply)
        });
        Ok(())
    }
}

/// Answers from a thread of its own: pip takes its time.
fn answer_later(
    client: BlockedClient,
    work: impl FnOnce() -> Result<Recorded, Refusal> + Send + 'static,
) {
    let spawned = thread::Builder::new()
        .name("gears-requirements".to_owned())
        .spawn(move || {
            let reply = work().unwrap_or_else(|refusal| Recorded::of_refusal(&refusal));
            client.answer(reply);
        });
    // The client was moved into the thread; if there is none, dropping it answered.
    if let Err(error) = spawned {
        log(
            LogLevel::Warning,
            &format!("no thread for requirements: {error}"),
        );
    }
}

/// Describes a session's requirement.
pub(super) fn reply_requirement(to: &mut impl Reply, name: &str) {
    match requirements().find(name) {
        Some(package) => reply_package(to, &package),
        None => to.bulk(name.as_bytes()),
    }
}

/// Describes a requirement in RedisGears' 18 elements, or the 12 of 1.0.
fn reply_package(to: &mut impl Reply, package: &Package) {
    let old = config().has_old_shapes();
    let wheels = package.wheel_names();
    to.array(if old { 12 } else { 18 });
    to.bulk(b"GearReqVersion");
    to.integer(if old { 1 } else { 2 });
    to.bulk(b"Name");
    to.bulk(package.name.as_bytes());
    to.bulk(b"IsDownloaded");
    to.bulk(if wheels.is_empty() { b"no" } else { b"yes" });
    to.bulk(b"IsInstalled");
    to.bulk(b"yes");
    to.bulk(b"CompiledOs");
    to.bulk(std::env::consts::OS.as_bytes());
    to.bulk(b"Wheels");
    if wheels.is_empty() {
        to.bulk(b"Requirement was not yet downloaded so wheels are not available");
    } else {
        to.array(wheels.len());
        for wheel in &wheels {
            to.bulk(wheel.as_bytes());
        }
    }
    if old {
        return;
    }
    let sessions = registry().sessions();
    let uses = sessions
        .iter()
        .filter(|(session, _)| {
            let mut names = session.requirements.iter();
            names.any(|name| normal(name) == normal(&package.name))
        })
        .count();
    to.bulk(b"Path");
    to.bulk(package.folder.to_string_lossy().as_bytes());
    to.bulk(b"RefCount");
    to.integer(i64::try_from(uses).unwrap_or(i64::MAX));
    to.bulk(b"IsInReqDictionary");
    to.bulk(b"yes");
}
