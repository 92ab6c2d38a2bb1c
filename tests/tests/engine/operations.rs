//! Readers and operations, each once.

use gears_tests::{TestServer, ask};

#[test]
fn operations_do_what_they_say() {
    let server = TestServer::start();
    let mut client = server.client();
    let cases = [
        ("map(lambda n: n * 2)", r#"[$"6", $"2", $"4", $"2"]"#),
        ("filter(lambda n: n > 1)", r#"[$"3", $"2"]"#),
        (
            "flatmap(lambda n: [n, -n] if n == 2 else [])",
            r#"[$"-2", $"2"]"#,
        ),
        ("flatmap(lambda n: (n,)).limit(1)", r#"[$"(3,)"]"#),
        ("foreach(lambda n: None)", r#"[$"3", $"1", $"2", $"1"]"#),
        ("limit(2)", r#"[$"3", $"1"]"#),
        ("limit(2, 1)", r#"[$"1", $"2"]"#),
        ("limit(0)", "[]"),
        ("limit(-1)", r#"[$"3", $"1", $"2", $"1"]"#),
        ("accumulate(lambda a, n: (a or 0) + n)", r#"[$"7"]"#),
        (
            "aggregate(0, lambda a, n: a + n, lambda a, n: a + n)",
            r#"[$"7"]"#,
        ),
        ("count()", r#"[$"4"]"#),
        ("avg()", r#"[$"1.75"]"#),
        // As RedisGears does: flatmap reverses what was sorted.
        ("sort()", r#"[$"1", $"1", $"2", $"3"]"#),
        ("sort(False)", r#"[$"3", $"2", $"1", $"1"]"#),
        ("distinct().sort()", r#"[$"1", $"2", $"3"]"#),
        ("distinct().count()", r#"[$"3"]"#),
        ("collect()", r#"[$"3", $"1", $"2", $"1"]"#),
        ("repartition(lambda n: str(n)).count()", r#"[$"4"]"#),
        (
            "countby().map(lambda g: g['key'] + ':' + str(g['value'])).sort()",
            r#"[$"1:2", $"2:1", $"3:1"]"#,
        ),
        (
            "countby(lambda n: n % 2).map(lambda g: (g['key'], g['value'])).sort()",
            r#"[$"('0', 1)", $"('1', 3)"]"#,
        ),
        (
            "groupby(lambda n: n % 2, lambda k, a, n: (a or 0) + n)\
             .map(lambda g: (g['key'], g['value'])).sort()",
            r#"[$"('0', 2)", $"('1', 5)"]"#,
        ),
        (
            "batchgroupby(lambda n: n % 2, lambda k, ns: len(ns))\
             .map(lambda g: (g['key'], g['value'])).sort()",
            r#"[$"('0', 1)", $"('1', 3)"]"#,
        ),
        (
            "aggregateby(lambda n: n % 2, 0, lambda k, a, n: a + n, lambda k, a, n: a + n)\
             .map(lambda g: (g['key'], g['value'])).sort()",
            r#"[$"('0', 2)", $"('1', 5)"]"#,
        ),
        ("filter(lambda n: False).count()", "[]"),
        ("filter(lambda n: False).accumulate(lambda a, n: n)", "[]"),
    ];
    for (operations, expected) in cases {
        let reply = client.execute(&format!(
            "def numbers():\n    yield from [3, 1, 2, 1]\n\
             GB('PythonReader').{operations}.run(numbers)"
        ));
        assert_eq!(reply, format!("[{expected}, []]"), "{operations}");
    }
}

#[test]
fn keys_reader_reads_keys_of_every_type() {
    let server = TestServer::start();
    let mut client = server.client();
    let prefix = server.name("k-");
    ask!(client, "SET", format!("{prefix}1"), "text");
    ask!(client, "SET", format!("{prefix}2"), b"\xff");
    ask!(client, "RPUSH", format!("{prefix}3"), "a", b"\xfe");
    ask!(client, "HSET", format!("{prefix}4"), "f", "v");
    ask!(client, "SADD", format!("{prefix}5"), "m");
    ask!(client, "ZADD", format!("{prefix}6"), "1", "m");
    let reply = client.execute(&format!(
        "GB().map(lambda r: (r['key'][-1], r['type'], r['value'], r['event'])).sort()\
         .run('{prefix}*')"
    ));
    assert_eq!(
        reply,
        r#"[[$"('1', 'string', 'text', None)", $"('2', 'string', bytearray(b'\\xff'), None)", $"('3', 'list', ['a', bytearray(b'\\xfe')], None)", $"('4', 'hash', {'f': 'v'}, None)", $"('5', 'set', None, None)", $"('6', 'zset', None, None)"], []]"#
    );
    let keys_only = client.execute(&format!(
        "GB('KeysReader', '{prefix}*').map(lambda r: sorted(r)).limit(1).run(readValue=False)"
    ));
    assert_eq!(keys_only, r#"[[$"['event', 'key']"], []]"#);
    let one = client.execute(&format!(
        "GB().map(lambda r: r['value']).run('{prefix}1', noScan=True)"
    ));
    assert_eq!(one, r#"[[$"text"], []]"#);
    for number in 1..=6 {
        ask!(client, "DEL", format!("{prefix}{number}"));
    }
}

#[test]
fn binary_keys_and_fields_do_no_harm() {
    let server = TestServer::start();
    let mut client = server.client();
    let prefix = server.name("b-");
    let mut key = prefix.clone().into_bytes();
    key.extend(b"\xff\0%s");
    ask!(client, "HSET", key, b"\xff\0field", b"\xfe");
    let reply = client.execute(&format!(
        "GB().map(lambda r: (r['key'][-4:], r['value'])).run('{prefix}*')"
    ));
    assert_eq!(
        reply,
        r#"[[$"(bytearray(b'\\xff\\x00%s'), {b'\\xff\\x00field': bytearray(b'\\xfe')})"], []]"#
    );
    ask!(client, "DEL", key);
}

#[test]
fn operations_work_behind_a_command_too() {
    let server = TestServer::start();
    let mut client = server.client();
    for mode in ["sync", "async_local"] {
        let name = server.name(mode);
        client.install(&format!(
            "GB('CommandReader').flatmap(lambda r: r[1:]).map(lambda w: int(w)).sort()\
             .register(trigger='{name}', mode='{mode}')"
        ));
        assert_eq!(
            client.trigger(&name, &[b"10", b"9", b"-1"]),
            r#"[$"-1", $"9", $"10"]"#,
            "{mode}"
        );
    }
}

#[test]
fn functions_of_readers_are_generators() {
    let server = TestServer::start();
    let mut client = server.client();
    for (returned, kind) in [
        ("[1, 2]", "list"),
        ("None", "NoneType"),
        ("5", "int"),
        ("iter([1])", "list_iterator"),
    ] {
        for end in ["", ".limit(1)", ".count()"] {
            let reply = client.execute(&format!("GB('PythonReader'){end}.run(lambda: {returned})"));
            let said =
                format!("must be a generator, one that says `yield`; this one returned {kind}");
            assert!(reply.contains(&said), "{returned}{end}: {reply}");
        }
    }
    let none = client.execute("GB('PythonReader').run(lambda: (x for x in []))");
    assert_eq!(none, "[[], []]");
}

#[test]
fn readers_that_cannot_run_say_so() {
    let server = TestServer::start();
    let mut client = server.client();
    for (script, message) in [
        ("GB('CommandReader').run()", "gears.error: "),
        (
            "GB('PythonReader').run(1)",
            "gears.error: pyreader argument must be a function",
        ),
        ("GB().run(1)", "gears.error: "),
        (
            "GB('ShardsIDReader').run(mode='sync')",
            "gears.error: unknown execution mode",
        ),
    ] {
        let reply = client.execute(script);
        assert!(reply.contains(message), "{script}: {reply}");
    }
}
