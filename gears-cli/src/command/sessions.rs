//! `gears sessions`.

use clap::Args;
use clap_complete::ArgValueCompleter;
use gears_runtime::data::{Session, SessionQuery};
use serde_json::{Value as Json, json};

use super::Perform;
use crate::{
    completion,
    context::Context,
    failure::{Failure, Result},
    identity::short,
    json,
    output::{Cell, Table, Tone},
};

/// Lists sessions: what each script registered.
#[derive(Args, Debug)]
pub(crate) struct Sessions {
    /// Only these.
    #[arg(value_name = "SESSION", add = ArgValueCompleter::new(completion::sessions))]
    names: Vec<String>,
    /// Those that were replaced or removed, and that executions still hold.
    #[arg(long)]
    dead: bool,
}

impl Perform for Sessions {
    fn perform(self, context: &Context<'_>) -> Result {
        let mut query = SessionQuery::new();
        if self.dead {
            query = query.dead();
        }
        if !self.names.is_empty() {
            query = query.only(self.names);
        }
        let listed = context.gears()?.py_dump_sessions(&query)?;
        let output = &context.output;
        if output.is_json() {
            output.json(&listed.sessions.iter().map(of_session).collect())?;
        } else if listed.sessions.is_empty() {
            output.note("there are no such sessions");
        } else {
            let mut table =
                Table::new(["SESSION", "LINKED", "REGISTRATIONS", "REQUIREMENTS", "DESCRIPTION"]);
            for session in &listed.sessions {
                let ids = registrations(session).map(short).collect::<Vec<_>>().join(", ");
                table.row([
                    Cell::text(&session.id),
                    Cell::text(session.linked.as_str()).tone(Tone::Dim),
                    Cell::text(ids),
                    Cell::text(requirements(session).collect::<Vec<_>>().join(", ")),
                    Cell::text(session.description.as_deref().unwrap_or_default()),
                ]);
            }
            output.table(&table)?;
        }
        if listed.missing.is_empty() {
            return Ok(());
        }
        Err(Failure::server(listed.missing.join("; "))
            .advice("`gears sessions` lists those that there are"))
    }
}

fn registrations(session: &Session) -> impl Iterator<Item = &str> {
    session.registrations.iter().filter_map(|one| match (one.name(), one.full()) {
        (Some(id), _) => Some(id.as_str()),
        (None, Some(full)) => Some(full.id.as_str()),
        (None, None) => None,
    })
}

fn requirements(session: &Session) -> impl Iterator<Item = &str> {
    session.requirements.iter().filter_map(|one| match (one.name(), one.full()) {
        (Some(name), _) => Some(name.as_str()),
        (None, Some(full)) => Some(full.name.as_str()),
        (None, None) => None,
    })
}

fn of_session(session: &Session) -> Json {
    json!({
        "id": session.id,
        "description": session.description,
        "refCount": session.ref_count,
        "linked": session.linked.as_str(),
        "dead": session.dead,
        "installationNeeded": session.requirement_installation_needed,
        "requirements": requirements(session).collect::<Vec<_>>(),
        "registrations": registrations(session).collect::<Vec<_>>(),
        "extra": json::of_map(session.extra()),
    })
}
