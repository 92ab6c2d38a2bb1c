//! Questions to other shards that wait for their answers.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use gears_link::{LinkState, State};
use gears_model::ShardId;
use gears_model::message::{Answered, Ask, Message};
use gears_server::Context;

use super::links;
use crate::cluster;
use crate::ground::poison::unpoisoned;

/// What the shards answered, in the order of their names.
pub(crate) type Answers = Vec<(ShardId, Answered)>;

type Then = Box<dyn FnOnce(&Context, Answers) + Send>;

static EXCHANGE: Mutex<Exchange> = Mutex::new(Exchange {
    last: 0,
    pending: BTreeMap::new(),
});

struct Exchange {
    last: u64,
    pending: BTreeMap<u64, Pending>,
}

/// For how long an answer is waited for while nothing is heard of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Patience {
    /// `ClusterPeerTimeout`: what is registered waits for shards that hang.
    WithPeers,
    /// `ExecutionMaxIdleTime`, as in RedisGears; what it was when that began to hold.
    WithExecutions(Duration),
}

struct Pending {
    patience: Patience,
    /// What was asked, if it can be asked again of a shard that was started anew. Such questions
    /// need no answer of a shard that has left either.
    again: Option<Message>,
    open: BTreeMap<ShardId, Open>,
    answers: BTreeMap<ShardId, Answered>,
    then: Then,
}

/// An answer that is missing still.
struct Open {
    /// How often the peer had been started anew when it was asked.
    generation: u64,
    /// When it was asked, or said last that it works on it.
    heard: Instant,
}

/// Returns the number of a question that will be asked.
pub(crate) fn next() -> u64 {
    let mut exchange = exchange();
    exchange.last += 1;
    exchange.last
}

/// Asks all of these shards the same, and does `then` on the main thread when all have answered
/// or are lost. It can be asked twice: it is asked again of a shard that is started anew.
pub(crate) fn ask(
    context: &Context,
    number: u64,
    peers: &[ShardId],
    ask: Ask,
    then: impl FnOnce(&Context, Answers) + Send + 'static,
) {
    let states = states_of(context, peers.iter());
    let message = Message::Ask(number, ask);
    let mut pending = Pending::new(Patience::WithPeers, Box::new(then));
    for peer in peers {
        let state = states.iter().find(|state| state.peer.id == *peer);
        if state.is_none() && !cluster::others(context).contains(peer) {
            // It was a primary a moment ago, and needs to know nothing any more.
            continue;
        }
        pending.send(*peer, state, &message);
    }
    pending.again = Some(message);
    pending.wait(context, number);
}

/// Asks each of these shards something of its own that has effects, so that it is asked once;
/// does `then` as [`ask`] does. Who says nothing for `max_idle` is lost.
pub(crate) fn ask_each(
    context: &Context,
    max_idle: Duration,
    asks: Vec<(ShardId, Ask)>,
    then: impl FnOnce(&Context, Answers) + Send + 'static,
) {
    let states = states_of(context, asks.iter().map(|(peer, _)| peer));
    let number = next();
    let patience = Patience::WithExecutions(max_idle);
    let mut pending = Pending::new(patience, Box::new(then));
    for (peer, ask) in asks {
        let state = states.iter().find(|state| state.peer.id == peer);
        pending.send(peer, state, &Message::Ask(number, ask));
    }
    pending.wait(context, number);
}

/// Says how the links to these are, which there are from here on.
fn states_of<'a>(
    context: &Context,
    mut peers: impl Iterator<Item = &'a ShardId>,
) -> Vec<LinkState> {
    let states = links::states();
    let stands = |peer: &ShardId| {
        let state = states.iter().find(|state| state.peer.id == *peer);
        state.is_some_and(|state| !state.is_refused)
    };
    if !peers.all(stands)
        && let Some(topology) = cluster::topology(context)
    {
        // One has just come, or may let this node in by now.
        links::follow_newcomers(context, &topology);
        links::retry_refused();
        return links::states();
    }
    states
}

impl Patience {
    fn limit(self) -> Duration {
        match self {
            Self::WithPeers => links::timeout(),
            Self::WithExecutions(limit) => limit,
        }
    }

    fn setting(self) -> &'static str {
        match self {
            Self::WithPeers => "ClusterPeerTimeout",
            Self::WithExecutions(_) => "ExecutionMaxIdleTime",
        }
    }
}

impl Pending {
    fn new(patience: Patience, then: Then) -> Self {
        Self {
            patience,
            again: None,
            open: BTreeMap::new(),
            answers: BTreeMap::new(),
            then,
        }
    }

    fn send(&mut self, peer: ShardId, state: Option<&LinkState>, message: &Message) {
        let refused = state.and_then(refusal).map_or(Ok(()), Err);
        match refused.and_then(|()| links::send(peer, message)) {
            Ok(()) => {
                let open = Open {
                    generation: generation(state),
                    heard: Instant::now(),
                };
                self.open.insert(peer, open);
            }
            Err(error) => {
                self.answers.insert(peer, Err(error));
            }
        }
    }

    fn wait(self, context: &Context, number: u64) {
        if self.open.is_empty() {
            (self.then)(context, self.answers.into_iter().collect());
        } else {
            exchange().pending.insert(number, self);
        }
    }
}

/// Takes an answer; of one that nobody waits for, nothing comes.
pub(super) fn answered(context: &Context, peer: ShardId, number: u64, answered: Answered) {
    settle(context, peer, number, Some(answered));
}

/// Waits for a peer no longer: it has answered, or need not.
fn settle(context: &Context, peer: ShardId, number: u64, answer: Option<Answered>) {
    let mut exchange = exchange();
    let Some(pending) = exchange.pending.get_mut(&number) else {
        return;
    };
    if pending.open.remove(&peer).is_none() {
        return;
    }
    if let Some(answer) = answer {
        pending.answers.insert(peer, answer);
    }
    if !pending.open.is_empty() {
        return;
    }
    let done = exchange.pending.remove(&number);
    drop(exchange);
    if let Some(done) = done {
        (done.then)(context, done.answers.into_iter().collect());
    }
}

/// Notes that a peer works on an answer.
pub(super) fn alive(peer: ShardId, number: u64) {
    let mut exchange = exchange();
    let pending = exchange.pending.get_mut(&number);
    if let Some(open) = pending.and_then(|pending| pending.open.get_mut(&peer)) {
        open.heard = Instant::now();
    }
}

/// What becomes of an answer that is missing.
enum Fate {
    /// Nobody needs it any more.
    Needless,
    /// It is asked for again.
    Again(Message),
    /// It will not come, as the peer is lost for this reason.
    Lost(String),
    /// It will not come, as the peer does not let this node in.
    Refused(String),
}

/// Gives up the answers of peers that are lost, and asks again who was started anew.
pub(super) fn give_up_lost(context: &Context) {
    if exchange().pending.is_empty() {
        return;
    }
    let states = links::states();
    for (number, peer, fate) in fates(&states) {
        let state = states.iter().find(|state| state.peer.id == peer);
        match fate {
            Fate::Needless => settle(context, peer, number, None),
            Fate::Lost(cause) => {
                let lost = Err(lost_shard(peer, state, &cause));
                settle(context, peer, number, Some(lost));
            }
            Fate::Refused(cause) => settle(context, peer, number, Some(Err(cause))),
            Fate::Again(message) => {
                note_asked(peer, number, generation(state));
                if let Err(error) = links::send(peer, &message) {
                    settle(context, peer, number, Some(Err(error)));
                }
            }
        }
    }
}

/// Says what becomes of each missing answer that is not just waited for.
fn fates(states: &[LinkState]) -> Vec<(u64, ShardId, Fate)> {
    let exchange = exchange();
    let mut fates = Vec::new();
    for (number, pending) in &exchange.pending {
        for (peer, open) in &pending.open {
            let state = states.iter().find(|state| state.peer.id == *peer);
            if let Some(fate) = fate(state, open, pending) {
                fates.push((*number, *peer, fate));
            }
        }
    }
    fates
}

fn fate(state: Option<&LinkState>, open: &Open, pending: &Pending) -> Option<Fate> {
    let again = pending.again.as_ref();
    let Some(state) = state else {
        return Some(match again {
            Some(_) => Fate::Needless,
            None => Fate::Lost("it is no primary of the cluster any more".to_owned()),
        });
    };
    if let Some(refusal) = refusal(state) {
        return Some(Fate::Refused(refusal));
    }
    if state.generation != open.generation {
        return Some(match again {
            Some(message) => Fate::Again(message.clone()),
            None => Fate::Lost("it was started anew meanwhile".to_owned()),
        });
    }
    let patience = pending.patience;
    (open.heard.elapsed() >= patience.limit()).then(|| Fate::Lost(silence(state, patience)))
}

/// Says why a peer does not let this node in, until somebody changes that.
fn refusal(state: &LinkState) -> Option<String> {
    state.last_error.clone().filter(|_| state.is_refused)
}

/// Says why a peer has not answered for so long.
fn silence(state: &LinkState, patience: Patience) -> String {
    let limit = patience.limit().as_millis();
    let after = format!("within {} ({limit} ms)", patience.setting());
    match (&state.state, state.waits_since, &state.last_error) {
        (State::Greeted, None, _) => format!(
            "it got the question and sent no answer {after}: see the link from there to here in \
             its INFO (rg_cluster)"
        ),
        (State::Greeted, Some(_), _) => format!("it took nothing {after}"),
        (_, _, Some(error)) => error.clone(),
        (_, _, None) => format!("there was no connection {after}"),
    }
}

fn generation(state: Option<&LinkState>) -> u64 {
    state.map_or(0, |state| state.generation)
}

fn note_asked(peer: ShardId, number: u64, generation: u64) {
    let mut exchange = exchange();
    let pending = exchange.pending.get_mut(&number);
    if let Some(open) = pending.and_then(|pending| pending.open.get_mut(&peer)) {
        *open = Open {
            generation,
            heard: Instant::now(),
        };
    }
}

fn lost_shard(peer: ShardId, state: Option<&LinkState>, cause: &str) -> String {
    let address = state.map_or_else(String::new, |state| {
        format!(" ({}:{})", state.peer.host, state.peer.port)
    });
    format!("shard {peer}{address} was lost: {cause}")
}

fn exchange() -> MutexGuard<'static, Exchange> {
    unpoisoned(EXCHANGE.lock())
}
