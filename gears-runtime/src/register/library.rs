//! What to do about libraries of the server's own functions.
//!
//! A library is loaded as a whole: loading takes the place of what is there. So the functions that other binaries of
//! the application have put there are loaded with it, as they are.

use redis::{Cmd, Value};

use super::{
    held_library::{HeldLibrary, library_of},
    orphan::Orphan,
    report::Change,
    setup::Setup,
};
use crate::{
    error::{Error, Result},
    gear::{
        descriptor::Gear, fingerprint::Fingerprint, maker::Maker, mode::Replace, registry,
        source::library::LibrarySource,
    },
    python::traceback::Traceback,
    server::value::raw_text,
};

/// How the server begins that could not run the code of a library.
const FAILED: &str = "Error registering functions: ";

/// What the engine says when a package is not there.
const MISSING: &str = "a package is missing of these: ";

/// What to do about one library.
pub(super) struct LibraryPlan<'a> {
    name: String,
    /// All its functions that this binary knows.
    functions: Vec<&'static Gear>,
    /// What is to be there.
    source: LibrarySource,
    fingerprint: Fingerprint,
    held: Option<&'a HeldLibrary>,
    /// What is there, as far as it is this application's and can be taken over.
    held_source: Option<LibrarySource>,
    /// All that there are.
    libraries: &'a [HeldLibrary],
    setup: &'a Setup,
}

impl<'a> LibraryPlan<'a> {
    /// Plans the library of that name, of which some functions are meant; `stays` says so of a function that is
    /// there and not known here.
    pub(super) fn new(
        name: String,
        meant: &[&'static Gear],
        libraries: &'a [HeldLibrary],
        setup: &'a Setup,
        mut stays: impl FnMut(&HeldLibrary, &str) -> bool,
    ) -> Self {
        let mut functions: Vec<&'static Gear> = registry::all();
        for gear in meant {
            if !functions.iter().any(|one| std::ptr::eq(*one, *gear)) {
                functions.push(gear);
            }
        }
        functions.retain(|gear| library_of(gear, &setup.naming).as_ref() == Some(&name));
        let mut source = LibrarySource::of(&functions, &setup.naming);
        let held = libraries.iter().find(|held| held.name() == name);
        let own = held.filter(|held| held.is_own(setup));
        let held_source = own.and_then(HeldLibrary::source);
        if let (Some(own), Some(theirs)) = (own, &held_source) {
            source.take_over(theirs, |function| stays(own, function));
        }
        Self {
            fingerprint: Fingerprint::of_library(&name, &source),
            name,
            functions,
            source,
            held,
            held_source,
            libraries,
            setup,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Tells whether it is the library of a gear.
    pub(super) fn has(&self, gear: &Gear) -> bool {
        self.functions.iter().any(|one| std::ptr::eq(*one, gear))
    }

    /// Tells whether it is to have a function of that name.
    pub(super) fn has_function(&self, name: &str) -> bool {
        self.source.has(name)
    }

    /// Says what becomes of one of its functions.
    pub(super) fn change(&self, gear: &Gear) -> Change {
        if self.in_the_way(gear).is_some() {
            return match self.setup.restores {
                true => Change::Kept,
                false => Change::Refused,
            };
        }
        let Some(held) = self.held else {
            return Change::Registered;
        };
        // What two applications have in common is one library, that of the first.
        if held.fingerprint() == Some(self.fingerprint) {
            return Change::Unchanged;
        }
        let maker = held.maker().filter(|maker| self.setup.is_own(maker));
        let Some(maker) = maker else {
            return self.change_of_others();
        };
        if self.setup.restores && self.setup.is_older_than(&maker) {
            return Change::Kept;
        }
        let name = self.setup.naming.of_function(gear.trigger());
        if let Some(theirs) = &self.held_source
            && held.has(&name)
            && self.source.has_same(theirs, &name)
        {
            return Change::Unchanged;
        }
        match held.version_of(&name) {
            None => Change::Registered,
            Some(theirs) if theirs == gear.fingerprint() => Change::Updated,
            Some(_) => Change::Replaced,
        }
    }

    /// Says what becomes of somebody else's library: one function that may not replace it speaks for all.
    fn change_of_others(&self) -> Change {
        let says = |wanted| {
            let mut functions = self.functions.iter();
            functions.any(|gear| self.setup.replace(gear) == wanted)
        };
        if self.setup.restores || says(Replace::Never) {
            Change::Kept
        } else if says(Replace::Refuse) {
            Change::Refused
        } else {
            Change::Replaced
        }
    }

    /// Returns the other library that has a function of a gear's name, and keeps it.
    fn in_the_way(&self, gear: &Gear) -> Option<&'a HeldLibrary> {
        let name = self.setup.naming.of_function(gear.trigger());
        let mut others = self.libraries.iter();
        // From one of its own it moves to this one, unless it has moved the other way since.
        let moves = |held: &HeldLibrary| held.is_own(self.setup) && !self.setup.restores;
        others.find(|held| held.name() != self.name && held.has(&name) && !moves(held))
    }

    /// Tells whether it is to be loaded.
    pub(super) fn is_needed(&self) -> bool {
        let is = |gear: &&'static Gear, wanted: &[Change]| wanted.contains(&self.change(gear));
        let mut functions = self.functions.iter();
        if functions.any(|gear| is(gear, &[Change::Kept, Change::Refused])) {
            return false;
        }
        self.held
            .is_none_or(|held| held.fingerprint() != Some(self.fingerprint))
    }

    /// Returns who made what is in its place.
    pub(super) fn former(&self) -> Option<Maker> {
        self.held?.maker()
    }

    /// Names both libraries that claim the name, for one of the functions.
    pub(super) fn claims(&self, gear: &'static Gear) -> (&'static str, String, String) {
        let theirs = match (self.in_the_way(gear), self.held) {
            (Some(other), _) => format!(
                "{}, which only `FUNCTION DELETE {}` takes out",
                other.place(),
                other.name()
            ),
            (None, Some(held)) => held.place(),
            (None, None) => String::new(),
        };
        (gear.trigger(), gear.place(), theirs)
    }

    /// Makes the command that loads it.
    pub(super) fn load(&self) -> Cmd {
        let maker = self.functions.first().map(|gear| self.setup.maker(gear));
        load(&self.name, &self.source, maker.as_ref())
    }

    /// Returns a function of it, and the packages that all of them need, for what is said of its loading.
    pub(super) fn loading(&self) -> Loading {
        let mut requirements: Vec<&'static str> = Vec::new();
        for gear in &self.functions {
            requirements.extend(gear.requirements());
        }
        Loading {
            functions: self.functions.clone(),
            requirements,
        }
    }
}

fn load(name: &str, source: &LibrarySource, maker: Option<&Maker>) -> Cmd {
    let fingerprint = Fingerprint::of_library(name, source);
    let mark = maker.map(|maker| fingerprint.mark(maker));
    let mut command = redis::cmd("FUNCTION");
    command.arg("LOAD").arg("REPLACE");
    command.arg(source.write(name, &mark.unwrap_or_default()));
    command
}

/// Makes the command that takes functions out of a library of this application: of all of them, the library itself.
///
/// What else is there stays as it is; where another gears-runtime wrote it in a way that is not known here, as the
/// gears that are known have it.
pub(super) fn removal(
    held: &HeldLibrary,
    known: &[&'static Gear],
    setup: &Setup,
    mut goes: impl FnMut(&str) -> bool,
) -> Cmd {
    let mut source = held.source().unwrap_or_else(|| {
        let is_there = |gear: &&&'static Gear| {
            library_of(gear, &setup.naming).as_deref() == Some(held.name())
                && held.has(&setup.naming.of_function(gear.trigger()))
        };
        let there: Vec<&Gear> = known.iter().filter(is_there).copied().collect();
        LibrarySource::of(&there, &setup.naming)
    });
    source.leave_out(&mut goes);
    if source.is_empty() {
        let mut command = redis::cmd("FUNCTION");
        command.arg("DELETE").arg(held.name());
        return command;
    }
    load(held.name(), &source, held.maker().as_ref())
}

/// Makes the commands that take the functions among orphans that go out of their libraries.
pub(super) fn prunings(
    orphans: &[Orphan],
    libraries: &[HeldLibrary],
    known: &[&'static Gear],
    setup: &Setup,
) -> Vec<Cmd> {
    let own = libraries.iter().filter(|held| held.is_own(setup));
    let commands = own.filter_map(|held| {
        let goes = |function: &str| is_pruned(orphans, held.name(), function);
        let any = held.functions().iter().any(|function| goes(function));
        any.then(|| removal(held, known, setup, goes))
    });
    commands.collect()
}

/// Tells whether a function that is there is one of the orphans that go.
pub(super) fn is_pruned(orphans: &[Orphan], library: &str, function: &str) -> bool {
    orphans.iter().any(|orphan| {
        orphan.is_pruned() && orphan.library() == Some(library) && orphan.name() == function
    })
}

/// A library that is being loaded.
pub(super) struct Loading {
    functions: Vec<&'static Gear>,
    requirements: Vec<&'static str>,
}

impl Loading {
    /// Checks what the server said.
    pub(super) fn check(&self, reply: Value) -> Result<()> {
        let Value::ServerError(error) = reply else {
            return Ok(());
        };
        let raw = raw_text(&error);
        let bare = raw.strip_prefix("ERR ").unwrap_or(&raw);
        let taken = self.functions.iter().find(|gear| {
            // The prefix of the connection may stand before the name.
            let ends = format!("{} already exists", gear.trigger());
            bare.starts_with("Function ") && bare.ends_with(&ends)
        });
        if let Some(gear) = taken {
            let theirs = "another library on the server".to_owned();
            return Err(Error::duplicate_trigger(
                gear.trigger(),
                gear.place(),
                theirs,
            ));
        }
        let trigger = self.functions.first().map_or("", |gear| gear.trigger());
        let said = bare.strip_prefix(FAILED).unwrap_or(&raw);
        let raised = Traceback::parse(said).map(|traceback| traceback.message);
        if let Some(message) = raised.filter(|message| message.starts_with(MISSING)) {
            return Err(Error::not_installed(trigger, &self.requirements, message));
        }
        Err(Error::from_raw(said, trigger, &self.requirements))
    }
}
