//! How far a run is, on all shards.

use gears_model::message::Ask;
use gears_model::{Id, ShardId};
use gears_server::{Context, Recorded, Refusal, Reply};

use crate::cluster;
use crate::config::config;
use crate::execution::executions;
use crate::execution::view::View;
use crate::share::{exchange, inbox};

/// Answers how far a run is here.
pub(super) fn answer(_: &Context, peer: ShardId, number: u64, run: Id) {
    let shown = executions()
        .with_id(run)
        .ok_or_else(|| format!("the run {run} is not listed here"));
    let shown = shown.and_then(|execution| {
        let view = View::of(&execution).map_err(|refusal| refusal.to_string())?;
        Ok(view.encode())
    });
    inbox::answer(peer, number, shown);
}

/// Replies with how far a run is on each shard that lists it, this one first.
///
/// # Errors
///
/// When it cannot be told how far it is here, or the client cannot wait.
pub(crate) fn show_all(context: &Context, run: Id, here: View) -> Result<(), Refusal> {
    context.refuse_if_it_cannot_wait()?;
    let client = context.block_client();
    let asks = cluster::others(context).into_iter();
    let asks = asks.map(|shard| (shard, Ask::Show(run))).collect();
    let max_idle = config().execution_max_idle_time();
    exchange::ask_each(context, max_idle, asks, move |_, answers| {
        let mut views = vec![(cluster::shard_id(), here)];
        // What is not listed on a shard, or cannot be asked for there, has no part there.
        views.extend(answers.into_iter().filter_map(|(shard, answer)| {
            let view = View::decode(&answer.ok()?).ok()?;
            Some((shard, view))
        }));
        let mut reply = Recorded::new();
        reply_all(&views, &mut reply);
        client.answer(reply);
    });
    Ok(())
}

/// Replies with how far an execution is on these shards.
pub(crate) fn reply_all(views: &[(ShardId, View)], to: &mut impl Reply) {
    to.array(views.len());
    for (shard, view) in views {
        to.array(4);
        to.bulk(b"shard_id");
        to.bulk(shard.as_str().as_bytes());
        to.bulk(b"execution_plan");
        view.reply(to);
    }
}
