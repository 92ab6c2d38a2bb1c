//! The flags of functions and scripts, which the server sees to.

use gears_tests::{Client, TestServer, ask, until, valkey, valkey_server};

use super::load;

fn write(client: &mut Client, flags: &str) {
    load(
        client,
        "lib",
        &format!(
            "register_function('write', lambda k, a: server.call('SET', k[0], 'v'), {flags})\n\
             register_function('read', lambda k, a: server.call('GET', *k), {flags})"
        ),
    );
}

#[test]
fn no_writes_refuses_writes_and_allows_fcall_ro() {
    let server = valkey_server();
    let mut client = server.client();
    write(&mut client, "[]");
    let reply = ask!(client, "FCALL_RO", "read", "1", "k");
    assert!(
        reply.contains("Can not execute a script with write flag"),
        "{reply}"
    );
    write(&mut client, "['no-writes']");
    assert_eq!(ask!(client, "FCALL_RO", "read", "1", "k"), "nil");
    for command in ["FCALL", "FCALL_RO"] {
        let reply = ask!(client, command, "write", "1", "k");
        assert!(
            reply.contains("Write commands are not allowed from read-only scripts"),
            "{command}: {reply}"
        );
    }
    let script = "#!python flags=no-writes\nreturn server.call('SET', 'k', 'v')";
    for command in ["EVAL", "EVAL_RO"] {
        let reply = ask!(client, command, script, "0");
        assert!(
            reply.contains("Write commands are not allowed"),
            "{command}: {reply}"
        );
    }
    let script = "#!python flags=no-writes\nreturn execute('SET', 'k', 'v')";
    assert!(ask!(client, "EVAL", script, "0").contains("Write commands are not allowed"));
    assert_eq!(ask!(client, "EXISTS", "k"), ":0");
}

#[test]
fn without_memory_only_those_run_that_may() {
    let server = valkey_server();
    let mut client = server.client();
    write(&mut client, "[]");
    load(
        &mut client,
        "more",
        "register_function('reads', lambda k, a: server.call('GET', k[0]), ['no-writes'])\n\
         register_function('writes', lambda k, a: server.call('SET', k[0], 'v'), ['allow-oom'])\n\
         register_function('executes', lambda k, a: execute('SET', k[0], 'v'), ['allow-oom'])",
    );
    assert_eq!(ask!(client, "CONFIG", "SET", "maxmemory", "1"), "+OK");
    for function in ["write", "read"] {
        let reply = ask!(client, "FCALL", function, "1", "k");
        assert!(reply.starts_with("-OOM "), "{function}: {reply}");
    }
    assert!(ask!(client, "EVAL", "#!python\nreturn 1", "0").starts_with("-OOM "));
    assert_eq!(ask!(client, "FCALL", "reads", "1", "k"), "nil");
    assert_eq!(ask!(client, "FCALL", "writes", "1", "k"), "+OK");
    assert_eq!(ask!(client, "FCALL", "executes", "1", "k"), r#"$"OK""#);
    let script = "#!python flags=allow-oom\nreturn server.call('SET', 'k', 'v')";
    assert_eq!(ask!(client, "EVAL", script, "0"), "+OK");
}

#[test]
fn a_stale_replica_runs_only_what_allows_it() {
    let server = valkey_server();
    let mut client = server.client();
    load(
        &mut client,
        "lib",
        "register_function('fresh', lambda k, a: 1, ['no-writes'])\n\
         register_function('stale', lambda k, a: 2, ['no-writes', 'allow-stale'])",
    );
    assert_eq!(
        ask!(client, "CONFIG", "SET", "replica-serve-stale-data", "no"),
        "+OK"
    );
    // Nobody listens there.
    client.follow(1);
    let reply = ask!(client, "FCALL", "fresh", "0");
    assert!(reply.starts_with("-MASTERDOWN "), "{reply}");
    assert_eq!(ask!(client, "FCALL", "stale", "0"), ":2");
    let script = "#!python flags=allow-stale,no-writes\nreturn 3";
    assert_eq!(ask!(client, "EVAL", script, "0"), ":3");
    assert_eq!(ask!(client, "REPLICAOF", "NO", "ONE"), "+OK");
}

/// Starts a node that serves all slots.
fn node() -> (TestServer, Client) {
    let server = TestServer::of(valkey().tcp().server_args(["--cluster-enabled", "yes"]));
    let mut client = server.client();
    assert_eq!(
        ask!(client, "CLUSTER", "ADDSLOTSRANGE", "0", "16383"),
        "+OK"
    );
    until("cluster that serves", || {
        let state = client.value(&[b"CLUSTER", b"INFO"]);
        gears_tests::show(&state)
            .contains("cluster_state:ok")
            .then_some(())
    });
    (server, client)
}

#[test]
fn flags_of_clusters_are_seen_to_in_clusters() {
    let (_server, mut client) = node();
    load(
        &mut client,
        "lib",
        "register_function('alone', lambda k, a: 1, ['no-cluster'])\n\
         register_function('both', lambda k, a: [server.call('SET', key, 'v') for key in a])\n\
         register_function('cross', lambda k, a: [server.call('SET', key, 'v') for key in a], \
         ['allow-cross-slot-keys'])\n\
         register_function('across', lambda k, a: [execute('SET', key, 'v') for key in a], \
         ['allow-cross-slot'])",
    );
    let reply = ask!(client, "FCALL", "alone", "0");
    assert!(reply.contains("'no-cluster' flag is set"), "{reply}");
    let script = "#!python flags=no-cluster\nreturn 1";
    assert!(ask!(client, "EVAL", script, "0").contains("'no-cluster' flag is set"));
    let reply = ask!(client, "FCALL", "both", "0", "a", "b");
    assert!(reply.contains("do not hash to the same slot"), "{reply}");
    assert_eq!(ask!(client, "FCALL", "cross", "0", "a", "b"), "[+OK, +OK]");
    assert_eq!(
        ask!(client, "FCALL", "across", "0", "a", "b"),
        r#"[$"OK", $"OK"]"#
    );
    let reply = ask!(client, "FCALL", "cross", "2", "a", "b");
    assert!(reply.starts_with("-CROSSSLOT "), "{reply}");
}

#[test]
fn flags_of_clusters_do_nothing_elsewhere() {
    let server = valkey_server();
    let mut client = server.client();
    load(
        &mut client,
        "lib",
        "register_function('alone', lambda k, a: 1, ['no-cluster'])",
    );
    assert_eq!(ask!(client, "FCALL", "alone", "0"), ":1");
}
