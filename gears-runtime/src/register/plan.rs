//! What to send to a server so that it has the gears, and what its answers mean.
//!
//! Nothing here sends anything: [`Task`]s say what to send next and take the
//! replies, and `register.rs` carries them back and forth, sync or async.

mod all;
mod one;
pub(crate) mod pruning;
mod support;

use std::sync::Arc;

use redis::{Cmd, Value};

use self::all::Plans;
use super::{
    held::{Held, Look},
    held_library::library_of,
    installing::check_registered,
    library::{Loading, removal},
    orphan::Orphan,
    report::{Registered, Removal, Report, Unregistered},
    setup::Setup,
};
use crate::{
    error::{Error, Result},
    gear::{descriptor::Gear, registry, source},
};

/// How often a registration is planned, when others register at the same time.
const ATTEMPTS: usize = 3;

/// Work that takes a few round trips.
pub(crate) trait Task {
    /// What there is in the end.
    type Output;
    /// Whether it makes registrations, which RedisGears distributes among the nodes that it knows.
    const REGISTERS: bool;

    /// Makes the commands whose replies come first.
    fn look(&self) -> Vec<Cmd> {
        Look::commands()
    }

    /// Takes the replies to the commands of the last step.
    fn receive(&mut self, replies: Vec<Value>) -> Result<Step<Self::Output>>;

    /// Returns what there is in the end when the commands of the last step have been followed.
    fn followed(self) -> Option<Self::Output>;
}

/// What a [`Task`] wants next.
pub(crate) enum Step<T> {
    Send(Vec<Cmd>),
    Done(T),
}

/// Registers gears: looks, then installs what is missing.
pub(crate) struct Registration {
    gears: Vec<&'static Gear>,
    setup: Arc<Setup>,
    phase: Phase,
    attempts: usize,
}

/// What the next replies are to.
enum Phase {
    Looking,
    Installing(Installation),
    /// A look for gears that somebody else registered at the same time.
    LookingAgain(Registered),
    Clearing(Registered),
}

/// Says what registration would do.
pub(crate) struct Planning {
    gears: Vec<&'static Gear>,
    setup: Arc<Setup>,
}

/// Unregisters gears.
pub(crate) struct Removing {
    gears: Vec<&'static Gear>,
    setup: Arc<Setup>,
    removals: Option<Vec<(&'static Gear, Removal)>>,
}

/// What is under way after a look.
struct Installation {
    report: Registered,
    /// What the reply to each command says.
    decides: Vec<Reply>,
    /// Whether the server may hold a gear twice when somebody else registers it at the same time.
    may_double: bool,
}

/// What a reply says.
enum Reply {
    /// Nothing: the command cleared the way for the next one.
    Ignored,
    /// What became of a gear, which needs packages.
    Of(&'static Gear, Vec<&'static str>),
    /// What became of a library.
    Library(Loading),
    /// Whether an orphan is gone.
    Gone,
}

impl Registration {
    pub(crate) fn new(gears: Vec<&'static Gear>, setup: Arc<Setup>) -> Result<Self> {
        registry::check(&gears)?;
        Ok(Self {
            gears,
            setup,
            phase: Phase::Looking,
            attempts: 0,
        })
    }

    fn install(&mut self, look: &Look) -> Result<Step<Registered>> {
        self.attempts += 1;
        let mut commands = Vec::new();
        let plans = Plans::new(&self.gears, look, &self.setup)?;
        let refused = plans.claims();
        if !refused.is_empty() {
            return Err(Error::duplicate_triggers(refused.into_iter()));
        }
        let mut installation = Installation {
            report: plans.report(),
            decides: Vec::new(),
            may_double: false,
        };
        for command in plans.removals() {
            commands.push(command.clone());
            installation.decides.push(Reply::Gone);
        }
        for library in plans.to_load() {
            commands.push(library.load());
            installation.decides.push(Reply::Library(library.loading()));
        }
        for plan in plans.gears() {
            let gear = plan.gear;
            if !plan.is_needed() {
                continue;
            }
            support::check(gear, look.server)?;
            let requirements = source::requirements(gear, look.server.dialect);
            for (command, decides) in plan.commands() {
                commands.push(command);
                installation.decides.push(match decides {
                    true => Reply::Of(gear, requirements.clone()),
                    false => Reply::Ignored,
                });
            }
            installation.may_double |= !gear.cause().is_called() && !look.server.has_sessions();
        }
        for command in unregistrations(installation.report.orphans()) {
            commands.push(command);
            installation.decides.push(Reply::Gone);
        }
        if commands.is_empty() {
            return Ok(Step::Done(installation.report));
        }
        self.phase = Phase::Installing(installation);
        Ok(Step::Send(commands))
    }

    /// Reads what came of the commands; looks again where there is reason to.
    fn finish(
        &mut self,
        installation: Installation,
        replies: Vec<Value>,
    ) -> Result<Step<Registered>> {
        let mut failure = None;
        for (decides, reply) in installation.decides.iter().zip(replies) {
            let result = match decides {
                Reply::Ignored => Ok(()),
                Reply::Gone => check_unregistered(&[reply]),
                Reply::Library(loading) => loading.check(reply),
                Reply::Of(gear, requirements) => {
                    check_registered(reply, gear.trigger(), requirements)
                }
            };
            if let Err(error) = result {
                let is_race = error.is_trigger_taken() || error.is_transient();
                if is_race && self.attempts < ATTEMPTS {
                    // Somebody registered it between the look and now, or is about to: look again.
                    return Ok(Step::Send(self.look()));
                }
                failure.get_or_insert(error);
            }
        }
        match failure {
            Some(error) => Err(error),
            None if installation.may_double => {
                self.phase = Phase::LookingAgain(installation.report);
                Ok(Step::Send(self.look()))
            }
            None => Ok(Step::Done(installation.report)),
        }
    }

    /// Takes out all but the first registration of a gear: without sessions, servers take those of events twice.
    ///
    /// Whoever else registers at the time takes out the same ones.
    fn clear(&mut self, report: Registered, look: &Look) -> Result<Step<Registered>> {
        let mut commands = Vec::new();
        let listeners = self.gears.iter().filter(|gear| !gear.cause().is_called());
        for gear in listeners {
            let mut all: Vec<&Held> = look.all_of(gear, &self.setup.naming).collect();
            all.sort_by_key(|held| (held.id.len(), &held.id));
            commands.extend(all.iter().skip(1).map(|held| unregister(held)));
        }
        if commands.is_empty() {
            return Ok(Step::Done(report));
        }
        self.phase = Phase::Clearing(report);
        Ok(Step::Send(commands))
    }
}

impl Task for Registration {
    type Output = Registered;
    const REGISTERS: bool = true;

    fn receive(&mut self, replies: Vec<Value>) -> Result<Step<Registered>> {
        match std::mem::replace(&mut self.phase, Phase::Looking) {
            Phase::Looking => self.install(&Look::from_replies(&replies)?),
            Phase::Installing(installation) => self.finish(installation, replies),
            Phase::LookingAgain(report) => self.clear(report, &Look::from_replies(&replies)?),
            Phase::Clearing(report) => {
                check_unregistered(&replies)?;
                Ok(Step::Done(report))
            }
        }
    }

    fn followed(self) -> Option<Registered> {
        match self.phase {
            Phase::Installing(installation) => Some(installation.report),
            _ => None,
        }
    }
}

impl Planning {
    pub(crate) fn new(gears: Vec<&'static Gear>, setup: Arc<Setup>) -> Result<Self> {
        registry::check(&gears)?;
        Ok(Self { gears, setup })
    }
}

impl Task for Planning {
    type Output = Registered;
    const REGISTERS: bool = false;

    fn receive(&mut self, replies: Vec<Value>) -> Result<Step<Registered>> {
        let look = Look::from_replies(&replies)?;
        let plans = Plans::new(&self.gears, &look, &self.setup)?;
        Ok(Step::Done(plans.report()))
    }

    fn followed(self) -> Option<Registered> {
        None
    }
}

impl Removing {
    pub(crate) fn new(gears: Vec<&'static Gear>, setup: Arc<Setup>) -> Self {
        Self {
            gears,
            setup,
            removals: None,
        }
    }
}

impl Task for Removing {
    type Output = Unregistered;
    const REGISTERS: bool = false;

    fn receive(&mut self, replies: Vec<Value>) -> Result<Step<Unregistered>> {
        if let Some(removals) = self.removals.take() {
            check_unregistered(&replies)?;
            return Ok(Step::Done(Report::new(removals)));
        }
        let look = Look::from_replies(&replies)?;
        let naming = &self.setup.naming;
        let mut commands = Vec::new();
        let mut removals = Vec::new();
        for &gear in &self.gears {
            if gear.function_on(look.server).is_some() {
                removals.push((gear, removal_of(gear, &look, &self.setup)));
                continue;
            }
            let is_version = |held: &&Held| held.is_version_of(gear, naming);
            let all: Vec<&Held> = look.held.iter().filter(is_version).collect();
            // What an older gears-runtime registered does not say whose it is.
            let is_ours = |held: &&&Held| {
                let is_own = |maker| self.setup.is_own(maker);
                held.fingerprint().is_some() && held.maker.as_ref().is_none_or(is_own)
            };
            let ours = all.iter().filter(is_ours).map(|held| unregister(held));
            let ours: Vec<Cmd> = ours.collect();
            removals.push((
                gear,
                match (all.is_empty(), ours.is_empty()) {
                    (_, false) => Removal::Unregistered,
                    (true, true) => Removal::Absent,
                    (false, true) => Removal::Foreign,
                },
            ));
            commands.extend(ours);
        }
        commands.extend(library_removals(&removals, &look, &self.setup));
        if commands.is_empty() {
            return Ok(Step::Done(Report::new(removals)));
        }
        self.removals = Some(removals);
        Ok(Step::Send(commands))
    }

    fn followed(self) -> Option<Unregistered> {
        self.removals.map(Report::new)
    }
}

/// Returns all gears that the application has, whichever of them are meant, as far as this binary knows.
fn known(gears: &[&'static Gear], setup: &Setup) -> Vec<&'static Gear> {
    if setup.is_stranger {
        return Vec::new();
    }
    let mut known = registry::all();
    known.extend(gears);
    known
}

/// Says what becomes of a function of the server's when it is unregistered.
fn removal_of(gear: &Gear, look: &Look, setup: &Setup) -> Removal {
    let name = library_of(gear, &setup.naming).unwrap_or_default();
    let held = look.libraries.iter().find(|held| held.name() == name);
    match held {
        Some(held) if !held.is_own(setup) => Removal::Foreign,
        Some(held) if held.has(&setup.naming.of_function(gear.trigger())) => Removal::Unregistered,
        _ => Removal::Absent,
    }
}

/// Makes the commands that take functions out of their libraries.
fn library_removals(removals: &[(&'static Gear, Removal)], look: &Look, setup: &Setup) -> Vec<Cmd> {
    let removed = removals.iter().filter(|(gear, removal)| {
        gear.function_on(look.server).is_some() && *removal == Removal::Unregistered
    });
    let removed: Vec<&'static Gear> = removed.map(|(gear, _)| *gear).collect();
    let known = known(&removed, setup);
    let own = look.libraries.iter().filter(|held| held.is_own(setup));
    let commands = own.filter_map(|held| {
        let goes = |function: &str| {
            removed.iter().any(|gear| {
                library_of(gear, &setup.naming).as_deref() == Some(held.name())
                    && setup.naming.of_function(gear.trigger()) == function
            })
        };
        let any = held.functions().iter().any(|function| goes(function));
        any.then(|| removal(held, &known, setup, goes))
    });
    commands.collect()
}

/// Makes the commands that take out the registrations among orphans that go.
fn unregistrations(orphans: &[Orphan]) -> impl Iterator<Item = Cmd> {
    let going = orphans.iter().filter(|orphan| orphan.is_pruned());
    let registered = going.filter(|orphan| orphan.library().is_none());
    registered.map(|orphan| unregister_id(orphan.id()))
}

/// Refuses replies to [`unregister`] that are errors, unless somebody else was faster.
fn check_unregistered(replies: &[Value]) -> Result<()> {
    for reply in replies {
        if let Value::ServerError(error) = reply {
            let error = Error::from_server(error, "", &[]);
            // Two spellings are of two versions; the third is of libraries.
            let gone = error.raw().is_some_and(|raw| {
                raw.contains("is not registered")
                    || raw.contains("does not registered")
                    || raw.contains("Library not found")
            });
            if !gone {
                return Err(error);
            }
        }
    }
    Ok(())
}

fn unregister(held: &Held) -> Cmd {
    unregister_id(&held.id)
}

fn unregister_id(id: &str) -> Cmd {
    let mut command = redis::cmd("RG.UNREGISTER");
    command.arg(id);
    command
}

#[cfg(test)]
mod tests;
