//! Arguments of `register`, `run` and readers that nobody knows or that mean nothing.

use gears_tests::{TestServer, ask};

/// Checks that each script is refused, with all of the texts in its error.
fn are_refused(cases: &[(&str, &[&str])]) {
    let server = TestServer::start();
    let mut client = server.client();
    for (script, texts) in cases {
        let reply = client.execute(script);
        assert!(reply.starts_with('-'), "{script}: {reply}");
        for text in *texts {
            assert!(reply.contains(text), "{script}: {reply}");
        }
    }
}

#[test]
fn unknown_ones_are_refused_with_the_one_that_was_meant() {
    are_refused(&[
        (
            "GB('KeysReader').register('k:*', eventType=['set'])",
            &["'eventType'", "did you mean 'eventTypes'?"],
        ),
        (
            "GB('KeysReader').register('k:*', event_types=['set'])",
            &["'event_types'", "did you mean 'eventTypes'?"],
        ),
        (
            "GB('KeysReader').register('k:*', events=['set'])",
            &["'events'", "did you mean 'eventTypes'?"],
        ),
        (
            "GB('KeysReader').register('k:*', regex='x')",
            &["regex", "prefix"],
        ),
        (
            "GB('KeysReader').register('k:*', perfix='x')",
            &["'perfix'", "did you mean 'prefix'?"],
        ),
        (
            "GB('KeysReader').register('k:*', trigger='x')",
            &["'trigger'", "register() of a CommandReader"],
        ),
        (
            "GB('KeysReader').register('k:*', onUnregistered=1)",
            &["'onUnregistered'"],
        ),
        (
            "GB('CommandReader').register(tigger='t')",
            &["'tigger'", "did you mean 'trigger'?"],
        ),
        (
            "GB('CommandReader').register(trigger='t', inOrder=True)",
            &["'inOrder'", "did you mean 'inorder'?"],
        ),
        (
            "GB('StreamReader').register('s', onFailPolicy='retry')",
            &["'onFailPolicy'", "did you mean 'onFailedPolicy'?"],
        ),
        (
            "GB('KeysReader').run(nosuch=1)",
            &["'nosuch'", "noScan, readValue"],
        ),
        (
            "GB('KeysReader').run(noscan=True)",
            &["'noscan'", "did you mean 'noScan'?"],
        ),
        (
            "GB('ShardsIDReader').run(colect=False)",
            &["'colect'", "did you mean 'collect'?"],
        ),
        (
            "GB('PythonReader').run(lambda: iter([]), batch=1)",
            &["'batch'", "register() of a StreamReader"],
        ),
        (
            "GB('StreamReader').run('s', fromID='0')",
            &["'fromID'", "did you mean 'fromId'?"],
        ),
        (
            "GB('KeysOnlyReader').run('k', noscan=True)",
            &["'noscan'", "did you mean 'noScan'?"],
        ),
        ("GB('KeyReader')", &["'KeyReader'", "'KeysReader'"]),
    ]);
}

#[test]
fn events_and_types_that_never_are() {
    are_refused(&[
        (
            "GB('KeysReader').register('k:*', eventTypes=['get'])",
            &["'get'", "changes no key"],
        ),
        (
            "GB('KeysReader').register('k:*', eventTypes=['set', 'hsett'])",
            &["'hsett'", "did you mean 'hset'?"],
        ),
        (
            "GB('KeysReader').register('k:*', eventTypes=['expird'])",
            &["'expird'", "did you mean 'expire"],
        ),
        (
            "GB('KeysReader').register('k:*', eventTypes=['deleted'])",
            &["'deleted'", "did you mean 'del'?"],
        ),
        (
            "GB('KeysReader').register('k:*', eventTypes=['nothing'])",
            &["'nothing'"],
        ),
        (
            "GB('KeysReader').register('k:*', eventTypes='set')",
            &["eventTypes", "list"],
        ),
        (
            "GB('KeysReader').register('k:*', keyTypes=['strin'])",
            &["unknown key type 'strin'", "did you mean 'string'?"],
        ),
        (
            "GB('KeysReader').register('k:*', keyTypes=['x'])",
            &["unknown key type 'x'", "zset"],
        ),
    ]);
}

#[test]
fn numbers_of_streams_are_above_zero() {
    for name in ["batch", "onFailedRetryInterval"] {
        for value in ["0", "-1"] {
            let script = format!("GB('StreamReader').register('s', {name}={value})");
            are_refused(&[(&script, &[name, "above 0"])]);
        }
    }
    are_refused(&[(
        "GB('StreamReader').register('s', duration=-1)",
        &["duration", "milliseconds"],
    )]);
}

#[test]
fn known_ones_are_taken() {
    let server = TestServer::private();
    let mut client = server.client();
    for script in [
        "GB('KeysReader').register('a*', eventTypes=['SET', 'hmset', 'json.set', 'keymiss'])",
        "GB('KeysReader').register('b*', eventTypes=['xgroup-create', 'rename_from', 'new', 'change'])",
        // What wraps `register` hands on all that there are.
        "GB('KeysReader').register('c*', trigger=None, batch=None, eventTypes=None)",
        "GB('KeysReader').register(regex='d*')",
        "GB('KeysReader').register('e*', timeout_ms=100, onRegistered=lambda: None)",
        "GB('StreamReader').register('s', batch=1, duration=0, onFailedRetryInterval=1)",
    ] {
        assert_eq!(client.execute(script), "+OK", "{script}");
    }
    ask!(client, "SET", "key", "value");
    let reply = client.execute("GB('KeysReader').count().run('k*', noScan=False, readValue=False)");
    assert_eq!(reply, r#"[[$"1"], []]"#);
}
