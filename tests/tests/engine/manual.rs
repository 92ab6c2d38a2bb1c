//! The scripts of RedGrease's manual run as they are printed.

use gears_tests::{TestServer, ask, until};
use redis::Value;

const WORD_COUNT: &str = include_str!("../../scripts/word_count.py");
const DELETE_BY_PREFIX: &str = include_str!("../../scripts/delete_by_prefix.py");
const STREAM_PROCESSING: &str = include_str!("../../scripts/stream_processing.py");
const AUTOMATIC_EXPIRY: &str = include_str!("../../scripts/automatic_expiry.py");
const KEYSPACE_NOTIFICATION: &str = include_str!("../../scripts/keyspace_notification.py");
const RELIABLE_NOTIFICATION: &str = include_str!("../../scripts/reliable_notification.py");

#[test]
fn word_count_counts_the_words_of_all_keys() {
    let server = TestServer::private();
    let mut client = server.client();
    ask!(client, "SET", "a", "the quick brown fox");
    ask!(client, "SET", "b", "jumps over the lazy dog");
    ask!(client, "SET", "c", "the end");
    let reply = client.value(&[b"RG.PYEXECUTE", WORD_COUNT.as_bytes()]);
    let Value::Array(parts) = &reply else {
        panic!("{reply:?}");
    };
    let [Value::Array(results), Value::Array(errors)] = parts.as_slice() else {
        panic!("{reply:?}");
    };
    let mut words: Vec<_> = results.iter().map(gears_tests::show).collect();
    words.sort_unstable();
    let count = |word: &str, count: u32| format!(r#"$"{{'key': '{word}', 'value': {count}}}""#);
    let expected = [
        count("brown", 1),
        count("dog", 1),
        count("end", 1),
        count("fox", 1),
        count("jumps", 1),
        count("lazy", 1),
        count("over", 1),
        count("quick", 1),
        count("the", 3),
    ];
    assert_eq!(words, expected);
    assert_eq!(*errors, []);
}

#[test]
fn delete_by_prefix_deletes_those_keys_and_counts_them() {
    let server = TestServer::private();
    let mut client = server.client();
    for number in 0..50 {
        ask!(client, "SET", format!("delete_me:{number}"), "x");
    }
    ask!(client, "HSET", "delete_me:hash", "field", "value");
    ask!(client, "SET", "delete_me", "stays");
    ask!(client, "SET", "keep_me:1", "stays");
    assert_eq!(client.execute(DELETE_BY_PREFIX), r#"[[$"51"], []]"#);
    assert_eq!(ask!(client, "DBSIZE"), ":2");
    assert_eq!(ask!(client, "EXISTS", "delete_me", "keep_me:1"), ":2");
    // Nothing to count is counted too: there is no record.
    assert_eq!(client.execute(DELETE_BY_PREFIX), "[[], []]");
}

#[test]
fn stream_processing_copies_messages_to_hashes() {
    let server = TestServer::private();
    let mut client = server.client();
    // One message is there already.
    ask!(client, "XADD", "mystream", "1-1", "field", "first");
    client.install(STREAM_PROCESSING);
    ask!(client, "XADD", "mystream", "1-2", "field", "second");
    ask!(client, "XADD", "other", "1-3", "field", "third");
    for (id, value) in [("1-1", "first"), ("1-2", "second")] {
        let hash = until("copy of the message", || {
            let hash = ask!(client, "HGETALL", id);
            (hash != "[]").then_some(hash)
        });
        assert_eq!(
            hash,
            format!(
                r#"[$"key", $"mystream", $"id", $"{id}", $"value", $"{{'field': '{value}'}}"]"#
            )
        );
    }
    until("end of the messages", || {
        (ask!(client, "XLEN", "mystream") == ":0").then_some(())
    });
    assert_eq!(ask!(client, "XLEN", "other"), ":1");
    assert_eq!(ask!(client, "EXISTS", "1-3"), ":0");
}

#[test]
fn automatic_expiry_is_set_whenever_a_key_is_written() {
    let server = TestServer::private();
    let mut client = server.client();
    ask!(client, "SET", "before", "x");
    client.install(AUTOMATIC_EXPIRY);
    ask!(client, "SET", "text", "x");
    ask!(client, "HSET", "hash", "field", "x");
    ask!(client, "RPUSH", "list", "x");
    ask!(client, "DEL", "none");
    for key in ["text", "hash", "list"] {
        let reply = ask!(client, "TTL", key);
        let seconds: u32 = reply[1..].parse().unwrap();
        assert!((3590..=3600).contains(&seconds), "{key}: {reply}");
    }
    assert_eq!(ask!(client, "TTL", "before"), ":-1");
    // Each write sets it anew.
    ask!(client, "SET", "text", "y");
    assert_ne!(ask!(client, "TTL", "text"), ":-1");
}

#[test]
fn keyspace_notification_logs_every_expired_key_once() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(KEYSPACE_NOTIFICATION);
    ask!(client, "SET", "stays", "x");
    ask!(client, "SET", "goes by itself", "x", "PX", "1");
    ask!(client, "SET", "is deleted", "x");
    ask!(client, "DEL", "is deleted");
    let line = |key: &str| format!("Key '{key}' expired at ");
    until("line in the log", || {
        ask!(client, "GET", "goes by itself");
        let log = server.log().unwrap();
        log.contains(&line("goes by itself")).then_some(())
    });
    until("end of the messages", || {
        let keys = client.value(&[b"KEYS", b"expired:*"]);
        let Value::Array(streams) = keys else {
            panic!("{keys:?}");
        };
        let [Value::BulkString(stream)] = streams.as_slice() else {
            panic!("{streams:?}");
        };
        (ask!(client, "XLEN", stream) == ":0").then_some(())
    });
    let log = server.log().unwrap();
    assert_eq!(log.matches(&line("goes by itself")).count(), 1, "{log}");
    assert_eq!(log.matches("' expired at ").count(), 1, "{log}");
}

#[test]
fn reliable_notification_keeps_events_in_a_stream() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(RELIABLE_NOTIFICATION);
    ask!(client, "HSET", "person:1", "name", "Ada");
    ask!(client, "HMSET", "person:2", "name", "Bob");
    ask!(client, "HSET", "pet:1", "name", "Tom");
    ask!(client, "SET", "person:3", "no hash");
    ask!(client, "DEL", "person:1");
    let reply = client.value(&[b"XRANGE", b"notifications-stream", b"-", b"+"]);
    let Value::Array(messages) = &reply else {
        panic!("{reply:?}");
    };
    let messages: Vec<_> = messages
        .iter()
        .map(|message| match message {
            Value::Array(parts) => gears_tests::show(&parts[1]),
            other => panic!("{other:?}"),
        })
        .collect();
    let message = |key: &str, name: &str| {
        format!(
            "[$\"event\", $\"hset\", $\"key\", $\"{key}\", $\"type\", $\"hash\", \
             $\"value\", $\"{{'name': '{name}'}}\"]"
        )
    };
    assert_eq!(
        messages,
        [message("person:1", "Ada"), message("person:2", "Bob")]
    );
}
