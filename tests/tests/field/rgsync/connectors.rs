//! Another Redis server as the database.

use gears_runtime::embedded::Server;
use gears_tests::{LONG_DEADLINE, TestServer, ask, until};

use super::offline;

#[test]
fn hashes_are_written_to_another_server_and_follow_when_it_was_away() {
    let server = TestServer::of(offline());
    let mut other = TestServer::of(Server::builder().plain().tcp());
    let port = other.port();
    let script = format!(
        "from rgsync import RGWriteBehind\n\
         from rgsync.Connectors import RedisConnector, RedisConnection\n\
         connector = RedisConnector(RedisConnection('127.0.0.1', {port}), 'copy', 'seen')\n\
         RGWriteBehind(GB, keysPrefix='key', mappings={{'name': 'label', 'size': 'size'}}, connector=connector,\n    \
             name='Copies', version='99.99.99', onFailedRetryInterval=1)"
    );
    let mut client = server.client();
    client.wait_at_most(LONG_DEADLINE);
    assert_eq!(
        ask!(client, "RG.PYEXECUTE", script, "REQUIREMENTS", "rgsync"),
        "+OK"
    );
    ask!(client, "HSET", "key:1", "name", "ä", "size", "-1");
    until("copy", || {
        let mut there = other.client();
        (ask!(there, "HGETALL", "copy:1") == r#"[$"label", $"ä", $"size", $"-1"]"#).then_some(())
    });

    other.private_mut().kill();
    for size in 0..10 {
        ask!(
            client,
            "HSET",
            "key:2",
            "name",
            "b",
            "size",
            size.to_string()
        );
    }
    ask!(client, "DEL", "key:1");
    other.private_mut().restart().unwrap();
    until("copy and end", || {
        let mut there = other.client();
        let size = ask!(there, "HGET", "copy:2", "size");
        (size == r#"$"9""# && ask!(there, "EXISTS", "copy:1") == ":0").then_some(())
    });
}
