//! What to do about libraries of the server's own functions.
//!
//! A library is loaded as a whole, whichever of its functions are meant: loading takes the place of what is there.

use redis::{Cmd, Value};

use super::{
    held_library::{HeldLibrary, library_of},
    report::Change,
    setup::Setup,
};
use crate::{
    error::{Error, Result},
    gear::{
        descriptor::Gear, fingerprint::Fingerprint, maker::Maker, mode::Replace, registry,
        source::library::write,
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
    /// All its functions, as far as this binary knows.
    functions: Vec<&'static Gear>,
    fingerprint: Fingerprint,
    held: Option<&'a HeldLibrary>,
    setup: &'a Setup,
}

impl<'a> LibraryPlan<'a> {
    /// Plans the library of that name, of which some functions are meant.
    pub(super) fn new(
        name: String,
        meant: &[&'static Gear],
        held: &'a [HeldLibrary],
        setup: &'a Setup,
    ) -> Self {
        let mut functions: Vec<&'static Gear> = registry::all();
        for gear in meant {
            if !functions.iter().any(|one| std::ptr::eq(*one, *gear)) {
                functions.push(gear);
            }
        }
        functions.retain(|gear| library_of(gear, &setup.naming).as_ref() == Some(&name));
        Self::of(name, functions, held, setup)
    }

    fn of(
        name: String,
        functions: Vec<&'static Gear>,
        held: &'a [HeldLibrary],
        setup: &'a Setup,
    ) -> Self {
        let source = write(&name, &functions, &setup.naming, "");
        Self {
            fingerprint: Fingerprint::of_library(&functions, &source),
            held: held.iter().find(|held| held.name() == name),
            name,
            functions,
            setup,
        }
    }

    /// Tells whether it is the library of a gear.
    pub(super) fn has(&self, gear: &Gear) -> bool {
        self.functions.iter().any(|one| std::ptr::eq(*one, gear))
    }

    /// Says what becomes of one of its functions.
    pub(super) fn change(&self, gear: &Gear) -> Change {
        let Some(held) = self.held else {
            return Change::Registered;
        };
        // What two applications have in common is one library, that of the first.
        if held.fingerprint() == Some(self.fingerprint) {
            return Change::Unchanged;
        }
        let maker = held.maker().filter(|maker| self.setup.is_own(maker));
        let Some(maker) = maker else {
            let replace = self.setup.replace(gear);
            return match (replace, self.setup.restores) {
                (_, true) | (Replace::Never, _) => Change::Kept,
                (Replace::Always, _) => Change::Replaced,
                (Replace::Refuse, _) => Change::Refused,
            };
        };
        if self.setup.restores && self.setup.is_older_than(&maker) {
            return Change::Kept;
        }
        let name = self.setup.naming.of_function(gear.trigger());
        match held.version_of(&name) {
            None => Change::Registered,
            Some(theirs) if theirs == gear.fingerprint() => Change::Updated,
            Some(_) => Change::Replaced,
        }
    }

    /// Tells whether it is to be loaded.
    pub(super) fn is_needed(&self) -> bool {
        let is_change = |gear: &&'static Gear| {
            matches!(
                self.change(gear),
                Change::Registered | Change::Updated | Change::Replaced
            )
        };
        self.functions.iter().any(is_change)
    }

    /// Returns who made what is in its place.
    pub(super) fn former(&self) -> Option<Maker> {
        self.held?.maker()
    }

    /// Names both libraries that claim the name, for one of the functions.
    pub(super) fn claims(&self, gear: &'static Gear) -> (&'static str, String, String) {
        let theirs = self.held.map(HeldLibrary::place).unwrap_or_default();
        (gear.trigger(), gear.place(), theirs)
    }

    /// Makes the command that loads it.
    pub(super) fn load(&self) -> Cmd {
        let mark = match self.functions.first() {
            Some(first) => self.fingerprint.mark(&self.setup.maker(first)),
            None => String::new(),
        };
        let mut command = redis::cmd("FUNCTION");
        command.arg("LOAD").arg("REPLACE");
        command.arg(write(
            &self.name,
            &self.functions,
            &self.setup.naming,
            &mark,
        ));
        command
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

/// Makes the command that takes functions out of a library of this application: of all of them, the library itself.
pub(super) fn removal(
    name: &str,
    removed: &[&'static Gear],
    held: &[HeldLibrary],
    setup: &Setup,
) -> Cmd {
    let mut plan = LibraryPlan::new(name.to_owned(), removed, held, setup);
    let mut functions = std::mem::take(&mut plan.functions);
    let is_there = |gear: &Gear| {
        let function = setup.naming.of_function(gear.trigger());
        plan.held.is_some_and(|held| held.has(&function))
    };
    functions.retain(|gear| is_there(gear) && !removed.iter().any(|one| std::ptr::eq(*one, *gear)));
    if functions.is_empty() {
        let mut command = redis::cmd("FUNCTION");
        command.arg("DELETE").arg(name);
        return command;
    }
    LibraryPlan::of(name.to_owned(), functions, held, setup).load()
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
