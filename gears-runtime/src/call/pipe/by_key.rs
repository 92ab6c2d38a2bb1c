//! Many calls of one gear with a key: each goes to the node that has its key.

#[cfg(feature = "aio")]
use std::mem;
use std::{collections::HashMap, sync::Arc};

use redis::{Cmd, Value};

use super::chunk::{CALLS, Chunk, Piped};
use crate::{
    call::route::route_of,
    connect::{
        cluster::{
            Cluster,
            errand::Errand,
            journey::{Route, is_early},
        },
        gears::Gears,
        node::Node,
        pool::Purpose,
    },
    error::{Error, Result},
    gear::descriptor::Gear,
    server::known::Server,
    wire::reply::Reply,
};
#[cfg(feature = "aio")]
use crate::{connect::multiplexed::together, server::refusal::is_unknown_trigger};

/// The calls of a chunk for one node, by their places in the chunk.
type Group = (Arc<Node>, Vec<usize>);

/// Calls a gear with a key once for each element; the calls for one node go out together.
pub(crate) fn pipe_by_key<B: Piped<A, R>, A, R>(
    gears: &Gears,
    cluster: &Cluster,
    mut calls: impl Iterator<Item = A>,
    mut put: impl FnMut(Result<Reply>),
) {
    let gear = B::gear();
    let (attempts, mut may_be_lost) = (gears.attempts(), true);
    loop {
        let server = cluster.map().server;
        let begin = |packed| gears.begin_call(gear, server, packed);
        let chunk: Chunk<Vec<Cmd>> = Chunk::fill::<B, A, R>(begin, &mut calls, CALLS);
        if chunk.slots.is_empty() {
            return;
        }
        let what = format!("calling `{}`", gear.trigger());
        let mut replies = Replies::new(chunk.calls.len());
        for (node, places) in groups(cluster, &chunk.calls) {
            let Ok(mut connection) = node.checkout(gears.response_timeout()) else {
                continue;
            };
            let commands = places.iter().map(|&place| &chunk.calls[place]);
            let came = connection.pipeline(commands, &what, gears.response_timeout());
            let is_lost = came.is_err();
            replies.take(&places, came);
            if is_lost {
                // The error says what is wrong; the next chunk goes by the new map.
                let _ = cluster.refresh(cluster.map().version);
            }
        }
        for place in replies.unsettled() {
            let command = &chunk.calls[place];
            let sent = cluster.send(
                route_of(command),
                errand(gears, command, gear.trigger(), true),
            );
            replies.came[place] = Some(sent.map(|answer| answer.reply));
        }
        let lost = replies.lost(|reply| may_be_lost && gears.is_forgotten(gear, reply));
        if !lost.is_empty() {
            may_be_lost = false;
            if gears.restore(attempts).is_ok() {
                for place in lost {
                    let sent = gears.call_again(gear, &chunk.calls[place]);
                    replies.came[place] = Some(sent.map(|(reply, _)| reply));
                }
            }
        }
        finish(gear, server, chunk, replies, &mut put);
    }
}

/// Calls a gear with a key once for each element, as [`pipe_by_key`] does.
#[cfg(feature = "aio")]
pub(crate) async fn pipe_by_key_async<B: Piped<A, R>, A, R>(
    gears: &Gears,
    cluster: &Cluster,
    mut calls: impl Iterator<Item = A>,
    mut put: impl FnMut(Result<Reply>),
) {
    let gear = B::gear();
    let (attempts, mut may_be_lost) = (gears.attempts(), true);
    let blocks = gear.mode() != crate::gear::mode::Mode::Sync;
    let most = if blocks {
        super::chunk::WAITING_CALLS
    } else {
        CALLS
    };
    loop {
        let server = cluster.map().server;
        let begin = |packed| gears.begin_call(gear, server, packed);
        let mut chunk: Chunk<Vec<Cmd>> = Chunk::fill::<B, A, R>(begin, &mut calls, most);
        if chunk.slots.is_empty() {
            return;
        }
        let what = format!("calling `{}`", gear.trigger());
        let mut replies = Replies::new(chunk.calls.len());
        for (node, places) in groups(cluster, &chunk.calls) {
            let Ok(mut connection) = node.checkout_async(blocks).await else {
                continue;
            };
            let commands = together(
                places
                    .iter()
                    .map(|&place| mem::take(&mut chunk.calls[place])),
            );
            let came = connection
                .pipeline(&commands, &what, gears.response_timeout())
                .await;
            let is_lost = came.is_err();
            replies.take(&places, came);
            // What has yet to be sent by itself comes back.
            for (&place, command) in places.iter().zip(commands.cmd_iter()) {
                if !replies.is_final(place) {
                    chunk.calls[place] = command.clone();
                }
            }
            if is_lost {
                // The error says what is wrong; the next chunk goes by the new map.
                let _ = Box::pin(cluster.refresh_async(cluster.map().version)).await;
            }
        }
        for place in replies.unsettled() {
            let command = &chunk.calls[place];
            let errand = errand(gears, command, gear.trigger(), blocks);
            let sent = cluster.send_async(route_of(command), errand).await;
            replies.came[place] = Some(sent.map(|answer| answer.reply));
        }
        let lost = replies.lost(|reply| may_be_lost && gears.is_forgotten(gear, reply));
        if !lost.is_empty() {
            may_be_lost = false;
            if gears.restore_async(attempts).await.is_ok() {
                for place in lost {
                    let sent = gears.call_again_async(gear, &chunk.calls[place]).await;
                    replies.came[place] = Some(sent.map(|(reply, _)| reply));
                }
            }
        }
        finish(gear, server, chunk, replies, &mut put);
    }
}

fn errand<'a>(gears: &Gears, command: &'a Cmd, trigger: &'a str, blocks: bool) -> Errand<'a> {
    Errand {
        command,
        ahead: None,
        reads: false,
        what: Purpose::Call(trigger),
        timeout: gears.response_timeout(),
        blocks,
    }
}

fn groups(cluster: &Cluster, commands: &[Cmd]) -> Vec<Group> {
    let map = cluster.map();
    let mut places: HashMap<*const Node, usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for (place, command) in commands.iter().enumerate() {
        let Route::Slot(slot) = route_of(command) else {
            continue;
        };
        let Some(node) = map.owner(slot) else {
            continue;
        };
        let group = *places.entry(Arc::as_ptr(node)).or_insert_with(|| {
            groups.push((Arc::clone(node), Vec::new()));
            groups.len() - 1
        });
        groups[group].1.push(place);
    }
    groups
}

/// What came of the calls of a chunk so far.
struct Replies {
    came: Vec<Option<Result<Value>>>,
}

impl Replies {
    fn new(calls: usize) -> Self {
        Self {
            came: (0..calls).map(|_| None).collect(),
        }
    }

    fn take(&mut self, places: &[usize], came: Result<Vec<Value>>) {
        match came {
            Ok(replies) => {
                for (&place, reply) in places.iter().zip(replies) {
                    // A node that sends a call on, or does not have the gear yet, has not run it.
                    if !is_sent_on(&reply) && !is_early(&reply) {
                        self.came[place] = Some(Ok(reply));
                    }
                }
            }
            Err(error) => {
                for &place in places {
                    self.came[place] = Some(Err(error.again()));
                }
            }
        }
    }

    /// Tells whether a call is not to be sent again, whatever comes.
    #[cfg(feature = "aio")]
    fn is_final(&self, place: usize) -> bool {
        match &self.came[place] {
            Some(Ok(reply)) => !is_unknown_trigger(reply),
            Some(Err(_)) => true,
            None => false,
        }
    }

    /// Returns the calls with such replies.
    fn lost(&self, is_lost: impl Fn(&Value) -> bool) -> Vec<usize> {
        let came = self.came.iter().enumerate();
        let lost = came.filter(|(_, came)| matches!(came, Some(Ok(reply)) if is_lost(reply)));
        lost.map(|(place, _)| place).collect()
    }

    /// Returns the calls that have not run, and have to find their way by themselves.
    fn unsettled(&self) -> Vec<usize> {
        let unsettled = self
            .came
            .iter()
            .enumerate()
            .filter(|(_, came)| came.is_none());
        unsettled.map(|(place, _)| place).collect()
    }
}

fn is_sent_on(reply: &Value) -> bool {
    matches!(reply, Value::ServerError(error) if matches!(error.code(), "MOVED" | "ASK"))
}

fn finish(
    gear: &'static Gear,
    server: Server,
    chunk: Chunk<Vec<Cmd>>,
    replies: Replies,
    mut put: impl FnMut(Result<Reply>),
) {
    let mut replies = replies.came.into_iter();
    for slot in chunk.slots {
        put(match slot {
            Some(error) => Err(error),
            None => match replies.next().flatten() {
                Some(reply) => reply.and_then(|reply| Reply::from_value(reply, gear, server)),
                None => Err(Error::unexpected("a reply is missing", &Value::Nil)),
            },
        });
    }
}
