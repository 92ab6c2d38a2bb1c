//! Slow runs that no client sent a command for, and commands of the server's own slow log.

use gears_runtime::embedded::{Builder, Server};
use gears_tests::{Client, TestServer, ask, until};

/// Gears that take two hundredths of a second, and one that takes none.
const SCRIPT: &str = "
import asyncio, time
def nap(record):
    time.sleep(0.02)
def hook(record):
    time.sleep(0.02)
    return call_next(*record[1:])
async def dream(record):
    await asyncio.sleep(0.02)
GB('KeysReader').foreach(nap).register('now:*', mode='sync')
GB('KeysReader').foreach(nap).register('later:*', mode='async_local')
GB('KeysReader').map(dream).register('dream:*', mode='async_local')
GB('KeysReader').foreach(lambda record: None).register('quick:*', mode='async_local')
GB('StreamReader').foreach(nap).register('queue', batch=2, mode='async_local')
GB('CommandReader').map(hook).register(hook='set', keyprefix='hooked:', mode='async_local')
GB('CommandReader').map(nap).register(trigger='called', mode='async_local')
";

fn server(settings: &[&str]) -> (TestServer, Client) {
    let builder: Builder = Server::builder().engine_args(settings);
    let server = TestServer::of(builder);
    let mut client = server.client();
    client.install(SCRIPT);
    (server, client)
}

/// Waits until a slow run is listed that says this; returns what is said of it.
fn listed(client: &mut Client, says: &str) -> String {
    until("a slow run", || {
        let list = ask!(client, "RG.SLOWLOG");
        let found = list.split("[$\"number\"").find(|run| run.contains(says));
        found.map(str::to_owned)
    })
}

#[test]
fn runs_of_events_and_streams_are_listed() {
    let (_server, mut client) = server(&[]);
    for (key, name) in [
        ("now:1", "now:*"),
        ("later:1", "later:*"),
        ("dream:1", "dream:*"),
    ] {
        ask!(client, "SET", key, "v");
        let run = listed(&mut client, name);
        let about = format!("$\"about\", [$\"set\", $\"{key}\"]");
        assert!(run.contains(&about) && run.contains("KeysReader"), "{run}");
    }
    for id in ["1-1", "1-2"] {
        ask!(client, "XADD", "queue", id, "field", "value");
    }
    let run = listed(&mut client, "queue");
    let about = "$\"about\", [$\"queue\", $\"1-1\", $\"1-2\"]";
    assert!(run.contains(about) && run.contains("StreamReader"), "{run}");
    let list = ask!(client, "RG.SLOWLOG");
    assert!(
        list.find("queue") < list.find("now:*"),
        "the latest is first: {list}"
    );

    assert_eq!(ask!(client, "RG.SLOWLOG", "reset"), "+OK");
    assert_eq!(ask!(client, "RG.SLOWLOG"), "[]");
    assert!(ask!(client, "RG.SLOWLOG", "LEN").starts_with("-ERR"));
}

#[test]
fn runs_that_are_quick_are_not_listed() {
    let (_server, mut client) = server(&["SlowLogTime", "60000000"]);
    ask!(client, "SET", "now:1", "v");
    assert_eq!(ask!(client, "RG.SLOWLOG"), "[]");
}

#[test]
fn commands_are_in_the_log_of_the_server_and_not_here() {
    let (_server, mut client) = server(&[]);
    ask!(client, "RG.TRIGGER", "called", "x");
    assert!(ask!(client, "SET", "hooked:1", "v").contains("OK"));
    let log = ask!(client, "SLOWLOG", "GET");
    assert!(
        log.contains("$\"RG.TRIGGER\", $\"called\", $\"x\""),
        "{log}"
    );
    assert!(log.contains("$\"SET\", $\"hooked:1\", $\"v\""), "{log}");
    assert_eq!(ask!(client, "RG.SLOWLOG"), "[]");
}

#[test]
fn settings_bound_what_is_listed() {
    let (_server, mut client) = server(&["SlowLogTime", "0", "SlowLogLength", "2"]);
    ask!(client, "SET", "now:1", "v");
    assert_eq!(ask!(client, "RG.SLOWLOG"), "[]", "0 is none");
    ask!(client, "RG.CONFIGSET", "SlowLogTime", "1");
    for key in ["now:2", "now:3", "now:4"] {
        ask!(client, "SET", key, "v");
    }
    let list = ask!(client, "RG.SLOWLOG");
    assert!(list.contains("now:3") && list.contains("now:4"), "{list}");
    assert!(!list.contains("now:2"), "{list}");
    ask!(client, "RG.CONFIGSET", "SlowLogLength", "1");
    let list = ask!(client, "RG.SLOWLOG");
    assert!(list.contains("now:4") && !list.contains("now:3"), "{list}");
    let long = format!("now:{}", "x".repeat(1_000));
    ask!(client, "SET", &long, "v");
    let list = ask!(client, "RG.SLOWLOG");
    assert!(
        list.contains(&long[..128]) && !list.contains(&long[..129]),
        "{list}"
    );
}

#[test]
fn run_that_does_not_come_back_is_listed() {
    let (_server, mut client) = server(&[]);
    client.install(
        "import time\n\
         GB('KeysReader').foreach(lambda record: time.sleep(9)).register('stuck:*', \
         mode='async_local', timeout_ms=50)",
    );
    ask!(client, "SET", "stuck:1", "v");
    listed(&mut client, "stuck:*");
}
