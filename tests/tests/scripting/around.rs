//! Functions among the server's other features: transactions, expiry, pauses.

use std::thread;

use gears_tests::{ask, until, valkey_server};

use super::{eval, load};

#[test]
fn functions_run_in_transactions() {
    let server = valkey_server();
    let mut client = server.client();
    load(
        &mut client,
        "lib",
        "register_function('add', lambda k, a: server.call('INCRBY', k[0], a[0]))\n\
         register_function('fail', lambda k, a: 1 / 0)",
    );
    assert_eq!(ask!(client, "MULTI"), "+OK");
    assert_eq!(ask!(client, "FCALL", "add", "1", "n", "5"), "+QUEUED");
    assert_eq!(ask!(client, "FCALL", "fail", "0"), "+QUEUED");
    assert_eq!(
        ask!(client, "EVAL", "#!python\nreturn execute('GET', 'n')", "0"),
        "+QUEUED"
    );
    let reply = ask!(client, "EXEC");
    assert!(reply.starts_with("[:5, -ERR ['Traceback"), "{reply}");
    assert!(reply.ends_with(r#", $"5"]"#), "{reply}");
}

#[test]
fn writes_of_functions_break_watches() {
    let server = valkey_server();
    let (mut client, mut other) = (server.client(), server.client());
    load(
        &mut client,
        "lib",
        "register_function('set', lambda k, a: server.call('SET', k[0], 1))",
    );
    assert_eq!(ask!(client, "WATCH", "k"), "+OK");
    assert_eq!(ask!(other, "FCALL", "set", "1", "other"), "+OK");
    assert_eq!(ask!(client, "MULTI"), "+OK");
    assert_eq!(ask!(client, "PING"), "+QUEUED");
    assert_eq!(ask!(client, "EXEC"), "[+PONG]");
    assert_eq!(ask!(client, "WATCH", "k"), "+OK");
    assert_eq!(ask!(other, "FCALL", "set", "1", "k"), "+OK");
    assert_eq!(ask!(client, "MULTI"), "+OK");
    assert_eq!(ask!(client, "PING"), "+QUEUED");
    assert_eq!(ask!(client, "EXEC"), "nil");
}

#[test]
fn keys_do_not_expire_in_the_midst_of_a_function() {
    let server = valkey_server();
    let mut client = server.client();
    let body = "import time\n\
                execute('SET', 'k', 'v', 'PX', 20)\n\
                end = time.monotonic() + 0.1\n\
                while time.monotonic() < end: pass\n\
                return [execute('GET', 'k'), server.call('TIME') == server.call('TIME')]";
    assert_eq!(eval(&mut client, body), r#"[$"v", :1]"#);
    assert_eq!(eval(&mut client, "return execute('GET', 'k')"), "nil");
}

#[test]
fn paused_clients_wait_with_their_functions() {
    let server = valkey_server();
    let (mut client, mut other) = (server.client(), server.client());
    load(
        &mut client,
        "lib",
        "register_function('write', lambda k, a: server.call('SET', 'k', 'v'))\n\
         register_function('read', lambda k, a: server.call('GET', 'k'), ['no-writes'])",
    );
    assert_eq!(ask!(client, "CLIENT", "PAUSE", "60000", "WRITE"), "+OK");
    assert_eq!(ask!(client, "FCALL", "read", "0"), "nil");
    let writer = thread::spawn(move || ask!(other, "FCALL", "write", "0"));
    until("function that waits", || {
        (client.number("clients", "blocked_clients") == 1).then_some(())
    });
    assert_eq!(ask!(client, "FCALL", "read", "0"), "nil");
    assert_eq!(ask!(client, "CLIENT", "UNPAUSE"), "+OK");
    assert_eq!(writer.join().unwrap(), "+OK");
    assert_eq!(ask!(client, "FCALL", "read", "0"), r#"$"v""#);
}

#[test]
fn paused_clients_wait_with_their_scripts() {
    let server = valkey_server();
    let mut client = server.client();
    let waiting = |script: &str, command: &str| {
        let mut other = server.client();
        let (script, command) = (script.to_owned(), command.to_owned());
        thread::spawn(move || ask!(other, command, script, "0"))
    };
    let mut wait_for = |count| {
        until("scripts that wait", || {
            (client.number("clients", "blocked_clients") == count).then_some(())
        });
    };
    let mut admin = server.client();
    assert_eq!(ask!(admin, "CLIENT", "PAUSE", "60000", "WRITE"), "+OK");
    // Reading goes on, whatever comes first.
    let reads = "#!python flags=no-writes\nreturn server.call('GET', 'k')";
    assert_eq!(waiting(reads, "EVAL").join().unwrap(), "nil");
    assert_eq!(waiting(reads, "EVAL_RO").join().unwrap(), "nil");
    let writer = waiting("#!python\nreturn server.call('SET', 'k', 'v')", "EVAL");
    wait_for(1);
    assert_eq!(ask!(admin, "CLIENT", "UNPAUSE"), "+OK");
    assert_eq!(writer.join().unwrap(), "+OK");
    assert_eq!(waiting(reads, "EVAL").join().unwrap(), r#"$"v""#);
}

#[test]
fn keys_that_have_expired_are_gone_for_functions() {
    let server = valkey_server();
    let mut client = server.client();
    load(
        &mut client,
        "lib",
        "register_function('look', lambda k, a: [server.call('GET', k[0]), \
         server.call('EXISTS', k[0]), server.call('TTL', k[0])], ['no-writes'])",
    );
    assert_eq!(ask!(client, "SET", "k", "v", "PXAT", "1"), "+OK");
    assert_eq!(ask!(client, "FCALL_RO", "look", "1", "k"), "[nil, :0, :-2]");
}

#[test]
fn gears_hear_of_what_functions_write() {
    let server = valkey_server();
    let mut client = server.client();
    client.install(
        "GB('KeysReader').foreach(lambda r: execute('INCR', 'seen')).register('watched', mode='sync')",
    );
    assert_eq!(
        eval(&mut client, "return server.call('SET', 'watched', 1)"),
        "+OK"
    );
    until("event", || {
        (ask!(client, "GET", "seen") == r#"$"1""#).then_some(())
    });
}
