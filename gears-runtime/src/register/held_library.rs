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
        source::library::version_in,
    },
    server::value::{field, text},
};

/// A library that a server has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeldLibrary {
    name: String,
    code: String,
}

impl HeldLibrary {
    /// Makes the command that tells of a library, with its code.
    pub(crate) fn question(name: &str) -> Cmd {
        let mut command = redis::cmd("FUNCTION");
        command.arg("LIST").arg("LIBRARYNAME").arg(name);
        command.arg("WITHCODE");
        command
    }

    /// Reads the reply to [`question`](Self::question); whoever may not ask sees nothing.
    pub(crate) fn from_reply(reply: &Value) -> Option<Self> {
        let Value::Array(libraries) = reply else {
            return None;
        };
        let library = libraries.first()?;
        Some(Self {
            name: text(field(library, "library_name")?)?.to_owned(),
            code: text(field(library, "library_code")?)?.to_owned(),
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Tells whether it has a function of that name that gears-runtime wrote.
    pub(crate) fn has(&self, function: &str) -> bool {
        self.version_of(function).is_some()
    }

    /// Returns which version of a function it has: its fingerprint.
    pub(super) fn version_of(&self, function: &str) -> Option<&str> {
        version_in(&self.code, function)
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

/// Returns the libraries of gears.
pub(crate) fn libraries_of(gears: &[&'static Gear], naming: &Naming) -> Vec<String> {
    let names = gears.iter().filter_map(|gear| library_of(gear, naming));
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    names.dedup();
    names
}
