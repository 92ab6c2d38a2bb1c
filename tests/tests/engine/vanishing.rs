//! Functions that take away what they work on: keys, and their own registrations.

use gears_tests::{TestServer, ask, until};

#[test]
fn keys_that_vanish_while_they_are_read_do_no_harm() {
    let server = TestServer::private();
    let mut client = server.client();
    for action in [
        "execute('FLUSHALL')",
        "execute('FLUSHALL', 'ASYNC')",
        "execute('DEL', x['key'])",
        "execute('RENAME', x['key'], 'renamed')",
        "execute('SET', x['key'], 'other')",
        "execute('SWAPDB', 0, 1)",
        "execute('EXPIRE', x['key'], -1)",
    ] {
        ask!(client, "FLUSHALL");
        for number in 0..300 {
            ask!(client, "SET", format!("text:{number}"), "x".repeat(1000));
            ask!(client, "HSET", format!("hash:{number}"), "field", "value");
            ask!(client, "RPUSH", format!("list:{number}"), "a", "b");
        }
        // A key may be gone when its turn comes, and a new one be met or not.
        let reply = client.execute(&format!(
            "def f(x):\n    \
                 try: {action}\n    \
                 except Exception as e: assert 'no such key' in str(e), str(e)\n\
             GB().foreach(f).count().run()"
        ));
        let count: u32 = reply
            .strip_prefix(r#"[[$""#)
            .and_then(|rest| rest.strip_suffix(r#""], []]"#))
            .and_then(|count| count.parse().ok())
            .unwrap_or_else(|| panic!("{action}: {reply}"));
        assert!((1..=1800).contains(&count), "{action}: {reply}");
        assert_eq!(ask!(client, "PING"), "+PONG", "{action}");
    }
}

#[test]
fn event_functions_may_delete_the_key_of_the_event() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(
        "GB('KeysReader').foreach(lambda x: execute('DEL', x['key'])).register('k*', mode='sync')",
    );
    for command in [
        "SET k value",
        "SET k value EX 100",
        "SET k value GET",
        "SETRANGE k 5 value",
        "APPEND k value",
        "INCRBY k 123456789",
        "INCRBYFLOAT k 1.5",
        "GETEX k EX 100",
        "SETBIT k 7 1",
        "BITFIELD k SET u8 0 255",
        "PFADD k a b c",
        "MSET k a k2 b k b",
        "LPUSH k a b c",
        "RPUSHX k a",
        "LPOP k 2",
        "RPOP k",
        "LMOVE source k LEFT RIGHT",
        "LMOVE k source LEFT RIGHT",
        "LINSERT k BEFORE a b",
        "LTRIM k 0 0",
        "LREM k 0 a",
        "LSET k 0 z",
        "SADD k a b c",
        "SREM k a b c",
        "SPOP k 2",
        "SPOP k",
        "SMOVE set k a",
        "SUNIONSTORE k set",
        "HSET k a b c d",
        "HINCRBY k a 5",
        "HINCRBYFLOAT k a 1.5",
        "HDEL k a b c",
        "ZADD k 1 a 2 b",
        "ZADD k INCR 1 a",
        "ZINCRBY k 1 a",
        "ZPOPMIN k",
        "ZREM k a b",
        "ZRANGESTORE k sorted 0 -1",
        "XADD k * a b",
        "XDEL k 1-1",
        "XTRIM k MAXLEN 0",
        "XGROUP CREATE k g $ MKSTREAM",
        "EXPIRE k 100",
        "PERSIST k",
        "RENAME k k2",
        "COPY source k",
        "SORT source ALPHA STORE k",
        "RESTORE k 0 x",
        "GETDEL k",
        "UNLINK k",
        "TYPE k",
    ] {
        // As the key is when nobody has deleted it.
        for before in [
            "",
            "RPUSH k a",
            "RPUSH k a b c",
            "SADD k a",
            "SADD k a b c",
            "HSET k a 1",
            "ZADD k 1 a",
            "ZADD k 1 a 2 b",
            "SET k 1",
            "XADD k 1-1 a b",
        ] {
            let mut send = |line: &str| {
                let words: Vec<_> = line.split(' ').map(str::as_bytes).collect();
                client.ask(&words)
            };
            send("RG.PAUSEREGISTRATIONS");
            send("DEL k");
            for source in [
                "DEL source",
                "RPUSH source a b c",
                "SADD set a",
                "ZADD sorted 1 a",
            ] {
                send(source);
            }
            if !before.is_empty() {
                send(before);
            }
            send("RG.UNPAUSEREGISTRATIONS");
            let reply = send(command);
            assert!(!reply.is_empty(), "{before}, {command}: {reply}");
            assert_eq!(send("PING"), "+PONG", "{before}, {command}");
        }
    }
}

#[test]
fn functions_may_unregister_themselves() {
    let server = TestServer::private();
    let mut client = server.client();
    let define = "def gone(r):
    for entry in execute('RG.DUMPREGISTRATIONS'):
        execute('RG.UNREGISTER', entry[1])
    return 'gone'\n";
    for mode in ["sync", "async_local", "async"] {
        client.install(&format!(
            "{define}GB('CommandReader').map(gone).register(trigger='t', mode='{mode}')"
        ));
        assert_eq!(client.trigger("t", &[]), r#"[$"gone"]"#, "{mode}");
        assert_eq!(ask!(client, "RG.DUMPREGISTRATIONS"), "[]", "{mode}");
        let reply = client.trigger("t", &[]);
        assert!(reply.starts_with('-'), "{mode}: {reply}");
        client.install(&format!(
            "{define}GB('KeysReader').foreach(gone).register('k*', mode='{mode}')"
        ));
        for number in 0..20 {
            ask!(client, "SET", format!("k{number}"), "x");
        }
        client.install(&format!(
            "{define}GB('StreamReader').foreach(gone).register('s', mode='{mode}')"
        ));
        for _ in 0..20 {
            ask!(client, "XADD", "s", "*", "field", "value");
        }
        until("end of the registrations", || {
            (ask!(client, "RG.DUMPREGISTRATIONS") == "[]").then_some(())
        });
        // What has begun goes on, and would take out what comes next.
        until("end of the executions", || {
            let executions = ask!(client, "RG.DUMPEXECUTIONS");
            let goes_on = executions.contains("created") || executions.contains("running");
            (!goes_on).then_some(())
        });
        ask!(client, "FLUSHALL");
        assert_eq!(ask!(client, "PING"), "+PONG", "{mode}");
    }
}
