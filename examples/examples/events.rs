//! Python that the server runs by itself: when keys change, when a stream grows, in place of a command.

mod server;

use std::thread;
use std::time::{Duration, Instant};

use gears_runtime::{
    Arguments, Record, Result, gear_command, gear_on_keys, gear_on_stream, register_all,
    unregister_all,
};

/// Notes a sale of `shop`; many of them can go out at once.
#[gear_command(key = shop, timeout_ms = 1000)]
fn sell(shop: &str, amount: i64) -> Result<()> {
    r#"cmd.xadd("example:sales:" + shop, {"amount": amount})"#
}

/// Adds up the sales of each shop, a batch at a time.
#[gear_on_stream(
    prefix = "example:sales:*",
    batch = 10,
    duration_ms = 10,
    on_failed = "retry"
)]
fn add_up(record: Record) {
    r#"
    shop = record["key"].rsplit(":", 1)[1]
    cmd.incrby("example:total:" + shop, record["value"]["amount"])
    "#
}

/// Notes which shops have sold for more than a thousand.
#[gear_on_keys(prefix = "example:total:*", events = ["incrby"], mode = "sync")]
fn note_winners(record: Record) {
    r#"
    if int(record["value"]) > 1000:
        cmd.sadd("example:winners", record["key"].rsplit(":", 1)[1])
    "#
}

/// Lets nobody change a total by hand.
#[gear_command(hook = "set", key_prefix = "example:total:", mode = "sync")]
fn keep_totals(arguments: Arguments) {
    r#"raise ValueError(arguments[0] + " is added up, sell something")"#
}

/// Tries to set a total by hand.
#[gear_command(mode = "sync")]
fn cheat(shop: &str) -> Result<String> {
    r#"
    try:
        return str(execute("SET", "example:total:" + shop, 1000000))
    except Exception as error:
        return str(error)
    "#
}

/// Returns the winners, in the order of the alphabet.
#[gear_command]
fn winners() -> Result<Vec<String>> {
    r#"return sorted(cmd.smembers("example:winners"))"#
}

/// Takes out what this example wrote.
#[gear_command]
fn clear() -> Result<()> {
    r#"
    keys = cmd.keys("example:*")
    if keys:
        cmd.delete(*keys)
    "#
}

fn main() -> Result<()> {
    let server = server::Server::find()?;
    let gears = server.connect()?;

    // Functions, events and hooks are registered together.
    println!("{}", register_all(&gears)?);

    let sales = (0..60).map(|number| (["ada", "bob"][number % 2], 40));
    for sold in sell::pipe(&gears, sales) {
        sold?;
    }

    // The server adds up by itself.
    let deadline = Instant::now() + Duration::from_secs(20);
    while winners()?.len() < 2 {
        assert!(Instant::now() < deadline, "the sales were not added up");
        thread::sleep(Duration::from_millis(10));
    }
    println!("winners: {:?}", winners()?);
    assert_eq!(winners()?, ["ada", "bob"]);

    let refused = cheat("ada")?;
    println!("{refused}");
    assert!(refused.contains("is added up, sell something"));

    clear()?;
    unregister_all(&gears)?;
    Ok(())
}
