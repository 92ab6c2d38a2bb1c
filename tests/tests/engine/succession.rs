//! Functions on streams that take the place of others, or come beside them, while entries are in hand.

use gears_tests::{Client, TestServer, ask, until};

/// Registers a function that notes what it begins with, and ends when it is told to: by raising, when `fails`.
fn hold(client: &mut Client, session: &str, options: &str, fails: bool) {
    let end = if fails {
        "raise ValueError('x')"
    } else {
        "pass"
    };
    let source = format!(
        "import time\n\
         def hold(r):\n    \
             execute('RPUSH', 'begun', r['id'])\n    \
             while not execute('GET', 'end'):\n        \
                 time.sleep(0.002)\n    \
             {end}\n\
         GB('StreamReader').foreach(hold).register(prefix='s', {options})"
    );
    assert_eq!(
        ask!(client, "RG.PYEXECUTE", source, "ID", session, "UPGRADE"),
        "+OK"
    );
}

/// Registers a function that notes what it was given.
fn note(client: &mut Client, session: &str) {
    let source = "GB('StreamReader').foreach(lambda r: execute('RPUSH', 'seen', r['id'])).register(prefix='s')";
    assert_eq!(
        ask!(client, "RG.PYEXECUTE", source, "ID", session, "UPGRADE"),
        "+OK"
    );
}

fn add(client: &mut Client, id: &str) {
    ask!(client, "XADD", "s", id, "n", "1");
}

fn until_list(client: &mut Client, key: &str, wanted: &str) {
    until(&format!("{key} is {wanted}"), || {
        (ask!(client, "LRANGE", key, "0", "-1") == wanted).then_some(())
    });
}

const FIRST: &str = r#"[$"1-0"]"#;

#[test]
fn entry_in_hand_is_left_to_the_function_that_has_it() {
    for session in ["same", "another"] {
        for mode in ["mode='async'", "mode='async_local'", "batch=2, duration=1"] {
            let server = TestServer::private();
            let mut client = server.client();
            hold(&mut client, "same", mode, false);
            add(&mut client, "1-0");
            until_list(&mut client, "begun", FIRST);
            note(&mut client, session);
            // The successor has come to the entries that nobody has in hand.
            add(&mut client, "2-0");
            if session == "same" {
                until_list(&mut client, "seen", r#"[$"2-0"]"#);
            }
            ask!(client, "SET", "end", "1");
            until("both are acknowledged", || {
                (ask!(client, "XLEN", "s") == ":0").then_some(())
            });
            assert_eq!(
                ask!(client, "LRANGE", "begun", "0", "0"),
                FIRST,
                "{session} {mode}"
            );
            let both = "return #redis.call('lrange', 'begun', 0, -1) + #redis.call('lrange', 'seen', 0, -1)";
            assert_eq!(
                ask!(client, "EVAL", both, "0"),
                ":2",
                "{session} {mode}: each once"
            );
        }
    }
}

#[test]
fn what_a_function_fails_with_after_it_was_replaced_is_left_to_its_successor() {
    for policy in ["retry", "abort"] {
        let server = TestServer::private();
        let mut client = server.client();
        let options = format!("onFailedPolicy='{policy}', onFailedRetryInterval=1");
        hold(&mut client, "same", &options, true);
        add(&mut client, "1-0");
        until_list(&mut client, "begun", FIRST);
        note(&mut client, "same");
        add(&mut client, "2-0");
        until_list(&mut client, "seen", r#"[$"2-0"]"#);
        ask!(client, "SET", "end", "1");
        until_list(&mut client, "seen", r#"[$"2-0", $"1-0"]"#);
        until("it is acknowledged", || {
            (ask!(client, "XLEN", "s") == ":0").then_some(())
        });
        assert_eq!(
            ask!(client, "LRANGE", "begun", "0", "-1"),
            FIRST,
            "{policy}"
        );
    }
}
