//! What the manual shows that means something on a cluster only, on three shards.

use std::collections::BTreeMap;

use gears_runtime::function::{KeysOnlyReader, KeysReader};
use gears_runtime::{Record, gear_on_keys, gear_on_stream, py, register_where};
use gears_tests::{Client, TestCluster, ask, until};
use redis::Value;

const WORD_COUNT: &str = include_str!("../../scripts/word_count.py");
const DELETE_BY_PREFIX: &str = include_str!("../../scripts/delete_by_prefix.py");

/// How many keys of a kind each shard gets.
const EACH: usize = 20;

/// Notes a key that has expired in the stream of its shard.
#[gear_on_keys(prefix = "seat:*", events = ["expired"], mode = "sync", read_value = false)]
fn manual_note(record: Record) {
    r#"cmd.xadd("freed:" + hashtag3(), {"seat": record["key"]})"#
}

/// Counts what the stream of a shard brings, on that shard.
#[gear_on_stream(prefix = "freed:*", batch = 7, duration_ms = 5)]
fn manual_count(record: Record) {
    r#"
    cmd.sadd("free:" + hashtag3(), record["value"]["seat"])
    cmd.incr("runs:" + hashtag3())
    "#
}

/// Returns keys with a slot of the shard at a place.
fn keys(cluster: &TestCluster, place: usize, prefix: &str) -> Vec<String> {
    let tag = cluster.key_at(place, "tag");
    let keys = (0..EACH).map(|number| format!("{prefix}:{number}:{{{tag}}}"));
    keys.collect()
}

fn size(client: &mut Client) -> String {
    ask!(client, "DBSIZE")
}

#[test]
fn each_shard_notes_and_works_off_its_own_events() {
    let cluster = TestCluster::start();
    let gears = cluster.gears(1);
    register_where(&gears, |gear| gear.name().starts_with("manual_")).unwrap();
    for place in 0..3 {
        let mut client = cluster.client(place);
        for key in keys(&cluster, place, "seat") {
            assert_eq!(ask!(client, "SET", key, "ada", "PX", "20"), "+OK");
        }
    }
    for place in 0..3 {
        let mut client = cluster.client(place);
        // Where the events were, there all of them are, and nothing else.
        let own = |client: &mut Client, prefix: &str| -> String {
            let found = client.value(&[b"KEYS", format!("{prefix}:*").as_bytes()]);
            let Value::Array(found) = found else {
                panic!("{found:?}");
            };
            match found.as_slice() {
                [] => String::new(),
                [Value::BulkString(key)] => String::from_utf8(key.clone()).unwrap(),
                several => panic!("{several:?}"),
            }
        };
        until("the events of a shard", || {
            let free = own(&mut client, "free");
            (ask!(client, "SCARD", free) == format!(":{EACH}")).then_some(())
        });
        let stream = own(&mut client, "freed");
        assert!(stream.starts_with("freed:{"), "{stream}");
        until("the end of the stream", || {
            (ask!(client, "XLEN", stream) == ":0").then_some(())
        });
        let runs = own(&mut client, "runs");
        assert_eq!(
            ask!(client, "GET", runs),
            format!("${:?}", EACH.to_string())
        );
    }
    // All of them together, as whoever asks for them sees it.
    let free = KeysOnlyReader::new("free:*")
        .flat_map(py!("cmd.smembers"))
        .count()
        .run();
    let free = free.on(&gears).unwrap();
    assert_eq!(free.shards(), Some(3));
    assert_eq!(free.into_one().unwrap(), i64::try_from(3 * EACH).unwrap());
}

#[test]
fn keys_of_a_prefix_are_deleted_on_every_shard() {
    let cluster = TestCluster::start();
    let fill = || {
        for place in 0..3 {
            let mut client = cluster.client(place);
            let gone = keys(&cluster, place, "delete_me");
            for key in gone.iter().chain(&keys(&cluster, place, "keep_me")) {
                assert_eq!(ask!(client, "SET", key, "x"), "+OK");
            }
        }
    };
    let assert_rest = || {
        for place in 0..3 {
            assert_eq!(size(&mut cluster.client(place)), format!(":{EACH}"));
        }
    };
    for place in 0..3 {
        fill();
        let answer = cluster.client(place).execute(DELETE_BY_PREFIX);
        assert_eq!(answer, r#"[[$"60"], []]"#);
        assert_rest();
    }
    fill();
    let gears = cluster.gears(0);
    let sweep = KeysOnlyReader::new("delete_me:*")
        .for_each(py!("cmd.delete"))
        .count()
        .run();
    let swept = sweep.on(&gears).unwrap();
    assert_eq!((swept.results(), swept.shards()), (&[60][..], Some(3)));
    assert_rest();
    let swept = sweep.on(&gears).unwrap();
    assert_eq!(swept.results(), [0], "nothing is counted too");
}

/// Puts a sentence on each shard and returns how often each word is in all of them.
fn write_sentences(cluster: &TestCluster) -> BTreeMap<String, i64> {
    let sentences = ["one and two and three", "and one more", "two more and one"];
    let mut counts = BTreeMap::new();
    for (place, sentence) in sentences.into_iter().enumerate() {
        let key = cluster.key_at(place, "sentence");
        assert_eq!(ask!(cluster.client(place), "SET", key, sentence), "+OK");
        for word in sentence.split(' ') {
            *counts.entry(word.to_owned()).or_default() += 1;
        }
    }
    counts
}

#[test]
fn words_of_all_shards_are_counted_together() {
    let cluster = TestCluster::start();
    let counts = write_sentences(&cluster);
    for place in 0..3 {
        let answer = cluster.client(place).execute(WORD_COUNT);
        for (word, count) in &counts {
            let row = format!("{{'key': '{word}', 'value': {count}}}");
            assert_eq!(answer.matches(&row).count(), 1, "{answer}");
        }
        assert_eq!(answer.matches("'key'").count(), counts.len(), "{answer}");
    }
}

#[test]
fn words_are_counted_on_the_shards_of_their_own_keys() {
    let cluster = TestCluster::start();
    let counts = write_sentences(&cluster);
    let gears = cluster.gears(2);
    let words = KeysReader::new("sentence:*")
        .values()
        .flat_map(py!("str.split"));
    let counted = words
        .repartition(py!("lambda word: '{%s}' % word"))
        .for_each(py!("lambda word: cmd.incr('word:{%s}' % word)"))
        .count()
        .run();
    let counted = counted.on(&gears).unwrap();
    assert_eq!(counted.shards(), Some(3));
    assert_eq!(counted.into_one().unwrap(), counts.values().sum::<i64>());

    let mut stored = BTreeMap::new();
    let mut used = 0;
    for place in 0..3 {
        let mut client = cluster.client(place);
        let Value::Array(keys) = client.value(&[b"KEYS", b"word:*"]) else {
            panic!("no keys");
        };
        used += usize::from(!keys.is_empty());
        for key in keys {
            let key: String = redis::from_redis_value(key).unwrap();
            let count = ask!(client, "GET", &key);
            let count: i64 = count.trim_matches(['$', '"']).parse().unwrap();
            let word = key.trim_start_matches("word:{").trim_end_matches('}');
            assert_eq!(stored.insert(word.to_owned(), count), None, "{word}");
        }
    }
    assert_eq!(stored, counts);
    assert!(used > 1, "all words were on one shard");
}
