//! When functions of events run, and how their runs are counted.

use gears_tests::{Client, TestServer, ask, field, show, until};

fn counts(client: &mut Client) -> [String; 2] {
    let registrations = client.registrations();
    let data = field(&registrations[0], "RegistrationData");
    ["numTriggered", "numSuccess"].map(|name| show(field(data, name)))
}

/// Waits until the only registration has run so often.
fn until_ran(client: &mut Client, times: u32) {
    let expected = format!(":{times}");
    until("execution", || {
        counts(client)
            .iter()
            .all(|count| *count == expected)
            .then_some(())
    });
}

/// Spec section 12, 23: the first execution for a stream is for what an earlier
/// life of the server left, and there is one even if that is nothing.
#[test]
fn first_execution_for_a_stream_is_for_what_was_left() {
    for mode in ["sync", "async", "async_local"] {
        let server = TestServer::private();
        let mut client = server.client();
        client.install(&format!(
            "GB('StreamReader').foreach(lambda r: execute('RPUSH', 'seen', r['id']))\
             .register('s*', mode='{mode}')"
        ));
        ask!(client, "XADD", "s1", "1-1", "f", "v");
        until_ran(&mut client, 2);
        ask!(client, "XADD", "s1", "2-1", "f", "v");
        until_ran(&mut client, 3);
        ask!(client, "XADD", "s2", "3-1", "f", "v");
        until_ran(&mut client, 5);
        assert_eq!(
            ask!(client, "LRANGE", "seen", "0", "-1"),
            r#"[$"1-1", $"2-1", $"3-1"]"#,
            "{mode}"
        );
    }
}

/// Making the record of a key that is gone is no `keymiss`: it would cause the
/// next execution, and that one the next.
#[test]
fn record_of_a_deleted_key_causes_no_event() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(
        "GB('KeysReader').foreach(lambda r: execute('RPUSH', 'seen', r['event'] + ' ' + r['type']))\
         .register('k', mode='async_local')",
    );
    ask!(client, "SET", "k", "v");
    until_ran(&mut client, 1);
    ask!(client, "DEL", "k");
    until_ran(&mut client, 2);
    // What a client misses is an event nevertheless.
    assert_eq!(ask!(client, "GET", "k"), "nil");
    until_ran(&mut client, 3);
    assert_eq!(
        ask!(client, "LRANGE", "seen", "0", "-1"),
        r#"[$"set string", $"del empty", $"keymiss empty"]"#
    );
}

/// Some of these commands go on with the key after the event; the function runs when they
/// have ended.
#[test]
fn sync_function_may_delete_the_key_that_was_set() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(
        "GB('KeysReader').foreach(lambda r: execute('DEL', r['key']))\
         .register('k*', mode='sync', eventTypes=['set'])",
    );
    for words in [
        &["SET", "k", "v"][..],
        &["SET", "k", "v", "NX"],
        &["SETNX", "k", "v"],
        &["SET", "k", "v", "EX", "10"],
        &["SETEX", "k", "10", "v"],
        &["MSET", "k1", "v", "k", "v"],
        &["EVAL", "return redis.call('SET', 'k', 'v')", "0"],
        &[
            "EVAL",
            "redis.call('SET', 'k1', 'v') redis.call('SETEX', 'k', 10, 'v')",
            "0",
        ],
    ] {
        let words: Vec<_> = words.iter().map(|word| word.as_bytes()).collect();
        client.ask(&words);
        assert_eq!(ask!(client, "EXISTS", "k", "k1"), ":0", "{words:?}");
    }
    assert_eq!(ask!(client, "MULTI"), "+OK");
    assert_eq!(ask!(client, "SETEX", "k", "10", "v"), "+QUEUED");
    assert_eq!(ask!(client, "SET", "k1", "v"), "+QUEUED");
    assert!(ask!(client, "EXEC").contains("+OK"));
    assert_eq!(ask!(client, "EXISTS", "k", "k1"), ":0");
}
