//! `gears show`.

use std::time::Duration;

use clap::{ArgGroup, Args};
use clap_complete::ArgValueCompleter;
use gears_runtime::{
    ErrorKind, Gears,
    data::{ReaderArgs, Registration, SessionQuery},
};
use serde_json::json;

use super::Perform;
use crate::{
    completion,
    context::Context,
    duration,
    failure::{Code, Failure, Result},
    json,
    library::{self, Libraries},
    meant,
    output::{Cell, Output, Table, Tone},
    placed::{self, Placed},
    registration,
};

/// Shows all about a registration: by its id, its trigger or pattern, or its session; or about a library of the
/// server's own functions, or library.function.
///
/// A trigger means the newest version of the function; trigger@version means another one.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("which").required(true).args(["name", "library"]))]
pub(crate) struct Show {
    /// Its id, trigger, pattern or session, or the name of a library, or library.function.
    #[arg(add = ArgValueCompleter::new(completion::showables))]
    name: Option<String>,
    /// Show this library, or library.function, and nothing else of that name.
    #[arg(long, value_name = "LIBRARY", add = ArgValueCompleter::new(completion::functions))]
    library: Option<String>,
    /// Print the Python that registered it, and nothing else.
    #[arg(long)]
    source: bool,
}

impl Perform for Show {
    fn perform(self, context: &Context<'_>) -> Result {
        let gears = context.gears()?;
        let all = placed::all(gears)?;
        let output = &context.output;
        let libraries = library::all(gears)?;
        let found = match &self.name {
            Some(name) => match (meant::registrations(&all, name), libraries.meant(name).is_empty()) {
                (Ok(found), true) => found,
                (Ok(found), false) => return Err(meant::both(name, &found)),
                (Err(failure), _) => return self.show_library(name, &libraries, failure, output),
            },
            None => {
                let name = self.library.as_deref().unwrap_or_default();
                let none = Failure::server(format!("there is no library in Python, or function of one, `{name}`"))
                    .advice("`gears list` shows libraries and their functions");
                return self.show_library(name, &libraries, none, output);
            }
        };
        if self.source {
            let source = match source(&found[0].places()[0].shard.gears, found[0])? {
                Some(source) => source,
                None => {
                    return Err(Failure::server("this server does not tell the Python")
                        .advice("gears-engine does; elsewhere, look where it was registered"));
                }
            };
            return if output.is_json() {
                output.json(&json!({ "source": json::of_bytes(&source) }))
            } else {
                output.bytes(&source)
            };
        }
        if output.is_json() {
            return output.json(&found.iter().map(|one| placed::to_json(one)).collect());
        }
        for (index, one) in found.iter().enumerate() {
            if index > 0 {
                output.line("")?;
            }
            output.table(&table(one))?;
            if let Some(error) = one.data.last_error.as_deref().filter(|error| !error.is_empty()) {
                output.line(Tone::Bad.paint("last error:"))?;
                output.line(error)?;
            }
        }
        Ok(())
    }
}

impl Show {
    /// Shows a library or a function; where there is none, or what is wanted is not clear, it fails so.
    fn show_library(&self, name: &str, libraries: &Libraries, failure: Failure, output: &Output) -> Result {
        libraries.hidden.tell(output);
        let found = libraries.meant(name);
        if found.is_empty() || failure.code() == Code::Usage {
            return Err(failure);
        }
        library::show(&found, self.source, output)
    }
}

/// Asks for the script of a registration's session; a server may not tell.
fn source(gears: &Gears, one: &Registration) -> Result<Option<Vec<u8>>> {
    let Some(session) = registration::session(one) else {
        return Ok(None);
    };
    match gears.py_dump_sessions(&SessionQuery::new().source().only([session])) {
        Ok(sessions) => Ok(sessions.sessions.into_iter().find_map(|session| session.source)),
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn table(one: &Placed) -> Table {
    let mut rows: Vec<(&str, Option<String>)> = Vec::new();
    let places = one.places().iter();
    let mut ids: Vec<String> =
        places.map(|place| place.shard.qualify(place.id.as_str())).collect();
    // One that the shards share has one.
    ids.dedup();
    rows.extend(ids.into_iter().map(|id| ("id", Some(id))));
    rows.extend(one.places().iter().map(|place| ("shard", place.shard.id.clone())));
    rows.push(("reader", Some(one.reader.clone())));
    let words = |words: &Option<Vec<String>>| words.as_ref().map(|words| words.join(", "));
    match &one.data.args {
        ReaderArgs::Command(args) => rows.extend([
            ("trigger", Some(args.trigger.clone())),
            ("in order", args.in_order.map(yes_or_no)),
        ]),
        ReaderArgs::Keys(args) => rows.extend([
            ("pattern", Some(args.pattern.clone())),
            ("event types", words(&args.event_types)),
            ("key types", words(&args.key_types)),
            ("commands", words(&args.hook_commands)),
        ]),
        ReaderArgs::Stream(args) => rows.extend([
            ("stream", Some(args.stream.clone())),
            ("batch", Some(args.batch_size.to_string())),
            ("batch waits", Some(format!("{} ms", args.duration_ms))),
            ("trims", args.trim_stream.map(yes_or_no)),
            ("when it fails", args.on_failed_policy.as_ref().map(ToString::to_string)),
            ("tries again after", args.retry_interval.map(|time| format!("{time} s"))),
        ]),
        _ => {}
    }
    let maker = one.maker();
    let maker = maker.as_ref();
    let version = registration::versions(one);
    let time = |milliseconds: Option<i64>| {
        let milliseconds = milliseconds.and_then(|time| time.try_into().ok());
        milliseconds.map(|time| duration::short(Duration::from_millis(time)))
    };
    rows.extend([
        ("version", version.and_then(|args| args.version.clone())),
        ("newest", version.and_then(|args| args.newest).map(yes_or_no)),
        ("keep", time(version.and_then(|args| args.keep_ms))),
        ("idle", time(version.and_then(|args| args.idle_ms))),
        ("application", Some(registration::application(one))),
        ("prefix", maker.map(|maker| maker.prefix().to_owned())),
        ("gear", maker.map(|maker| maker.gear().to_owned())),
        ("registered at", maker.and_then(registration::made_at)),
    ]);
    let data = &one.data;
    let milliseconds = |time: Option<i64>| time.map(|time| format!("{time} ms"));
    let average = |time: Option<f64>| time.map(|time| format!("{time:.1} ms"));
    let stream = matches!(data.args, ReaderArgs::Stream(_));
    rows.extend([
        ("description", Some(one.plain_description().to_owned())),
        ("session", registration::session(one).map(str::to_owned)),
        (
            "requirements",
            one.private.as_ref().map(|private| private.dependencies().join(", ")),
        ),
        ("mode", Some(data.mode.to_string())),
        ("thread pool", one.thread_pool.clone()),
        ("status", data.status.as_ref().map(ToString::to_string)),
        ("triggered", Some(data.num_triggered.to_string())),
        ("succeeded", Some(data.num_success.to_string())),
        ("failed", Some(data.num_failures.to_string())),
        ("aborted", Some(data.num_aborted.to_string())),
        ("dropped", data.num_dropped.map(|count| count.to_string())),
        ("last run", milliseconds(data.last_run_duration_ms)),
        ("all runs", milliseconds(data.total_run_duration_ms)),
        ("average run", average(data.avg_run_duration_ms)),
        ("last lag", milliseconds(data.last_estimated_lag_ms).filter(|_| stream)),
        ("average lag", average(data.avg_estimated_lag_ms).filter(|_| stream)),
    ]);
    let mut table = Table::plain();
    for (name, value) in rows {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            table.row([Cell::text(name).tone(Tone::Dim), Cell::text(value)]);
        }
    }
    table
}

fn yes_or_no(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_owned()
}
