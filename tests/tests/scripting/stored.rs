//! Functions in files: dumps, restarts, the append-only file.

use gears_tests::{TestServer, ask, valkey, valkey_server};

use super::load;

#[test]
fn functions_are_dumped_and_restored() {
    let server = valkey_server();
    let mut client = server.client();
    load(
        &mut client,
        "lib",
        "register_function('f', lambda k, a: 'kept')",
    );
    let redis::Value::BulkString(dump) = client.value(&[b"FUNCTION", b"DUMP"]) else {
        panic!("no dump");
    };
    let restore = |client: &mut gears_tests::Client, policy: &str| {
        client.ask(&[b"FUNCTION", b"RESTORE", &dump, policy.as_bytes()])
    };
    assert_eq!(
        restore(&mut client, "APPEND"),
        "-ERR Library lib already exists"
    );
    assert_eq!(restore(&mut client, "REPLACE"), "+OK");
    assert_eq!(ask!(client, "FCALL", "f", "0"), r#"$"kept""#);
    for how in ["SYNC", "ASYNC"] {
        assert_eq!(ask!(client, "FUNCTION", "FLUSH", how), "+OK");
        assert_eq!(ask!(client, "FCALL", "f", "0"), "-ERR Function not found");
        assert_eq!(restore(&mut client, "FLUSH"), "+OK");
        assert_eq!(ask!(client, "FCALL", "f", "0"), r#"$"kept""#);
    }
    assert_eq!(ask!(client, "FUNCTION", "DELETE", "lib"), "+OK");
    assert_eq!(ask!(client, "FUNCTION", "LIST"), "[]");
}

#[test]
fn functions_survive_restarts() {
    for args in [["--appendonly", "no"], ["--appendonly", "yes"]] {
        let mut server = TestServer::of(valkey().server_args(args));
        let mut client = server.client();
        load(
            &mut client,
            "lib",
            "register_function('f', lambda k, a: server.call('INCR', 'n'))",
        );
        assert_eq!(ask!(client, "FCALL", "f", "0"), ":1");
        if args[1] == "no" {
            assert_eq!(ask!(client, "SAVE"), "+OK");
        }
        drop(client);
        server.private_mut().restart().unwrap();
        let mut client = server.client();
        assert_eq!(ask!(client, "FCALL", "f", "0"), ":2", "{args:?}");
        assert_eq!(ask!(client, "DEBUG", "RELOAD").chars().next(), Some('-'));
    }
}
