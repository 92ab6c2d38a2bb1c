//! Errors whose texts would break a careless server.

use gears_tests::{TestServer, ask, field, show};
use redis::Value;

/// Makes the reply to a script that raises `expression`, in every place where Python runs.
fn raise_everywhere(expression: &str, check: impl Fn(&str, &str)) {
    let server = TestServer::start();
    let mut client = server.client();
    check("script", &client.execute(&format!("raise {expression}")));
    let define = format!("def fail(record):\n    raise {expression}\n");
    let run = format!("{define}GB('ShardsIDReader').map(fail).run()");
    check("run", &client.execute(&run));
    for mode in ["sync", "async_local", "async"] {
        let name = server.name(mode);
        client.install(&format!(
            "{define}GB('CommandReader').map(fail).register(trigger='{name}', mode='{mode}')"
        ));
        check(mode, &client.trigger(&name, &[]));
        let registration = client.registration(&name).unwrap();
        let data = field(&registration, "RegistrationData");
        check("lastError", &show(field(data, "lastError")));
    }
    assert_eq!(ask!(client, "PING"), "+PONG");
}

#[test]
fn non_ascii_text_arrives() {
    raise_everywhere("ValueError('café 世界 🦀 \\u4e00')", |place, reply| {
        assert!(
            reply.contains("ValueError: café 世界 🦀 一"),
            "{place}: {reply}"
        );
    });
}

#[test]
fn nul_arrives_as_an_escape() {
    raise_everywhere("ValueError('be\\x00fore')", |place, reply| {
        assert!(reply.contains("ValueError: be"), "{place}: {reply}");
        assert!(reply.contains("x00fore"), "{place}: {reply}");
    });
}

#[test]
fn percent_signs_are_no_format() {
    raise_everywhere("ValueError('%s %n %d %p %100000000d %')", |place, reply| {
        assert!(
            reply.contains("ValueError: %s %n %d %p %100000000d %"),
            "{place}: {reply}"
        );
    });
}

#[test]
fn line_ends_do_not_end_the_reply() {
    raise_everywhere(
        "ValueError('one\\r\\n+OK\\r\\n$3\\r\\nend')",
        |place, reply| {
            assert!(
                reply.contains("one") && reply.contains("end"),
                "{place}: {reply}"
            );
            assert!(
                !reply.contains('\r') && !reply.contains('\n'),
                "{place}: {reply}"
            );
        },
    );
}

#[test]
fn lone_surrogates_are_escaped() {
    raise_everywhere("ValueError('be\\udc80fore')", |place, reply| {
        assert!(reply.contains("ValueError: be"), "{place}: {reply}");
    });
}

#[test]
fn two_megabytes_of_message_arrive() {
    raise_everywhere("ValueError('é' * (1 << 20) + 'end')", |place, reply| {
        assert!(reply.contains("éend"), "{place}: {} bytes", reply.len());
        assert!(reply.len() > 2 << 20, "{place}: {} bytes", reply.len());
    });
}

#[test]
fn flat_errors_are_just_their_text() {
    let server = TestServer::start();
    let mut client = server.client();
    let name = server.name("t");
    client.install(&format!(
        "def fail(record):\n    \
             flat_error(record[1])\n\
         GB('CommandReader').map(fail).register(trigger='{name}')"
    ));
    assert_eq!(client.trigger(&name, &[b"only this"]), "-only this");
    assert_eq!(client.trigger(&name, &["é %s".as_bytes()]), "-é %s");
    assert_eq!(client.trigger(&name, &[b"a\r\nb"]), "-a  b");
    let nothing = "GB('ShardsIDReader').foreach(lambda r: flat_error(None)).run()";
    assert_eq!(client.execute(nothing), r#"[[], [$"None"]]"#);
    for text in [b"".as_slice(), b"\0", b"a\0b", b" ", b"-"] {
        assert!(client.trigger(&name, &[text]).starts_with('-'), "{text:?}");
    }
}

#[test]
fn exits_are_errors_like_any_other() {
    let server = TestServer::start();
    let mut client = server.client();
    for (raise, name) in [
        ("raise SystemExit('over')", "SystemExit: over"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("exit()", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise GeneratorExit", "GeneratorExit"),
    ] {
        let reply = client.execute(raise);
        let built_in = reply.contains(name);
        // `exit` comes from the module `site`, which an embedded Python may lack.
        assert!(built_in || reply.contains("NameError"), "{raise}: {reply}");
    }
    for mode in ["sync", "async_local"] {
        let name = server.name(mode);
        client.install(&format!(
            "def leave(record):\n    \
                 raise SystemExit\n\
             GB('CommandReader').map(leave).register(trigger='{name}', mode='{mode}')"
        ));
        let reply = client.trigger(&name, &[]);
        assert!(reply.contains("SystemExit"), "{reply}");
    }
}

#[test]
fn chained_exceptions_arrive_in_full() {
    let server = TestServer::start();
    let mut client = server.client();
    let reply = client.execute(
        "try:\n    \
             {}['missing']\n\
         except KeyError as error:\n    \
             raise ValueError('no such thing') from error",
    );
    assert!(
        reply.contains("KeyError: \\'missing\\'") || reply.contains("KeyError: 'missing'"),
        "{reply}"
    );
    assert!(
        reply.contains("The above exception was the direct cause"),
        "{reply}"
    );
    assert!(reply.contains("ValueError: no such thing"), "{reply}");
}

#[test]
fn exception_types_of_scripts_are_named() {
    let server = TestServer::start();
    let mut client = server.client();
    let reply = client.execute("class Mine(Exception): pass\nraise Mine('x')");
    assert!(reply.contains("not_main.Mine: x"), "{reply}");
    let reply = client.execute("execute('GET')");
    assert!(reply.contains("gears.error: "), "{reply}");
}

#[test]
fn deep_recursion_is_an_error() {
    let server = TestServer::start();
    let mut client = server.client();
    let name = server.name("t");
    let define = "def down(n):\n    return down(n + 1)\n";
    let reply = client.execute(&format!("{define}down(0)"));
    assert!(reply.contains("RecursionError"), "{reply}");
    for mode in ["sync", "async_local"] {
        client.install(&format!(
            "{define}GB('CommandReader').map(lambda r: down(0)).register(\
             trigger='{name}-{mode}', mode='{mode}')"
        ));
        let reply = client.trigger(&format!("{name}-{mode}"), &[]);
        assert!(reply.contains("RecursionError"), "{mode}: {reply}");
    }
}

#[test]
fn callback_with_wrong_parameters_is_an_error() {
    let server = TestServer::start();
    let mut client = server.client();
    let name = server.name("t");
    client.install(&format!(
        "GB('CommandReader').map(lambda x, y: x).register(trigger='{name}')"
    ));
    assert_eq!(
        client.trigger(&name, &[]),
        "-Error type: <class 'TypeError'>, Value: <lambda>() missing 1 required positional \
         argument: 'y'"
    );
}

#[test]
fn errors_in_a_run_stop_the_reader() {
    let server = TestServer::start();
    let mut client = server.client();
    let reply = client.value(&[
        b"RG.PYEXECUTE",
        b"def numbers():\n    yield from range(5)\n\
          GB('PythonReader').map(lambda n: 6 // (1 - n)).run(numbers)",
    ]);
    let Value::Array(parts) = reply else {
        panic!("{}", show(&reply));
    };
    assert_eq!(show(&parts[0]), r#"[$"6"]"#);
    let Value::Array(errors) = &parts[1] else {
        panic!("{}", show(&parts[1]));
    };
    assert_eq!(errors.len(), 1);
}

#[test]
fn tracebacks_name_compiled_files() {
    let server = TestServer::start();
    let mut client = server.client();
    let reply = client.execute(
        "code = compile('\\n' * 41 + 'raise ValueError(1)', 'src/cache.rs', 'exec')\nexec(code)",
    );
    assert!(
        reply.contains("File \"src/cache.rs\", line 42, in <module>"),
        "{reply}"
    );
}
