//! Arguments into Python, results out of it.

use gears_tests::{Client, TestServer, ask, show};
use redis::Value;

/// Registers `expression` of the record `r` under `trigger`, unconverted.
fn install(client: &mut Client, trigger: &str, expression: &str) {
    client.install(&format!(
        "GB('CommandReader').map(lambda r: {expression}).register(trigger='{trigger}', \
         convertToStr=False)"
    ));
}

/// Runs `expression` and returns its reply, without the two arrays around it.
fn result(client: &mut Client, expression: &str, convert: &str) -> String {
    let reply = client.execute(&format!(
        "GB('ShardsIDReader').map(lambda r: {expression}).run(convertToStr={convert})"
    ));
    let result = reply
        .strip_prefix("[[")
        .and_then(|rest| rest.strip_suffix("], []]"));
    result
        .unwrap_or_else(|| panic!("{expression}: {reply}"))
        .to_owned()
}

#[test]
fn plain_values_keep_their_kind() {
    let server = TestServer::start();
    let mut client = server.client();
    let cases = [
        ("'text'", r#"$"text""#),
        ("'é世🦀'", r#"$"é世🦀""#),
        ("''", r#"$"""#),
        ("'+'", r#"$"+""#),
        ("'-'", r#"$"-""#),
        ("'+status'", "+status"),
        ("'+OK'", "+OK"),
        ("'-failed badly'", "-failed badly"),
        ("'+a\\r\\nb'", "+a  b"),
        ("'a\\x00b'", r#"$"a\0b""#),
        ("b'+bytes'", r#"$"+bytes""#),
        ("b''", r#"$"""#),
        ("b'\\x00\\xff'", r#"$b"\x00\xff""#),
        ("bytearray(b'ab')", r#"$"PY RECORD""#),
        ("5", ":5"),
        ("-5", ":-5"),
        ("2**63 - 1", ":9223372036854775807"),
        ("-2**63", ":-9223372036854775808"),
        ("True", ":1"),
        ("False", ":0"),
        ("1.5", r#"$"1.500000""#),
        ("-1.5", r#"$"-1.500000""#),
        ("float('nan')", r#"$"nan""#),
        ("float('inf')", r#"$"inf""#),
        ("float('-inf')", r#"$"-inf""#),
        ("None", r#"$"PY RECORD""#),
        ("[]", "[]"),
        ("[1, 'a', [b'b', []]]", r#"[:1, $"a", [$"b", []]]"#),
        ("['+ok', '-no']", "[+ok, -no]"),
        ("{'a': 1}", r#"$"PY RECORD""#),
        ("(1, 2)", r#"$"PY RECORD""#),
        ("{1}", r#"$"PY RECORD""#),
        ("range(3)", r#"$"PY RECORD""#),
        ("lambda: 1", r#"$"PY RECORD""#),
        ("ValueError('x')", r#"$"PY RECORD""#),
    ];
    for (expression, expected) in cases {
        assert_eq!(
            result(&mut client, expression, "False"),
            expected,
            "{expression}"
        );
    }
}

#[test]
fn converted_values_are_their_text() {
    let server = TestServer::start();
    let mut client = server.client();
    let cases = [
        ("'text'", r#"$"text""#),
        ("'+status'", "+status"),
        ("b'abc'", r#"$"b'abc'""#),
        ("bytearray(b'ab')", r#"$"bytearray(b'ab')""#),
        ("5", r#"$"5""#),
        // Negative numbers are errors in RedisGears; here they stay numbers.
        ("-5", r#"$"-5""#),
        ("-1.5", r#"$"-1.5""#),
        ("True", r#"$"True""#),
        ("1.5", r#"$"1.5""#),
        ("None", r#"$"None""#),
        ("[1, 'a']", r#"$"[1, 'a']""#),
        ("{'a': 1}", r#"$"{'a': 1}""#),
        ("2**70", r#"$"1180591620717411303424""#),
        ("-2**70", r#"$"-1180591620717411303424""#),
    ];
    for (expression, expected) in cases {
        assert_eq!(
            result(&mut client, expression, "True"),
            expected,
            "{expression}"
        );
    }
}

#[test]
fn values_without_a_form_are_errors() {
    let server = TestServer::start();
    let mut client = server.client();
    for expression in [
        "2**63",
        "-2**63 - 1",
        "10**400",
        "'\\udc80'",
        "'ok' + '\\ud800'",
    ] {
        let reply = result(&mut client, expression, "False");
        assert!(reply.starts_with('-'), "{expression}: {reply}");
        let inside = result(&mut client, &format!("[1, {expression}]"), "False");
        assert!(inside.starts_with("[:1, -"), "{expression}: {inside}");
    }
    let reply = client.execute("GB('ShardsIDReader').map(lambda r: '\\udc80').run()");
    assert!(reply.contains('-') || reply.contains("Error"), "{reply}");
    // A number of so many digits is no text either: Python refuses.
    let reply = client.execute("GB('ShardsIDReader').map(lambda r: 10**5000).run()");
    assert!(
        reply.contains("ValueError") || reply.contains("10000"),
        "{reply}"
    );
}

#[test]
fn list_that_contains_itself_ends() {
    let server = TestServer::start();
    let mut client = server.client();
    let name = server.name("t");
    client.install(&format!(
        "def loop(record):\n    \
             own = [1]\n    \
             own.append(own)\n    \
             return own\n\
         def deep(record):\n    \
             own = []\n    \
             for _ in range(100000):\n        \
                 own = [own]\n    \
             return own\n\
         GB('CommandReader').map(loop).register(trigger='{name}', convertToStr=False)\n\
         GB('CommandReader').map(loop).register(trigger='{name}-text')\n\
         GB('CommandReader').map(deep).register(trigger='{name}-deep', convertToStr=False)\n\
         GB('CommandReader').map(deep).register(trigger='{name}-deep-text')"
    ));
    let reply = client.trigger(&name, &[]);
    assert!(
        reply.contains("nested too deep, or contains itself"),
        "{reply}"
    );
    assert_eq!(
        client.trigger(&format!("{name}-text"), &[]),
        r#"[$"[1, [...]]"]"#
    );
    let reply = client.trigger(&format!("{name}-deep"), &[]);
    assert!(reply.contains("nested too deep"), "{reply}");
    let reply = client.trigger(&format!("{name}-deep-text"), &[]);
    assert!(reply.contains("RecursionError"), "{reply}");
}

#[test]
fn values_whose_methods_raise_are_errors() {
    let server = TestServer::start();
    let mut client = server.client();
    let reply = client.execute(
        "class Shy:\n    \
             def __str__(self):\n        \
                 raise ValueError('no text')\n    \
             __repr__ = __str__\n\
         GB('ShardsIDReader').map(lambda r: Shy()).run()",
    );
    assert!(reply.contains("ValueError: no text"), "{reply}");
    let reply = client.execute(
        "class Shy(ValueError):\n    \
             def __str__(self):\n        \
                 raise ValueError('no text')\n    \
             __repr__ = __str__\n\
         raise Shy()",
    );
    assert!(reply.starts_with('-'), "{reply}");
}

#[test]
fn arguments_are_text_or_bytes_and_never_cut() {
    let server = TestServer::start();
    let mut client = server.client();
    let name = server.name("t");
    install(
        &mut client,
        &name,
        "[type(r[1]).__name__, bytes(r[1], 'utf-8') if isinstance(r[1], str) else bytes(r[1])]",
    );
    let cases: &[(&[u8], &str)] = &[
        (b"", r#"[[$"str", $""]]"#),
        ("é世".as_bytes(), r#"[[$"str", $"é世"]]"#),
        (b"a\0b", r#"[[$"str", $"a\0b"]]"#),
        (b"\0", r#"[[$"str", $"\0"]]"#),
        (b"\xff\0\xfe", r#"[[$"bytearray", $b"\xff\x00\xfe"]]"#),
        (b"%s%n\r\n", r#"[[$"str", $"%s%n\r\n"]]"#),
        (b"\xed\xa0\x80", r#"[[$"bytearray", $b"\xed\xa0\x80"]]"#),
    ];
    for (argument, expected) in cases {
        assert_eq!(
            client.trigger(&name, &[argument]),
            *expected,
            "{argument:?}"
        );
    }
    let every: Vec<u8> = (0..=255).collect();
    let Value::Array(results) = client.value(&[b"RG.TRIGGER", name.as_bytes(), &every]) else {
        panic!("no array");
    };
    let Value::Array(pair) = &results[0] else {
        panic!("no pair: {}", show(&results[0]));
    };
    assert_eq!(pair[1], Value::BulkString(every));
}

#[test]
fn many_arguments_arrive() {
    let server = TestServer::start();
    let mut client = server.client();
    let name = server.name("t");
    install(&mut client, &name, "len(r)");
    let arguments = vec![b"x".as_slice(); 10_000];
    assert_eq!(client.trigger(&name, &arguments), "[:10001]");
}

#[test]
fn sixty_four_megabytes_go_there_and_back() {
    const SIZE: usize = 64 << 20;
    let server = TestServer::start();
    let mut client = server.client();
    for mode in ["sync", "async_local"] {
        let name = server.name(mode);
        client.install(&format!(
            "GB('CommandReader').map(lambda r: bytes(r[1])).register(trigger='{name}', \
             mode='{mode}', convertToStr=False)"
        ));
        let mut large = vec![0xa5; SIZE];
        large[SIZE / 2] = 0;
        let Value::Array(mut results) = client.value(&[b"RG.TRIGGER", name.as_bytes(), &large])
        else {
            panic!("no array");
        };
        let Some(Value::BulkString(back)) = results.pop() else {
            panic!("no bytes");
        };
        assert!(back == large, "{mode}: {} bytes came back", back.len());
    }
    let text = result(&mut client, "'x' * (64 << 20)", "True");
    assert_eq!(text.len(), SIZE + 3);
    assert_eq!(ask!(client, "PING"), "+PONG");
}

#[test]
fn large_script_runs() {
    let server = TestServer::start();
    let mut client = server.client();
    client.install(&format!(
        "x = '{}'\nassert len(x) == 4000000",
        "y".repeat(4_000_000)
    ));
    client.install(&"x = 1\n".repeat(100_000));
}
