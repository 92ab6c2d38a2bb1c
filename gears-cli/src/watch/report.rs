//! What is told of scripts.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::{
    held::Held,
    index::Entry,
    journal::{Event, Journal},
    log::Level,
    registrar::Applied,
    script::Content,
};
use crate::{
    count::many,
    failure::{Failure, Result},
    json,
    place::ScriptName,
};

/// So many results are shown to people; programs get all of them.
const SHOWN: usize = 20;

/// Tells what became of a script that ran.
pub(super) fn applied(
    journal: &Journal<'_>,
    script: &str,
    applied: &Applied,
    was_there: bool,
    from: Option<&str>,
) -> Result {
    let ids = &applied.held.registrations;
    let name = match (&applied.started, ids.is_empty(), from, was_there) {
        (_, false, Some(_), _) => "moved",
        (_, false, None, true) => "updated",
        (_, false, None, false) => "registered",
        (Some(_), true, ..) => "started",
        (None, true, ..) => "ran",
    };
    let mut text = applied.names.clone();
    if let Some(from) = from {
        text = format!("{text} (it was {from})");
    }
    if let Some(id) = &applied.started {
        text = format!("{text} execution {id}");
    }
    if was_there && ids.is_empty() {
        text.push_str("what it had registered is unregistered");
    }
    let (mut results, mut errors) = (Vec::new(), Vec::new());
    if let Some(done) = &applied.results {
        for result in done.results() {
            if results.len() < SHOWN {
                text = format!("{text}\n    {}", json::to_text(result));
            }
            results.push(json::of_value(result));
        }
        if results.len() > SHOWN {
            text = format!("{text}\n    … and {} more", results.len() - SHOWN);
        }
        errors.extend(done.errors().iter().map(|error| match error.python() {
            Some(python) => python.to_string(),
            None => error.raw().to_owned(),
        }));
    }
    journal.tell(&Event::done(name, script, text.trim()).more(json!({
        "registrations": ids,
        "session": applied.held.session,
        "execution": applied.started,
        "results": results,
        "errors": errors,
    })))?;
    if journal.is_json() {
        return Ok(());
    }
    for error in &errors {
        let text = ScriptName::from(script).place(error);
        journal.tell(&Event::done("failed", script, text).level(Level::Error))?;
    }
    Ok(())
}

/// Tells that a script could not be put on the server.
pub(super) fn failed<'e>(script: &'e str, failure: &'e Failure, stays: bool) -> Event<'e> {
    let mut text = ScriptName::from(script).place(failure.message().trim_end());
    if stays {
        text.push_str("\nwhat it registered before keeps running");
    }
    let mut event = Event::done("failed", script, text)
        .level(Level::Error)
        .more(json!({ "keepsRunning": stays }));
    event.advice = failure.help();
    event
}

/// Tells that the server has this content already.
pub(super) fn unchanged(script: &str, matters: bool) -> Event<'_> {
    let level = if matters { Level::Info } else { Level::Debug };
    Event::done("unchanged", script, "").level(level)
}

/// Tells that there is nothing in a file.
pub(super) fn empty(script: &str, was_there: bool) -> Event<'_> {
    let text = if was_there {
        "it is empty; what it registered stays until it is written again, or deleted"
    } else {
        "there is nothing in it yet"
    };
    Event::done("empty", script, text)
}

/// Tells that a script is gone.
pub(super) fn left(script: &str, count: usize) -> Event<'_> {
    let text = match count {
        0 => "it is gone".to_owned(),
        1 => "it is gone, with its registration".to_owned(),
        _ => format!("it is gone, with its {count} registrations"),
    };
    Event::done("unregistered", script, text)
}

/// Tells for whom a file of requirements holds.
pub(super) fn requirements(file: &str, scripts: usize) -> Event<'_> {
    let text = match scripts {
        0 => "it holds for no script: there is none beside or below it".to_owned(),
        _ => format!("it holds for {}", many(scripts, "script")),
    };
    Event::done("requirements", file, text).more(json!({ "scripts": scripts }))
}

/// Tells that packages are installed where they are not there yet.
pub(super) fn installing(requirements: &[String]) -> Event<'static> {
    let text = format!("installing {}", requirements.join(", "));
    let more = json!({ "requirements": requirements });
    Event::note(Level::Info, "installing", text).more(more)
}

/// Tells that another watcher has its turn.
pub(super) fn waiting() -> Event<'static> {
    Event::note(
        Level::Info,
        "waiting",
        "another watcher is at work on this server; waiting for it",
    )
}

/// Tells that there is no index.
pub(super) fn without_index(failure: &Failure) -> Event<'static> {
    let text = format!(
        "the index cannot be kept: {}; watchers do not know of each other without it",
        failure.message()
    );
    let help = "allow the user the keys of --index-prefix: `ACL SETUSER … ~PREFIX{gears:watch}:*`";
    Event::note(Level::Warning, "warning", text).advice(help)
}

/// Makes the entry of the index.
pub(super) fn entry(content: &Content, held: &Held) -> Entry {
    Entry {
        path: content.path.display().to_string(),
        digest: held.digest.clone(),
        session: held.session.clone(),
        registrations: held.registrations.clone(),
        requirements: content.requirements.clone(),
        time: Timestamp::now().to_string(),
    }
}

/// Says how far what is watched goes, for programs.
pub(super) fn began(folders: &[String], scripts: usize) -> Event<'static> {
    let text = format!(
        "watching {} ({})",
        folders.join(", "),
        many(scripts, "script")
    );
    let more: Json = json!({ "folders": folders, "scripts": scripts });
    Event::note(Level::Info, "watching", text).more(more)
}
