//! `gears list`.

use clap::Args;

use super::Perform;
use crate::{
    context::Context,
    failure::Result,
    library::{self, Library},
    placed::{self, Placed},
    registration,
};

/// Lists what is registered on the server, and how it fares; then the libraries of the server's own functions in Python.
#[derive(Args, Debug)]
pub(crate) struct List {
    /// Only those whose name, version, id, session, application or description holds this text; of libraries, that of a
    /// function counts too.
    filter: Option<String>,
    /// Only those of this reader, and no libraries.
    #[arg(long, value_name = "READER", ignore_case = true, value_parser = ["CommandReader", "KeysReader", "StreamReader"])]
    reader: Option<String>,
    /// Only those that have failed.
    #[arg(long)]
    failed: bool,
}

impl Perform for List {
    fn perform(self, context: &Context<'_>) -> Result {
        let gears = context.gears()?;
        let registrations = placed::all(gears)?;
        let mut wanted: Vec<_> = registrations.iter().filter(|one| self.wants(one)).collect();
        wanted.sort_by_cached_key(|one| (registration::name(one).into_owned(), one.id.sequence()));
        let (libraries, hidden) = match self.reader {
            // Nothing reads what functions are called with.
            Some(_) => (Vec::new(), None),
            None => {
                let libraries = library::all(gears)?;
                (libraries.all, Some(libraries.hidden))
            }
        };
        let functions: Vec<_> = libraries.iter().filter(|one| self.wants_library(one)).collect();
        let output = &context.output;
        if let Some(hidden) = &hidden {
            hidden.tell(output);
        }
        if output.is_json() {
            let registrations = wanted.iter().map(|one| placed::to_json(one));
            let libraries = functions.iter().map(|one| library::to_json(one));
            return output.json(&registrations.chain(libraries).collect());
        }
        if wanted.is_empty() && functions.is_empty() {
            let none = if !registrations.is_empty() || !libraries.is_empty() {
                "nothing that is registered fits"
            } else if hidden.is_some_and(|hidden| hidden.has_libraries()) {
                "no gear is registered"
            } else {
                "nothing is registered"
            };
            output.note(none);
            return Ok(());
        }
        if !wanted.is_empty() {
            output.table(&registration::table(&wanted))?;
        }
        if !functions.is_empty() {
            if !wanted.is_empty() {
                output.line("")?;
            }
            output.table(&library::table(&functions))?;
        }
        if let Some(lacking) = placed::lacking(&registrations) {
            output.advice(&format!(
                "not on all shards of the cluster: {lacking}; `gears run --all-shards` registers on each"
            ));
        }
        Ok(())
    }
}

impl List {
    fn wants(&self, one: &Placed) -> bool {
        let name = registration::versioned(one);
        let texts = [
            name.as_deref().unwrap_or(registration::plain(one)),
            one.id.as_str(),
            one.description.as_deref().unwrap_or_default(),
            registration::session(one).unwrap_or_default(),
        ];
        let named = match &self.filter {
            Some(filter) => texts.iter().any(|text| text.contains(filter.as_str())),
            None => true,
        };
        let read = match &self.reader {
            Some(reader) => one.reader.eq_ignore_ascii_case(reader),
            None => true,
        };
        named && read && (!self.failed || one.data.num_failures > 0)
    }

    fn wants_library(&self, one: &Library) -> bool {
        let named = self.filter.as_deref().is_none_or(|filter| one.holds(filter));
        named && (!self.failed || one.has_failed())
    }
}
