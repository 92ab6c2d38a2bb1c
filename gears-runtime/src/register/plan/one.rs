//! What to do about one gear.

use redis::Cmd;

use super::unregister;
use crate::{
    gear::{
        descriptor::Gear,
        fingerprint::Fingerprint,
        maker::Maker,
        mode::Replace,
        source::{self, Version, Writing},
    },
    register::{
        held::{Held, Look},
        installing::pyexecute,
        orphan::former as is_former,
        report::Change,
        setup::Setup,
    },
};

/// What to do about one gear.
pub(super) struct Plan<'a> {
    pub(super) change: Change,
    pub(super) gear: &'static Gear,
    look: &'a Look,
    setup: &'a Setup,
    writing: Writing<'a>,
    fingerprint: Fingerprint,
    /// What has the plain name now, or what the gear was before.
    current: Option<&'a Held>,
    /// Whether a server that knows of no versions lacks the one that stubs call.
    lacks_pinned: bool,
    /// Whether the plain name stays with a newer version there.
    leaves_plain: bool,
}

impl<'a> Plan<'a> {
    pub(super) fn new(gear: &'static Gear, look: &'a Look, setup: &'a Setup) -> Self {
        let writing = setup.writing(gear, look.server);
        let current = look
            .find(gear, &setup.naming)
            .or_else(|| former(gear, look, setup).next());
        let mut plan = Self {
            change: Change::Registered,
            fingerprint: Fingerprint::new(gear, &writing),
            gear,
            look,
            setup,
            writing,
            current,
            lacks_pinned: false,
            leaves_plain: false,
        };
        plan.change = plan
            .current
            .map_or(Change::Registered, |held| plan.change(held));
        if setup.restores {
            plan.give_way();
        }
        let doubles = plan.writing.version == Version::None && setup.naming.pins(gear, look.server);
        if doubles && plan.change != Change::Kept {
            let pinned = setup.naming.pinned(gear).into();
            plan.lacks_pinned = look.all_named(gear, pinned).next().is_none();
            if plan.lacks_pinned && plan.change == Change::Unchanged {
                plan.change = Change::Updated;
            }
        }
        plan
    }

    /// Returns the gear's trigger, and who made what is in its place.
    pub(super) fn former(&self) -> Option<(&'static str, Maker)> {
        let maker = self.current?.maker.clone()?;
        Some((self.gear.trigger(), maker))
    }

    fn change(&self, held: &Held) -> Change {
        let theirs = held.fingerprint();
        let is_own = held.maker.as_ref().map(|maker| self.setup.is_own(maker));
        match theirs.filter(|theirs| theirs.is_of(self.gear)) {
            Some(theirs) => {
                let is_ready =
                    self.is_version(held) && held.identity.is_of(self.gear, &self.setup.naming);
                // What two applications have in common is one registration, that of the first.
                if is_ready
                    && (is_own == Some(false) || is_own.is_some() && theirs == self.fingerprint)
                {
                    Change::Unchanged
                } else {
                    Change::Updated
                }
            }
            None => match self.setup.replace(self.gear) {
                Replace::Refuse if is_own != Some(true) => Change::Refused,
                Replace::Refuse | Replace::Always => Change::Replaced,
                Replace::Never => Change::Kept,
            },
        }
    }

    /// Leaves to others what they have put there since the server forgot the gear.
    ///
    /// An older version of our own gives way, and beside a newer one ours is there for those who call it by name.
    fn give_way(&mut self) {
        let Some(current) = self.current else {
            return;
        };
        let maker = current.maker.as_ref();
        let maker = maker.filter(|maker| self.setup.is_own(maker));
        let is_older = maker.is_some_and(|maker| self.setup.is_older_than(maker));
        self.change = match (self.change, self.writing.version) {
            (Change::Replaced, Version::Kept(keep)) if is_older => {
                let all = self.look.all_of(self.gear, &self.setup.naming);
                let is_there = { all }.any(|held| self.is_version(held));
                self.writing.version = Version::Behind(keep);
                match is_there {
                    true => Change::Unchanged,
                    false => Change::Registered,
                }
            }
            (Change::Replaced, Version::None) if is_older => {
                self.leaves_plain = true;
                Change::Unchanged
            }
            (Change::Replaced, _) if maker.is_some() && !is_older => Change::Replaced,
            (Change::Replaced | Change::Refused, _) => Change::Kept,
            (change, _) => change,
        };
    }

    /// Tells whether a registration is of the version that is written, where there are versions.
    fn is_version(&self, held: &Held) -> bool {
        match self.writing.version {
            Version::None | Version::Name => true,
            Version::Kept(_) | Version::Behind(_) => {
                held.version.as_deref() == Some(self.gear.fingerprint())
            }
        }
    }

    pub(super) fn is_needed(&self) -> bool {
        matches!(
            self.change,
            Change::Registered | Change::Updated | Change::Replaced
        )
    }

    /// Names both functions that claim the name: ours and theirs.
    pub(super) fn claims(&self) -> (&'static str, String, String) {
        let theirs = self.current.map(Held::place).unwrap_or_default();
        (self.gear.trigger(), self.gear.place(), theirs)
    }

    /// Makes the commands that bring the server up to date; each with whether its reply decides what becomes of the gear.
    pub(super) fn commands(&self) -> Vec<(Cmd, bool)> {
        let mut commands = Vec::new();
        if self.lacks_pinned {
            // First, so that no stub finds the plain name moved on and its own missing.
            let writing = self.setup.pinning(self.look.server);
            commands.push((self.install(&writing, None), true));
        }
        if self.leaves_plain {
            return commands;
        }
        let session = self.setup.session(self.gear, &self.writing);
        for held in self.in_the_way() {
            if !self.gives_way(held, &session) {
                commands.push((unregister(held), false));
            }
        }
        let theirs = self
            .in_the_way()
            .filter(|held| held.alone && self.look.server.has_sessions())
            .find_map(|held| held.session.as_deref().filter(|theirs| *theirs != session));
        commands.push((self.install(&self.writing, theirs), true));
        commands
    }

    /// Returns the registrations that have to go before there is ours: not the other versions, which stay.
    fn in_the_way(&self) -> impl Iterator<Item = &'a Held> {
        let is_versioned = matches!(self.writing.version, Version::Kept(_) | Version::Behind(_));
        let version = self.gear.fingerprint();
        let all = self.look.all_of(self.gear, &self.setup.naming);
        all.filter(move |held| {
            !is_versioned
                || held
                    .version
                    .as_deref()
                    .is_none_or(|theirs| theirs == version)
        })
        .chain(former(self.gear, self.look, self.setup))
    }

    /// Tells whether a registration gives way in the step in which ours is made.
    fn gives_way(&self, held: &Held, session: &str) -> bool {
        let theirs = held.session.as_deref();
        self.look.server.has_sessions()
            && theirs.is_some_and(|theirs| held.alone || theirs == session)
    }

    fn install(&self, writing: &Writing<'_>, theirs: Option<&str>) -> Cmd {
        let Self { gear, setup, .. } = self;
        let server = self.look.server;
        let description = self
            .fingerprint
            .describe(gear, &setup.naming, &setup.maker(gear));
        let script = source::write(gear, writing, &description);
        let session = setup.session(gear, writing);
        let mut options = Vec::new();
        if server.has_sessions() {
            options.extend(["ID", &session]);
            if !gear.description().is_empty() {
                options.extend(["DESCRIPTION", gear.description()]);
            }
            match theirs {
                Some(theirs) => options.extend(["REPLACE_WITH", theirs]),
                None => options.push("UPGRADE"),
            }
        }
        let requirements = source::requirements(gear, server.dialect);
        pyexecute(&script, &options, requirements.iter().copied())
    }
}

/// Returns what a gear registered under the name that it had before.
fn former<'a>(
    gear: &'static Gear,
    look: &'a Look,
    setup: &'a Setup,
) -> impl Iterator<Item = &'a Held> {
    look.held
        .iter()
        .filter(move |held| is_former(gear, held, setup))
}
