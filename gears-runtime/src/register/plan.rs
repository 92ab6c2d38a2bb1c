//! What to send to a server so that it has the gears, and what its answers mean.
//!
//! Nothing here sends anything: [`Task`]s say what to send next and take the
//! replies, and `register.rs` carries them back and forth, sync or async.

mod support;

use redis::{Cmd, Value};

use super::{
    held::{Held, Look},
    installing::{check_registered, pyexecute},
    report::{Change, Registered, Removal, Report, Unregistered},
};
use crate::{
    error::{Error, Result},
    gear::{
        cause::Cause,
        descriptor::Gear,
        fingerprint::{Fingerprint, session},
        mode::Replace,
        registry, source,
    },
    server::known::Server,
};

/// How often a registration is planned, when others register at the same time.
const ATTEMPTS: usize = 3;

/// Work that takes a few round trips.
pub(crate) trait Task {
    /// What there is in the end.
    type Output;
    /// Whether it makes registrations, which RedisGears distributes among the nodes that it knows.
    const REGISTERS: bool;

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
    phase: Phase,
    attempts: usize,
}

/// What the next replies are to.
enum Phase {
    Looking,
    Installing(Installation),
    /// A look for gears that somebody else registered at the same time.
    LookingAgain(Vec<(&'static Gear, Change)>),
    Clearing(Vec<(&'static Gear, Change)>),
}

/// Says what registration would do.
pub(crate) struct Planning {
    gears: Vec<&'static Gear>,
}

/// Unregisters gears.
pub(crate) struct Removing {
    gears: Vec<&'static Gear>,
    removals: Option<Vec<(&'static Gear, Removal)>>,
}

/// What is under way after a look.
struct Installation {
    changes: Vec<(&'static Gear, Change)>,
    /// For each command, the gear that its reply decides; none for what clears the way.
    decides: Vec<Option<(&'static Gear, Vec<&'static str>)>>,
    /// Whether the server may hold a gear twice when somebody else registers it at the same time.
    may_double: bool,
}

impl Registration {
    pub(crate) fn new(gears: Vec<&'static Gear>) -> Result<Self> {
        registry::check(&gears)?;
        Ok(Self {
            gears,
            phase: Phase::Looking,
            attempts: 0,
        })
    }

    fn install(&mut self, look: &Look) -> Result<Step<Registered>> {
        self.attempts += 1;
        let mut commands = Vec::new();
        let mut installation = Installation {
            changes: Vec::new(),
            decides: Vec::new(),
            may_double: false,
        };
        for &gear in &self.gears {
            let plan = Plan::new(gear, look);
            if plan.change == Change::Refused {
                return Err(plan.refusal(gear));
            }
            installation.changes.push((gear, plan.change));
            if plan.is_needed() {
                support::check(gear, look.server)?;
                let requirements = source::requirements(gear, look.server.dialect);
                for clear in plan.clear_commands(gear, look) {
                    commands.push(clear);
                    installation.decides.push(None);
                }
                installation.may_double |=
                    gear.cause() != Cause::Trigger && !look.server.has_sessions();
                commands.push(plan.install_command(gear, look.server, &requirements));
                installation.decides.push(Some((gear, requirements)));
            }
        }
        if commands.is_empty() {
            return Ok(Step::Done(Report::new(installation.changes)));
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
            let Some((gear, requirements)) = decides else {
                continue;
            };
            if let Err(error) = check_registered(reply, gear.trigger(), requirements) {
                let is_race = error.is_trigger_taken() || error.is_transient();
                if is_race && self.attempts < ATTEMPTS {
                    // Somebody registered it between the look and now, or is about to: look again.
                    return Ok(Step::Send(Look::commands()));
                }
                failure.get_or_insert(error);
            }
        }
        match failure {
            Some(error) => Err(error),
            None if installation.may_double => {
                self.phase = Phase::LookingAgain(installation.changes);
                Ok(Step::Send(Look::commands()))
            }
            None => Ok(Step::Done(Report::new(installation.changes))),
        }
    }

    /// Takes out all but the first registration of a gear: without sessions, servers take those of events twice.
    ///
    /// Whoever else registers at the time takes out the same ones.
    fn clear(
        &mut self,
        changes: Vec<(&'static Gear, Change)>,
        look: &Look,
    ) -> Result<Step<Registered>> {
        let mut commands = Vec::new();
        for gear in &self.gears {
            let mut all: Vec<&Held> = look.all_of(gear).collect();
            all.sort_by_key(|held| (held.id.len(), &held.id));
            commands.extend(all.iter().skip(1).map(|held| unregister(held)));
        }
        if commands.is_empty() {
            return Ok(Step::Done(Report::new(changes)));
        }
        self.phase = Phase::Clearing(changes);
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
            Phase::LookingAgain(changes) => self.clear(changes, &Look::from_replies(&replies)?),
            Phase::Clearing(changes) => {
                check_unregistered(&replies)?;
                Ok(Step::Done(Report::new(changes)))
            }
        }
    }

    fn followed(self) -> Option<Registered> {
        match self.phase {
            Phase::Installing(installation) => Some(Report::new(installation.changes)),
            _ => None,
        }
    }
}

impl Planning {
    pub(crate) fn new(gears: Vec<&'static Gear>) -> Result<Self> {
        registry::check(&gears)?;
        Ok(Self { gears })
    }
}

impl Task for Planning {
    type Output = Registered;
    const REGISTERS: bool = false;

    fn receive(&mut self, replies: Vec<Value>) -> Result<Step<Registered>> {
        let look = Look::from_replies(&replies)?;
        let changes = self
            .gears
            .iter()
            .map(|&gear| (gear, Plan::new(gear, &look).change))
            .collect();
        Ok(Step::Done(Report::new(changes)))
    }

    fn followed(self) -> Option<Registered> {
        None
    }
}

impl Removing {
    pub(crate) fn new(gears: Vec<&'static Gear>) -> Self {
        Self {
            gears,
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
        let mut commands = Vec::new();
        let mut removals = Vec::new();
        for &gear in &self.gears {
            let removal = match look.find(gear) {
                None => Removal::Absent,
                Some(held) if held.fingerprint().is_none() => Removal::Foreign,
                Some(_) => {
                    commands.extend(look.all_of(gear).map(unregister));
                    Removal::Unregistered
                }
            };
            removals.push((gear, removal));
        }
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

/// What to do about one gear.
struct Plan<'a> {
    change: Change,
    fingerprint: Fingerprint,
    held: Option<&'a Held>,
}

impl<'a> Plan<'a> {
    fn new(gear: &Gear, look: &'a Look) -> Self {
        let fingerprint = Fingerprint::new(gear, look.server.dialect);
        let held = look.find(gear);
        let theirs = held.and_then(Held::fingerprint);
        let change = match (held, theirs) {
            (None, _) => Change::Registered,
            (Some(_), Some(theirs)) if theirs == fingerprint => Change::Unchanged,
            (Some(_), Some(theirs)) if theirs.is_same_function(&fingerprint) => Change::Updated,
            _ => match gear.replace() {
                Replace::Refuse => Change::Refused,
                Replace::Always => Change::Replaced,
                Replace::Never => Change::Kept,
            },
        };
        Self {
            change,
            fingerprint,
            held,
        }
    }

    fn is_needed(&self) -> bool {
        matches!(
            self.change,
            Change::Registered | Change::Updated | Change::Replaced
        )
    }

    fn refusal(&self, gear: &Gear) -> Error {
        let theirs = self.held.map(Held::place).unwrap_or_default();
        Error::duplicate_trigger(gear.trigger(), gear.place(), theirs)
    }

    /// Returns the session that has to give way as a whole, where the server can do that.
    fn session_to_replace(&self, gear: &Gear, server: Server) -> Option<&str> {
        let held = self
            .held
            .filter(|held| held.alone && server.has_sessions())?;
        let theirs = held.session.as_deref()?;
        (theirs != session(gear)).then_some(theirs)
    }

    /// Makes the commands that free the trigger, where the server cannot replace in one step.
    fn clear_commands(&self, gear: &Gear, look: &Look) -> Vec<Cmd> {
        let ours = session(gear);
        look.all_of(gear)
            .filter(|held| {
                let theirs = held.session.as_deref();
                let replaceable = look.server.has_sessions()
                    && theirs.is_some_and(|theirs| held.alone || theirs == ours);
                !replaceable
            })
            .map(unregister)
            .collect()
    }

    fn install_command(&self, gear: &Gear, server: Server, requirements: &[&str]) -> Cmd {
        let description = self.fingerprint.describe(gear);
        let script = source::write(gear, server.dialect, &description);
        let ours = session(gear);
        let mut options = Vec::new();
        if server.has_sessions() {
            options.extend(["ID", &ours]);
            if !gear.description().is_empty() {
                options.extend(["DESCRIPTION", gear.description()]);
            }
            match self.session_to_replace(gear, server) {
                Some(theirs) => options.extend(["REPLACE_WITH", theirs]),
                None => options.push("UPGRADE"),
            }
        }
        pyexecute(&script, &options, requirements.iter().copied())
    }
}

/// Refuses replies to [`unregister`] that are errors, unless somebody else was faster.
fn check_unregistered(replies: &[Value]) -> Result<()> {
    for reply in replies {
        if let Value::ServerError(error) = reply {
            let error = Error::from_server(error, "", &[]);
            // The two spellings are of two versions.
            let gone = error.raw().is_some_and(|raw| {
                raw.contains("is not registered") || raw.contains("does not registered")
            });
            if !gone {
                return Err(error);
            }
        }
    }
    Ok(())
}

fn unregister(held: &Held) -> Cmd {
    let mut command = redis::cmd("RG.UNREGISTER");
    command.arg(&held.id);
    command
}

#[cfg(test)]
mod tests;
