//! Registering on all shards or on none: first all are asked whether they can, then all do.

use std::sync::Arc;
use std::thread;

use gears_model::message::{Ask, Message};
use gears_model::{Kind, ShardId};
use gears_server::{Context, Refusal};

use super::{changes, claims, exchange, inbox, links};
use crate::occasion::stream::read_existing_streams;
use crate::persist::record::{self, Record};
use crate::registration::{Draft, registry};
use crate::requirement::{Wheels, requirements};
use crate::script::call_on_registered;
use crate::session::Session;
use crate::{cluster, lock, persist};

/// What a script registers.
pub(crate) struct Installation {
    pub(crate) session: Session,
    pub(crate) drafts: Vec<Draft>,
    /// The session in whose place it comes.
    pub(crate) replaced: Option<String>,
    /// The wheels that are stored with it.
    pub(crate) stored: Vec<Wheels>,
    /// The wheels that other shards get, so that they need not look for them.
    pub(crate) wheels: Vec<Wheels>,
}

impl Installation {
    /// Installs it here.
    fn commit(self, context: &Context) -> Result<(), Refusal> {
        persist::store_wheels(context, &self.session.requirements, self.stored)?;
        let replaced = self.replaced.as_deref();
        let registered = registry().install(self.session, self.drafts, replaced);
        persist::installed(context, &registered, replaced);
        call_on_registered(&registered);
        for registration in &registered {
            read_existing_streams(registration);
        }
        Ok(())
    }
}

/// Why nothing was installed, or not everywhere.
pub(crate) enum Failed {
    /// This shard refuses.
    Here(Refusal),
    /// Others do.
    Elsewhere(Vec<Refusal>),
}

/// Installs what a script registers on this server alone.
///
/// # Errors
///
/// As of [`persist::store_wheels`].
pub(crate) fn here(context: &Context, installation: Installation) -> Result<(), Refusal> {
    installation.commit(context)
}

/// Installs what a script registers on all shards, or on none; says in the end why not, of each
/// shard that refuses.
pub(crate) fn everywhere(
    context: &Context,
    installation: Installation,
    then: impl FnOnce(&Context, Result<(), Failed>) + Send + 'static,
) {
    let peers = cluster::others(context);
    let (me, number) = (cluster::shard_id(), exchange::next());
    let stored = installation.drafts.iter().map(|draft| &draft.stored);
    let bytes = record::encode(&installation.session, stored);
    let claimed = record::decode(&bytes)
        .map_err(|damaged| damaged.0)
        .and_then(|record| claims::claim(me, number, &record).map(|()| record));
    let record = match claimed {
        Ok(record) => record,
        Err(error) => return then(context, Err(Failed::Here(Refusal::new(error)))),
    };
    let check = Ask::Check {
        record: bytes,
        replaced: installation.replaced.clone(),
        wheels: installation
            .wheels
            .iter()
            .map(|wheels| Arc::clone(&wheels.record))
            .collect(),
    };
    let asked = peers.clone();
    exchange::ask(context, number, &asked, check, move |context, answers| {
        let refusals: Vec<_> = answers.into_iter().filter_map(refusal).collect();
        let (session, replaced) = (
            installation.session.id.clone(),
            installation.replaced.clone(),
        );
        let committed =
            if refusals.is_empty() {
                let held = claims::holds(me, number, &record).then_some(()).ok_or_else(|| {
                Refusal::new(
                    "another shard registers the same at this moment, look whether it is what \
                     you want and try again",
                )
            });
                held.and_then(|()| installation.commit(context))
                    .map_err(Failed::Here)
            } else {
                Err(Failed::Elsewhere(refusals))
            };
        claims::release(me, number);
        if let Err(failed) = committed {
            release(&peers, number);
            return then(context, Err(failed));
        }
        let sessions = [
            Some(session),
            replaced.filter(|id| registry().of_session(id).is_none()),
        ];
        let sessions = sessions.iter().flatten().map(String::as_str);
        let install = Ask::Install {
            changes: changes::describe(context, sessions),
            aborted: Vec::new(),
            checked: Some(number),
        };
        let told = peers.clone();
        exchange::ask(
            context,
            exchange::next(),
            &told,
            install,
            move |context, answers| {
                let refusals: Vec<_> = answers.into_iter().filter_map(unconfirmed).collect();
                then(
                    context,
                    if refusals.is_empty() {
                        Ok(())
                    } else {
                        Err(Failed::Elsewhere(refusals))
                    },
                );
            },
        );
    });
}

/// Has all other shards forget what was reserved.
fn release(peers: &[ShardId], number: u64) {
    for peer in peers {
        links::tell(*peer, &Message::Release(number));
    }
}

/// Says why a shard refuses, as RedisGears does (cluster spec, section 6).
pub(super) fn refusal((shard, answer): (ShardId, Result<Vec<u8>, String>)) -> Option<Refusal> {
    let error = answer.err()?;
    Some(Refusal::new(format!("shard-{shard}: {error}")))
}

fn unconfirmed((shard, answer): (ShardId, Result<Vec<u8>, String>)) -> Option<Refusal> {
    let error = answer.err()?;
    Some(Refusal::new(format!(
        "shard-{shard}: {error}; the other shards have installed it, and this one does so by \
         itself when it is back"
    )))
}

/// Looks whether a session of another shard could be installed here, brings what it needs, and
/// answers.
pub(super) fn check(
    context: &Context,
    peer: ShardId,
    number: u64,
    bytes: &[u8],
    replaced: Option<&str>,
    wheels: Vec<Arc<[u8]>>,
) {
    let record = match check_names(context, peer, number, bytes, replaced) {
        Ok(record) => record,
        Err(refusal) => return inbox::answer(peer, number, Err(refusal)),
    };
    bring_later(peer, number, record.session, wheels);
}

/// Brings the packages of a session that another shard is about to use here, and answers.
pub(super) fn bring_packages(peer: ShardId, number: u64, bytes: &[u8], wheels: Vec<Arc<[u8]>>) {
    match record::decode(bytes) {
        Ok(record) => bring_later(peer, number, record.session, wheels),
        Err(damaged) => inbox::answer(peer, number, Err(damaged.0)),
    }
}

/// Answers when the packages of a session are there: pip takes its time.
fn bring_later(peer: ShardId, number: u64, session: Session, wheels: Vec<Arc<[u8]>>) {
    if session.requirements.is_empty() {
        return inbox::answer(peer, number, Ok(Vec::new()));
    }
    let spawned = thread::Builder::new()
        .name("gears-requirements".to_owned())
        .spawn(move || {
            let brought = bring(&session, &wheels);
            inbox::answer(peer, number, brought.map(|()| Vec::new()));
        });
    if let Err(error) = spawned {
        let refusal = format!("no thread for installing requirements: {error}");
        inbox::answer(peer, number, Err(refusal));
    }
}

/// Installs the packages of a session of these wheels, as far as they are not there; what is
/// stored with sessions is so on each shard.
fn bring(session: &Session, wheels: &[Arc<[u8]>]) -> Result<(), String> {
    let wheels = wheels.iter().filter_map(|record| Wheels::decode(record));
    let wheels: Vec<_> = wheels
        .collect::<Result<_, _>>()
        .map_err(|damaged| damaged.0)?;
    let installed = requirements().install_again(session, &wheels);
    installed.map_err(|refusal| refusal.to_string())?;
    lock::without_python(|context| persist::store_wheels(context, &session.requirements, wheels))
        .map_err(|refusal| refusal.to_string())
}

fn check_names(
    context: &Context,
    peer: ShardId,
    number: u64,
    bytes: &[u8],
    replaced: Option<&str>,
) -> Result<Record, String> {
    let record = record::decode(bytes).map_err(|damaged| damaged.0)?;
    let session = record.session.id.as_str();
    if registry().of_session(session).is_some() && replaced != Some(session) {
        return Err(format!("Session {session} already exists"));
    }
    record.session.user.check_known(context)?;
    for entry in &record.entries {
        match &entry.kind {
            Kind::Trigger { .. } if !registry().in_the_way(&entry.kind, replaced).is_empty() => {
                return Err("trigger already registered".to_owned());
            }
            Kind::Hook { hook, .. } if registry().has_waiting_hook(hook, replaced) => {
                return Err("Can not override a none sync registration".to_owned());
            }
            Kind::Trigger { .. } | Kind::Hook { .. } | Kind::Keys(_) | Kind::Stream(_) => {}
        }
    }
    claims::claim(peer, number, &record)?;
    Ok(record)
}
