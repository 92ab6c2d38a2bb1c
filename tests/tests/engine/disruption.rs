//! What administrators do to a server in the middle of executions.

use gears_runtime::embedded::Server;
use gears_tests::{Client, TestServer, ask, show, until};

/// Functions that go on until `go` is set, in every mode that waits.
const BUSY: &str = "\
import asyncio, time
def wait():
    while True:
        try:
            if execute('GET', 'go') is not None: return
        except Exception: pass
        time.sleep(0.005)
def busy(r):
    wait()
    execute('INCR', 'ended')
    return 'ended'
async def waiting(r):
    while execute('GET', 'go') is None: await asyncio.sleep(0.005)
    execute('INCR', 'ended')
    return 'ended'
GB('CommandReader').map(busy).register(trigger='busy', mode='async_local')
GB('CommandReader').map(waiting).register(trigger='waiting', mode='async_local')
GB('CommandReader').map(lambda r: 'now').register(trigger='now', mode='sync')
";

/// Starts a server with `DEBUG` and `MODULE`, which Redis 7 has to be asked for.
fn server() -> TestServer {
    let allowed = [
        "--enable-debug-command",
        "yes",
        "--enable-module-command",
        "yes",
    ];
    match Server::builder().server_args(allowed).start() {
        Ok(server) => {
            drop(server);
            TestServer::of(Server::builder().server_args(allowed))
        }
        Err(_) => TestServer::private(),
    }
}

/// Begins an execution of each function, and a run, whose ids it returns.
fn begin(server: &TestServer, client: &mut Client) -> (Vec<redis::Connection>, String) {
    let mut calls = Vec::new();
    for trigger in ["busy", "waiting"] {
        let mut call = redis::Client::open(server.url())
            .unwrap()
            .get_connection()
            .unwrap();
        let words = redis::cmd("RG.TRIGGER").arg(trigger).get_packed_command();
        call.send_packed_command(&words).unwrap();
        calls.push(call);
        until("running function", || {
            let registration = show(&client.registration(trigger).unwrap());
            registration
                .contains(r#"$"numTriggered", :1"#)
                .then_some(())
        });
    }
    let (define, _) = BUSY.split_once("GB('CommandReader')").unwrap();
    let run = format!("{define}GB('ShardsIDReader').map(busy).run()");
    let id = ask!(client, "RG.PYEXECUTE", run, "UNBLOCKING");
    (calls, id.trim_matches(['$', '"']).to_owned())
}

fn assert_they_end(client: &mut Client, calls: Vec<redis::Connection>, id: &str) {
    assert_eq!(ask!(client, "SET", "go", "1"), "+OK");
    for mut call in calls {
        call.set_read_timeout(Some(gears_tests::DEADLINE)).unwrap();
        assert_eq!(show(&call.recv_response().unwrap()), r#"[$"ended"]"#);
    }
    assert_eq!(
        ask!(client, "RG.GETRESULTSBLOCKING", id),
        r#"[[$"ended"], []]"#
    );
    assert_eq!(ask!(client, "GET", "ended"), r#"$"3""#);
    assert_eq!(client.trigger("now", &[]), r#"[$"now"]"#);
}

#[test]
fn reloading_and_flushing_let_executions_go_on() {
    let server = server();
    let mut client = server.client();
    for disruption in [
        &["DEBUG", "RELOAD"][..],
        &["FLUSHALL"],
        &["FLUSHALL", "ASYNC"],
        &["SWAPDB", "0", "1"],
        &["SCRIPT", "FLUSH"],
        &["BGREWRITEAOF"],
        &["CONFIG", "RESETSTAT"],
        &["MODULE", "UNLOAD", "rg"],
        &["RG.CONFIGSET", "MaxExecutions", "1"],
        &["RG.REFRESHCLUSTER"],
        &["RG.CLEARREGISTRATIONSSTATS"],
    ] {
        client.install(BUSY);
        let (calls, id) = begin(&server, &mut client);
        let words: Vec<&[u8]> = disruption.iter().map(|word| word.as_bytes()).collect();
        let reply = client.ask(&words);
        let expects_error = disruption[0] == "MODULE";
        assert_eq!(
            reply.starts_with('-'),
            expects_error,
            "{disruption:?}: {reply}"
        );
        assert_they_end(&mut client, calls, &id);
        for (_, id) in client.triggers() {
            assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
        }
        ask!(client, "FLUSHALL");
    }
}

#[test]
fn unloading_is_refused_with_a_reason() {
    let server = server();
    let mut client = server.client();
    let refused = ask!(client, "MODULE", "UNLOAD", "rg");
    assert!(
        refused.starts_with("-ERR Error unloading module"),
        "{refused}"
    );
    // Some servers tell the module's own reason in the log alone.
    let log = server.log().unwrap();
    assert!(
        refused.contains("data types") || log.contains("cannot be unloaded, because Python stays"),
        "{refused}"
    );
    client.install("GB('CommandReader').map(lambda r: 1).register(trigger='t', mode='sync')");
    let refused = ask!(client, "MODULE", "UNLOAD", "rg");
    assert!(
        refused.starts_with("-ERR Error unloading module"),
        "{refused}"
    );
    assert_eq!(client.trigger("t", &[]), r#"[$"1"]"#);
}

#[test]
fn failover_during_executions_refuses_their_writes() {
    let master = TestServer::of(Server::builder().tcp());
    let replica = TestServer::of(Server::builder().tcp());
    let (mut at_master, mut at_replica) = (master.client(), replica.client());
    at_master.install(BUSY);
    at_replica.follow(master.port());
    until("the replica's registrations", || {
        (at_replica.registrations().len() == 3).then_some(())
    });
    until("link", || {
        ask!(at_replica, "INFO", "replication")
            .contains("master_link_status:up")
            .then_some(())
    });
    let mut call = redis::Client::open(master.url())
        .unwrap()
        .get_connection()
        .unwrap();
    call.set_read_timeout(Some(gears_tests::DEADLINE)).unwrap();
    let words = redis::cmd("RG.TRIGGER").arg("busy").get_packed_command();
    call.send_packed_command(&words).unwrap();
    until("running function", || {
        show(&at_master.registration("busy").unwrap())
            .contains(r#"$"numTriggered", :1"#)
            .then_some(())
    });
    assert_eq!(ask!(at_master, "FAILOVER"), "+OK");
    until("new master", || {
        ask!(at_replica, "ROLE").contains("master").then_some(())
    });
    until("old master's new part", || {
        ask!(at_master, "ROLE").contains("slave").then_some(())
    });
    // It sees what its new master writes, and cannot write itself.
    assert_eq!(ask!(at_replica, "SET", "go", "1"), "+OK");
    // The server itself lets those go who wait, as their commands may write.
    let reply = call.recv_response();
    let told = reply.map_or_else(|error| error.to_string(), |reply| show(&reply));
    assert!(
        told.contains("READONLY") || told.contains("UNBLOCKED"),
        "{told}"
    );
    assert_eq!(at_replica.trigger("now", &[]), r#"[$"now"]"#);
    assert_eq!(at_replica.trigger("busy", &[]), r#"[$"ended"]"#);
    assert_eq!(at_master.trigger("now", &[]), r#"[$"now"]"#);
    assert!(at_master.trigger("busy", &[]).contains("READONLY"));
    until("the write of the new master alone", || {
        (ask!(at_master, "GET", "ended") == r#"$"1""#).then_some(())
    });
}

#[test]
fn functions_cause_themselves_to_depth_one_thousand() {
    let server = TestServer::private();
    let mut client = server.client();
    for mode in ["sync", "async_local", "async"] {
        client.install(&format!(
            "def again(r):\n    \
                 n = int(execute('GET', 'key') or 0)\n    \
                 if n < 1000: execute('SET', 'key', n + 1)\n\
             def further(r):\n    \
                 if execute('INCR', 'entries') < 1000: execute('XADD', 'stream', '*', 'a', 'b')\n\
             GB('KeysReader').foreach(again).register('key', mode='{mode}', eventTypes=['set'])\n\
             GB('StreamReader').foreach(further).register('stream', mode='{mode}')"
        ));
        ask!(client, "SET", "key", "0");
        ask!(client, "XADD", "stream", "*", "a", "b");
        // What a sync function writes causes no further events of keys.
        let depth = if mode == "sync" { "1" } else { "1000" };
        for (key, depth) in [("key", depth), ("entries", "1000")] {
            until(key, || {
                (ask!(client, "GET", key) == format!("${depth:?}")).then_some(())
            });
        }
        for entry in client.registrations() {
            let redis::Value::BulkString(id) = gears_tests::field(&entry, "id") else {
                panic!("{entry:?}");
            };
            assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
        }
        ask!(client, "FLUSHALL");
    }
    // On workers nobody may wait for another worker.
    for mode in ["async_local", "async"] {
        client.install(&format!(
            "GB('CommandReader').map(lambda r: execute('RG.TRIGGER', 'self')).register(\
             trigger='self', mode='{mode}')"
        ));
        let reply = client.trigger("self", &[]);
        assert!(reply.contains("blocking is not allowed"), "{mode}: {reply}");
        let id = client.id("self").unwrap();
        assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
    }
}

#[test]
fn what_callbacks_register_is_stored() {
    let mut server = TestServer::private();
    let mut client = server.client();
    client.install(
        "def register(r):\n    \
             GB('CommandReader').map(lambda x: 'late ' + r[1]).register(trigger=r[1], mode='sync')\n    \
             return 'done'\n\
         GB('CommandReader').map(register).register(trigger='register', mode='async_local')",
    );
    assert_eq!(client.trigger("register", &[b"one"]), r#"[$"done"]"#);
    assert_eq!(client.trigger("one", &[]), r#"[$"late one"]"#);
    assert_eq!(ask!(client, "SAVE"), "+OK");
    server.private_mut().kill();
    server.private_mut().restart().unwrap();
    let mut client = server.client();
    assert_eq!(client.trigger("one", &[]), r#"[$"late one"]"#);
    assert_eq!(client.trigger("register", &[b"two"]), r#"[$"done"]"#);
    assert_eq!(client.trigger("two", &[]), r#"[$"late two"]"#);
}
