//! Python packages that scripts ask for, installed with pip.
//!
//! Their wheels are kept, so that they can be exported to other servers and
//! installed again without a network. Each set of requirements gets a folder of
//! its own, its environment, which is named after what is asked for, never
//! changes, and is shared by sessions and servers that ask for the same. The
//! interpreter that the module was built for is left as it was; its packages
//! count as installed.

mod active;
mod claim;
mod cleaning;
mod environment;
mod home;
mod installing;
mod kept;
mod lock;
pub(crate) mod name;
pub(crate) mod package;
mod packages;
mod pip;
mod scratch;
mod wheel;
pub(crate) mod wheels;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use gears_server::{LogLevel, Refusal, log};

use crate::config::config;
use crate::ground::poison::unpoisoned;
use crate::session::Session;
use cleaning::clean;
use environment::{activate, build, environment_of, write_also};
use installing::Installing;
use name::check_name;
use package::{Imported, Package, wheels_in};
use scratch::create;
use wheel::{folder_of, keep_imported, wheels_of};

pub(crate) use active::give_up_idle;
pub(crate) use claim::Claim;
pub(crate) use claim::released;
pub(crate) use kept::Kept;
pub(crate) use lock::Lock;
pub(crate) use name::normal;
pub(crate) use scratch::Scratch;
pub(crate) use wheels::Wheels;

/// What RedisGears answers when pip fails; pip's message follows it here.
const FAILED: &str = "Could not satisfy requirements (look at redis log file for more information)";

/// The requirements of this server, by their strings with names as pip compares
/// them.
pub(crate) struct Requirements {
    installed: Mutex<BTreeMap<String, Package>>,
    /// Held while pip runs, so that nothing is fetched twice at once.
    installing: Mutex<()>,
}

static REQUIREMENTS: Requirements = Requirements::new();

/// Who is told of packages that were not there before.
static NEWS: OnceLock<fn()> = OnceLock::new();

/// Has `tell` called whenever packages came that were not there before.
pub(crate) fn tell_news(tell: fn()) {
    let _ = NEWS.set(tell);
}

/// Returns the requirements of this server.
pub(crate) fn requirements() -> &'static Requirements {
    &REQUIREMENTS
}

impl Requirements {
    const fn new() -> Self {
        Self {
            installed: Mutex::new(BTreeMap::new()),
            installing: Mutex::new(()),
        }
    }

    /// Returns the requirements that were installed.
    pub(crate) fn all(&self) -> Vec<Package> {
        unpoisoned(self.installed.lock())
            .values()
            .cloned()
            .collect()
    }

    /// Finds an installed requirement.
    pub(crate) fn find(&self, requirement: &str) -> Option<Package> {
        unpoisoned(self.installed.lock())
            .get(&normal(requirement))
            .cloned()
    }

    /// Claims these for one more session, if Python sees them already.
    pub(crate) fn installed(&self, requirements: &[String]) -> Option<Arc<Claim>> {
        active::find(requirements)
    }

    /// Has a session use what is on disk or brought by Python, without pip;
    /// says whether that is all.
    ///
    /// # Errors
    ///
    /// When another version of a package is in use.
    pub(crate) fn use_present(&self, session: &Session) -> Result<bool, Refusal> {
        let claim = self.claim_present(&session.requirements)?;
        let present = claim.is_some();
        if let Some(claim) = claim {
            session.packages.hold(claim);
        }
        Ok(present)
    }

    /// Claims what is on disk or brought by Python, without pip; nothing if that is not all.
    ///
    /// # Errors
    ///
    /// As [`use_present`](Self::use_present).
    pub(crate) fn claim_present(
        &self,
        requirements: &[String],
    ) -> Result<Option<Arc<Claim>>, Refusal> {
        self.find_present(requirements).map_err(Failed::refusal)
    }

    fn find_present(&self, requirements: &[String]) -> Result<Option<Arc<Claim>>, Failed> {
        let installed = self.installed(requirements);
        if installed.is_some() {
            return Ok(installed);
        }
        let claim = Claim::new();
        let present = self
            .look_for(requirements, &claim)
            .map_err(|reason| Failed::new(&requirements.join(", "), reason))?;
        Ok(present.then(|| self.note(requirements, claim)))
    }

    fn look_for(&self, requirements: &[String], claim: &Claim) -> Result<bool, String> {
        for requirement in requirements {
            check_name(requirement)?;
        }
        let environment = environment_of(requirements);
        if let Some(kept) = Kept::find(&environment)
            && activate(kept, claim)?
        {
            return Ok(true);
        }
        let Some(elsewhere) = packages::use_satisfied(requirements, Some(claim))? else {
            return Ok(false);
        };
        if !elsewhere.is_empty() {
            // After a restart it finds the same versions, whoever comes first.
            let scratch = Scratch::new()?;
            let made = scratch.path().join("environment");
            create(&made)?;
            write_also(&made, &elsewhere)?;
            Kept::publish(&made, &environment, true)?;
        }
        Ok(true)
    }

    fn note(&self, requirements: &[String], claim: Claim) -> Arc<Claim> {
        let mut installed = unpoisoned(self.installed.lock());
        for requirement in requirements {
            Kept::find(&folder_of(requirement))
                .into_iter()
                .for_each(|wheels| claim.keep(wheels));
            installed.entry(normal(requirement)).or_insert_with(|| {
                let package = package_of(requirement);
                if package.wheels().is_empty() {
                    Package::without_wheels(requirement)
                } else {
                    package
                }
            });
        }
        drop(installed);
        let claim = Arc::new(claim);
        active::note(requirements, &claim);
        claim
    }

    /// Installs what is missing, and claims it. Takes long; holds neither Redis lock nor GIL.
    ///
    /// # Errors
    ///
    /// With what pip said; the log has it too.
    pub(crate) fn install(
        &self,
        requirements: &[String],
        force: bool,
    ) -> Result<Arc<Claim>, Refusal> {
        refuse_if_switched_off()?;
        self.bring(requirements, force, &[]).map_err(Failed::logged)
    }

    /// As [`install`](Self::install), but what is there is used also where pip is
    /// switched off, and it is left to the caller to log a failure.
    /// Wheels that are stored with the session are not asked of the index.
    pub(crate) fn install_again(
        &self,
        session: &Session,
        stored: &[Wheels],
    ) -> Result<(), Refusal> {
        if self.use_present(session) == Ok(true) {
            return Ok(());
        }
        refuse_if_switched_off()?;
        let claim = self
            .bring(&session.requirements, false, stored)
            .map_err(Failed::refusal)?;
        session.packages.hold(claim);
        Ok(())
    }

    fn bring(
        &self,
        requirements: &[String],
        force: bool,
        stored: &[Wheels],
    ) -> Result<Arc<Claim>, Failed> {
        // What is there does not wait for other clients' pip.
        if !force && let Some(present) = self.find_present(requirements)? {
            return Ok(present);
        }
        let _one_at_a_time = unpoisoned(self.installing.lock());
        let _one_server = Installing::wait(requirements)
            .map_err(|reason| Failed::new(&requirements.join(", "), reason))?;
        if !force && let Some(present) = self.find_present(requirements)? {
            return Ok(present);
        }
        let claim = Claim::new();
        let mut wheels = Vec::new();
        for requirement in requirements {
            let one = |reason| Failed::new(requirement, reason);
            // What Python has needs no wheels, be it alone or among others.
            let alone = std::slice::from_ref(requirement);
            let present = !force
                && check_name(requirement)
                    .and_then(|()| packages::use_satisfied(alone, None))
                    .map_err(one)?
                    .is_some();
            if !present {
                let stored = stored.iter().find(|stored| stored.are_of(requirement));
                let kept = match (Kept::find(&folder_of(requirement)), stored) {
                    (None, Some(stored)) => stored
                        .unpack()
                        .and_then(|imported| keep_imported(&imported, false)),
                    _ => wheels_of(requirement, force),
                };
                let kept = kept.map_err(one)?;
                wheels.extend(wheels_in(&kept.folder));
                claim.keep(kept);
            }
        }
        build(requirements, wheels, force, &claim)
            .map_err(|reason| Failed::new(&requirements.join(", "), reason))?;
        Ok(self.note_new(requirements, claim))
    }

    /// Installs what another server exported; needs no network.
    ///
    /// # Errors
    ///
    /// As for [`install`](Self::install).
    pub(crate) fn import(&self, imported: &Imported) -> Result<(), Refusal> {
        refuse_if_switched_off()?;
        let _one_at_a_time = unpoisoned(self.installing.lock());
        let name = &imported.name;
        let requirements = std::slice::from_ref(name);
        let claim = Claim::new();
        keep_imported(imported, true)
            .and_then(|kept| build(requirements, wheels_in(&kept.folder), true, &claim))
            .map_err(|reason| Failed::new(name, reason).logged())?;
        unpoisoned(self.installed.lock()).remove(&normal(name));
        self.note_new(requirements, claim);
        Ok(())
    }

    /// Notes what was not there before, for those who wait for it, and makes room.
    fn note_new(&self, requirements: &[String], claim: Claim) -> Arc<Claim> {
        let claim = self.note(requirements, claim);
        if let Some(tell) = NEWS.get() {
            tell();
        }
        self.clean();
        claim
    }

    /// Removes what no server uses any more.
    fn clean(&self) {
        let limit = config().environments_limit();
        let give_up = || {
            active::give_up_idle();
            packages::take_off_unused()
        };
        if let Err(error) = clean(limit, give_up) {
            log(
                LogLevel::Warning,
                &format!("packages that nobody uses cannot be removed: {error}"),
            );
        }
    }

    /// Packs the wheels of requirements, to be stored; fetches those that are not
    /// there, if it may take its time.
    ///
    /// # Errors
    ///
    /// When there are none to be had, or too much of them.
    pub(crate) fn pack(
        &self,
        requirements: &[String],
        fetch: bool,
    ) -> Result<Vec<Wheels>, Refusal> {
        let pack = |requirement: &String| {
            let mut package = package_of(requirement);
            if fetch {
                package = self
                    .with_wheels(&package)
                    .map_err(|refusal| refusal.to_string())?;
            }
            Wheels::pack(&package)
        };
        let all = requirements.iter().map(|requirement| {
            pack(requirement).map_err(|reason| {
                Refusal::whole(format!(
                    "the wheels of {requirement} cannot be stored with the function \
                     (StoreWheels 1): {reason}"
                ))
            })
        });
        all.collect()
    }

    /// Makes sure that a requirement's wheels are there: those of a package
    /// that Python brings were never fetched.
    ///
    /// # Errors
    ///
    /// As for [`install`](Self::install).
    pub(crate) fn with_wheels(&self, package: &Package) -> Result<Package, Refusal> {
        if !package.wheels().is_empty() {
            return Ok(package.clone());
        }
        refuse_if_switched_off()?;
        let _one_at_a_time = unpoisoned(self.installing.lock());
        let name = &package.name;
        wheels_of(name, false).map_err(|reason| Failed::new(name, reason).logged())?;
        let package = package_of(name);
        unpoisoned(self.installed.lock()).insert(normal(name), package.clone());
        Ok(package)
    }
}

fn refuse_if_switched_off() -> Result<(), Refusal> {
    if config().allows_pip() {
        Ok(())
    } else {
        Err(Refusal::whole(format!(
            "{FAILED}: installing is switched off on this server (PipInstall 0)"
        )))
    }
}

/// What cannot be had, and why.
struct Failed {
    requirement: String,
    reason: String,
}

impl Failed {
    fn new(requirement: &str, reason: String) -> Self {
        Self {
            requirement: requirement.to_owned(),
            reason,
        }
    }

    /// What the client is told.
    fn refusal(self) -> Refusal {
        Refusal::whole(format!("{FAILED}: {}: {}", self.requirement, self.reason))
    }

    /// As [`refusal`](Self::refusal), and in the log.
    fn logged(self) -> Refusal {
        let Self {
            requirement,
            reason,
        } = &self;
        log(
            LogLevel::Warning,
            &format!("the requirement {requirement} cannot be installed: {reason}"),
        );
        self.refusal()
    }
}

/// A requirement with the folder that its wheels are kept in.
fn package_of(requirement: &str) -> Package {
    Package {
        name: requirement.to_owned(),
        folder: folder_of(requirement),
    }
}
