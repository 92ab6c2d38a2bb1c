//! Functions that were loaded while their packages cannot be had.

use std::fs;
use std::path::PathBuf;

use gears_runtime::embedded::Server;
use gears_tests::{Client, LONG_DEADLINE, TestServer, ask, until_within, wheel};
use tempfile::TempDir;

const SOURCE: &str = "VERSION = '1.0'\n";

/// A server whose scripts need a package that was there, and is not any more.
struct Bereft {
    wheels: TempDir,
    server: TestServer,
}

impl Bereft {
    fn new(script: &str, settings: &[&str]) -> (Self, Client) {
        let wheels = TempDir::new().unwrap();
        let wheel = wheel(wheels.path(), "gears_absent", "1.0", SOURCE);
        let places = format!(" --no-index --find-links {}", wheels.path().display());
        let arguments = ["PipArguments", &places];
        let server = TestServer::of(
            Server::builder()
                .engine_args(arguments.iter().chain(settings))
                .env("PIP_CONFIG_FILE", "/dev/null"),
        );
        let mut client = server.client();
        client.wait_at_most(LONG_DEADLINE);
        let words = ["RG.PYEXECUTE", script, "REQUIREMENTS", "gears_absent"];
        assert_eq!(ask!(client, words[0], words[1], words[2], words[3]), "+OK");
        assert_eq!(ask!(client, "SAVE"), "+OK");
        let mut bereft = Self { wheels, server };
        bereft.server.private_mut().kill();
        fs::remove_file(wheel).unwrap();
        fs::remove_dir_all(bereft.folder()).unwrap();
        bereft.server.private_mut().restart().unwrap();
        let client = bereft.server.client();
        client.wait_at_most(LONG_DEADLINE);
        (bereft, client)
    }

    /// Where packages are installed.
    fn folder(&mut self) -> PathBuf {
        self.server.private_mut().folder().join("python")
    }

    fn bring(&self) {
        wheel(self.wheels.path(), "gears_absent", "1.0", SOURCE);
    }
}

fn missing(client: &mut Client, name: &str) -> i64 {
    client.number("rg_missing_packages", name)
}

fn until_nobody_waits(client: &mut Client) {
    until_within(LONG_DEADLINE, "packages", || {
        (missing(client, "rg_sessions_waiting") == 0).then_some(())
    });
}

fn list(client: &mut Client, key: &str) -> String {
    ask!(client, "LRANGE", key, "0", "-1")
}

fn numbers(range: impl Iterator<Item = usize>) -> String {
    let all: Vec<_> = range.map(|number| format!("$\"{number}\"")).collect();
    format!("[{}]", all.join(", "))
}

const TRIGGER: &str = "import gears_absent\n\
     GB('CommandReader').map(lambda r: gears_absent.VERSION).register(trigger='version')";

#[test]
fn packages_are_looked_for_until_they_are_there() {
    let (mut bereft, mut client) = Bereft::new(TRIGGER, &[]);
    let answer = client.trigger("version", &[]);
    assert!(answer.contains("cannot run yet"), "{answer}");
    assert_eq!(missing(&mut client, "rg_sessions_waiting"), 1);
    // More than once, but the log tells it once.
    until_within(LONG_DEADLINE, "second attempt", || {
        (missing(&mut client, "rg_installs_failed") >= 2).then_some(())
    });
    let answer = client.trigger("version", &[]);
    assert!(
        answer.contains("cannot run yet") && answer.contains("gears_absent"),
        "{answer}"
    );
    let log = bereft.server.log().unwrap();
    let told = log.matches("wait for their packages").count();
    assert_eq!(told, 1, "{log}");
    assert!(!log.contains("cannot be installed"), "{log}");
    bereft.bring();
    until_nobody_waits(&mut client);
    assert_eq!(client.trigger("version", &[]), r#"[$"1.0"]"#);
    // And from now on without looking.
    bereft.server.private_mut().kill();
    bereft.server.private_mut().restart().unwrap();
    let mut client = bereft.server.client();
    assert_eq!(client.trigger("version", &[]), r#"[$"1.0"]"#);
}

#[test]
fn packages_that_another_client_brings_are_used_at_once() {
    let (bereft, mut client) = Bereft::new(TRIGGER, &[]);
    until_within(LONG_DEADLINE, "attempt", || {
        (missing(&mut client, "rg_installs_failed") >= 1).then_some(())
    });
    bereft.bring();
    let reply = ask!(client, "RG.PYEXECUTE", "1", "REQUIREMENTS", "Gears.Absent");
    assert_eq!(reply, "+OK");
    until_nobody_waits(&mut client);
    assert_eq!(client.trigger("version", &[]), r#"[$"1.0"]"#);
}

#[test]
fn unregistered_session_is_looked_for_no_more() {
    let (mut bereft, mut client) = Bereft::new(TRIGGER, &[]);
    let id = client.id("version").unwrap();
    assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
    assert_eq!(missing(&mut client, "rg_sessions_waiting"), 0);
    bereft.bring();
    // The same script again, of another session.
    let words = ["RG.PYEXECUTE", TRIGGER, "REQUIREMENTS", "gears_absent"];
    assert_eq!(ask!(client, words[0], words[1], words[2], words[3]), "+OK");
    assert_eq!(client.trigger("version", &[]), r#"[$"1.0"]"#);
    assert!(bereft.folder().is_dir());
}

const LISTENERS: &str = "import gears_absent\n\
     def note(name):\n    \
         return lambda r: execute('RPUSH', name + gears_absent.VERSION, r['key'].split(':')[1])\n\
     GB('KeysReader').foreach(note('sync')).register('w:*', mode='sync', eventTypes=['set'])\n\
     GB('KeysReader').foreach(note('later')).register('w:*', mode='async_local', eventTypes=['set'])\n\
     GB('KeysReader').foreach(note('async')).register('w:*', eventTypes=['set'])\n\
     GB('KeysReader').foreach(lambda r: execute('RPUSH', 'told', *get_command()[1:2]))\
         .register('w:*', mode='sync', eventTypes=['set'], commands=['set'])";

#[test]
fn events_are_kept_and_caught_up_with_in_order() {
    const EVENTS: usize = 60;
    let (bereft, mut client) = Bereft::new(LISTENERS, &[]);
    for number in 0..EVENTS / 2 {
        assert_eq!(ask!(client, "SET", format!("w:{number}"), "v"), "+OK");
    }
    assert_eq!(ask!(client, "EXISTS", "sync1.0", "told"), ":0");
    bereft.bring();
    until_nobody_waits(&mut client);
    // These come while the function catches up, or behind.
    for number in EVENTS / 2..EVENTS {
        assert_eq!(ask!(client, "SET", format!("w:{number}"), "v"), "+OK");
    }
    for name in ["sync1.0", "later1.0", "async1.0"] {
        let all = until_within(LONG_DEADLINE, "all events", || {
            let seen = ask!(client, "LLEN", name);
            (seen == format!(":{EVENTS}")).then(|| list(&mut client, name))
        });
        assert_eq!(all, numbers(0..EVENTS), "{name}");
    }
    let told = until_within(LONG_DEADLINE, "all commands", || {
        let seen = ask!(client, "LLEN", "told");
        (seen == format!(":{EVENTS}")).then(|| list(&mut client, "told"))
    });
    assert!(told.starts_with("[$\"w:0\", $\"w:1\","), "{told}");
    assert_eq!(client.number("rg_executions", "rg_events_dropped"), 0);
}

#[test]
fn events_beyond_the_bound_are_counted() {
    let script = "import gears_absent\n\
         GB('KeysReader').foreach(lambda r: execute('RPUSH', 'seen', r['key'][2:]))\
             .register('w:*', mode='sync', eventTypes=['set'])";
    let (bereft, mut client) = Bereft::new(script, &["ExecutionQueue", "10"]);
    for number in 0..25 {
        assert_eq!(ask!(client, "SET", format!("w:{number}"), "v"), "+OK");
    }
    let dropped = |client: &mut Client| client.number("rg_executions", "rg_events_dropped");
    assert_eq!(dropped(&mut client), 15);
    bereft.bring();
    until_nobody_waits(&mut client);
    let seen = until_within(LONG_DEADLINE, "kept events", || {
        (ask!(client, "LLEN", "seen") == ":10").then(|| list(&mut client, "seen"))
    });
    assert_eq!(seen, numbers(0..10));
    // It stays counted at the function that runs now.
    let registrations = client.registrations();
    let all = gears_tests::show(&registrations[0]);
    assert!(
        all.contains("'numDropped':15") || all.contains(r#"$"numDropped", :15"#),
        "{all}"
    );
    assert_eq!(dropped(&mut client), 15);
}

#[test]
fn events_that_were_kept_for_nobody_are_counted() {
    let script = "import gears_absent\n\
         GB('KeysReader').foreach(lambda r: None).register('w:*', mode='sync')";
    let (_bereft, mut client) = Bereft::new(script, &[]);
    for number in 0..3 {
        assert_eq!(ask!(client, "SET", format!("w:{number}"), "v"), "+OK");
    }
    let registrations = client.registrations();
    let redis::Value::BulkString(id) = gears_tests::field(&registrations[0], "id") else {
        panic!("no id");
    };
    assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
    assert_eq!(client.number("rg_executions", "rg_events_dropped"), 3);
}

const HOOKS: &str = "import gears_absent\n\
     GB('CommandReader').map(lambda r: call_next(r[1], 'hooked'))\
         .register(hook='set', mode='sync')\n\
     GB('CommandReader').map(lambda r: call_next(*r[1:3], 'hooked'))\
         .register(hook='hset', keyprefix='h:', mode='async_local')";

#[test]
fn hooked_commands_are_refused_while_packages_are_missing() {
    let (bereft, mut client) = Bereft::new(HOOKS, &[]);
    for _ in 0..2 {
        let replies = [
            ask!(client, "SET", "k", "v"),
            ask!(client, "HSET", "h:1", "f", "v"),
        ];
        for reply in replies {
            assert!(
                reply.starts_with("-ERR the function cannot run yet"),
                "{reply}"
            );
        }
        until_within(LONG_DEADLINE, "attempt", || {
            (missing(&mut client, "rg_installs_failed") >= 1).then_some(())
        });
    }
    assert_eq!(ask!(client, "EXISTS", "k", "h:1"), ":0");
    // Of other keys it is not hooked.
    assert_eq!(ask!(client, "HSET", "other", "f", "v"), ":1");
    bereft.bring();
    until_nobody_waits(&mut client);
    assert_eq!(ask!(client, "SET", "k", "v"), r#"$"OK""#);
    assert_eq!(ask!(client, "GET", "k"), r#"$"hooked""#);
    assert_eq!(ask!(client, "HSET", "h:1", "f", "v"), r#"$"1""#);
    assert_eq!(ask!(client, "HGET", "h:1", "f"), r#"$"hooked""#);
}

#[test]
fn hooked_commands_are_let_through_where_that_is_set() {
    let (bereft, mut client) = Bereft::new(HOOKS, &["HooksLetThrough", "1"]);
    assert_eq!(ask!(client, "SET", "k", "v"), "+OK");
    assert_eq!(ask!(client, "GET", "k"), r#"$"v""#);
    assert_eq!(ask!(client, "HSET", "h:1", "f", "v"), ":1");
    assert_eq!(ask!(client, "HGET", "h:1", "f"), r#"$"v""#);
    // Also in a transaction.
    assert_eq!(ask!(client, "MULTI"), "+OK");
    assert_eq!(ask!(client, "SET", "k", "w"), "+QUEUED");
    assert_eq!(ask!(client, "EXEC"), "[+OK]");
    assert_eq!(
        ask!(client, "RG.CONFIGSET", "HooksLetThrough", "0"),
        "[+OK]"
    );
    let reply = ask!(client, "SET", "k", "x");
    assert!(
        reply.starts_with("-ERR the function cannot run yet"),
        "{reply}"
    );
    assert_eq!(ask!(client, "GET", "k"), r#"$"w""#);
    bereft.bring();
    until_nobody_waits(&mut client);
    assert_eq!(ask!(client, "SET", "k", "v"), r#"$"OK""#);
    assert_eq!(ask!(client, "GET", "k"), r#"$"hooked""#);
}
