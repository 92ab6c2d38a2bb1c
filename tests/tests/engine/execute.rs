//! `execute`, `atomic` and `cmd`: the server from Python.

use gears_tests::{Client, TestServer, ask};

/// Runs the body of a function and returns its result, shown.
fn run(client: &mut Client, body: &str) -> String {
    let body = body.replace('\n', "\n    ");
    let reply = client.execute(&format!(
        "def function(record):\n    {body}\n\
         GB('ShardsIDReader').map(function).run(convertToStr=False)"
    ));
    let result = reply
        .strip_prefix("[[")
        .and_then(|rest| rest.strip_suffix("], []]"));
    result
        .unwrap_or_else(|| panic!("{body}: {reply}"))
        .to_owned()
}

#[test]
fn replies_become_python_values() {
    let server = TestServer::start();
    let mut client = server.client();
    let key = |name: &str| server.name(name);
    ask!(client, "SET", key("text"), "é");
    ask!(client, "SET", key("bytes"), b"\xff\x00");
    ask!(client, "HSET", key("hash"), "a", "1", "b", b"\xfe");
    ask!(client, "ZADD", key("scores"), "1.5", "one");
    let cases = [
        (
            format!("execute('GET', '{}')", key("absent")),
            "NoneType None",
        ),
        (format!("execute('GET', '{}')", key("text")), "str 'é'"),
        (
            format!("execute('GET', '{}')", key("bytes")),
            "bytearray bytearray(b'\\\\xff\\\\x00')",
        ),
        (format!("execute('SET', '{}', 'x')", key("set")), "str 'OK'"),
        (format!("execute('STRLEN', '{}')", key("text")), "int 2"),
        (
            format!("execute('exists', '{}', '{}')", key("text"), key("hash")),
            "int 2",
        ),
        (
            format!("execute('HGETALL', '{}')", key("hash")),
            "list ['a', '1', 'b', bytearray(b'\\\\xfe')]",
        ),
        (
            format!(
                "execute('ZRANGE', '{}', 0, -1, 'WITHSCORES')",
                key("scores")
            ),
            "list ['one', '1.5']",
        ),
        (
            format!("execute('ZSCORE', '{}', 'one')", key("scores")),
            "str '1.5'",
        ),
        (
            format!("execute('MGET', '{}', '{}')", key("absent"), key("text")),
            "list [None, 'é']",
        ),
        (
            "execute('BLPOP', 'no-such-list', 1)".to_owned(),
            "NoneType None",
        ),
        ("execute('PING')".to_owned(), "str 'PONG'"),
    ];
    for (call, expected) in &cases {
        let shown = run(
            &mut client,
            &format!("value = {call}\nreturn type(value).__name__ + ' ' + repr(value)"),
        );
        assert_eq!(shown, format!("$\"{expected}\""), "{call}");
    }
    for name in ["text", "bytes", "hash", "scores", "set"] {
        ask!(client, "DEL", key(name));
    }
}

#[test]
fn arguments_become_bytes() {
    let server = TestServer::start();
    let mut client = server.client();
    let key = server.name("key");
    let cases = [
        ("'é'", r#"$"é""#),
        ("''", r#"$"""#),
        ("b'\\x00\\xff'", r#"$b"\x00\xff""#),
        ("bytearray(b'a')", r#"$"a""#),
        ("'a\\x00b'", r#"$"a\0b""#),
        ("None", r#"$"None""#),
        ("1.5", r#"$"1.5""#),
        ("-7", r#"$"-7""#),
        ("[1, 'a']", r#"$"[1, 'a']""#),
    ];
    for (argument, stored) in cases {
        run(
            &mut client,
            &format!("return execute('SET', '{key}', {argument})"),
        );
        assert_eq!(ask!(client, "GET", key), stored, "{argument}");
    }
    let broken = run(
        &mut client,
        &format!(
            "try:\n    return execute('SET', '{key}', '\\udc80')\nexcept ValueError as e:\n    \
             return type(e).__name__"
        ),
    );
    assert_eq!(broken, r#"$"UnicodeEncodeError""#);
    ask!(client, "DEL", key);
}

#[test]
fn failures_are_exceptions() {
    let server = TestServer::start();
    let mut client = server.client();
    let key = server.name("key");
    ask!(client, "SET", key, "text");
    let cases = [
        (
            format!("execute('LPUSH', '{key}', 1)"),
            "WRONGTYPE Operation against a key holding the wrong kind of value",
        ),
        (
            "execute('NOSUCHCOMMAND')".to_owned(),
            "No such file or directory: the server has no command 'NOSUCHCOMMAND'",
        ),
        (
            "execute('TS.ADD', 'k', '*', 1)".to_owned(),
            "No such file or directory: the server has no command 'TS.ADD'",
        ),
        (
            "execute('')".to_owned(),
            "No such file or directory: the server has no command ''",
        ),
        (
            "execute('client|list')".to_owned(),
            "No such file or directory: the server has no command 'client|list'",
        ),
        (
            "execute()".to_owned(),
            "execute() needs the name of a command, such as execute('PING')",
        ),
        ("execute('GET')".to_owned(), "Invalid argument"),
        (
            "execute(1)".to_owned(),
            "the given command must be a string",
        ),
    ];
    for (call, expected) in cases {
        let message = run(
            &mut client,
            &format!(
                "import redisgears\ntry:\n    {call}\nexcept redisgears.GearsError as error:\n    \
                 return str(error).rstrip()"
            ),
        );
        assert_eq!(message, format!("${expected:?}"), "{call}");
    }
    ask!(client, "DEL", key);
}

#[test]
fn errors_inside_arrays_are_text() {
    let server = TestServer::start();
    let mut client = server.client();
    let key = server.name("key");
    ask!(client, "SET", key, "text");
    let script = "return {redis.pcall('LPUSH', KEYS[1], 1), 1}";
    let shown = run(
        &mut client,
        &format!("return repr(execute('EVAL', \"{script}\", 1, '{key}'))"),
    );
    assert!(shown.starts_with("$\"['WRONGTYPE Operation"), "{shown}");
    ask!(client, "DEL", key);
}

#[test]
fn commands_run_in_database_zero_and_leave_the_client_where_it_is() {
    let server = TestServer::start();
    let mut client = server.client();
    let key = server.name("key");
    for mode in ["sync", "async_local"] {
        let name = server.name(mode);
        client.install(&format!(
            "GB('CommandReader').map(lambda r: execute('SET', '{key}', '{mode}')).register(\
             trigger='{name}', mode='{mode}')"
        ));
        assert_eq!(ask!(client, "SELECT", "5"), "+OK");
        assert_eq!(ask!(client, "SET", key, "five"), "+OK");
        assert_eq!(client.trigger(&name, &[]), r#"[$"OK"]"#);
        assert_eq!(ask!(client, "GET", key), r#"$"five""#);
        assert_eq!(ask!(client, "DEL", key), ":1");
        assert_eq!(ask!(client, "SELECT", "0"), "+OK");
        assert_eq!(ask!(client, "GET", key), format!("${mode:?}"));
    }
    // A SELECT of the gear does not last.
    let name = server.name("select");
    client.install(&format!(
        "GB('CommandReader').map(lambda r: execute('SELECT', '7') and execute('SET', '{key}', 'x'))\
         .register(trigger='{name}')"
    ));
    assert_eq!(client.trigger(&name, &[]), r#"[$"OK"]"#);
    assert_eq!(ask!(client, "GET", key), r#"$"x""#);
    ask!(client, "DEL", key);
}

#[test]
fn atomic_blocks_let_nobody_between() {
    let server = TestServer::start();
    let mut client = server.client();
    let (key, name) = (server.name("key"), server.name("t"));
    client.install(&format!(
        "def step(record):\n    \
             with atomic():\n        \
                 value = int(execute('GET', '{key}') or 0)\n        \
                 execute('PING')\n        \
                 execute('SET', '{key}', value + 1)\n    \
             return value\n\
         GB('CommandReader').map(step).register(trigger='{name}', mode='async_local')"
    ));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut client = server.client();
                for _ in 0..25 {
                    client.trigger(&name, &[]);
                }
            });
        }
    });
    assert_eq!(ask!(client, "GET", key), r#"$"100""#);
    ask!(client, "DEL", key);
}

#[test]
fn atomic_blocks_end_with_an_exception_and_do_not_nest() {
    let server = TestServer::start();
    let mut client = server.client();
    let shown = run(
        &mut client,
        "states = [isInAtomicBlock()]\n\
         try:\n    \
             with atomic():\n        \
                 states.append(isInAtomicBlock())\n        \
                 raise KeyError('x')\n\
         except KeyError:\n    \
             states.append(isInAtomicBlock())\n\
         return repr(states)",
    );
    assert_eq!(shown, r#"$"[False, True, False]""#);
    let nested = run(
        &mut client,
        "try:\n    \
             with atomic():\n        \
                 with atomic():\n            \
                     pass\n\
         except Exception as error:\n    \
             return str(error)",
    );
    assert_eq!(nested, r#"$"Already inside an atomic block""#);
    assert_eq!(ask!(client, "PING"), "+PONG");
}

#[test]
fn script_body_and_sync_functions_are_atomic_already() {
    let server = TestServer::start();
    let mut client = server.client();
    let (key, name) = (server.name("key"), server.name("t"));
    client.install(&format!("with atomic():\n    execute('SET', '{key}', '1')"));
    client.install(&format!(
        "def both(record):\n    \
             with atomic():\n        \
                 return execute('INCR', '{key}')\n\
         GB('CommandReader').map(both).register(trigger='{name}', mode='sync')"
    ));
    assert_eq!(client.trigger(&name, &[]), r#"[$"2"]"#);
    ask!(client, "DEL", key);
}

#[test]
fn cmd_speaks_redis_py() {
    let server = TestServer::start();
    let mut client = server.client();
    let key = server.name("key");
    let shown = run(
        &mut client,
        &format!(
            "before = cmd.exists('{key}')\n\
             made = cmd.hset('{key}', mapping={{'a': 1, 'b': 'two'}})\n\
             return repr([before, made, sorted(cmd.hgetall('{key}').items()), cmd.hget('{key}', 'c')])"
        ),
    );
    assert_eq!(shown, r#"$"[0, 2, [('a', '1'), ('b', 'two')], None]""#);
    ask!(client, "DEL", key);
    let shown = run(
        &mut client,
        &format!("return repr([cmd.set('{key}', b'\\xff'), bytes(cmd.get('{key}'))])"),
    );
    assert_eq!(shown, r#"$"[True, b'\\xff']""#);
    ask!(client, "DEL", key);
}

/// The server ends itself when a replica turns out to be no client.
#[test]
fn functions_are_no_replicas() {
    let server = TestServer::start();
    let mut client = server.client();
    for (call, name) in [
        ("execute('SYNC')", "SYNC"),
        ("execute('psync', '?', '-1')", "PSYNC"),
    ] {
        let reply = client.execute(&format!("GB('ShardsIDReader').map(lambda r: {call}).run()"));
        let refusal = format!("gears.error: ERR {name} isn't allowed for a DENY BLOCKING client");
        assert!(reply.contains(&refusal), "{reply}");
    }
    assert_eq!(ask!(client, "PING"), "+PONG");
}

#[test]
fn small_builtins_answer() {
    let server = TestServer::start();
    let mut client = server.client();
    assert_eq!(run(&mut client, "return hashtag()"), r#"$"06S""#);
    assert_eq!(run(&mut client, "return hashtag3()"), r#"$"{06S}""#);
    assert_eq!(
        run(
            &mut client,
            "return repr([configGet('MaxExecutions'), configGet('NoSuchSetting')])"
        ),
        r#"$"['1000', None]""#
    );
    assert_eq!(
        run(&mut client, "return gearsConfigGet('colour', 'red')"),
        r#"$"red""#
    );
    assert_eq!(
        run(
            &mut client,
            "return repr([isAsyncAllow(), isInAtomicBlock()])"
        ),
        r#"$"[True, False]""#
    );
}

#[test]
fn leaked_names_are_there() {
    let server = TestServer::start();
    let mut client = server.client();
    // Published scripts use them without importing them.
    assert_eq!(
        run(
            &mut client,
            "return repr([m.__name__ for m in (asyncio, copy, sys, pickle)])"
        ),
        r#"$"['asyncio', 'copy', 'sys', 'pickle']""#
    );
}
