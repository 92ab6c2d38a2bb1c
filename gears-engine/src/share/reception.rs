//! Which other shards have greeted this one, and on which connection.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, MutexGuard};

use gears_greeting::{Me, Reception, Taken, Welcome};
use gears_model::{ShardId, Topology};
use gears_server::{Code, Context, Refusal, held};

use super::secret::secret;
use super::{claims, links};
use crate::cluster;
use crate::ground::poison::unpoisoned;

static RECEPTION: LazyLock<Mutex<Reception>> = LazyLock::new(|| Mutex::new(Reception::new()));

/// Answers the greeting of another shard.
///
/// # Errors
///
/// When it is none of the cluster, or this server takes no greetings.
pub(crate) fn greet(context: &Context, words: &[&[u8]]) -> Result<(Me, Welcome), Refusal> {
    let topology = own_cluster(context)?;
    let me = links::me(context);
    let client = context.client_number();
    let secret = secret(context).map_err(refused)?;
    let welcome = reception()
        .greet(client, words, &me, &secret, |id| topology.has(id))
        .map_err(refused)?;
    Ok((me, welcome))
}

/// Checks that who has greeted knows the secret; returns the number of its last message that
/// came.
///
/// # Errors
///
/// When it does not, or has not greeted.
pub(crate) fn prove(context: &Context, proof: &[u8]) -> Result<u64, Refusal> {
    let topology = own_cluster(context)?;
    let secret = secret(context).map_err(refused)?;
    let mut reception = reception();
    let runs: BTreeMap<_, _> = reception.greeted().into_iter().collect();
    let accepted = reception
        .prove(context.client_number(), proof, &secret)
        .map_err(refused)?;
    let now = reception
        .greeted()
        .into_iter()
        .find(|(peer, _)| *peer == accepted.peer);
    if now.is_none_or(|(peer, run)| runs.get(&peer) != Some(&run)) {
        claims::forget_of(accepted.peer);
        // It was started anew, and the way there may be waiting for that still.
        links::hurry(accepted.peer);
    }
    // Who greets wants answers: there has to be a way back.
    links::follow_newcomers(context, &topology);
    Ok(accepted.last)
}

/// Says whose message comes on the running command's connection, and whether it is new.
///
/// # Errors
///
/// When nobody has greeted on it.
pub(crate) fn take(context: &Context, number: &[u8]) -> Result<Taken, Refusal> {
    own_cluster(context)?;
    reception()
        .take(context.client_number(), number)
        .map_err(refused)
}

/// Forgets those who are no primaries of the cluster.
pub(super) fn forget_others(topology: &Topology) {
    reception().forget_others(|id| topology.has(id));
}

/// Lists who has greeted this server.
pub(crate) fn greeted() -> Vec<ShardId> {
    reception()
        .greeted()
        .into_iter()
        .map(|(peer, _)| peer)
        .collect()
}

/// Refuses what comes from a script, and where this server is no primary.
fn own_cluster(context: &Context) -> Result<std::sync::Arc<Topology>, Refusal> {
    if held::is_nested() || context.is_one_of_several() {
        return Err(refused(
            "a shard greets and speaks on a connection of its own".to_owned(),
        ));
    }
    let topology = cluster::topology(context)
        .ok_or_else(|| refused("this server knows no cluster".to_owned()))?;
    if topology.me == topology.own {
        return Ok(topology);
    }
    Err(refused(format!(
        "this node is a replica, ask its primary {}",
        topology.own
    )))
}

fn refused(text: String) -> Refusal {
    Refusal::with_code(Code::ErrCluster, text)
}

fn reception() -> MutexGuard<'static, Reception> {
    unpoisoned(RECEPTION.lock())
}
