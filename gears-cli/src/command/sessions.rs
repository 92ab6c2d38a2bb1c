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
    shard,
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
        let shards = shard::apart(context.gears()?)?;
        let (mut sessions, mut missing): (Vec<Session>, Vec<String>) = (Vec::new(), Vec::new());
        for (asked, shard) in shards.iter().enumerate() {
            let listed = shard.gears.py_dump_sessions(&query)?;
            // On another shard its registrations have other ids.
            for session in listed.sessions {
                if sessions.iter().all(|one| one.id != session.id) {
                    sessions.push(session);
                }
            }
            // Missing is what all of them lack.
            if asked == 0 {
                missing = listed.missing;
            } else {
                missing.retain(|one| listed.missing.contains(one));
            }
        }
        let output = &context.output;
        if output.is_json() {
            output.json(&sessions.iter().map(of_session).collect())?;
        } else if sessions.is_empty() {
            if missing.is_empty() {
                output.note("there are no such sessions");
            }
        } else {
            let mut table =
                Table::new(["SESSION", "LINKED", "REGISTRATIONS", "REQUIREMENTS", "DESCRIPTION"]);
            for session in &sessions {
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
        if missing.is_empty() {
            return Ok(());
        }
        Err(Failure::server(missing.join("; "))
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
