//! Functions that run for too long, and what ends them.

use std::thread::{self, JoinHandle};

use gears_tests::{Client, TestServer, ask, until, valkey_server};

use super::{eval, load};

/// A loop that catches whatever it can.
const STUBBORN: &str = "\
def loop(keys, args):
    while True:
        try:
            while True: pass
        except: pass
register_function('loop', loop)
def write(keys, args):
    server.call('SET', 'k', 'v')
    loop(keys, args)
register_function('write', write)
def wait(keys, args):
    end = time.monotonic() + 0.3
    while time.monotonic() < end: pass
    return 'done'
import time
register_function('wait', wait)
";

/// Starts a server on which functions are slow soon.
fn impatient() -> (TestServer, Client) {
    let server = valkey_server();
    let mut client = server.client();
    load(&mut client, "lib", STUBBORN);
    assert_eq!(
        ask!(client, "CONFIG", "SET", "busy-reply-threshold", "50"),
        "+OK"
    );
    (server, client)
}

/// Sends a command that takes its time, and waits until the server is busy with it.
fn busy(server: &TestServer, words: &[&str]) -> JoinHandle<String> {
    let mut client = server.client();
    let words: Vec<Vec<u8>> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
    let reply = thread::spawn(move || {
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        client.ask(&words)
    });
    let mut other = server.client();
    until("server that is busy", || {
        ask!(other, "PING").starts_with("-BUSY ").then_some(())
    });
    reply
}

#[test]
fn a_function_is_killed_by_its_own_command_alone() {
    let (server, mut client) = impatient();
    assert!(ask!(client, "FUNCTION", "KILL").starts_with("-NOTBUSY "));
    let reply = busy(&server, &["FCALL", "loop", "0"]);
    assert!(ask!(client, "GET", "k").starts_with("-BUSY "));
    assert!(ask!(client, "RG.TRIGGER", "t").starts_with("-BUSY "));
    assert!(ask!(client, "SCRIPT", "KILL").starts_with("-BUSY "));
    let statistics = ask!(client, "FUNCTION", "STATS");
    assert!(statistics.contains(r#"$"name", $"loop""#), "{statistics}");
    assert_eq!(ask!(client, "FUNCTION", "KILL"), "+OK");
    assert_eq!(
        reply.join().unwrap(),
        "-ERR Script killed by user with FUNCTION KILL."
    );
    assert_eq!(ask!(client, "FCALL", "wait", "0"), r#"$"done""#);
    assert!(ask!(client, "FUNCTION", "KILL").starts_with("-NOTBUSY "));
}

#[test]
fn a_script_is_killed_by_its_own_command_alone() {
    let (server, mut client) = impatient();
    assert!(ask!(client, "SCRIPT", "KILL").starts_with("-NOTBUSY "));
    let source = "#!python\nwhile True:\n    try:\n        while True: pass\n    except: pass";
    let reply = busy(&server, &["EVAL", source, "0"]);
    assert!(ask!(client, "FUNCTION", "KILL").starts_with("-BUSY "));
    assert_eq!(ask!(client, "SCRIPT", "KILL"), "+OK");
    assert_eq!(
        reply.join().unwrap(),
        "-ERR Script killed by user with SCRIPT KILL."
    );
    assert_eq!(eval(&mut client, "return 1"), ":1");
}

#[test]
fn what_is_killed_in_a_transaction_ends_alone() {
    let (server, mut client) = impatient();
    let mut other = server.client();
    let transaction = thread::spawn(move || {
        assert_eq!(ask!(other, "MULTI"), "+OK");
        for words in [
            &["SET", "before", "1"][..],
            &["EVAL", "#!python flags=no-writes\nwhile True: pass", "0"],
            &["SET", "after", "1"],
        ] {
            let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
            assert_eq!(other.ask(&words), "+QUEUED");
        }
        ask!(other, "EXEC")
    });
    until("server that is busy", || {
        ask!(client, "PING").starts_with("-BUSY ").then_some(())
    });
    assert!(ask!(client, "FUNCTION", "KILL").starts_with("-BUSY "));
    assert_eq!(ask!(client, "SCRIPT", "KILL"), "+OK");
    assert_eq!(
        transaction.join().unwrap(),
        "[+OK, -ERR Script killed by user with SCRIPT KILL., +OK]"
    );
    assert_eq!(ask!(client, "EXISTS", "after"), ":1");
    assert!(ask!(client, "SCRIPT", "KILL").starts_with("-NOTBUSY "));
}

#[test]
fn scripts_in_lua_are_killed_beside_those_in_python() {
    let (server, mut client) = impatient();
    for round in 0..2 {
        let reply = busy(&server, &["EVAL", "while true do end", "0"]);
        assert_eq!(ask!(client, "SCRIPT", "KILL"), "+OK", "{round}");
        assert!(reply.join().unwrap().contains("Script killed by user"));
        let reply = busy(&server, &["EVAL", "#!python\nwhile True: pass", "0"]);
        assert_eq!(ask!(client, "SCRIPT", "KILL"), "+OK", "{round}");
        assert!(reply.join().unwrap().contains("Script killed by user"));
    }
}

#[test]
fn what_loads_for_ever_is_ended_before_anybody_can_kill_it() {
    let (server, mut client) = impatient();
    let mut other = server.client();
    let loading = thread::spawn(move || {
        ask!(
            other,
            "FUNCTION",
            "LOAD",
            "#!python name=slow\nwhile True: pass"
        )
    });
    let ended = loading.join().unwrap();
    assert!(ended.ends_with("FUNCTION LOAD timeout"), "{ended}");
    for command in ["SCRIPT", "FUNCTION"] {
        assert!(ask!(client, command, "KILL").starts_with("-NOTBUSY "));
    }
}

#[test]
fn what_has_written_cannot_be_killed() {
    let (server, mut client) = impatient();
    let mut writer = busy_writer(&server, &["FCALL", "write", "0"]);
    assert!(ask!(client, "FUNCTION", "KILL").starts_with("-UNKILLABLE "));
    assert!(ask!(client, "PING").starts_with("-BUSY "));
    writer.end(server);

    let (server, mut client) = impatient();
    let source = "#!python\nexecute('SET', 'k', 'v')\nwhile True: pass";
    let mut writer = busy_writer(&server, &["EVAL", source, "0"]);
    assert!(ask!(client, "SCRIPT", "KILL").starts_with("-UNKILLABLE "));
    writer.end(server);
}

/// A client whose function never ends.
struct Writer(Option<JoinHandle<String>>);

fn busy_writer(server: &TestServer, words: &[&str]) -> Writer {
    Writer(Some(busy(server, words)))
}

impl Writer {
    /// Ends the server by force, as nothing else ends the function; its client finds no reply.
    fn end(&mut self, server: TestServer) {
        server.kill();
        let ended = self.0.take().map(JoinHandle::join);
        assert!(ended.is_some_and(|ended| ended.is_err()));
    }
}

#[test]
fn the_deadline_of_gears_is_not_that_of_functions() {
    let server = valkey_server();
    let mut client = server.client();
    load(&mut client, "lib", STUBBORN);
    assert_eq!(ask!(client, "RG.CONFIGSET", "SyncDeadline", "100"), "[+OK]");
    assert_eq!(ask!(client, "FCALL", "wait", "0"), r#"$"done""#);
}

#[test]
fn nobody_is_let_in_where_the_threshold_is_off() {
    let (server, mut client) = impatient();
    assert_eq!(
        ask!(client, "CONFIG", "SET", "busy-reply-threshold", "0"),
        "+OK"
    );
    let mut waiting = server.client();
    let reply = thread::spawn(move || ask!(waiting, "FCALL", "wait", "0"));
    assert_eq!(reply.join().unwrap(), r#"$"done""#);
    assert_eq!(ask!(client, "PING"), "+PONG");
}

#[test]
fn other_threads_run_beside_a_slow_function() {
    let (server, mut client) = impatient();
    load(
        &mut client,
        "threads",
        "import threading, time\nstop = threading.Event()\nturns = 0\n\
         def turn():\n    global turns\n    while not stop.is_set():\n        turns += 1\n        time.sleep(0.001)\n\
         def start(k, a):\n    threading.Thread(target=turn, daemon=True).start()\n\
         def beside(k, a):\n    \
             before, slow, late = turns, time.monotonic() + 0.1, time.monotonic() + 60\n    \
             while time.monotonic() < (slow if turns > before else late): pass\n    \
             return turns > before\n\
         register_function('start', start)\n\
         register_function('beside', beside)\n\
         register_function('stop', lambda k, a: stop.set())",
    );
    assert_eq!(ask!(client, "FCALL", "start", "0"), "nil");
    let reply = busy(&server, &["FCALL", "loop", "0"]);
    assert_eq!(ask!(client, "FUNCTION", "KILL"), "+OK");
    assert!(reply.join().unwrap().contains("killed"));
    assert_eq!(ask!(client, "FCALL", "beside", "0"), ":1");
    assert_eq!(ask!(client, "FCALL", "stop", "0"), "nil");
}
