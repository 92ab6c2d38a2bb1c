//! What `INFO` tells of each function.

use std::collections::BTreeMap;

use gears_tests::{Client, TestServer, ask, until, valkey, valkey_server};

use super::{eval, load};

/// Returns the numbers of a function, by their names; nothing where there are none.
fn counts(client: &mut Client, function: &str) -> BTreeMap<String, u64> {
    let told = client.info("rg_functions", &format!("rg_{function}"));
    let pairs = told.split(',').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
        .collect()
}

fn calls(client: &mut Client, function: &str) -> (u64, u64, u64) {
    let counts = counts(client, function);
    (counts["calls"], counts["failures"], counts["killed"])
}

const LIBRARY: &str = "\
import time
def nap(keys, args):
    end = time.monotonic() + 0.02
    while time.monotonic() < end: pass
register_function('nap', nap)
def refuse(keys, args): return server.error_reply('NO way')
register_function('refuse', refuse)
def divide(keys, args): return 1 // int(args[0])
register_function('divide', divide)
def loop(keys, args):
    while True: pass
register_function('loop', loop)
";

#[test]
fn calls_failures_and_times_are_counted() {
    let server = valkey_server();
    let mut client = server.client();
    load(&mut client, "lib", LIBRARY);
    assert_eq!(calls(&mut client, "nap"), (0, 0, 0));
    for _ in 0..3 {
        assert_eq!(ask!(client, "FCALL", "nap", "0"), "nil");
    }
    let nap = counts(&mut client, "nap");
    assert_eq!((nap["calls"], nap["failures"]), (3, 0));
    assert!(nap["total_usec"] >= 60_000, "{nap:?}");
    assert!(
        nap["p50_usec"] >= 20_000 && nap["p99_usec"] >= nap["p50_usec"],
        "{nap:?}"
    );
    assert_eq!(ask!(client, "FCALL", "refuse", "0"), "-NO way");
    assert_eq!(calls(&mut client, "refuse"), (1, 1, 0));
    for number in ["1", "0", "x"] {
        ask!(client, "FCALL", "divide", "0", number);
    }
    assert_eq!(calls(&mut client, "divide"), (3, 2, 0));
    // Not what the server refuses before it calls.
    assert!(ask!(client, "FCALL_RO", "divide", "0", "1").starts_with('-'));
    assert_eq!(calls(&mut client, "divide"), (3, 2, 0));

    assert_eq!(
        ask!(client, "CONFIG", "SET", "busy-reply-threshold", "50"),
        "+OK"
    );
    let mut looping = server.client();
    let reply = std::thread::spawn(move || ask!(looping, "FCALL", "loop", "0"));
    until("server that is busy", || {
        ask!(client, "PING").starts_with("-BUSY ").then_some(())
    });
    assert_eq!(ask!(client, "FUNCTION", "KILL"), "+OK");
    assert!(reply.join().unwrap().contains("killed by user"));
    assert_eq!(calls(&mut client, "loop"), (1, 1, 1));

    // One that a gear has called is called too.
    client.install(
        "GB('CommandReader').map(lambda r: execute('FCALL', 'divide', 0, 1)).register(trigger='t', mode='async_local')",
    );
    assert_eq!(client.trigger("t", &[]), r#"[$"1"]"#);
    assert_eq!(calls(&mut client, "divide"), (4, 2, 0));
}

#[test]
fn counts_begin_anew_with_a_library_and_end_with_it() {
    let server = valkey_server();
    let mut client = server.client();
    let body = "register_function('one', lambda k, a: 1)";
    load(&mut client, "lib", body);
    assert_eq!(ask!(client, "FCALL", "one", "0"), ":1");
    assert_eq!(eval(&mut client, "return 2"), ":2");
    // Refused as a whole: the counts of what is there go on.
    let other = format!("#!python name=other\n{body}");
    assert!(ask!(client, "FUNCTION", "LOAD", other).starts_with('-'));
    assert_eq!(calls(&mut client, "one"), (1, 0, 0));
    load(&mut client, "lib", body);
    assert_eq!(calls(&mut client, "one"), (0, 0, 0));
    for how in ["SYNC", "ASYNC"] {
        assert_eq!(ask!(client, "FUNCTION", "FLUSH", how), "+OK");
        until("end of the counts", || {
            let told = ask!(client, "INFO", "rg_functions");
            (!told.contains("calls=")).then_some(())
        });
        load(&mut client, "lib", body);
    }
}

#[test]
fn there_are_none_where_functions_run_no_python() {
    let server = TestServer::of(valkey().engine_args(["ScriptingEngine", "no"]));
    let mut client = server.client();
    assert_eq!(ask!(client, "INFO", "rg_functions"), r#"$"""#);
}
