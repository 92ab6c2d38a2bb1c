//! Chapters 5 and 10: what functions find on the server.

use gears_runtime::function::{GearFunction, ShardIds, ShardsIdReader};
use gears_runtime::{gear_fn, py};
use gears_tests::until;

use crate::function::stage::Stage;

/// What servers call the levels of their logs, the least important first.
const WORDS: [&str; 4] = ["debug", "verbose", "notice", "warning"];

/// Does what the manual shows of `cmd`.
#[gear_fn]
fn shown(_shard: String) -> String {
    r#"
    cmd.set("Foo", "Bar")
    return cmd.get("Foo")
    "#
}

#[gear_fn]
fn tagged(_shard: String) -> (String, String) {
    "return (hashtag(), hashtag3())"
}

#[gear_fn]
fn blocking(_shard: String) {
    r#"execute("BLPOP", "nobody", "0")"#
}

fn shards() -> GearFunction<String, ShardIds> {
    ShardsIdReader::new()
}

#[test]
fn cmd_is_there_without_a_package() {
    let stage = Stage::private();
    assert_eq!(stage.run(&shards().map(shown)), ["Bar"]);
    assert_eq!(stage.ask::<String>("GET", &["Foo"]), "Bar");
    assert!(stage.gears.py_dump_reqs().unwrap().is_empty());
}

#[test]
fn tags_of_the_shard_have_both_forms() {
    let stage = Stage::private();
    let expected = ("06S".to_owned(), "{06S}".to_owned());
    assert_eq!(stage.run(&shards().map(tagged)), [expected]);
}

#[test]
fn blocking_commands_do_not_block() {
    let stage = Stage::private();
    // The server answers as it does inside a transaction: nothing is there, at once.
    stage.run(&shards().for_each(blocking));
    assert_eq!(stage.ask::<String>("PING", &[]), "PONG");
}

#[test]
fn whatever_is_made_a_text_goes_to_the_log() {
    let stage = Stage::private();
    stage.run(&shards().for_each(py!("lambda _: log(str({'any': (1, None)}))")));
    until("line in the log", || {
        let log = stage.server.log().unwrap();
        log.contains("{'any': (1, None)}").then_some(())
    });
}

#[test]
fn every_level_of_the_log_is_a_name_and_a_word() {
    let stage = Stage::private();
    stage.tell("CONFIG", &["SET", "loglevel", "debug"]);
    let named = py!(
        "lambda _: [
            log('named debug', level=LogLevel.Debug), log('named verbose', level=LogLevel.Verbose),
            log('named notice', level=LogLevel.Notice), log('named warning', level=LogLevel.Warning),
        ]"
    );
    let worded = py!(
        "lambda _: [log('worded ' + word, level=word) for word in words]",
        words = WORDS
    );
    stage.run(&shards().for_each(named).for_each(worded));
    let lines = until("last line in the log", || {
        let log = stage.server.log().unwrap();
        log.contains("worded warning").then_some(log)
    });
    for (word, mark) in WORDS.iter().zip([" . ", " - ", " * ", " # "]) {
        for way in ["named", "worded"] {
            let said = format!("{way} {word}");
            let line = lines.lines().find(|line| line.ends_with(&said)).unwrap();
            assert!(line.contains(mark), "{line}");
        }
    }
}
