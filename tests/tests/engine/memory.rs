//! Functions when the server's memory is used up.

use gears_tests::{Client, TestServer, ask, show, until};

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

/// Uses up the memory from within when the key `full` is there, then writes.
const WRITES_WHEN_FULL: &str = "def write(r):\n    \
     if execute('EXISTS', 'full'): execute('CONFIG', 'SET', 'maxmemory', '1')\n    \
     execute('RPUSH', 'written', 'x')\n";

fn shown(client: &mut Client) -> String {
    show(&client.registrations()[0]).replace(",", "")
}

#[test]
fn events_whose_functions_get_no_memory_are_failures() {
    for mode in ["sync", "async_local"] {
        let server = TestServer::private();
        let mut client = server.client();
        client.install(&format!(
            "{WRITES_WHEN_FULL}GB('KeysReader').foreach(write).register('k', mode='{mode}')"
        ));
        assert_eq!(ask!(client, "SET", "full", "1"), "+OK");
        assert_eq!(ask!(client, "SET", "k", "v"), "+OK");
        until("failure", || {
            let shown = shown(&mut client);
            let failed = shown.contains(r#"$"numFailures" :1"#);
            (failed && shown.contains("OOM command not allowed")).then_some(())
        });
        assert_eq!(ask!(client, "EXISTS", "written"), ":0", "{mode}");
    }
}

#[test]
fn stream_entries_whose_functions_get_no_memory_follow_the_policy() {
    for (policy, status) in [
        ("continue", "OK"),
        ("abort", "ABORTED"),
        ("retry", "WAITING_FOR_RETRY_ON_FAILURE"),
    ] {
        let server = TestServer::private();
        let mut client = server.client();
        client.install(&format!(
            "{WRITES_WHEN_FULL}GB('StreamReader').foreach(write).register(\
             's', mode='async_local', trimStream=False, onFailedPolicy='{policy}', \
             onFailedRetryInterval=1)"
        ));
        assert_eq!(ask!(client, "SET", "full", "1"), "+OK");
        ask!(client, "XADD", "s", "1-1", "f", "v");
        until("failure", || {
            let shown = shown(&mut client);
            let failed = shown.contains("OOM command not allowed");
            (failed && shown.contains(&format!(r#""{status}""#))).then_some(())
        });
        // Entries are acknowledged after their function's failure was counted.
        let kept = usize::from(policy != "continue");
        until(policy, || (pending(&mut client) == kept).then_some(()));
        assert_eq!(ask!(client, "CONFIG", "SET", "maxmemory", "0"), "+OK");
        assert_eq!(ask!(client, "DEL", "full"), ":1");
        if policy == "retry" {
            // A try that was under way may have used the memory up once more.
            until("second try", || {
                ask!(client, "CONFIG", "SET", "maxmemory", "0");
                (pending(&mut client) == 0).then_some(())
            });
            assert_eq!(ask!(client, "LLEN", "written"), ":1");
        }
    }
}

/// Returns how many entries of the stream `s` are pending, of its only group.
fn pending(client: &mut Client) -> usize {
    let groups = ask!(client, "XINFO", "GROUPS", "s").replace(",", "");
    let (_, rest) = groups.split_once(r#"$"pending" :"#).expect(&groups);
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}
