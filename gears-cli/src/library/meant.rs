//! Which libraries, or functions of them, people mean by what they write.

use super::{Function, Libraries, Library};
use crate::failure::{Failure, Result};

/// What is meant by a name: a library, or a function of one.
pub(crate) struct Meant<'a> {
    pub(super) library: &'a Library,
    pub(super) functions: Vec<&'a Function>,
}

impl Libraries {
    /// Finds what is meant by a library's name, or by library.function; each shard may have another one.
    pub(crate) fn meant(&self, wanted: &str) -> Vec<Meant<'_>> {
        let found = self.all.iter().filter_map(|library| {
            let rest = wanted.strip_prefix(library.name.as_str())?;
            let function = match rest {
                "" => None,
                rest => Some(rest.strip_prefix('.')?),
            };
            let functions = library.functions.iter();
            let functions: Vec<&Function> = functions
                .filter(|one| function.is_none_or(|name| one.name == name))
                .collect();
            (!functions.is_empty()).then_some(Meant { library, functions })
        });
        found.collect()
    }

    /// Finds the libraries of a name; each shard may have another one.
    pub(crate) fn named(&self, wanted: &str) -> Vec<&Library> {
        let all = self.all.iter();
        all.filter(|library| library.name == wanted).collect()
    }

    /// Says why a name means no library that could be taken out; `None` where nothing is known of it.
    pub(crate) fn why_not(&self, wanted: &str) -> Option<Failure> {
        if let Some(one) = self.meant(wanted).first() {
            let library = one.library;
            let functions = library.functions.iter();
            let functions: Vec<&str> = functions.map(|one| one.name.as_str()).collect();
            let message = format!(
                "`{wanted}` is a function of the library `{0}`, and a library goes as a whole",
                library.name
            );
            return Some(Failure::usage(message).advice(format!(
                "`gears unregister {}` takes out all its functions: {}",
                library.name,
                functions.join(", ")
            )));
        }
        let language = match self.foreign.get(wanted)?.as_str() {
            "LUA" => "Lua",
            other => other,
        };
        let message = format!("`{wanted}` is a library in {language}, which is none of gears");
        Some(Failure::server(message).advice(format!("`FUNCTION DELETE {wanted}` takes it out")))
    }

    /// Fails where some shard does not let this user look for libraries.
    ///
    /// # Errors
    ///
    /// It says which, and what to do about it.
    pub(crate) fn all_seen(&self) -> Result {
        match self.hidden.failure() {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }
}
