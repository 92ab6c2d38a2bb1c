//! Keys whose values the server does not let us read.

use gears_runtime::embedded::Server;
use gears_tests::{TestServer, ask, show, until};

/// Starts a server that lacks the commands which read values, but MGET maybe.
fn without_reading(mget: bool) -> TestServer {
    let mut args: Vec<&str> = Vec::new();
    for name in ["GET", "HGETALL", "LRANGE", "MGET"] {
        if name != "MGET" || !mget {
            args.extend(["--rename-command", name, ""]);
        }
    }
    TestServer::of(Server::builder().server_args(args))
}

#[test]
fn a_key_that_cannot_be_read_is_an_error_of_the_run() {
    for fill in [
        &["SET", "k", "v"][..],
        &["HSET", "k", "f", "v"],
        &["RPUSH", "k", "v"],
    ] {
        let server = without_reading(false);
        let mut client = server.client();
        let words: Vec<&[u8]> = fill.iter().map(|word| word.as_bytes()).collect();
        client.ask(&words);
        for script in ["GB().run()", "GB().run('k')", "GB().run('k', noScan=True)"] {
            let reply = client.execute(script);
            assert!(
                reply.contains("reading a key by"),
                "{fill:?} {script}: {reply}"
            );
        }
        // Without values there is nothing to refuse.
        let reply = client.execute("GB().map(lambda r: r['key']).run(readValue=False)");
        assert!(reply.contains(r#"$"k""#), "{fill:?}: {reply}");
    }
}

#[test]
fn strings_that_can_be_read_together_are_not_missed() {
    let server = without_reading(true);
    let mut client = server.client();
    assert_eq!(ask!(client, "SET", "k", "v"), "+OK");
    let reply = client.execute("GB().map(lambda r: r['value']).run()");
    assert!(reply.contains(r#"$"v""#), "{reply}");
}

#[test]
fn an_event_whose_key_cannot_be_read_is_a_failure() {
    for mode in ["sync", "async_local"] {
        let server = without_reading(false);
        let mut client = server.client();
        client.install(&format!(
            "GB('KeysReader').foreach(lambda r: execute('INCR', 'ran')).register(\
             'k*', mode='{mode}', eventTypes=['set'])"
        ));
        assert_eq!(ask!(client, "SET", "k", "v"), "+OK");
        until("failure", || {
            let shown = show(&client.registrations()[0]).replace(",", "");
            let failed = shown.contains(r#"$"numFailures" :1"#);
            (failed && shown.contains("reading a key by")).then_some(())
        });
        assert_eq!(ask!(client, "EXISTS", "ran"), ":0", "{mode}");
    }
}
