//! How registrations are called, found and shown.

use std::borrow::Cow;

use gears_runtime::{
    Maker,
    data::{CommandArgs, ReaderArgs, Registration, RegistrationStatus},
};
use jiff::Timestamp;

use crate::{
    identity::short,
    output::{Cell, Table, Tone},
    placed::Placed,
};

/// Returns what people call a registration: its trigger, or the keys that concern it.
///
/// The trigger alone is that of the newest version; the others say theirs, and are called so too.
pub(crate) fn name(registration: &Registration) -> Cow<'_, str> {
    match versioned(registration) {
        Some(name) if is_retired(registration) => Cow::Owned(name),
        _ => Cow::Borrowed(plain(registration)),
    }
}

/// Returns the name without a version.
pub(crate) fn plain(registration: &Registration) -> &str {
    match &registration.data.args {
        ReaderArgs::Command(args) => &args.trigger,
        ReaderArgs::Keys(args) => &args.pattern,
        ReaderArgs::Stream(args) => &args.stream,
        _ => "",
    }
}

/// Returns the name that a version keeps when there is a newer one; `None` where the server knows of no versions.
pub(crate) fn versioned(registration: &Registration) -> Option<String> {
    let args = versions(registration)?;
    Some(format!("{}@{}", args.trigger, args.version.as_deref()?))
}

/// Returns what the server tells of a version of a trigger.
pub(crate) fn versions(registration: &Registration) -> Option<&CommandArgs> {
    match &registration.data.args {
        ReaderArgs::Command(args) => args.version.is_some().then_some(args),
        _ => None,
    }
}

/// Tells whether there is a newer version.
pub(crate) fn is_retired(registration: &Registration) -> bool {
    versions(registration).is_some_and(|args| args.newest == Some(false))
}

/// Tells whether two shards mean the same by what each of them has registered.
pub(crate) fn is_same(one: &Registration, other: &Registration) -> bool {
    one.reader == other.reader
        && one.description == other.description
        && one.data.mode == other.data.mode
        && told_once(&one.data.args) == told_once(&other.data.args)
}

/// Returns what does not depend on the calls of a shard.
fn told_once(args: &ReaderArgs) -> ReaderArgs {
    let mut args = args.clone();
    if let ReaderArgs::Command(args) = &mut args {
        args.idle_ms = None;
    }
    args
}

/// Names the application that made a registration, with its version; empty when nobody says so.
pub(crate) fn application(registration: &Registration) -> String {
    match registration.maker() {
        Some(maker) => [maker.application(), maker.version()]
            .join(" ")
            .trim_end()
            .to_owned(),
        None => String::new(),
    }
}

/// Writes when a registration was made, by the clock of who made it.
pub(crate) fn made_at(maker: &Maker) -> Option<String> {
    let at = Timestamp::try_from(maker.made_at()).ok()?;
    Some(at.to_string())
}

/// Returns the session that a registration belongs to.
pub(crate) fn session(registration: &Registration) -> Option<&str> {
    registration
        .private
        .as_ref()
        .and_then(|private| private.session())
}

/// Makes a table of registrations.
pub(crate) fn table(registrations: &[&Placed]) -> Table {
    let several = registrations.iter().any(|one| one.shards > 1);
    let applications: Vec<String> = registrations.iter().map(|one| application(one)).collect();
    let are_made = applications.iter().any(|name| !name.is_empty());
    let mut head = vec![
        "ID",
        "NAME",
        "READER",
        "MODE",
        "STATUS",
        "RUNS",
        "FAILED",
        "AVG MS",
        "DESCRIPTION",
    ];
    if are_made {
        head.insert(head.len() - 1, "APPLICATION");
    }
    if several {
        head.insert(2, "SHARDS");
    }
    let mut table = Table::new(head);
    for (registration, application) in registrations.iter().zip(applications) {
        let data = &registration.data;
        let failed = Cell::number(data.num_failures);
        let mut row = vec![
            Cell::text(short(registration.id.as_str())).tone(Tone::Dim),
            if is_retired(registration) {
                Cell::text(name(registration)).tone(Tone::Dim)
            } else {
                Cell::text(name(registration))
            },
            Cell::text(&registration.reader),
            Cell::text(data.mode.as_str()),
            status(registration),
            Cell::number(data.num_triggered),
            if data.num_failures > 0 {
                failed.tone(Tone::Bad)
            } else {
                failed
            },
            match data.avg_run_duration_ms {
                Some(average) => Cell::number(format!("{average:.1}")),
                None => Cell::number(""),
            },
            Cell::text(registration.plain_description()),
        ];
        if are_made {
            row.insert(row.len() - 1, Cell::text(application));
        }
        if several {
            let has = registration.places().len();
            row.insert(2, Cell::share(has, registration.shards));
        }
        table.row(row);
    }
    table
}

fn status(registration: &Registration) -> Cell {
    let Some(status) = &registration.data.status else {
        return Cell::text("");
    };
    let tone = match status {
        RegistrationStatus::Ok => Tone::Good,
        RegistrationStatus::Aborted => Tone::Bad,
        _ => Tone::Warning,
    };
    Cell::text(status.as_str()).tone(tone)
}
