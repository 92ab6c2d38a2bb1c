//! What to do about all gears of a registration, and about the libraries of the server's functions.

use redis::Cmd;

use super::{known, one::Plan, support};
use crate::{
    error::{DuplicateTrigger, Result},
    gear::descriptor::Gear,
    register::{
        held::Look,
        held_library::{HeldLibrary, is_function_of, libraries_of, library_of},
        library::{LibraryPlan, is_pruned, removal},
        orphan::{Orphan, orphans},
        report::{Change, Registered, Report},
        setup::Setup,
    },
};

/// What to do about each gear, in their order, and about each library.
pub(super) struct Plans<'a> {
    all: Vec<Planned<'a>>,
    libraries: Vec<LibraryPlan<'a>>,
    /// What the application has left behind.
    orphans: Vec<Orphan>,
    /// What takes functions out of libraries in which they are no more, before others get them.
    removals: Vec<Cmd>,
}

/// What to do about a gear.
enum Planned<'a> {
    Gear(Plan<'a>),
    /// It is a function of the library at that place.
    Function(&'static Gear, usize),
}

impl<'a> Plans<'a> {
    /// Plans gears on a server that was looked at.
    ///
    /// # Errors
    ///
    /// A function of the server's that this one cannot have is `Unsupported`.
    pub(super) fn new(gears: &[&'static Gear], look: &'a Look, setup: &'a Setup) -> Result<Self> {
        let is_function = |gear: &&&'static Gear| gear.function_on(look.server).is_some();
        let functions: Vec<&'static Gear> = gears.iter().filter(is_function).copied().collect();
        let names = libraries_of(&functions, &setup.naming);
        let known = known(gears, setup);
        let orphans = orphans(&known, look, setup);
        // Those that these libraries are about to have.
        let is_claimed = |function: &str| {
            let mut planned = known.iter().filter(|gear| {
                library_of(gear, &setup.naming).is_some_and(|library| names.contains(&library))
            });
            planned.any(|gear| is_function_of(function, gear, &setup.naming))
        };
        let stays = |held: &HeldLibrary, function: &str| {
            !is_claimed(function) && !is_pruned(&orphans, held.name(), function)
        };
        let libraries: Vec<LibraryPlan<'a>> = names
            .iter()
            .map(|name| LibraryPlan::new(name.clone(), &functions, &look.libraries, setup, stays))
            .collect();
        let own = look.libraries.iter().filter(|held| held.is_own(setup));
        let removals = own.filter_map(|held| {
            let plan = libraries.iter().find(|plan| plan.name() == held.name());
            let goes = |function: &str| match plan {
                Some(plan) => is_claimed(function) && !plan.has_function(function),
                None => !stays(held, function),
            };
            let any = held.functions().iter().any(|function| goes(function));
            (any && !setup.restores).then(|| removal(held, &known, setup, goes))
        });
        let removals = removals.collect();
        let mut all = Vec::new();
        for &gear in gears {
            support::check_function(gear, look.server)?;
            all.push(match libraries.iter().position(|one| one.has(gear)) {
                Some(place) => Planned::Function(gear, place),
                None => Planned::Gear(Plan::new(gear, look, setup)),
            });
        }
        Ok(Self {
            all,
            libraries,
            orphans,
            removals,
        })
    }

    /// Returns what to do about those that are gears there.
    pub(super) fn gears(&self) -> impl Iterator<Item = &Plan<'a>> {
        self.all.iter().filter_map(|planned| match planned {
            Planned::Gear(plan) => Some(plan),
            Planned::Function(..) => None,
        })
    }

    fn changes(&self) -> impl Iterator<Item = (&'static Gear, Change)> {
        self.all.iter().map(|planned| match planned {
            Planned::Gear(plan) => (plan.gear, plan.change),
            Planned::Function(gear, place) => (*gear, self.libraries[*place].change(gear)),
        })
    }

    /// Returns the commands that come before any other.
    pub(super) fn removals(&self) -> &[Cmd] {
        &self.removals
    }

    /// Returns the libraries that are to be loaded.
    pub(super) fn to_load(&self) -> impl Iterator<Item = &LibraryPlan<'a>> {
        self.libraries.iter().filter(|library| library.is_needed())
    }

    /// Names the gears that somebody else's are in the way of, each with both places.
    pub(super) fn claims(&self) -> Vec<(&'static str, String, String)> {
        let claims = self.all.iter().filter_map(|planned| match planned {
            Planned::Gear(plan) => (plan.change == Change::Refused).then(|| plan.claims()),
            Planned::Function(gear, place) => {
                let library = &self.libraries[*place];
                (library.change(gear) == Change::Refused).then(|| library.claims(gear))
            }
        });
        claims.collect()
    }

    /// Says what becomes of the gears, and what the application has left behind.
    pub(super) fn report(&self) -> Registered {
        let changes = self.changes().collect();
        let former = self.all.iter().filter_map(|planned| match planned {
            Planned::Gear(plan) => plan.former(),
            Planned::Function(gear, place) => {
                Some((gear.trigger(), self.libraries[*place].former()?))
            }
        });
        Report::new(changes)
            .with_former(former.collect())
            .with_conflicts(
                self.claims()
                    .into_iter()
                    .map(DuplicateTrigger::new)
                    .collect(),
            )
            .with_orphans(self.orphans.clone())
    }
}
