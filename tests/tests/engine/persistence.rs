//! Registrations outlive the server's process and reach replicas.

use std::path::Path;

use gears_runtime::embedded::Server;
use gears_tests::{Client, TestServer, ask, field, show, until};
use redis::Value;

/// Registers one function of each kind; they share a counter.
const KINDS: &str = "
count = 0
def up(record):
    global count
    count += 1
    return count
GB('CommandReader', desc='counts').map(up).register(trigger='count', mode='sync')
GB('CommandReader').map(up).map(lambda x: str(x)).filter(lambda x: x != '0').register(
    trigger='later', mode='async_local', inorder=True,
    onRegistered=lambda: execute('INCR', 'greeted'))
GB('KeysReader').foreach(lambda r: execute('RPUSH', 'events', r['key'])).register(
    'k*', mode='sync', eventTypes=['set'], keyTypes=['string'])
GB('StreamReader').foreach(lambda r: execute('RPUSH', 'entries', r['id'])).register('s*', batch=1)
";

/// Starts a server whose file has every write before its client has the answer.
fn with_aof() -> TestServer {
    let args = ["--appendonly", "yes", "--appendfsync", "always"];
    TestServer::of(Server::builder().server_args(args))
}

/// Starts a server with `DEBUG`, which Redis 7 has to be asked for and Redis 6 cannot.
fn with_debug() -> TestServer {
    match Server::builder()
        .server_args(["--enable-debug-command", "yes"])
        .start()
    {
        Ok(server) => {
            drop(server);
            TestServer::of(Server::builder().server_args(["--enable-debug-command", "yes"]))
        }
        Err(_) => TestServer::private(),
    }
}

/// Ends the server as a crash does and starts it again.
fn crash(server: &mut TestServer) -> Client {
    server.private_mut().kill();
    server.private_mut().restart().unwrap();
    server.client()
}

/// Saves, and starts the server again from what was saved.
fn save_and_crash(server: &mut TestServer) -> Client {
    assert_eq!(ask!(server.client(), "SAVE"), "+OK");
    crash(server)
}

/// Finds a registration by its trigger; others have none.
fn registration(client: &mut Client, trigger: &str) -> Value {
    let arguments = format!(r#"[$"trigger", $"{trigger}","#);
    client
        .registrations()
        .into_iter()
        .find(|entry| show(field(field(entry, "RegistrationData"), "args")).starts_with(&arguments))
        .unwrap()
}

fn id(client: &mut Client, trigger: &str) -> String {
    match field(&registration(client, trigger), "id") {
        Value::BulkString(id) => String::from_utf8(id.clone()).unwrap(),
        other => panic!("not an id: {other:?}"),
    }
}

fn unregister(client: &mut Client, trigger: &str) -> String {
    let id = id(client, trigger);
    ask!(client, "RG.UNREGISTER", id)
}

fn list(client: &mut Client, key: &str) -> String {
    ask!(client, "LRANGE", key, "0", "-1")
}

fn assert_all_kinds_run(client: &mut Client, round: &str) {
    assert_eq!(client.trigger("count", &[]), r#"[$"1"]"#);
    assert_eq!(client.trigger("later", &[]), r#"[$"2"]"#);
    assert_eq!(client.trigger("count", &[]), r#"[$"3"]"#);
    let key = format!("k{round}");
    assert_eq!(ask!(client, "SET", key, "v"), "+OK");
    ask!(client, "XADD", "s", format!("{round}-1"), "f", "v");
    until("key event", || {
        list(client, "events").contains(&key).then_some(())
    });
    until("stream entry", || {
        list(client, "entries")
            .contains(&format!("{round}-1"))
            .then_some(())
    });
}

/// What DUMPREGISTRATIONS says apart from counters and order.
fn described(client: &mut Client) -> Vec<String> {
    let mut all: Vec<_> = client
        .registrations()
        .iter()
        .map(|entry| {
            let data = field(entry, "RegistrationData");
            let parts = [
                field(entry, "id"),
                field(entry, "reader"),
                field(entry, "desc"),
                field(data, "mode"),
                field(data, "args"),
                field(data, "lastError"),
                field(entry, "PD"),
            ];
            parts.map(show).join(" ")
        })
        .collect();
    all.sort();
    all
}

#[test]
fn all_kinds_survive_a_restart_from_rdb() {
    let mut server = TestServer::private();
    let mut client = server.client();
    assert_eq!(
        ask!(
            client,
            "RG.PYEXECUTE",
            KINDS,
            "ID",
            "kinds",
            "DESCRIPTION",
            "all of them"
        ),
        "+OK"
    );
    assert_all_kinds_run(&mut client, "1");
    let before = described(&mut client);
    let highest = before.len();
    let mut client = save_and_crash(&mut server);
    assert_eq!(described(&mut client), before);
    assert_all_kinds_run(&mut client, "2");
    assert_eq!(ask!(client, "GET", "greeted"), r#"$"2""#);
    client.install("GB('CommandReader').register(trigger='new')");
    let id = id(&mut client, "new");
    let number: usize = id.rsplit('-').next().unwrap().parse().unwrap();
    assert!(number > highest, "{id}");
    // And once more: what was loaded is saved again.
    let mut client = save_and_crash(&mut server);
    assert_eq!(described(&mut client).len(), highest + 1);
    assert_all_kinds_run(&mut client, "3");
}

#[test]
fn all_kinds_survive_a_restart_from_aof() {
    let mut server = with_aof();
    let mut client = server.client();
    client.install(KINDS);
    client.install("GB('CommandReader').register(trigger='gone')");
    let gone = id(&mut client, "gone");
    assert_eq!(ask!(client, "RG.UNREGISTER", gone), "+OK");
    ask!(
        client,
        "RG.PYEXECUTE",
        "GB('CommandReader').register(trigger='old')",
        "ID",
        "v"
    );
    let new = "GB('CommandReader').map(lambda x: 'new').register(trigger='new', mode='sync')";
    assert_eq!(
        ask!(client, "RG.PYEXECUTE", new, "ID", "v", "UPGRADE"),
        "+OK"
    );
    let before = described(&mut client);
    let mut client = crash(&mut server);
    assert_eq!(described(&mut client), before);
    assert_eq!(client.trigger("new", &[]), r#"[$"new"]"#);
    assert_all_kinds_run(&mut client, "1");
    let rewriting = ask!(client, "BGREWRITEAOF");
    assert!(rewriting.starts_with('+'), "{rewriting}");
    until("rewritten file", || {
        let info = ask!(client, "INFO", "persistence");
        (info.contains("aof_rewrite_in_progress:0") && info.contains("aof_rewrite_scheduled:0"))
            .then_some(())
    });
    assert_eq!(unregister(&mut client, "new"), "+OK");
    let mut client = crash(&mut server);
    assert_eq!(described(&mut client), before[..before.len() - 1]);
    assert_all_kinds_run(&mut client, "2");
}

#[test]
fn debug_reload_keeps_registrations() {
    let server = with_debug();
    let mut client = server.client();
    client.install(KINDS);
    let before = described(&mut client);
    for round in ["1", "2"] {
        assert_eq!(ask!(client, "DEBUG", "RELOAD"), "+OK");
        assert_eq!(described(&mut client), before);
        assert_all_kinds_run(&mut client, round);
    }
}

#[test]
fn replica_takes_registrations_over() {
    let master = TestServer::of(Server::builder().tcp());
    let mut at_master = master.client();
    at_master.install(KINDS);
    let mut replica = TestServer::of(Server::builder().tcp());
    let mut at_replica = replica.client();
    at_replica.install("GB('CommandReader').register(trigger='own')");
    at_replica.follow(master.port());
    let same = |at_master: &mut Client, at_replica: &mut Client| {
        until("the same registrations", || {
            (described(at_replica) == described(at_master)).then_some(())
        });
    };
    same(&mut at_master, &mut at_replica);
    // Later changes.
    at_master.install(
        "GB('CommandReader').map(lambda r: execute('GET', 'k1')).register(trigger='read')\n\
         GB('CommandReader').map(lambda r: execute('SET', 'w', '1')).register(trigger='write')",
    );
    at_master.install("GB('CommandReader').register(trigger='gone')");
    let gone = id(&mut at_master, "gone");
    assert_eq!(ask!(at_master, "RG.UNREGISTER", gone), "+OK");
    same(&mut at_master, &mut at_replica);
    // Events fire at the master alone.
    assert_all_kinds_run(&mut at_master, "1");
    until("what the master wrote", || {
        (list(&mut at_replica, "entries") == r#"[$"1-1"]"#).then_some(())
    });
    assert_eq!(list(&mut at_replica, "events"), r#"[$"k1"]"#);
    // Triggers run, but do not write.
    assert_eq!(at_replica.trigger("read", &[]), r#"[$"v"]"#);
    for refused in [
        at_replica.trigger("write", &[]),
        at_replica.execute("GB('CommandReader').register(trigger='new')"),
        unregister(&mut at_replica, "read"),
        at_replica.execute("execute('XGROUP', 'CREATE', 's', 'g', '0')"),
    ] {
        assert!(refused.contains("READONLY"), "{refused}");
    }
    // What the replica saves has them too.
    assert_eq!(ask!(at_replica, "SAVE"), "+OK");
    // After promotion everything runs.
    assert_eq!(ask!(at_master, "XADD", "s", "5-1", "f", "v"), r#"$"5-1""#);
    drop(at_master);
    master.kill();
    assert_eq!(ask!(at_replica, "REPLICAOF", "NO", "ONE"), "+OK");
    assert_all_kinds_run(&mut at_replica, "7");
    assert_eq!(at_replica.trigger("write", &[]), r#"[$"OK"]"#);
    let mut at_replica = crash(&mut replica);
    assert_eq!(at_replica.trigger("count", &[]), r#"[$"1"]"#);
}

#[test]
fn dump_without_registrations_needs_no_module() {
    let server = TestServer::private();
    let mut client = server.client();
    client.execute("execute('SET', 'x', '1')");
    assert_eq!(ask!(client, "SAVE"), "+OK");
    let start_plain = || {
        Server::builder()
            .plain()
            .data_dir(server_folder(&server))
            .start()
    };
    let plain = start_plain().unwrap();
    assert_eq!(ask!(Client::connect(plain.url()), "GET", "x"), r#"$"1""#);
    drop(plain);
    client.install("GB('CommandReader').register(trigger='t')");
    assert_eq!(ask!(client, "SAVE"), "+OK");
    assert!(start_plain().is_err());
    assert_eq!(unregister(&mut client, "t"), "+OK");
    assert_eq!(ask!(client, "SAVE"), "+OK");
    // Redis before 7.2 writes a mark once there was a registration.
    if leaves_marks_out(&mut client) {
        start_plain().unwrap();
    }
}

fn server_folder(server: &TestServer) -> std::path::PathBuf {
    let socket = server.url().trim_start_matches("unix://");
    Path::new(socket).parent().unwrap().to_owned()
}

fn leaves_marks_out(client: &mut Client) -> bool {
    let info = ask!(client, "INFO", "server");
    let version = |name: &str| -> Option<(u32, u32)> {
        let (_, rest) = info.split_once(name)?;
        let mut parts = rest.split('.');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    };
    version("redis_version:").is_some_and(|version| version >= (7, 2))
}

#[test]
fn what_cannot_be_pickled_is_refused() {
    let server = TestServer::private();
    let mut client = server.client();
    let refused = client.execute(
        "import threading\n\
         guard = threading.Lock()\n\
         def careful(record):\n    \
             with guard:\n        \
                 return record\n\
         GB('CommandReader').map(careful).register(trigger='t')",
    );
    let words = "Error occured when serialized a python callback, callback=careful error=[";
    assert!(refused.contains(words), "{refused}");
    assert!(client.registrations().is_empty());
}

#[test]
fn variable_that_cannot_be_stored_is_named_with_its_place() {
    let server = TestServer::private();
    let mut client = server.client();
    for (script, told) in [
        // As an engine of SQLAlchemy has one.
        (
            "import threading\nclass Engine:\n    def __init__(self):\n        self.lock = threading.Lock()\n\
             engine = None\nengine = Engine()\n\ndef save(record):\n    return engine.lock\n\
             GB('CommandReader').map(save).register(trigger='t')\nengine = Engine()\n",
            "the global `engine` (File \"<string>\", line 6) is of type Engine and cannot be stored with the function save: make it where it is used first, or in a function that is given as onRegistered",
        ),
        (
            "import threading\nguard = threading.Lock()\ndef inner():\n    return guard\n\
             GB('CommandReader').map(lambda r: inner()).register(trigger='t')",
            "the global `guard` (File \"<string>\", line 2) is of type _thread.lock and cannot be stored with the function inner:",
        ),
        (
            "import threading\ndef make():\n    own = threading.Lock()\n    def use(record):\n        return own\n    \
                 return use\nGB('CommandReader').map(make()).register(trigger='t')",
            "the variable `own` (File \"<string>\", line 3) is of type _thread.lock and cannot be stored with the function use:",
        ),
        (
            "import socket\n\ndef send(record, to=socket.socket()):\n    return to\n\
             GB('CommandReader').map(send).register(trigger='t')",
            "the default of `to` (File \"<string>\", line 3) is of type socket.socket and cannot be stored with the function send:",
        ),
        (
            "import threading\ndef start():\n    global late\n    late = threading.Lock()\nstart()\n\
             GB('CommandReader').map(lambda r: late).register(trigger='t')",
            "the global `late` (File \"<string>\", line 4)",
        ),
        (
            "import threading\nguard = threading.Lock()\n\
             GB('CommandReader').register(trigger='t', onRegistered=lambda: guard)",
            "the global `guard` (File \"<string>\", line 2)",
        ),
    ] {
        let refused = client.execute(script);
        assert_eq!(refused.matches(told).count(), 1, "{script}: {refused}");
    }
    // The way out.
    client.install(
        "import threading\nguard = None\ndef make():\n    global guard\n    guard = threading.Lock()\n\
         def careful(record):\n    with guard:\n        return 'done'\n\
         GB('CommandReader').map(careful).register(trigger='t', onRegistered=make)",
    );
    assert_eq!(client.trigger("t", &[]), r#"[$"done"]"#);
}

#[test]
fn builtins_are_the_live_ones_after_a_restart() {
    let mut server = TestServer::private();
    let mut client = server.client();
    client.install(
        "import json\n\
         from redisgears import GearsError\n\
         def all_of_them(record):\n    \
             with atomic():\n        \
                 execute('SET', 'x', json.dumps({'a': 1}))\n    \
             log('alive')\n    \
             try:\n        \
                 execute('NOSUCH')\n    \
             except GearsError:\n        \
                 pass\n    \
             return [cmd.get('x'), hashtag(), isinstance(GB('ShardsIDReader'), GearsBuilder), \
                     eval('gearsConfigGet(\"nothing\", \"default\")')]\n\
         GB('CommandReader').map(all_of_them).register(trigger='t', mode='sync', \
                                                       convertToStr=False)",
    );
    let before = client.trigger("t", &[]);
    assert!(before.contains("default"), "{before}");
    let mut client = save_and_crash(&mut server);
    assert_eq!(client.trigger("t", &[]), before);
}

#[test]
fn requirements_are_installed_before_functions_run_again() {
    let mut server = TestServer::private();
    let mut client = server.client();
    let script = "GB('CommandReader').map(lambda r: __import__('redis').__name__)\
                  .register(trigger='t', mode='sync')";
    let reply = ask!(client, "RG.PYEXECUTE", script, "REQUIREMENTS", "redis");
    assert_eq!(reply, "+OK");
    let mut client = save_and_crash(&mut server);
    let answer = until("function that runs again", || {
        let answer = client.trigger("t", &[]);
        let waits = answer.contains("the requirements of its script are being installed");
        (!waits).then_some(answer)
    });
    assert_eq!(answer, r#"[$"redis"]"#);
}

#[test]
fn no_stream_entry_is_lost_in_a_crash() {
    const ENTRIES: usize = 300;
    let mut server = with_aof();
    let mut client = server.client();
    client.install(
        "GB('StreamReader').foreach(lambda r: execute('SADD', 'seen', r['value']['n']))\
         .register('s', batch=7, duration=10, trimStream=False)",
    );
    for n in 0..ENTRIES {
        ask!(client, "XADD", "s", "*", "n", n.to_string());
        if n % 100 == 60 {
            client = crash(&mut server);
        }
    }
    client = crash(&mut server);
    let all = format!(":{ENTRIES}");
    until("every entry", || {
        (ask!(client, "SCARD", "seen") == all).then_some(())
    });
}
