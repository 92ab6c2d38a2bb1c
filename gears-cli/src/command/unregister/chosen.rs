//! What is to be taken out.

use super::Unregister;
use crate::{
    failure::{Code, Failure, Result},
    library::{Libraries, Library},
    meant,
    placed::Placed,
};

/// What was named, each once.
#[derive(Default)]
pub(super) struct Chosen<'a> {
    pub(super) registrations: Vec<&'a Placed>,
    pub(super) libraries: Vec<&'a Library>,
}

impl<'a> Chosen<'a> {
    /// Finds what is meant by the names.
    ///
    /// # Errors
    ///
    /// One of them means nothing, several things, or a part of a library.
    pub(super) fn find(
        unregister: &Unregister,
        registrations: &'a [Placed],
        libraries: &'a Libraries,
    ) -> Result<Self> {
        let mut chosen = Self::default();
        if unregister.all {
            chosen.registrations.extend(registrations);
            let made = libraries.all.iter().filter(|one| one.maker().is_some());
            chosen.libraries.extend(made);
        }
        for name in &unregister.names {
            let named = libraries.named(name);
            match meant::registrations(registrations, name) {
                Ok(found) if named.is_empty() => chosen.register(found),
                Ok(found) => return Err(meant::both(name, &found)),
                Err(failure) if failure.code() == Code::Usage => return Err(failure),
                Err(_) if !named.is_empty() => chosen.add(named, libraries)?,
                Err(failure) => return Err(none(name, libraries, failure)),
            }
        }
        for name in &unregister.library {
            let named = libraries.named(name);
            if named.is_empty() {
                let failure = Failure::server(format!("there is no library in Python `{name}`"))
                    .advice("`gears list` shows libraries");
                return Err(none(name, libraries, failure));
            }
            chosen.add(named, libraries)?;
        }
        Ok(chosen)
    }

    fn register(&mut self, found: Vec<&'a Placed>) {
        for one in found {
            let mut others = self.registrations.iter();
            if !others.any(|other| std::ptr::eq(*other, one)) {
                self.registrations.push(one);
            }
        }
    }

    /// Adds libraries, if all shards tell whether they have them.
    fn add(&mut self, named: Vec<&'a Library>, libraries: &Libraries) -> Result {
        libraries.all_seen()?;
        for one in named {
            let mut others = self.libraries.iter();
            if !others.any(|other| std::ptr::eq(*other, one)) {
                self.libraries.push(one);
            }
        }
        Ok(())
    }
}

/// Says why nothing is there by a name, as far as that is known.
fn none(name: &str, libraries: &Libraries, failure: Failure) -> Failure {
    if let Some(why) = libraries.why_not(name) {
        return why;
    }
    match libraries.all_seen() {
        Ok(()) => failure,
        Err(hidden) => {
            let (message, advice) = hidden.parts();
            failure.and(message).advice(advice.unwrap_or_default())
        }
    }
}
