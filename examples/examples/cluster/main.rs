//! A library on three servers: words counted where they belong, shelves cleared everywhere, and loans that
//! each shard takes back by itself.
//!
//! It runs on one server as well: a function that means a cluster means that too.

mod nodes;

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use gears_runtime::function::{KeysOnlyReader, KeysReader};
use gears_runtime::{
    Gears, Record, Result, gear_command, gear_on_keys, gear_on_stream, py, redis, register_all,
    unregister_all,
};

/// Writes down a line of a book, on the shard that has the key.
#[gear_command(key = key, mode = "sync")]
fn write_down(key: String, text: &str) -> Result<()> {
    r#"cmd.set(key, text)"#
}

/// Lends a book for so many milliseconds.
#[gear_command(key = key, mode = "sync")]
fn lend(key: String, reader: &str, ms: u32) -> Result<()> {
    r#"cmd.set(key, reader, px=ms)"#
}

/// Notes a loan that is over, beside its key: in a stream of the shard.
///
/// The key of an event may have any slot of the shard, and a function writes to its own shard alone. What
/// `hashtag3` returns is in braces, and hashes to a slot of the shard that calls it.
#[gear_on_keys(prefix = "library:loan:*", events = ["expired"], mode = "sync", read_value = false)]
fn note_end(record: Record) {
    r#"cmd.xadd("library:ended:" + hashtag3(), {"loan": record["key"]})"#
}

/// Puts the books of loans that are over back on the shelf of the shard, a batch at a time.
#[gear_on_stream(prefix = "library:ended:*", batch = 10, duration_ms = 10)]
fn take_back(record: Record) {
    r#"
    book = record["value"]["loan"].rsplit(":", 1)[1]
    cmd.sadd("library:shelf:" + hashtag3(), book)
    "#
}

fn main() -> Result<()> {
    let url = std::env::var("GEARS_URL");
    let nodes = match url {
        Ok(_) => Vec::new(),
        Err(_) => nodes::start()?,
    };
    let gears = match &url {
        Ok(url) => Gears::connect(url.as_str())?,
        Err(_) => Gears::connect(nodes[0].url())?,
    };
    println!("{}", register_all(&gears)?);
    count_words(&gears)?;
    take_loans_back(&gears)?;
    clear(&gears)?;
    unregister_all(&gears)?;
    Ok(())
}

/// Counts words: each goes to the shard of its own key, and is added up there.
fn count_words(gears: &Gears) -> Result<()> {
    let book = [
        "all happy families are alike",
        "each unhappy family is unhappy in its own way",
        "happy and unhappy alike",
    ];
    let lines = (0..)
        .zip(book)
        .map(|(number, line)| (format!("library:line:{number}"), line));
    for written in write_down::pipe(gears, lines) {
        written?;
    }
    let words = KeysReader::new("library:line:*")
        .values()
        .flat_map(py!("str.split"));
    let counted = words
        // Only what stands in braces counts, for records as for keys.
        .repartition(py!("lambda word: '{%s}' % word"))
        .for_each(py!("lambda word: cmd.incr('library:word:{%s}' % word)"))
        .count()
        .run()
        .on(gears)?;
    let shards = counted.shards().unwrap_or_default();
    println!("{} words on {shards} shards", counted.into_one()?);

    let counts = KeysReader::new("library:word:*")
        .map(py!(
            "lambda record: (record['key'].split('{')[1].strip('}'), int(record['value']))"
        ))
        .declare::<(String, i64)>();
    let often = counts
        .filter(py!("lambda count: count[1] > 1"))
        .run()
        .on(gears)?;
    let often: BTreeMap<String, i64> = often.into_result()?.into_iter().collect();
    println!("more than once: {often:?}");
    let expected = [("alike", 2), ("happy", 2), ("unhappy", 3)];
    assert_eq!(
        often,
        expected
            .map(|(word, count)| (word.to_owned(), count))
            .into()
    );
    Ok(())
}

/// Lends books, and waits until all shards have taken theirs back.
fn take_loans_back(gears: &Gears) -> Result<()> {
    let loans = (0..30).map(|book| (format!("library:loan:{book}"), "ada", 20));
    for lent in lend::pipe(gears, loans) {
        lent?;
    }
    let back = KeysOnlyReader::new("library:shelf:*").flat_map(py!("cmd.smembers"));
    let back = back.count().run();
    let deadline = Instant::now() + Duration::from_secs(30);
    while back.on(gears)?.into_one()? < 30 {
        assert!(Instant::now() < deadline, "some books were not taken back");
        thread::sleep(Duration::from_millis(20));
    }
    let shelves = KeysOnlyReader::new("library:shelf:*").run().on(gears)?;
    println!("30 books are back on {} shelves", shelves.results().len());
    // One for each shard that had a loan.
    assert!(Some(shelves.results().len()) <= shelves.shards());
    Ok(())
}

/// Deletes what this example wrote: each shard its own keys.
fn clear(gears: &Gears) -> Result<()> {
    let gone = KeysOnlyReader::new("library:*")
        .for_each(py!("cmd.delete"))
        .count();
    println!("deleted: {}", gone.run().on(gears)?.into_one()?);
    assert_eq!(
        KeysOnlyReader::new("library:*")
            .count()
            .run()
            .on(gears)?
            .into_one()?,
        0
    );
    let mut connection = gears.client().get_connection().expect("a connection");
    let left: Vec<String> = redis::cmd("KEYS")
        .arg("library:*")
        .query(&mut connection)
        .expect("keys");
    assert!(left.is_empty(), "{left:?}");
    Ok(())
}
