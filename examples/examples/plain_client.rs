//! All that there is to gears with a plain client of redis-rs, and nothing of ours to connect with.

mod server;

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use gears_runtime::function::{CommandReader, KeysReader};
use gears_runtime::{
    Change, GearsCommands, OnDrop, Runtime, Script, ToGears, gear_command, gear_on_keys, py, redis,
    register_all, unregister_all,
};
use redis::Commands;

const PREFIX: &str = "plain-client";

/// Returns the price of some of what is sold, in a currency.
#[gear_command(trigger = "plain.quote")]
fn quote(article: &str, pieces: u32, rates: BTreeMap<String, f64>) -> gears_runtime::Result<f64> {
    r#"
    each = float(cmd.hget("plain-client:" + article, "price") or 0)
    log("somebody asked for %s" % article)
    return each * pieces * rates.get("EUR", 1)
    "#
}

/// Counts how often articles change, on the shard that has them.
#[gear_on_keys(prefix = "plain-client:*", events = ["hset"], mode = "sync")]
fn count_changes(_record: gears_runtime::Record) {
    "execute('INCR', 'plain-client-changes')"
}

fn main() -> Result<(), Box<dyn Error>> {
    let server = server::Server::find()?;
    let r = redis::Client::open(server.url())?;
    let mut connection = r.get_connection()?;

    // The decorator: every gear of the program is registered, and stubs are bound.
    println!("{}", register_all(&r)?);
    let _: usize = connection.hset(format!("{PREFIX}:tea"), "price", 2.5)?;
    let _: usize = connection.hset(format!("{PREFIX}:pot"), "price", 20)?;
    let rates = BTreeMap::from([("EUR".to_owned(), 0.5)]);
    assert_eq!(quote("tea", 4, rates.clone())?, 5.0);

    // Over a connection of choice: a client, or one that is lent, of a pool for instance.
    assert_eq!(quote::on(&r).call("pot", 1, rates.clone())?, 10.0);
    let quote_here = quote::on(&mut connection);
    assert_eq!(quote_here.call("pot", 2, rates.clone())?, 20.0);
    let both = ["tea", "pot"].map(|article| (article, 1, rates.clone()));
    let prices: Vec<f64> = quote::pipe(&r, both)
        .into_iter()
        .collect::<Result<_, _>>()?;
    assert_eq!(prices, [1.25, 10.0]);
    // One gear alone; the binding stays where it is.
    assert_eq!(quote::register(&mut connection)?, Change::Unchanged);

    // Gear functions: built in Rust, with Python where it is wanted, and run by `foo.on(r)`.
    let articles = KeysReader::new(format!("{PREFIX}:*"));
    let dear = articles
        .map(py!("lambda article: float(article['value']['price'])"))
        .filter(py!("lambda price: price > least", least = 10));
    assert_eq!(dear.clone().count().run().on(&r)?.into_one()?, 1);
    assert_eq!(dear.count().run().on(&mut connection)?.into_one()?, 1);
    let execution = articles
        .count()
        .run()
        .spawn_on(&r)?
        .on_drop(OnDrop::Discard);
    assert_eq!(execution.wait(Duration::from_secs(10))?.into_one()?, 2);
    let answer = CommandReader::new()
        .apply(py!("lambda: 42"))
        .register_trigger("plain.answer");
    assert_eq!(answer.on(&r)?, Change::Registered);
    assert_eq!(connection.trigger("plain.answer", [])?.len(), 1);
    assert_eq!(answer.unregister_from(&r)?, 1);

    // A raw script, with what the server gives it, and with `cmd`.
    let script = Script::from_source(
        "GB('ShardsIDReader').map(lambda _: cmd.get('plain-client-changes')).run()",
    );
    let script = script.runtime(Runtime::Commands).returning::<i64>();
    assert_eq!(script.on(&r)?.into_one()?, 2, "each article was set once");
    assert_eq!(script.on(&mut connection)?.into_one()?, 2);

    // The commands, on any connection of redis-rs; the settings, of what is made of the client.
    println!("{} registrations", connection.dump_registrations()?.len());
    assert!(r.to_gears().config().max_executions()? > 0);

    println!("{}", unregister_all(&r)?);
    let _: usize = connection.del(&[
        format!("{PREFIX}:tea"),
        format!("{PREFIX}:pot"),
        format!("{PREFIX}-changes"),
    ])?;
    Ok(())
}
