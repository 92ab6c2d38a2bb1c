//! The commands about the cluster (spec sections 1.14, 1.15 and 1.21, and those of clusters, 1).

use std::ffi::CStr;

use gears_link::WINDOW;
use gears_model::Shard;
use gears_model::message::Ask;
use gears_server::{Arguments, Category, Code, Command, Context, Refusal, Reply};

use crate::cluster;
use crate::share::{inbox, orders, reception};

/// `RG.INFOCLUSTER`: the shards.
pub(super) struct InfoCluster;

impl Command for InfoCluster {
    const NAME: &'static CStr = c"rg.infocluster";
    const CATEGORY: Category = Category::Admin;

    fn serve(mut context: &Context, _: Arguments<'_>) -> Result<(), Refusal> {
        let Some(topology) = cluster::look(context) else {
            context.bulk(b"no cluster mode");
            return Ok(());
        };
        let run_id = cluster::run_id(context);
        context.array(5);
        context.bulk(b"MyId");
        context.bulk(topology.me.as_str().as_bytes());
        context.bulk(b"MyRunId");
        context.bulk(run_id.as_bytes());
        context.array(topology.shards.len());
        for shard in &topology.shards {
            let is_me = shard.id == topology.me;
            reply_shard(shard, if is_me { &run_id } else { "" }, &mut context);
        }
        Ok(())
    }
}

/// Tells of a shard; one without slots has -1 as its lowest and highest.
fn reply_shard(shard: &Shard, run_id: &str, to: &mut impl Reply) {
    let (lowest, highest) = match shard.bounds() {
        Some((lowest, highest)) => (i64::from(lowest), i64::from(highest)),
        None => (-1, -1),
    };
    to.array(16);
    for (name, text) in [("id", shard.id.as_str()), ("ip", &shard.host)] {
        to.bulk(name.as_bytes());
        to.bulk(text.as_bytes());
    }
    to.bulk(b"port");
    to.integer(i64::from(shard.port));
    for (name, text) in [("unixSocket", "None"), ("runid", run_id)] {
        to.bulk(name.as_bytes());
        to.bulk(text.as_bytes());
    }
    for (name, number) in [
        ("minHslot", lowest),
        ("maxHslot", highest),
        ("pendingMessages", 0),
    ] {
        to.bulk(name.as_bytes());
        to.integer(number);
    }
}

/// `RG.REFRESHCLUSTER`: looks again, which is never needed.
pub(super) struct RefreshCluster;

impl Command for RefreshCluster {
    const NAME: &'static CStr = c"rg.refreshcluster";
    const CATEGORY: Category = Category::Admin;

    fn serve(mut context: &Context, _: Arguments<'_>) -> Result<(), Refusal> {
        context.check_no_transaction()?;
        cluster::look(context);
        context.status("OK");
        Ok(())
    }
}

/// `RG.NETWORKTEST`: has all other shards answer, and names those that do not.
pub(super) struct NetworkTest;

impl Command for NetworkTest {
    const NAME: &'static CStr = c"rg.networktest";
    const CATEGORY: Category = Category::Admin;

    fn serve(context: &Context, _: Arguments<'_>) -> Result<(), Refusal> {
        orders::give(context, Ask::Test);
        Ok(())
    }
}

/// `RG.HELLO`: by which shards greet each other; alone there is nobody to greet. Without more
/// words, it tells the name of this run of the server, as in RedisGears.
pub(super) struct Hello;

impl Command for Hello {
    const NAME: &'static CStr = c"rg.hello";
    const CATEGORY: Category = Category::Admin;

    fn serve(mut context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        if cluster::is_alone() {
            return Err(Refusal::with_code(
                Code::ErrCluster,
                "NULL cluster state on hello msg",
            ));
        }
        let words: Vec<_> = arguments.from(1).collect();
        match words.as_slice() {
            [] => context.bulk(cluster::run_id(context).as_bytes()),
            [word, proof] if word.eq_ignore_ascii_case(b"PROVE") => {
                let last = reception::prove(context, proof)?;
                reply_numbers(context, last);
            }
            words => {
                let (me, welcome) = reception::greet(context, words)?;
                context.array(5);
                context.integer(number(welcome.protocol));
                context.bulk(me.id.as_str().as_bytes());
                context.bulk(me.run.as_bytes());
                context.bulk(welcome.nonce.as_bytes());
                context.bulk(welcome.proof.as_bytes());
            }
        }
        Ok(())
    }
}

/// `RG.INNERMSGCOMMAND`: a message of another shard that has greeted this one.
pub(super) struct InnerMessage;

impl Command for InnerMessage {
    const NAME: &'static CStr = c"RG.INNERMSGCOMMAND";
    const CATEGORY: Category = Category::Admin;

    fn serve(context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        if cluster::is_alone() {
            return Err(Refusal::with_code(Code::ErrCluster, "NULL cluster state"));
        }
        let (Some(number), Some(message), 3) =
            (arguments.get(1), arguments.get(2), arguments.count())
        else {
            return Err(Self::wrong_arity());
        };
        let taken = reception::take(context, number)?;
        if taken.is_new {
            inbox::take(context, taken.peer, message);
        }
        reply_numbers(context, taken.number);
        Ok(())
    }
}

/// Answers a number of a message, and how many bytes may be on the way.
fn reply_numbers(mut context: &Context, last: u64) {
    context.array(2);
    context.integer(number(last));
    context.integer(number(WINDOW));
}

fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
