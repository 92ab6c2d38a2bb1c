//! What shells ask when somebody presses Tab.
//!
//! Options are completed from their definitions, ids and names from the server, which gets
//! half a second to tell them: a shell that hangs is worse than one that completes nothing.

use std::{env, ffi::OsStr, time::Duration};

use clap::{CommandFactory as _, FromArgMatches as _};
use clap_complete::{CompleteEnv, CompletionCandidate};
use gears_runtime::Gears;

use crate::{
    connection::{Address, Connection},
    failure::Result,
    identity::short,
    library,
    options::Options,
    placed, registration,
    settings::Settings,
    shard::execution,
};

const PATIENCE: Duration = Duration::from_millis(500);

/// Answers a shell that asks for completions, and ends the process; else does nothing.
pub(crate) fn answer() {
    CompleteEnv::with_factory(Options::command).complete();
}

/// Completes ids and names of registrations.
pub(crate) fn registrations(typed: &OsStr) -> Vec<CompletionCandidate> {
    fitting(ask(registered), typed)
}

/// Completes names of libraries.
pub(crate) fn libraries(typed: &OsStr) -> Vec<CompletionCandidate> {
    fitting(ask(|gears| loaded(gears, false)), typed)
}

/// Completes names of libraries, and library.function.
pub(crate) fn functions(typed: &OsStr) -> Vec<CompletionCandidate> {
    fitting(ask(|gears| loaded(gears, true)), typed)
}

/// Completes what `gears unregister` takes out: ids and names of registrations, and libraries.
pub(crate) fn removables(typed: &OsStr) -> Vec<CompletionCandidate> {
    fitting(ask(|gears| both(gears, false)), typed)
}

/// Completes what `gears show` shows: ids and names of registrations, libraries, and library.function.
pub(crate) fn showables(typed: &OsStr) -> Vec<CompletionCandidate> {
    fitting(ask(|gears| both(gears, true)), typed)
}

fn registered(gears: &Gears) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for one in placed::all(gears)? {
        let help = format!("{} {}", one.reader, one.plain_description());
        found.push((registration::name(&one).into_owned(), help.clone()));
        found.push((short(one.id.as_str()).to_owned(), help));
    }
    Ok(found)
}

/// Finds names of libraries, and of their functions if they are wanted; shards may have different ones of a name.
fn loaded(gears: &Gears, with_functions: bool) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for library in library::all_within(gears, PATIENCE)?.all {
        let name = &library.name;
        found.push((name.clone(), format!("library, {}", library.application())));
        if with_functions {
            let functions = library.functions.iter();
            found.extend(
                functions.map(|one| (format!("{name}.{}", one.name), one.description.clone())),
            );
        }
    }
    found.sort();
    found.dedup_by(|one, other| one.0 == other.0);
    Ok(found)
}

fn both(gears: &Gears, with_functions: bool) -> Result<Vec<(String, String)>> {
    let mut found = registered(gears)?;
    // Who may not list functions completes the rest.
    found.extend(loaded(gears, with_functions).unwrap_or_default());
    Ok(found)
}

/// Completes triggers.
pub(crate) fn triggers(typed: &OsStr) -> Vec<CompletionCandidate> {
    let found = ask(|gears| {
        let all = placed::all(gears)?;
        let triggers = all.iter().filter_map(|one| {
            one.trigger()?;
            let name = registration::name(one).into_owned();
            Some((name, one.plain_description().to_owned()))
        });
        Ok(triggers.collect())
    });
    fitting(found, typed)
}

/// Completes ids of executions.
pub(crate) fn executions(typed: &OsStr) -> Vec<CompletionCandidate> {
    let found = ask(|gears| {
        let all = execution::all(gears)?.into_iter();
        Ok(all
            .map(|one| (one.short_id(), one.info.status.to_string()))
            .collect())
    });
    fitting(found, typed)
}

/// Completes names of sessions.
pub(crate) fn sessions(typed: &OsStr) -> Vec<CompletionCandidate> {
    let found = ask(|gears| {
        let all = placed::all(gears)?;
        let mut names: Vec<_> = all
            .iter()
            .filter_map(|one| registration::session(one))
            .collect();
        names.sort_unstable();
        names.dedup();
        Ok(names
            .iter()
            .map(|name| ((*name).to_owned(), String::new()))
            .collect())
    });
    fitting(found, typed)
}

/// Completes requirements that the server has.
pub(crate) fn requirements(typed: &OsStr) -> Vec<CompletionCandidate> {
    let found = ask(|gears| {
        let all = gears.py_dump_reqs()?.into_iter();
        Ok(all.map(|one| (one.name, String::new())).collect())
    });
    fitting(found, typed)
}

fn fitting(found: Vec<(String, String)>, typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    found
        .into_iter()
        .filter(|(text, _)| !text.is_empty() && text.starts_with(&*typed))
        .map(|(text, help)| CompletionCandidate::new(text).help(Some(help.into())))
        .collect()
}

/// Asks the server of the line that is typed; one that is not there knows nothing.
fn ask(question: impl FnOnce(&Gears) -> Result<Vec<(String, String)>>) -> Vec<(String, String)> {
    let Ok(gears) = address().and_then(|address| {
        let builder = address.builder()?;
        Ok(builder
            .connect_timeout(PATIENCE)
            .response_timeout(PATIENCE)
            .build())
    }) else {
        return Vec::new();
    };
    question(&gears).unwrap_or_default()
}

/// Reads the address off the line that is typed, the environment and the file.
fn address() -> Result<Address> {
    // The shell passes the words of the line behind `--`.
    let words = env::args_os().skip_while(|word| word != "--").skip(1);
    let typed = Options::command()
        .ignore_errors(true)
        .try_get_matches_from(words)
        .and_then(|matches| Connection::from_arg_matches(&matches))
        .unwrap_or_default();
    let settings = Settings::read(None)?;
    let environment = Connection::from_environment()?;
    Address::of([&settings.connection, &environment, &typed])
}
