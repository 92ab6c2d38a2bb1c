//! `RG.PYDUMPSESSIONS` (spec section 1.18).

use std::ffi::CStr;
use std::sync::Arc;

use super::dump_registrations::reply_registration;
use super::requirements::reply_requirement;
use crate::api::{Arguments, Category, Command, Context, Reply};
use crate::engine;
use crate::registration::print_id;
use crate::session::Session;
use crate::text;

/// Lists the sessions that have registrations.
pub(super) struct DumpSessions;

impl Command for DumpSessions {
    const NAME: &'static CStr = c"rg.pydumpsessions";
    const CATEGORY: Category = Category::Admin;

    fn serve(mut context: &Context, arguments: Arguments<'_>) -> Result<(), String> {
        let mut words = arguments.from(1);
        let mut verbose = false;
        let mut dead = false;
        let mut chosen = None;
        while let Some(word) = words.next() {
            match word.to_ascii_uppercase().as_slice() {
                b"VERBOSE" => verbose = true,
                b"DEAD" => dead = true,
                b"SESSIONS" => {
                    chosen = Some(
                        words
                            .by_ref()
                            .map(|id| String::from_utf8_lossy(id).into_owned())
                            .collect::<Vec<_>>(),
                    );
                }
                _ => {
                    let word = String::from_utf8_lossy(word);
                    return Err(format!("Unknown option {}", text::echoed(&word)));
                }
            }
        }
        let sessions = if dead {
            // A replaced session goes with its last execution; none stays.
            Vec::new()
        } else {
            engine::get().registry.sessions()
        };
        let Some(chosen) = chosen else {
            context.array(sessions.len());
            for (session, numbers) in &sessions {
                reply_session(&mut context, session, numbers, verbose);
            }
            return Ok(());
        };
        context.array(chosen.len());
        for id in &chosen {
            match sessions.iter().find(|(session, _)| session.id == *id) {
                Some((session, numbers)) => {
                    reply_session(&mut context, session, numbers, verbose);
                }
                None => context.bulk(format!("Session {id} does not exists").as_bytes()),
            }
        }
        Ok(())
    }
}

fn reply_session(to: &mut impl Reply, session: &Arc<Session>, numbers: &[u64], verbose: bool) {
    let engine = engine::get();
    to.array(16);
    to.bulk(b"ID");
    to.bulk(session.id.as_bytes());
    to.bulk(b"sessionDescription");
    match &session.description {
        Some(description) => to.bulk(description.as_bytes()),
        None => to.null(),
    }
    to.bulk(b"refCount");
    to.integer(i64::try_from(numbers.len()).unwrap_or(i64::MAX));
    to.bulk(b"linked");
    to.bulk(b"primary");
    to.bulk(b"dead");
    to.bulk(b"false");
    to.bulk(b"requirementInstallationNeeded");
    to.integer(0);
    to.bulk(b"requirements");
    to.array(session.requirements.len());
    for requirement in &session.requirements {
        if verbose {
            reply_requirement(to, requirement);
        } else {
            to.bulk(requirement.as_bytes());
        }
    }
    to.bulk(b"registrations");
    let registrations: Vec<_> = numbers
        .iter()
        .filter_map(|number| engine.registry.by_number(*number))
        .collect();
    to.array(registrations.len());
    for registration in &registrations {
        if verbose {
            reply_registration(to, registration, false);
        } else {
            to.bulk(print_id(registration.number).as_bytes());
        }
    }
}
