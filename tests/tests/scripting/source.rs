//! Sources that cannot be loaded.

use gears_tests::{Client, ask, valkey_server};

use super::{eval, load};

fn refusal(client: &mut Client, body: impl AsRef<[u8]>) -> String {
    let source = [b"#!python name=lib\n", body.as_ref()].concat();
    let reply = ask!(client, "FUNCTION", "LOAD", source);
    assert!(reply.starts_with("-ERR "), "{reply}");
    assert_eq!(ask!(client, "FUNCTION", "LIST"), "[]");
    reply
}

#[test]
fn bytes_that_are_no_source_are_told_with_their_line() {
    let server = valkey_server();
    let mut client = server.client();
    let reply = refusal(&mut client, b"\nx = '\0'");
    assert!(
        reply.starts_with("-ERR Error compiling function: line 3 holds a NUL byte"),
        "{reply}"
    );
    let reply = refusal(&mut client, b"x = '\xff'");
    assert!(
        reply.contains("line 2 holds the byte 0xff, which is not UTF-8"),
        "{reply}"
    );
    let script = ask!(client, "EVAL", b"#!python\nreturn '\xff'", "0");
    assert!(
        script.starts_with("-ERR Error compiling script (new function): line 2"),
        "{script}"
    );
    let script = ask!(client, "EVAL", b"#!python\nreturn '\0'", "0");
    assert!(script.contains("NUL"), "{script}");
}

#[test]
fn wrong_syntax_is_told_with_line_and_column() {
    let server = valkey_server();
    let mut client = server.client();
    let reply = refusal(&mut client, "x = 1\ny = (1,\n  2 3)");
    assert!(
        reply.starts_with("-ERR Error compiling function: user_function:4:3: invalid syntax"),
        "{reply}"
    );
    let reply = eval(&mut client, "def f(:\n  pass");
    assert!(
        reply.starts_with("-ERR Error compiling script (new function): user_script:2:7: "),
        "{reply}"
    );
    let reply = eval(&mut client, "from os import *");
    assert!(
        reply.contains("import * only allowed at module level"),
        "{reply}"
    );
}

#[test]
fn a_body_that_raises_loads_nothing() {
    let server = valkey_server();
    let mut client = server.client();
    let reply = refusal(
        &mut client,
        "register_function('f', lambda k, a: 1)\nraise ValueError('no')",
    );
    assert!(
        reply.starts_with("-ERR Error registering functions: ['Traceback"),
        "{reply}"
    );
    assert!(
        reply.contains(r#"File "user_function", line 3, in <module>"#) && reply.contains("no"),
        "{reply}"
    );
    assert_eq!(ask!(client, "FCALL", "f", "0"), "-ERR Function not found");
    assert!(refusal(&mut client, "import sys\nsys.exit(3)").contains("SystemExit"));
}

#[test]
fn a_body_has_to_register_something_and_rightly() {
    let server = valkey_server();
    let mut client = server.client();
    assert_eq!(
        refusal(&mut client, "x = 1"),
        "-ERR No functions registered"
    );
    for (body, told) in [
        ("register_function('f')", "must get a callback argument"),
        ("register_function()", "must get a function name argument"),
        (
            "register_function(1, print)",
            "name of a function must be a string",
        ),
        ("register_function('f', 1)", "must be callable"),
        (
            "register_function('f', print, flags=['fast'])",
            "unknown flag given: fast",
        ),
        (
            "register_function('f', print, flags='no-writes')",
            "flags is a list of texts",
        ),
        ("register_function('f', print, flags=7)", "not iterable"),
        (
            "register_function('', print)",
            "at least one character long",
        ),
        (
            "register_function('a b', print)",
            "letters, numbers, or underscores",
        ),
        (
            "register_function('f', print)\nregister_function('f', print)",
            "Function already exists in the library: f",
        ),
    ] {
        let reply = refusal(&mut client, body);
        assert!(reply.contains(told), "{body}: {reply}");
    }
}

#[test]
fn a_name_that_another_library_has_is_refused() {
    let server = valkey_server();
    let mut client = server.client();
    load(
        &mut client,
        "first",
        "register_function('f', lambda k, a: 1)",
    );
    let source = "#!python name=second\nregister_function('f', lambda k, a: 2)";
    assert_eq!(
        ask!(client, "FUNCTION", "LOAD", source),
        "-ERR Function f already exists"
    );
    let again = "#!python name=first\nregister_function('g', lambda k, a: 2)";
    assert_eq!(
        ask!(client, "FUNCTION", "LOAD", again),
        "-ERR Library 'first' already exists"
    );
    assert_eq!(ask!(client, "FCALL", "f", "0"), ":1");
}

#[test]
fn a_body_that_never_ends_is_ended() {
    let server = valkey_server();
    let mut client = server.client();
    for body in [
        "while True: pass",
        "while True:\n    try:\n        while True: pass\n    except: pass",
        "register_function('f', print)\nwhile True: int('1')",
    ] {
        assert_eq!(
            refusal(&mut client, body),
            "-ERR Error registering functions: FUNCTION LOAD timeout",
            "{body}"
        );
    }
    assert_eq!(ask!(client, "PING"), "+PONG");
}

#[test]
fn a_body_runs_no_commands() {
    let server = valkey_server();
    let mut client = server.client();
    for command in [
        "execute('SET', 'k', 'v')",
        "cmd.set('k', 'v')",
        "server.call('SET', 'k', 'v')",
        "server.pcall('SET', 'k', 'v')\nraise ValueError(server.pcall('SET', 'k', 'v').err)",
        "server.acl_check_cmd('GET', 'k')",
        "server.setresp(3)",
        "server.set_repl(0)",
    ] {
        let reply = refusal(&mut client, command);
        assert!(
            reply.contains("only be") && reply.contains("inside a function that is being called"),
            "{command}: {reply}"
        );
    }
    assert_eq!(ask!(client, "EXISTS", "k"), ":0");
}

#[test]
fn long_sources_load_and_deep_ones_are_refused() {
    let server = valkey_server();
    let mut client = server.client();
    let long = "x".repeat(10 << 20);
    for body in [format!("# {long}"), format!("x = '{long}'")] {
        load(
            &mut client,
            "long",
            &format!("{body}\nregister_function('long', lambda k, a: 1)"),
        );
        assert_eq!(ask!(client, "FCALL", "long", "0"), ":1");
    }
    assert_eq!(eval(&mut client, &format!("# {long}\nreturn 1")), ":1");
    assert_eq!(ask!(client, "FUNCTION", "FLUSH"), "+OK");
    for body in ["(".repeat(10 << 20), format!("{}1", "-".repeat(1 << 20))] {
        let reply = refusal(&mut client, &body);
        assert!(
            reply.starts_with("-ERR Error compiling function: "),
            "{reply}"
        );
    }
    assert_eq!(ask!(client, "PING"), "+PONG");
}
