//! Functions on replicas.

use gears_tests::{TestServer, ask, until, valkey};

use super::load;

#[test]
fn replicas_have_the_functions_and_refuse_what_writes() {
    let primary = TestServer::of(valkey().tcp());
    let replica = TestServer::of(valkey().tcp());
    let (mut client, mut other) = (primary.client(), replica.client());
    load(
        &mut client,
        "before",
        "register_function('read', lambda k, a: server.call('GET', 'k'), ['no-writes'])",
    );
    other.follow(primary.port());
    until("link", || {
        (other.info("replication", "master_link_status") == "up").then_some(())
    });
    load(
        &mut client,
        "after",
        "register_function('write', lambda k, a: [server.call('SET', 'k', a[0]), \
         server.call('INCR', 'n')])\n\
         register_function('mute', lambda k, a: [server.set_repl(server.REPL_AOF), \
         server.call('SET', 'mute', 1)])",
    );
    assert_eq!(ask!(client, "FCALL", "write", "0", "v"), "[+OK, :1]");
    assert_eq!(ask!(client, "FCALL", "mute", "0"), "[nil, +OK]");
    assert_eq!(ask!(client, "SET", "last", "1"), "+OK");
    until("last write", || {
        (ask!(other, "GET", "last") == r#"$"1""#).then_some(())
    });
    assert_eq!(ask!(other, "FCALL", "read", "0"), r#"$"v""#);
    assert_eq!(ask!(other, "GET", "n"), r#"$"1""#);
    assert_eq!(ask!(other, "EXISTS", "mute"), ":0");
    let reply = ask!(other, "FCALL", "write", "0", "w");
    assert!(
        reply.starts_with("-READONLY ") || reply.contains("read-only"),
        "{reply}"
    );
    let reply = ask!(other, "EVAL", "#!python\nreturn 1", "0");
    assert!(
        reply.contains("READONLY") || reply.contains("read-only"),
        "{reply}"
    );
    assert_eq!(
        ask!(other, "EVAL", "#!python flags=no-writes\nreturn 1", "0"),
        ":1"
    );
    assert_eq!(ask!(client, "FUNCTION", "FLUSH"), "+OK");
    until("flush", || {
        (ask!(other, "FUNCTION", "LIST") == "[]").then_some(())
    });
}
