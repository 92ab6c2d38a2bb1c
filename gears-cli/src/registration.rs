//! How registrations are called, found and shown.

use gears_runtime::data::{ReaderArgs, Registration, RegistrationStatus};

use crate::{
    identity::short,
    output::{Cell, Table, Tone},
    placed::Placed,
};

/// Returns what people call a registration: its trigger, or the keys that concern it.
pub(crate) fn name(registration: &Registration) -> &str {
    match &registration.data.args {
        ReaderArgs::Command(args) => &args.trigger,
        ReaderArgs::Keys(args) => &args.pattern,
        ReaderArgs::Stream(args) => &args.stream,
        _ => "",
    }
}

/// Tells whether two shards mean the same by what each of them has registered.
pub(crate) fn is_same(one: &Registration, other: &Registration) -> bool {
    one.reader == other.reader
        && one.description == other.description
        && one.data.mode == other.data.mode
        && one.data.args == other.data.args
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
    if several {
        head.insert(2, "SHARDS");
    }
    let mut table = Table::new(head);
    for registration in registrations {
        let data = &registration.data;
        let failed = Cell::number(data.num_failures);
        let mut row = vec![
            Cell::text(short(registration.id.as_str())).tone(Tone::Dim),
            Cell::text(name(registration)),
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
        if several {
            let (has, all) = (registration.places().len(), registration.shards);
            let cell = Cell::number(format!("{has}/{all}"));
            row.insert(
                2,
                if has < all {
                    cell.tone(Tone::Warning)
                } else {
                    cell
                },
            );
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
