//! The options of `#[gear_command]`.

use std::thread;

use gears_runtime::{ErrorKind, Gear, Gears, Result, gear_command};
use gears_tests::{TestServer, ask, show, unless_cut, unless_lacking, until};

#[gear_command(timeout_ms = 200)]
fn options_endless(rounds: i64) -> Result<i64> {
    r#"
    done = 0
    while rounds < 0 or done < rounds:
        done += 1
    return done
    "#
}

#[gear_command(timeout_ms = 200)]
fn options_asleep(key: &str) -> Result<()> {
    r#"
    import time
    while not execute("EXISTS", key):
        time.sleep(60)
    "#
}

#[gear_command(key = user, mode = "sync")]
fn options_keyed(prefix: Option<&str>, user: &str, number: i64) -> Result<String> {
    r#"return "%s %s %d" % (prefix, user, number)"#
}

#[gear_command(key = key)]
fn options_keyed_bytes(key: &[u8]) -> Result<Vec<u8>> {
    "return key[::-1]"
}

/// Says how many calls run at the time.
#[gear_command(in_order)]
fn options_ordered(counter: &str) -> Result<i64> {
    r#"
    import time
    running = execute("INCR", counter)
    time.sleep(0.01)
    execute("DECR", counter)
    return running
    "#
}

#[gear_command(on_registered = r#"
    execute("SET", "options:registered", "by the option")
"#)]
fn options_noting() -> Result<Option<String>> {
    r#"return execute("GET", "options:registered")"#
}

/// Connects and registers one gear.
fn ready(server: &TestServer, gear: &'static Gear) -> Gears {
    server.register(&[gear])
}

#[test]
fn deadline_ends_a_gear() {
    let server = TestServer::start();
    let ready = server.try_register(&[&options_endless::GEAR]);
    let Some(gears) = unless_lacking(ready, "`timeout_ms`") else {
        return;
    };
    let stub = options_endless::on(&gears);
    assert_eq!(stub.call(3).unwrap(), 3);
    let error = stub.call(-1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Deadline, "{error}");
    let python = error.python().unwrap();
    assert_eq!(python.exception(), "gears.forcestopped", "{error}");
    assert!(
        !python.frames().is_empty(),
        "it tells where it was: {error}"
    );
    assert_eq!(stub.call(4).unwrap(), 4);
}

#[test]
fn deadline_ends_the_wait_for_a_gear_that_sleeps() {
    let server = TestServer::private();
    let ready = server.try_register(&[&options_asleep::GEAR]);
    let Some(gears) = unless_lacking(ready, "`timeout_ms`") else {
        return;
    };
    let stub = options_asleep::on(&gears);
    ask!(server.client(), "SET", "there", "");
    stub.call("there").unwrap();
    let error = stub.call("missing").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Deadline, "{error}");
    assert!(
        error.to_string().contains("without a timeout; give it one"),
        "{error}"
    );
}

#[test]
fn key_travels_first_and_arrives_in_its_place() {
    let server = TestServer::start();
    let gears = ready(&server, &options_keyed::GEAR);
    let stub = options_keyed::on(&gears);
    assert_eq!(stub.call(Some("a"), "ada", 1).unwrap(), "a ada 1");
    assert_eq!(stub.call(None, "ada", -2).unwrap(), "None ada -2");
    // Where there is no other command, the client itself knows whose the key is.
    let asked = gears.trigger_on_key("options_keyed", "ada", ["null", "1"]);
    let Some(asked) = unless_lacking(asked, "RG.TRIGGERONKEY") else {
        return;
    };
    assert_eq!(asked.len(), 1);
    let mut client = server.client();
    let shown = ask!(
        client,
        "COMMAND",
        "GETKEYS",
        "RG.TRIGGERONKEY",
        "options_keyed",
        "ada",
        "null",
        "1"
    );
    assert_eq!(shown, r#"[$"ada"]"#);
    let shown = ask!(
        client,
        "RG.TRIGGERONKEY",
        "options_keyed",
        "ada",
        "null",
        "7"
    );
    assert_eq!(shown, r#"[$"None ada 7"]"#);
    let shown = ask!(client, "RG.TRIGGER", "options_keyed", "ada");
    assert!(shown.contains("was given 1 arguments"), "{shown}");
}

#[test]
fn key_of_bytes_travels_as_it_is() {
    let server = TestServer::start();
    let gears = ready(&server, &options_keyed_bytes::GEAR);
    let stub = options_keyed_bytes::on(&gears);
    for key in [&b"plain"[..], b"", b"\xff\xfe", b"a\0b"] {
        let reversed: Vec<u8> = key.iter().rev().copied().collect();
        let text = String::from_utf8_lossy(key);
        if let Some(back) = unless_cut(stub.call(key), &text) {
            assert_eq!(back, reversed);
        }
    }
}

#[test]
fn ordered_calls_run_one_after_another() {
    let server = TestServer::start();
    let ready = server.try_register(&[&options_ordered::GEAR]);
    let Some(gears) = unless_lacking(ready, "`in_order`") else {
        return;
    };
    let counter = server.name("counter");
    thread::scope(|scope| {
        let calls: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| options_ordered::on(&gears).call(&counter).unwrap()))
            .collect();
        for call in calls {
            assert_eq!(call.join().unwrap(), 1, "another call ran at the time");
        }
    });
    let entry = show(&server.client().registration("options_ordered").unwrap());
    assert!(entry.contains(r#"$"inorder", :1"#), "{entry}");
}

#[test]
fn python_runs_at_registration() {
    let server = TestServer::start();
    let gears = ready(&server, &options_noting::GEAR);
    let stub = options_noting::on(&gears);
    let noted = until("note of the option", || stub.call().unwrap());
    assert_eq!(noted, "by the option");
}
