//! Functions when the server's memory is used up.

use gears_tests::{TestServer, ask};

/// Less than any server uses.
const NO_MEMORY: &str = "1";

#[test]
fn commands_that_need_memory_are_refused_in_every_mode() {
    let server = TestServer::private();
    let mut client = server.client();
    assert_eq!(ask!(client, "SET", "k", "v"), "+OK");
    for mode in ["sync", "async_local", "async"] {
        client.install(&format!(
            "GB('CommandReader').map(lambda r: execute(*r[1:])).register(\
             trigger='{mode}', mode='{mode}')"
        ));
    }
    client.install(
        "GB('CommandReader').map(lambda r: call_next(*r[1:])).register(hook='APPEND', mode='sync')",
    );
    assert_eq!(
        ask!(client, "CONFIG", "SET", "maxmemory-policy", "noeviction"),
        "+OK"
    );
    assert_eq!(ask!(client, "CONFIG", "SET", "maxmemory", NO_MEMORY), "+OK");
    for mode in ["sync", "async_local", "async"] {
        for words in [&[&b"SET"[..], b"other", b"v"][..], &[b"rpush", b"l", b"v"]] {
            let reply = client.trigger(mode, words);
            assert!(reply.contains("OOM command not allowed"), "{mode}: {reply}");
        }
        assert_eq!(client.trigger(mode, &[b"GET", b"k"]), r#"[$"v"]"#, "{mode}");
        assert_eq!(
            client.trigger(mode, &[b"DEL", b"none"]),
            r#"[$"0"]"#,
            "{mode}"
        );
    }
    assert!(ask!(client, "APPEND", "k", "v").contains("OOM"));
    let reply = client.execute("execute('SET', 'other', 'v')");
    assert!(reply.contains("OOM command not allowed"), "{reply}");
    assert_eq!(ask!(client, "CONFIG", "SET", "maxmemory", "0"), "+OK");
    assert_eq!(
        client.trigger("sync", &[b"SET", b"other", b"v"]),
        r#"[$"OK"]"#
    );
}

#[test]
fn functions_go_on_where_the_server_makes_room() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(
        "GB('CommandReader').map(lambda r: execute('SET', 'k', 'v')).register(\
         trigger='set', mode='sync')",
    );
    let policy = ask!(client, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    assert_eq!(policy, "+OK");
    assert_eq!(ask!(client, "CONFIG", "SET", "maxmemory", NO_MEMORY), "+OK");
    assert_eq!(client.trigger("set", &[]), r#"[$"OK"]"#);
    assert_eq!(ask!(client, "CONFIG", "SET", "maxmemory", "0"), "+OK");
}
