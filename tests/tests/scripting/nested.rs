//! Functions within functions, and within gears.

use gears_tests::{ask, valkey_server};

use super::{eval, load};

#[test]
fn a_function_runs_no_other_and_loads_none() {
    let server = valkey_server();
    let mut client = server.client();
    load(
        &mut client,
        "lib",
        "register_function('f', lambda k, a: server.call(*a))",
    );
    let library = "#!python name=other\nregister_function('g', lambda k, a: 1)";
    for words in [
        vec!["EVAL", "#!python\nreturn 1", "0"],
        vec!["EVAL", "return 1", "0"],
        vec!["FCALL", "f", "0", "PING"],
        vec!["FUNCTION", "LOAD", library],
        vec!["FUNCTION", "FLUSH"],
        vec!["SCRIPT", "LOAD", "#!python\nreturn 1"],
    ] {
        let called: Vec<&[u8]> = ["FCALL", "f", "0"]
            .iter()
            .chain(&words)
            .map(|word| word.as_bytes())
            .collect();
        let reply = client.ask(&called);
        assert!(
            reply.contains("is not allowed on script mode"),
            "{words:?}: {reply}"
        );
    }
    let reply = eval(&mut client, "return execute('EVAL', 'return 1', 0)");
    assert!(reply.contains("is not allowed on script mode"), "{reply}");
    assert!(ask!(client, "FUNCTION", "LIST").contains("lib"));
}

#[test]
fn gears_call_functions_of_both_languages() {
    let server = valkey_server();
    let mut client = server.client();
    load(
        &mut client,
        "lib",
        "register_function('double', lambda k, a: int(a[0]) * 2)",
    );
    for mode in ["sync", "async_local"] {
        client.install(&format!(
            "GB('CommandReader').map(lambda r: [execute('FCALL', 'double', 0, r[1]), \
             execute('EVAL', '#!python\\nreturn ARGV[0]', 0, r[1]), execute('EVAL', 'return 7', 0)])\
             .register(trigger='{mode}', mode='{mode}')"
        ));
        assert_eq!(
            client.trigger(mode, &[b"21"]),
            r#"[$"[42, '21', 7]"]"#,
            "{mode}"
        );
    }
}

#[test]
fn a_function_calls_gears_of_mode_sync() {
    let server = valkey_server();
    let mut client = server.client();
    client.install(
        "GB('CommandReader').map(lambda r: execute('INCRBY', 'n', r[1])).register(trigger='sync', mode='sync')\n\
         GB('CommandReader').map(lambda r: 1).register(trigger='local', mode='async_local')",
    );
    let reply = eval(&mut client, "return execute('RG.TRIGGER', 'sync', 5)");
    assert_eq!(reply, r#"[$"5"]"#);
    let reply = eval(&mut client, "return execute('RG.TRIGGER', 'local')");
    assert!(reply.starts_with('-'), "{reply}");
    assert_eq!(ask!(client, "GET", "n"), r#"$"5""#);
}

#[test]
fn a_loop_within_a_gear_ends_with_the_gear() {
    let server = valkey_server();
    let mut client = server.client();
    load(
        &mut client,
        "lib",
        "def f(k, a):\n    while True: pass\nregister_function('f', f)",
    );
    client.install(
        "GB('CommandReader').map(lambda r: execute('FCALL', 'f', 0)).register(trigger='sync', mode='sync')\n\
         GB('CommandReader').map(lambda r: execute('FCALL', 'f', 0)).register(trigger='local', mode='async_local')",
    );
    assert_eq!(ask!(client, "RG.CONFIGSET", "SyncDeadline", "200"), "[+OK]");
    for trigger in ["sync", "local"] {
        let reply = client.trigger(trigger, &[]);
        assert!(reply.starts_with('-'), "{trigger}: {reply}");
        assert_eq!(ask!(client, "PING"), "+PONG");
    }
}
