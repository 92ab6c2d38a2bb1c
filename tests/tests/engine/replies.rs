//! What `RG.PYEXECUTE` answers to the different kinds of scripts.

use gears_tests::{TestServer, ask, show, until};
use redis::Value;

#[test]
fn script_that_asks_for_nothing_is_ok() {
    let server = TestServer::start();
    let mut client = server.client();
    assert_eq!(client.execute(""), "+OK");
    assert_eq!(client.execute("x = 1"), "+OK");
    assert_eq!(client.execute("x = 1\r\ny = x + 1\r\n"), "+OK");
    assert_eq!(ask!(client, "RG.PYEXECUTE", "x = 1", "UNBLOCKING"), "+OK");
    assert_eq!(ask!(client, "rg.PyExecute", "x = 1", "REQUIREMENTS"), "+OK");
    // A script is a C string.
    assert_eq!(ask!(client, "RG.PYEXECUTE", "x = 1\0 no Python"), "+OK");
}

#[test]
fn run_answers_results_and_errors() {
    let server = TestServer::start();
    let mut client = server.client();
    assert_eq!(
        client.execute("GB('ShardsIDReader').run()"),
        r#"[[$"1"], []]"#
    );
    let nothing = server.name("no-such-key");
    assert_eq!(
        client.execute(&format!("GB().run('{nothing}')")),
        "[[], []]"
    );
    let failing = client.execute("GB('ShardsIDReader').map(lambda r: 1 / 0).run()");
    assert!(failing.starts_with("[[], [$\"['Traceback"), "{failing}");
    assert!(
        failing.contains("ZeroDivisionError: division by zero"),
        "{failing}"
    );
}

#[test]
fn unblocking_run_answers_its_id_and_goes_on() {
    let server = TestServer::start();
    let mut client = server.client();
    let key = server.name("done");
    let script =
        format!("GB('ShardsIDReader').foreach(lambda r: execute('SET', '{key}', r)).run()");
    let reply = client.value(&[b"RG.PYEXECUTE", script.as_bytes(), b"UNBLOCKING"]);
    let Value::BulkString(id) = &reply else {
        panic!("no id: {}", show(&reply));
    };
    let id = String::from_utf8(id.clone()).unwrap();
    assert!(
        id.starts_with(&"0".repeat(40)) && id.as_bytes()[40] == b'-',
        "{id}"
    );
    until("execution in the list that is done", || {
        let executions = ask!(client, "RG.DUMPEXECUTIONS");
        executions
            .contains(&format!(r#"$"executionId", ${id:?}, $"status", $"done""#))
            .then_some(())
    });
    assert_eq!(ask!(client, "GET", key), r#"$"1""#);
    ask!(client, "DEL", key);
}

#[test]
fn registering_is_ok_with_a_run_too() {
    let server = TestServer::start();
    let mut client = server.client();
    let (one, two, key) = (server.name("one"), server.name("two"), server.name("ran"));
    client.install(&format!("GB('CommandReader').register(trigger='{one}')"));
    client.install(&format!(
        "GB('ShardsIDReader').foreach(lambda r: execute('SET', '{key}', r)).run()\n\
         GB('CommandReader').register(trigger='{two}')"
    ));
    until("key that the run sets", || {
        (ask!(client, "GET", key) == r#"$"1""#).then_some(())
    });
    assert_eq!(client.trigger(&two, &[]), format!("[$\"['{two}']\"]"));
    ask!(client, "DEL", key);
}

#[test]
fn exception_is_an_error_with_a_traceback() {
    let server = TestServer::start();
    let mut client = server.client();
    assert_eq!(
        client.execute("1/0"),
        "-['Traceback (most recent call last):\\n', \
         '  File \"<string>\", line 1, in <module>\\n', \
         'ZeroDivisionError: division by zero\\n']"
    );
}

#[test]
fn syntax_error_past_the_macro_is_an_error() {
    let server = TestServer::start();
    let mut client = server.client();
    for script in ["def", "x = (", "  indented", "if True:\nx = 1", "return 1"] {
        let reply = client.execute(script);
        assert!(
            reply.starts_with("-Error type: <class '"),
            "{script}: {reply}"
        );
        assert!(reply.contains("<string>, line "), "{script}: {reply}");
    }
    assert_eq!(
        client.execute("this is no Python"),
        "-Error type: <class 'SyntaxError'>, Value: invalid syntax (<string>, line 1)"
    );
    let invalid = ask!(client, "RG.PYEXECUTE", b"x = '\xff\xfe'");
    assert!(
        invalid.starts_with("-Error type: <class 'SyntaxError'>"),
        "{invalid}"
    );
}

#[test]
fn second_run_in_a_script_is_refused() {
    let server = TestServer::start();
    let mut client = server.client();
    let reply = client.execute("GB('ShardsIDReader').run()\nGB('ShardsIDReader').run()");
    assert!(
        reply.contains("gears.error: Can not run more then 1 executions in a single script"),
        "{reply}"
    );
}

#[test]
fn wrong_modifiers_are_named() {
    let server = TestServer::start();
    let mut client = server.client();
    let cases: &[(&[&str], &str)] = &[
        (&["FOO"], "-Unknown arguments were given: FOO"),
        (
            &["UNBLOCKING", "%s%n"],
            "-Unknown arguments were given: %s%n",
        ),
        (&["ID"], "-ID is missing"),
        (&["DESCRIPTION"], "-DESCRIPTION is missing"),
        (&["REPLACE_WITH"], "-REPLACE_WITH is missing"),
        (
            &["ID", "a b"],
            "-ID must be compose of: ['A'-'Z' | 'a'-'z' | '0' - '9' | '-' | '_']",
        ),
        (
            &["REPLACE_WITH", "no-such-session"],
            "-Can not replace with no-such-session, session does not exists.",
        ),
        (&["ID", ""], "+OK"),
        (
            &[
                "id",
                "x1",
                "ID",
                "x2",
                "Upgrade",
                "description",
                "some text",
            ],
            "+OK",
        ),
    ];
    for (modifiers, expected) in cases {
        let mut words: Vec<&[u8]> = vec![b"RG.PYEXECUTE", b"x = 1"];
        words.extend(modifiers.iter().map(|word| word.as_bytes()));
        assert_eq!(client.ask(&words), *expected, "{modifiers:?}");
    }
    assert_eq!(
        ask!(client, "RG.PYEXECUTE"),
        "-ERR wrong number of arguments for 'rg.pyexecute' command"
    );
}

#[test]
fn scripts_do_not_share_names() {
    let server = TestServer::start();
    let mut client = server.client();
    client.install("mine = 1");
    assert!(
        client.execute("mine").contains("NameError"),
        "a name leaked"
    );
    client.install("assert __name__ == 'not_main'");
}
