//! `RG.PYDUMPSESSIONS [VERBOSE] [DEAD] [SOURCE] [SESSIONS id …]` (spec section 1.18).
//!
//! `SOURCE` is ours: each session has the script that made it too, so that a client can bring
//! it to another server.

use std::ffi::CStr;
use std::sync::Arc;

use gears_model::Id;
use gears_server::{Arguments, Category, Command, Context, Refusal, Reply, text};

use super::dump_registrations::reply_registration;
use super::requirements::reply_requirement;
use crate::registration::registry;
use crate::session::Session;

/// Lists the sessions that have registrations.
pub(super) struct DumpSessions;

impl Command for DumpSessions {
    const NAME: &'static CStr = c"rg.pydumpsessions";
    const CATEGORY: Category = Category::Admin;

    fn serve(mut context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        let mut words = arguments.from(1);
        let mut detail = Detail::default();
        let mut dead = false;
        let mut chosen = None;
        while let Some(word) = words.next() {
            match word.to_ascii_uppercase().as_slice() {
                b"VERBOSE" => detail.verbose = true,
                b"SOURCE" => detail.source = true,
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
                    return Err(Refusal::whole(format!(
                        "Unknown option {}",
                        text::echoed(&word)
                    )));
                }
            }
        }
        // A replaced session goes with its last execution; none stays to be listed as dead.
        let registry = (!dead).then_some(registry());
        let Some(chosen) = chosen else {
            let sessions = registry.map_or_else(Vec::new, |registry| registry.sessions());
            context.array(sessions.len());
            for (session, ids) in &sessions {
                reply_session(&mut context, session, ids, detail);
            }
            return Ok(());
        };
        context.array(chosen.len());
        for id in &chosen {
            match registry.and_then(|registry| registry.session(id)) {
                Some((session, ids)) => {
                    reply_session(&mut context, &session, &ids, detail);
                }
                None => context.bulk(format!("Session {id} does not exists").as_bytes()),
            }
        }
        Ok(())
    }
}

/// Says how much is told about each session.
#[derive(Clone, Copy, Default)]
struct Detail {
    verbose: bool,
    source: bool,
}

fn reply_session(to: &mut impl Reply, session: &Arc<Session>, ids: &[Id], detail: Detail) {
    to.array(if detail.source { 18 } else { 16 });
    to.bulk(b"ID");
    to.bulk(session.id.as_bytes());
    to.bulk(b"sessionDescription");
    match &session.description {
        Some(description) => to.bulk(description.as_bytes()),
        None => to.null(),
    }
    to.bulk(b"refCount");
    to.integer(i64::try_from(ids.len()).unwrap_or(i64::MAX));
    to.bulk(b"linked");
    to.bulk(b"primary");
    to.bulk(b"dead");
    to.bulk(b"false");
    to.bulk(b"requirementInstallationNeeded");
    to.integer(0);
    to.bulk(b"requirements");
    to.array(session.requirements.len());
    for requirement in &session.requirements {
        if detail.verbose {
            reply_requirement(to, requirement);
        } else {
            to.bulk(requirement.as_bytes());
        }
    }
    to.bulk(b"registrations");
    let registrations: Vec<_> = ids.iter().filter_map(|id| registry().by_id(*id)).collect();
    to.array(registrations.len());
    for registration in &registrations {
        if detail.verbose {
            reply_registration(to, registration, false);
        } else {
            to.bulk(registration.id.to_string().as_bytes());
        }
    }
    if detail.source {
        to.bulk(b"source");
        to.bulk(&session.script.source);
    }
}
