//! Functions in C code that does not return and keeps Python to itself: everything that needs
//! no Python goes on.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::thread;

use gears_runtime::embedded::Server;
use gears_tests::{Client, TestServer, ask, lives, until};

/// What clients are told whose function cannot run.
const KEPT: &str = "-ERR no function can run: ";

/// Functions of each kind beside the one that keeps Python.
const OTHERS: &str = "\
import ctypes, os, re
def note(r): execute('RPUSH', 'seen', r['key'])
GB('CommandReader').map(lambda r: 'here').register(trigger='sync', mode='sync')
GB('CommandReader').map(lambda r: 'there').register(trigger='async', mode='async_local')
GB('CommandReader').map(lambda r: 'hooked').register(hook='hget', mode='sync', convertToStr=False)
GB('KeysReader').foreach(note).register('event:sync', mode='sync', eventTypes=['set'])
GB('KeysReader').foreach(note).register('event:async', mode='async_local', eventTypes=['set'])
GB('StreamReader').foreach(note).register('stream:sync', mode='sync')
GB('StreamReader').foreach(note).register('stream:async', mode='async_local')
";

/// A regular expression that tries every way to cut its text, at each letter twice as many.
const BACKTRACK: &str = "GB('CommandReader').map(lambda r: re.match('(a+)+$', 'a' * 33 + 'b'))\
    .register(trigger='hog', mode='async_local')\n";

/// A read that does not let go of Python, until somebody writes.
const READ: &str = "\
def hog(r):
    pipe = os.open(r[1], os.O_RDWR)
    ctypes.PyDLL(None).read(pipe, ctypes.create_string_buffer(1), 1)
    return 'back'
GB('CommandReader').map(hog).register(trigger='hog', mode='async_local')
";

/// A setting under which functions on workers have little time.
const IMPATIENT: [&str; 2] = ["AsyncDeadline", "400"];

/// Starts a server with these functions, which have little time, while the script that registers them has enough.
fn impatient(arguments: &[&str], script: &str) -> (TestServer, Client) {
    let arguments = [&IMPATIENT, arguments].concat();
    let server = TestServer::of(Server::builder().engine_args(arguments));
    let mut client = server.client();
    install(&mut client, script);
    (server, client)
}

fn install(client: &mut Client, script: &str) {
    client.install(script);
    assert_eq!(ask!(client, "RG.CONFIGSET", "SyncDeadline", "400"), "[+OK]");
}

/// Waits until INFO says for how long, and by whom, Python is kept.
fn wait_until_kept(client: &mut Client, by: &str) {
    until("word of who keeps Python", || {
        ask!(client, "INFO", "rg_gil")
            .contains(&format!("rg_gil_held_by:{by}\\r\\n"))
            .then_some(())
    });
}

/// A named pipe that wakes who reads from it.
fn pipe(folder: &Path) -> String {
    let path = folder.join("pipe").to_str().unwrap().to_owned();
    assert!(
        Command::new("mkfifo")
            .arg(&path)
            .status()
            .unwrap()
            .success()
    );
    path
}

fn write_to(path: &str) {
    // Not lost when this end is closed: the reader has the other one.
    let mut pipe = OpenOptions::new().write(true).open(path).unwrap();
    pipe.write_all(b"x").unwrap();
}

fn sync_functions_are_refused(client: &mut Client) {
    let refused = [
        client.trigger("sync", &[]),
        ask!(client, "HGET", "h", "f"),
        client.execute("1"),
        ask!(
            client,
            "EVAL",
            "return redis.pcall('RG.TRIGGER', 'sync')",
            "0"
        ),
    ];
    for reply in refused {
        assert!(reply.starts_with(KEPT) && reply.contains("hog"), "{reply}");
    }
}

#[test]
fn what_needs_no_python_goes_on_while_it_is_kept() {
    let (server, mut client) = impatient(&[], &format!("{OTHERS}{BACKTRACK}"));
    ask!(client, "SET", "expires", "x", "PX", "100");
    let calls: Vec<_> = ["hog", "async"]
        .into_iter()
        .map(|trigger| {
            let mut other = server.client();
            let call = thread::spawn(move || other.trigger(trigger, &[]));
            if trigger == "hog" {
                wait_until_kept(&mut client, "hog");
            }
            call
        })
        .collect();
    sync_functions_are_refused(&mut client);
    for command in [
        "PING",
        "DBSIZE",
        "RG.DUMPREGISTRATIONS",
        "RG.DUMPEXECUTIONS",
        "RG.PYSTATS",
    ] {
        ask!(client, command);
    }
    for key in ["event:sync", "event:async", "other"] {
        assert_eq!(ask!(client, "SET", key, "x"), "+OK");
    }
    ask!(client, "XADD", "stream:sync", "*", "a", "b");
    ask!(client, "XADD", "stream:async", "*", "a", "b");
    until("end of a key", || {
        (ask!(client, "EXISTS", "expires") == ":0").then_some(())
    });
    assert_eq!(ask!(client, "RG.CONFIGGET", "AsyncDeadline"), "[:400]");
    assert!(ask!(client, "INFO", "everything").contains("used_memory"));
    assert!(!ask!(client, "BGSAVE").starts_with('-'));
    until("end of the saving", || {
        ask!(client, "INFO", "persistence")
            .contains("rdb_bgsave_in_progress:0")
            .then_some(())
    });
    assert!(!ask!(client, "BGREWRITEAOF").starts_with('-'));
    drop(server.client());
    let replies: Vec<_> = calls.into_iter().map(|call| call.join().unwrap()).collect();
    assert!(
        replies[0].contains("longer than its deadline allows"),
        "{replies:?}"
    );
    assert!(replies[1].starts_with(KEPT), "{replies:?}");
    let id = client.id("hog").unwrap();
    assert_eq!(ask!(client, "RG.UNREGISTER", id, "ABORTPENDING"), "+OK");
    let log = until("line in the log", || {
        let log = server.log().unwrap();
        log.contains("gears event=gil_held name=\"hog\"")
            .then_some(log)
    });
    assert_eq!(log.matches("event=gil_held").count(), 1, "{log}");
    let registrations = ask!(client, "RG.DUMPREGISTRATIONS");
    assert!(
        registrations.contains(KEPT.trim_start_matches('-')),
        "{registrations}"
    );
    assert_eq!(ask!(client, "LRANGE", "seen", "0", "-1"), "[]");
    assert_eq!(ask!(client, "PING"), "+PONG");
    server.kill();
}

#[test]
fn a_server_whose_python_is_kept_shuts_down() {
    let (mut server, mut client) = impatient(&[], &format!("{OTHERS}{BACKTRACK}"));
    let mut other = server.client();
    let call = thread::spawn(move || other.trigger("hog", &[]));
    wait_until_kept(&mut client, "hog");
    call.join().unwrap();
    let pid = server.private_mut().pid().unwrap();
    let mut connection = redis::Client::open(server.url())
        .and_then(|client| client.get_connection())
        .unwrap();
    let ended = redis::cmd("SHUTDOWN")
        .arg("SAVE")
        .query::<redis::Value>(&mut connection);
    assert!(ended.is_err(), "{ended:?}");
    until("end of the process", || (!lives(pid)).then_some(()));
    server.private_mut().restart().unwrap();
    let mut client = server.client();
    assert_eq!(client.trigger("sync", &[]), r#"[$"here"]"#);
}

#[test]
fn functions_go_on_where_they_were_when_python_is_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = pipe(folder.path());
    let (server, mut client) = impatient(&["ExecutionThreads", "1"], &format!("{OTHERS}{READ}"));
    let mut other = server.client();
    let words = path.clone();
    let call = thread::spawn(move || other.trigger("hog", &[words.as_bytes()]));
    wait_until_kept(&mut client, "hog");
    assert!(
        call.join()
            .unwrap()
            .contains("longer than its deadline allows")
    );
    sync_functions_are_refused(&mut client);
    for stream in ["stream:sync", "stream:async"] {
        for _ in 0..2 {
            ask!(client, "XADD", stream, "*", "a", "b");
        }
    }
    for key in ["event:sync", "event:async"] {
        assert_eq!(ask!(client, "SET", key, "x"), "+OK");
    }
    write_to(&path);
    until("events and entries", || {
        let seen = ask!(client, "LRANGE", "seen", "0", "-1");
        let count = |key: &str| seen.matches(key).count();
        let all = count("stream:sync") == 2 && count("stream:async") == 2;
        (all && count("event:async") == 1 && count("event:sync") == 0).then_some(())
    });
    assert_eq!(client.trigger("sync", &[]), r#"[$"here"]"#);
    assert_eq!(client.trigger("async", &[]), r#"[$"there"]"#);
    assert_eq!(ask!(client, "HGET", "h", "f"), r#"$"hooked""#);
    assert!(ask!(client, "INFO", "rg_gil").contains("rg_gil_held_msec:0"));
}

#[test]
fn registrations_that_are_loaded_wait_for_python() {
    let folder = tempfile::tempdir().unwrap();
    let path = pipe(folder.path());
    let builder = || Server::builder().engine_args(IMPATIENT);
    // Redis 7 has to be asked for the command, and Redis 6 cannot.
    let debug = builder().server_args(["--enable-debug-command", "yes"]);
    let server = match debug.clone().start() {
        Ok(_) => TestServer::of(debug),
        Err(_) => TestServer::of(builder()),
    };
    let mut client = server.client();
    install(&mut client, &format!("{OTHERS}{READ}"));
    let mut other = server.client();
    let words = path.clone();
    let call = thread::spawn(move || other.trigger("hog", &[words.as_bytes()]));
    wait_until_kept(&mut client, "hog");
    call.join().unwrap();
    assert_eq!(ask!(client, "DEBUG", "RELOAD"), "+OK");
    for trigger in ["sync", "async"] {
        let reply = client.trigger(trigger, &[]);
        assert!(reply.contains("cannot run yet"), "{reply}");
    }
    assert_eq!(ask!(client, "SET", "event:async", "x"), "+OK");
    write_to(&path);
    until("function", || {
        (client.trigger("sync", &[]) == r#"[$"here"]"#).then_some(())
    });
    until("event that was kept", || {
        (ask!(client, "LRANGE", "seen", "0", "-1") == r#"[$"event:async"]"#).then_some(())
    });
}
