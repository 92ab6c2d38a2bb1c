//! A library of the server's own functions, as `FUNCTION LIST` tells it.

use redis::{Cmd, Value};

use super::setup::Setup;
use crate::{
    gear::{
        cause::Cause,
        descriptor::Gear,
        fingerprint::{Fingerprint, Mark},
        maker::Maker,
        naming::Naming,
        source::library::{LibrarySource, version_in},
    },
    server::value::{field, text},
};

/// What servers call the language.
const PYTHON: &str = "python";

/// A library that a server has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeldLibrary {
    name: String,
    /// What calls it, in any language.
    functions: Vec<String>,
    /// Nothing where it is not in Python.
    code: String,
}

impl HeldLibrary {
    /// Makes the command that tells of all libraries, with their code.
    pub(crate) fn question() -> Cmd {
        let mut command = redis::cmd("FUNCTION");
        command.arg("LIST").arg("WITHCODE");
        command
    }

    /// Reads the reply to [`question`](Self::question); a server without functions has none, and whoever may not ask
    /// sees none.
    pub(crate) fn all_from_reply(reply: &Value) -> Vec<Self> {
        match reply {
            Value::Array(libraries) => libraries.iter().filter_map(Self::from_entry).collect(),
            _ => Vec::new(),
        }
    }

    fn from_entry(entry: &Value) -> Option<Self> {
        let said = |name| field(entry, name).and_then(text);
        let is_python = said("engine").is_some_and(|engine| engine.eq_ignore_ascii_case(PYTHON));
        let code = said("library_code").filter(|_| is_python);
        let functions = match field(entry, "functions")? {
            Value::Array(functions) => functions.iter().filter_map(|function| {
                let name = field(function, "name").and_then(text)?;
                Some(name.to_owned())
            }),
            _ => return None,
        };
        Some(Self {
            name: said("library_name")?.to_owned(),
            functions: functions.collect(),
            code: code.unwrap_or_default().to_owned(),
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the names of its functions, whoever wrote them.
    pub(crate) fn functions(&self) -> &[String] {
        &self.functions
    }

    /// Tells whether it has a function of that name.
    pub(crate) fn has(&self, function: &str) -> bool {
        self.functions.iter().any(|one| one == function)
    }

    /// Returns which version of a function it has, where gears-runtime wrote it: its fingerprint.
    pub(super) fn version_of(&self, function: &str) -> Option<&str> {
        version_in(&self.code, function)
    }

    /// Returns the text of its functions, where gears-runtime wrote it as it does here.
    pub(super) fn source(&self) -> Option<LibrarySource> {
        LibrarySource::parse(&self.code)
    }

    /// Returns the line that says whose it is.
    fn told(&self) -> &str {
        self.code.lines().nth(1).unwrap_or_default()
    }

    /// Returns who made it, where gears-runtime did.
    pub(crate) fn maker(&self) -> Option<Maker> {
        Maker::from_description(self.told())
    }

    pub(super) fn fingerprint(&self) -> Option<Fingerprint> {
        Mark::from_description(self.told()).map(|mark| mark.fingerprint)
    }

    /// Tells whether this application made it.
    pub(crate) fn is_own(&self, setup: &Setup) -> bool {
        self.maker().is_some_and(|maker| setup.is_own(&maker))
    }

    /// Returns what there is to say about it in a message.
    pub(super) fn place(&self) -> String {
        match self.maker() {
            Some(maker) => format!("the library `{}` of {maker} on the server", self.name),
            None => format!("the library `{}` on the server", self.name),
        }
    }
}

/// Returns the name that the library of a gear has on a server, if it is in one.
pub(crate) fn library_of(gear: &Gear, naming: &Naming) -> Option<String> {
    match gear.cause() {
        Cause::Function(function) => Some(naming.of_function(function.library).into_owned()),
        _ => None,
    }
}

/// Tells whether a gear is the function of that name, in whichever library.
pub(super) fn is_function_of(name: &str, gear: &Gear, naming: &Naming) -> bool {
    matches!(gear.cause(), Cause::Function(_)) && naming.of_function(gear.trigger()) == name
}

/// Returns the libraries of gears.
pub(crate) fn libraries_of(gears: &[&'static Gear], naming: &Naming) -> Vec<String> {
    let names = gears.iter().filter_map(|gear| library_of(gear, naming));
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    names.dedup();
    names
}
