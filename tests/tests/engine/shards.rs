//! Commands for the other shards of a cluster, on a server that is alone.

use gears_tests::{TestServer, ask, field, show};

/// Spec section 1.21: a server that is no shard has nothing to say to shards.
#[test]
fn commands_of_shards_are_answered() {
    let server = TestServer::start();
    let mut client = server.client();
    for (command, reply) in [
        ("RG.CLUSTERSET", "-Could not parse cluster set arguments"),
        ("RG.INNERMSGCOMMAND", "-ERRCLUSTER NULL cluster state"),
        ("RG.HELLO", "-ERRCLUSTER NULL cluster state on hello msg"),
        ("RG.NETWORKTEST", "+OK"),
        ("RG.DUMPPLUGINS", r#"[[$"GearsPythonPlugin", :10000]]"#),
    ] {
        assert_eq!(ask!(client, command), reply, "{command}");
    }
}

/// Spec section 1.0: what waits for other shards in a cluster is refused where
/// no client can wait.
#[test]
fn commands_for_all_shards_are_refused_in_transactions_and_scripts() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install("GB('StreamReader').register('s')");
    let id = field_text(&client.registrations()[0], "id");
    for words in [
        vec!["RG.PAUSEREGISTRATIONS", &id],
        vec!["RG.UNPAUSEREGISTRATIONS", &id],
        vec!["RG.CLEARREGISTRATIONSSTATS"],
        vec!["RG.REFRESHCLUSTER"],
    ] {
        let words: Vec<_> = words.into_iter().map(str::as_bytes).collect();
        assert_eq!(ask!(client, "MULTI"), "+OK");
        assert_eq!(client.ask(&words), "+QUEUED");
        assert_eq!(
            ask!(client, "EXEC"),
            "[-ERR Blocking module command called from transaction]"
        );
        let script: &[&[u8]] = &[b"EVAL", b"return redis.pcall(unpack(ARGV)).err", b"0"];
        assert_eq!(
            client.ask(&[script, &words].concat()),
            r#"$"ERR Blocking module command called from Lua script""#
        );
        assert_eq!(client.ask(&words), "+OK");
    }
}

fn field_text(pairs: &redis::Value, name: &str) -> String {
    show(field(pairs, name)).replace(['$', '"'], "")
}
