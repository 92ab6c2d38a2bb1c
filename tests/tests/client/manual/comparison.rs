//! Section 2.4, comparisons: listings 7 to 18, each function as text and built in Rust.

use std::collections::BTreeMap;
use std::time::Duration;

use gears_runtime::function::{EventFunction, KeysReader, PyValue, StreamReader};
use gears_runtime::{Change, Mode, Script, gear_fn, py};
use gears_tests::until;

use crate::function::stage::Stage;

const SENTENCES: [(&str, &str); 3] = [
    ("a", "the quick brown fox"),
    ("b", "jumps over the lazy dog"),
    ("c", "the end"),
];

fn install(stage: &Stage, source: &'static str) {
    stage.gears.execute(&Script::from_source(source)).unwrap();
}

fn register<T, R>(stage: &Stage, function: &EventFunction<T, R>) {
    assert_eq!(function.on(&stage.gears).unwrap(), Change::Registered);
}

fn with_sentences() -> Stage {
    let stage = Stage::private();
    for (key, sentence) in SENTENCES {
        stage.tell("SET", &[key, sentence]);
    }
    stage
}

#[test]
fn listing_07_word_count_vanilla() {
    let stage = with_sentences();
    let script = Script::from_source(include_str!("../../../scripts/word_count.py"));
    let counts = stage.gears.execute(&script.returning::<String>()).unwrap();
    assert_eq!(counts.results().len(), 9);
    let the = "{'key': 'the', 'value': 3}".to_owned();
    assert!(counts.results().contains(&the));
}

#[test]
fn listing_08_word_count() {
    let stage = with_sentences();
    let counts = KeysReader::new("*")
        .values()
        .flat_map(py!("str.split"))
        .count_each();
    let counts: BTreeMap<String, i64> = stage.run(&counts).into_iter().collect();
    assert_eq!(counts.len(), 9);
    assert_eq!(counts["the"], 3);
    assert_eq!(counts["fox"], 1);
}

fn with_keys_to_delete() -> Stage {
    let stage = Stage::private();
    for number in 0..50 {
        stage.tell("SET", &[&format!("delete_me:{number}"), "x"]);
    }
    stage.tell("SET", &["delete_me", "stays"]);
    stage
}

#[test]
fn listing_09_delete_by_prefix_vanilla() {
    let stage = with_keys_to_delete();
    let script = Script::from_source(include_str!("../../../scripts/delete_by_prefix.py"));
    let deleted = stage.gears.execute(&script.returning::<i64>()).unwrap();
    assert_eq!(deleted.into_one().unwrap(), 50);
    assert_eq!(stage.ask::<i64>("DBSIZE", &[]), 1);
}

#[test]
fn listing_10_delete_by_prefix() {
    let stage = with_keys_to_delete();
    let delete = KeysReader::new("*")
        .keys()
        .for_each(py!("cmd.delete"))
        .count();
    let delete = delete.run().pattern("delete_me:*");
    assert_eq!(stage.finish(&delete), [50]);
    assert_eq!(stage.ask::<i64>("DBSIZE", &[]), 1);
    // None left: the count says so.
    assert_eq!(stage.finish(&delete), [0]);
}

fn copied(stage: &Stage) -> BTreeMap<String, String> {
    until("copy of the message", || {
        let hash: BTreeMap<String, String> = stage.ask("HGETALL", &["1-1"]);
        (!hash.is_empty()).then_some(hash)
    })
}

#[test]
fn listing_11_stream_processing_vanilla() {
    let stage = Stage::private();
    install(
        &stage,
        include_str!("../../../scripts/stream_processing.py"),
    );
    stage.tell("XADD", &["mystream", "1-1", "field", "value"]);
    assert_eq!(copied(&stage)["id"], "1-1");
}

#[test]
fn listing_12_stream_processing() {
    let stage = Stage::private();
    let copy = StreamReader::new("mystream")
        .records()
        .for_each(py!("lambda r: cmd.hset(r.id, mapping=r.value)"))
        .register();
    register(&stage, &copy);
    stage.tell("XADD", &["mystream", "1-1", "field", "value"]);
    assert_eq!(copied(&stage)["field"], "value");
}

fn is_an_hour(stage: &Stage) {
    stage.tell("SET", &["key", "value"]);
    let seconds: i64 = stage.ask("TTL", &["key"]);
    assert!((3590..=3600).contains(&seconds), "{seconds}");
}

#[test]
fn listing_13_automatic_expiry_vanilla() {
    let stage = Stage::private();
    install(&stage, include_str!("../../../scripts/automatic_expiry.py"));
    is_an_hour(&stage);
}

#[test]
fn listing_14_automatic_expiry() {
    let stage = Stage::private();
    let expire = KeysReader::new("*")
        .keys()
        .for_each(py!("lambda key: cmd.expire(key, 3600)"));
    register(
        &stage,
        &expire.register().mode(Mode::Sync).read_value(false),
    );
    is_an_hour(&stage);
}

fn logs_the_expired(stage: &Stage) {
    stage.tell("SET", &["goes by itself", "x", "PX", "1"]);
    until("line in the log", || {
        stage.tell("GET", &["goes by itself"]);
        let log = stage.server.log().unwrap();
        log.contains("Key 'goes by itself' expired at ")
            .then_some(())
    });
}

#[test]
fn listing_15_keyspace_notification_vanilla() {
    let stage = Stage::private();
    install(
        &stage,
        include_str!("../../../scripts/keyspace_notification.py"),
    );
    logs_the_expired(&stage);
}

/// Processes a message from the local expiration stream: here, it is only logged.
#[gear_fn]
fn process(message: PyValue) {
    r#"
    log(f"Key '{message['value']['key']}' expired at {message['id'].split('-')[0]}")
    "#
}

#[test]
fn listing_16_keyspace_notification() {
    let stage = Stage::private();
    // Captures an expiration and adds it to the shard's own stream.
    let capture = KeysReader::new("*")
        .keys()
        .for_each(py!(
            r#"lambda key: cmd.xadd(f"expired:{hashtag()}", {"key": key})"#
        ))
        .register()
        .mode(Mode::Sync)
        .events(["expired"])
        .read_value(false);
    register(&stage, &capture);
    // Consumes the messages of these streams.
    let consume = StreamReader::new("expired:*")
        .for_each(process)
        .register()
        .batch(100)
        .duration(Duration::from_millis(1));
    register(&stage, &consume);
    logs_the_expired(&stage);
}

fn notes_events(stage: &Stage) {
    stage.tell("HSET", &["person:1", "name", "Ada"]);
    stage.tell("SET", &["person:2", "no hash"]);
    stage.tell("HSET", &["pet:1", "name", "Tom"]);
    assert_eq!(stage.ask::<i64>("XLEN", &["notifications-stream"]), 1);
}

#[test]
fn listing_17_reliable_notification_vanilla() {
    let stage = Stage::private();
    install(
        &stage,
        include_str!("../../../scripts/reliable_notification.py"),
    );
    notes_events(&stage);
}

#[test]
fn listing_18_reliable_notification() {
    let stage = Stage::private();
    let note = KeysReader::new("person:*")
        // A value of a stream is text: redis-py takes no dict for one.
        .for_each(py!(
            "lambda record: cmd.xadd('notifications-stream', {k: str(v) for k, v in record.items()})"
        ))
        .register()
        .events(["hset", "hmset"])
        .mode(Mode::Sync);
    register(&stage, &note);
    notes_events(&stage);
}
