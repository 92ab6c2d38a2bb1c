//! Commands from within functions.

use gears_tests::{ask, valkey_server};

use super::eval;

#[test]
fn calls_raise_and_protected_calls_return_errors() {
    let server = valkey_server();
    let mut client = server.client();
    assert_eq!(ask!(client, "SET", "text", "a"), "+OK");
    let wrong = "-WRONGTYPE Operation against a key holding the wrong kind of value";
    assert_eq!(eval(&mut client, "server.call('LPUSH', 'text', 1)"), wrong);
    assert_eq!(
        eval(&mut client, "return server.pcall('LPUSH', 'text', 1)"),
        wrong
    );
    assert_eq!(
        eval(
            &mut client,
            "try:\n    server.call('LPUSH', 'text', 1)\nexcept server.error as e:\n    return str(e).split()[0]"
        ),
        r#"$"WRONGTYPE""#
    );
    assert_eq!(
        eval(&mut client, "raise server.error('OWN words')"),
        "-OWN words"
    );
    let reply = eval(&mut client, "execute('LPUSH', 'text', 1)");
    assert!(
        reply.starts_with("-ERR ['Traceback") && reply.contains("WRONGTYPE"),
        "{reply}"
    );
    for (call, told) in [
        ("server.call()", "at least one argument"),
        ("server.call('NOSUCH')", "unknown command"),
        ("server.call('GET')", "wrong number of arguments"),
        ("server.call('G\\0ET', 'k')", "the server has no command"),
    ] {
        let reply = eval(&mut client, &format!("return {call}"));
        assert!(
            reply.starts_with('-') && reply.contains(told),
            "{call}: {reply}"
        );
    }
}

#[test]
fn answers_have_the_types_that_the_function_asks_for() {
    let server = valkey_server();
    let mut client = server.client();
    assert_eq!(ask!(client, "HSET", "h", "f", "1.5"), ":1");
    assert_eq!(ask!(client, "SADD", "s", "m", b"\xff"), ":2");
    assert_eq!(ask!(client, "ZADD", "z", "1.5", "m"), ":1");
    for (call, told) in [
        ("server.call('HGETALL', 'h')", r#"['f', '1.5']"#),
        ("server.call('ZSCORE', 'z', 'm')", "'1.5'"),
        ("server.call('GET', 'none')", "None"),
        ("server.call('SET', 'k', 'v')", "server.status_reply('OK')"),
        ("server.call('SET', 'k', 1.5) == 'OK'", "True"),
        ("server.call('STRLEN', b'k')", "3"),
    ] {
        assert_eq!(
            eval(&mut client, &format!("return repr({call})")),
            format!("${told:?}"),
            "{call}"
        );
    }
    for (call, told) in [
        ("server.call('HGETALL', 'h')", r#"{'f': '1.5'}"#),
        ("server.call('ZSCORE', 'z', 'm')", "1.5"),
        ("server.call('SMEMBERS', 's') == {'m', b'\\xff'}", "True"),
        ("server.call('GET', 'none')", "None"),
        ("execute('HGETALL', 'h')", r#"['f', '1.5']"#),
    ] {
        assert_eq!(
            eval(
                &mut client,
                &format!("server.setresp(3)\nreturn repr({call})")
            ),
            format!("${told:?}"),
            "{call}"
        );
    }
    assert!(eval(&mut client, "server.setresp(4)").contains("RESP version must be 2 or 3."));
}

#[test]
fn commands_that_scripts_may_not_run_are_refused() {
    let server = valkey_server();
    let mut client = server.client();
    for call in [
        "'CONFIG', 'GET', 'port'",
        "'SUBSCRIBE', 'c'",
        "'BLMOVE'",
        "'MULTI'",
        "'WATCH', 'k'",
        "'SHUTDOWN'",
        "'SCRIPT', 'FLUSH'",
        "'RG.PYEXECUTE', '1'",
        "'AUTH', 'a', 'b'",
    ] {
        for way in ["server.call", "execute"] {
            let reply = eval(&mut client, &format!("return {way}({call})"));
            assert!(reply.starts_with('-'), "{way}({call}): {reply}");
        }
    }
    assert_eq!(
        eval(&mut client, "return server.call('BLPOP', 'none', 0)"),
        "nil"
    );
    assert_eq!(ask!(client, "PING"), "+PONG");
}

#[test]
fn the_small_names_are_those_of_lua() {
    let server = valkey_server();
    let mut client = server.client();
    assert_eq!(
        eval(&mut client, "return server.sha1hex('')"),
        r#"$"da39a3ee5e6b4b0d3255bfef95601890afd80709""#
    );
    assert_eq!(
        eval(
            &mut client,
            "server.log(server.LOG_WARNING, 'seen', 'here')"
        ),
        "nil"
    );
    assert!(server.log().is_some_and(|log| log.contains("seen here")));
    assert!(eval(&mut client, "server.log(9, 'x')").contains("Invalid log level."));
    assert!(eval(&mut client, "server.log(1)").contains("two arguments or more"));
    assert!(eval(&mut client, "server.set_repl(9)").contains("Invalid replication flags"));
    assert_eq!(
        eval(&mut client, "return server.acl_check_cmd('SET', 'k', 'v')"),
        ":1"
    );
}

#[test]
fn threads_of_a_function_do_not_wait_for_it() {
    let server = valkey_server();
    let mut client = server.client();
    assert_eq!(ask!(client, "RG.CONFIGSET", "SyncDeadline", "300"), "[+OK]");
    let body = "import threading\n\
                said = []\n\
                def run():\n\
                \x20   for call in (server.call, execute):\n\
                \x20       try: said.append(call('GET', 'k'))\n\
                \x20       except Exception as error: said.append(str(error))\n\
                thread = threading.Thread(target=run)\n\
                thread.start()\n\
                thread.join()\n\
                return said";
    let reply = eval(&mut client, body);
    assert!(
        reply.contains("on its own thread") && reply.contains("does it wait for this thread?"),
        "{reply}"
    );
}

#[test]
fn a_function_works_in_the_database_of_its_client() {
    let server = valkey_server();
    let mut client = server.client();
    assert_eq!(ask!(client, "SELECT", "3"), "+OK");
    assert_eq!(
        eval(&mut client, "return execute('SET', 'k', 'v')"),
        r#"$"OK""#
    );
    assert_eq!(ask!(client, "GET", "k"), r#"$"v""#);
    assert_eq!(ask!(client, "SELECT", "0"), "+OK");
    assert_eq!(ask!(client, "EXISTS", "k"), ":0");
}
