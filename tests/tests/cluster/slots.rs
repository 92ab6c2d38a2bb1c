//! Functions and keys of another slot than that of their client's command.

use gears_tests::{TestCluster, ask};

/// Whether the server found the key, or the function was told that it would not.
fn is_right(reply: &str, found: &str) -> bool {
    reply.contains("CROSSSLOT") || found == r#"$"1""#
}

#[test]
fn keys_are_never_put_where_nobody_finds_them() {
    let cluster = TestCluster::start();
    let mut client = cluster.client(0);
    let (own, other) = (cluster.key_at(0, "own"), cluster.key_at(0, "other"));
    client.install(
        "GB('CommandReader').map(lambda r: execute('SET', r[-1], '1')).register(\
         trigger='set', mode='sync')",
    );
    let reply = ask!(client, "RG.TRIGGERONKEY", "set", own, other);
    assert!(is_right(&reply, &ask!(client, "GET", other)), "{reply}");
    assert_eq!(ask!(client, "MULTI"), "+OK");
    assert_eq!(ask!(client, "SET", own, "v"), "+QUEUED");
    assert_eq!(ask!(client, "RG.TRIGGER", "set", other), "+QUEUED");
    let reply = ask!(client, "EXEC");
    assert!(is_right(&reply, &ask!(client, "GET", other)), "{reply}");
    let script = "return redis.call('RG.TRIGGERONKEY', 'set', KEYS[1], ARGV[1])";
    let reply = ask!(client, "EVAL", script, "1", own, other);
    assert!(is_right(&reply, &ask!(client, "GET", other)), "{reply}");
    // Of the same slot, and without a slot of its own, a function goes on.
    let same = format!("{{{own}}}x");
    assert_eq!(
        ask!(client, "RG.TRIGGERONKEY", "set", own, same),
        r#"[$"OK"]"#
    );
    assert_eq!(ask!(client, "GET", same), r#"$"1""#);
    assert_eq!(ask!(client, "RG.TRIGGER", "set", other), r#"[$"OK"]"#);
    assert_eq!(ask!(client, "GET", other), r#"$"1""#);
}

#[test]
fn a_node_need_not_look_for_the_keys_of_a_trigger() {
    let cluster = TestCluster::start();
    let mut client = cluster.client(0);
    let details = ask!(client, "COMMAND", "INFO", "rg.trigger");
    assert!(details.starts_with(r#"[[$"rg.trigger", "#), "{details}");
    assert!(!details.contains("movablekeys"), "{details}");
    let keyed = ask!(client, "COMMAND", "GETKEYS", "RG.TRIGGERONKEY", "t", "k");
    assert_eq!(keyed, r#"[$"k"]"#);
}

#[test]
fn a_command_with_one_key_keeps_to_its_slot() {
    let cluster = TestCluster::start();
    let mut client = cluster.client(0);
    let (own, other) = (cluster.key_at(0, "own"), cluster.key_at(0, "other"));
    let same = format!("{{{own}}}x");
    client.install(
        "GB('CommandReader').map(lambda r: execute(*r[2:])).register(trigger='run', mode='sync')",
    );
    let mut run = |words: &[&str]| {
        let command = ["RG.TRIGGERONKEY", "run", &own].into_iter();
        let words: Vec<_> = command.chain(words.iter().copied()).collect();
        let words: Vec<_> = words.into_iter().map(str::as_bytes).collect();
        client.ask(&words)
    };
    assert_eq!(run(&["INCR", &same]), r#"[$"1"]"#);
    let refused = run(&["INCR", &other]);
    // The key of a subcommand is a word further on.
    assert!(run(&["MEMORY", "USAGE", &same]).starts_with(r#"[$""#));
    let also_refused = run(&["MEMORY", "USAGE", &other]);
    assert!(is_right(&refused, &ask!(client, "GET", other)), "{refused}");
    let is_refusal = |reply: &str| reply.contains("CROSSSLOT");
    assert_eq!(
        is_refusal(&refused),
        is_refusal(&also_refused),
        "{also_refused}"
    );
}

#[test]
fn a_command_of_two_slots_spoils_no_other() {
    let cluster = TestCluster::start();
    let mut client = cluster.client(0);
    let (one, two) = (cluster.key_at(0, "one"), cluster.key_at(0, "two"));
    assert_eq!(ask!(client, "SET", one, "v"), "+OK");
    for mode in ["sync", "async_local"] {
        client.install(&format!(
            "GB('CommandReader').map(lambda r: execute(*r[1:])).register(\
             trigger='{mode}', mode='{mode}')"
        ));
        let reply = client.trigger(mode, &[b"MGET", one.as_bytes(), two.as_bytes()]);
        assert!(!reply.starts_with("[$"), "{mode}: {reply}");
        assert_eq!(client.trigger(mode, &[b"GET", one.as_bytes()]), r#"[$"v"]"#);
        assert_eq!(client.trigger(mode, &[b"PING"]), r#"[$"PONG"]"#);
    }
}

#[test]
fn a_function_that_reads_a_stream_keeps_to_its_slot() {
    let cluster = TestCluster::start();
    let mut client = cluster.client(0);
    let (stream, other) = (cluster.key_at(0, "stream"), cluster.key_at(0, "other"));
    let same = format!("{{{stream}}}x");
    client.install(&format!(
        "def f(r):\n    \
             execute('SET', '{same}', '1')\n    \
             execute('SET', '{other}', '1')\n\
         GB('StreamReader').foreach(f).register('{stream}', mode='sync')"
    ));
    let id = ask!(client, "XADD", stream, "*", "f", "v");
    assert!(id.starts_with('$'), "{id}");
    assert_eq!(ask!(client, "GET", same), r#"$"1""#);
    let count = cluster.slot(&other).to_string();
    let seen = ask!(client, "GET", other) == r#"$"1""#;
    let counted = ask!(client, "CLUSTER", "COUNTKEYSINSLOT", count) == ":1";
    assert_eq!(seen, counted);
    let wrong = cluster.slot(&stream).to_string();
    assert_eq!(ask!(client, "CLUSTER", "COUNTKEYSINSLOT", wrong), ":2");
}
