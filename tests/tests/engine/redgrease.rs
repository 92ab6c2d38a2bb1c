//! Functions that the Python package `redgrease` made elsewhere.

use gears_tests::{RedGrease, TestServer, ask};

/// Says whether the reply holds the text as the package sends results: pickled.
fn is_pickled(reply: &str, text: &str) -> bool {
    reply.contains(&format!("{text}\\x94."))
}

#[test]
fn functions_of_redgrease_run() {
    let server = TestServer::start();
    let mut client = server.client();
    let redgrease = RedGrease::of(&mut client);
    let prefix = server.name("k:");
    for number in 0..10 {
        ask!(
            client,
            "SET",
            format!("{prefix}{number}"),
            number.to_string()
        );
    }
    for (function, results) in [
        (format!("KeysReader('{prefix}*').count().map(str).run()"), "10"),
        (
            format!("KeysReader('{prefix}*').values().map(int).aggregate(0, lambda a, r: a + r).map(str).run()"),
            "45",
        ),
        (format!("KeysOnlyReader().count().map(str).run('{prefix}*')"), "10"),
        ("PythonReader().map(lambda n: n * 2).sort().aggregate([], lambda a, r: a + [r], lambda a, r: a + r).map(str).run(numbers)".to_owned(), "[2, 4, 6]"),
        (
            format!("ShardsIDReader().map(lambda _: redgrease.cmd.get('{prefix}7')).run()"),
            "7",
        ),
        (
            format!("ShardsIDReader().map(lambda _: redgrease.execute('GET', '{prefix}8')).run()"),
            "8",
        ),
        ("ShardsIDReader().map(lambda _: redgrease.hashtag3()).run()".to_owned(), "{06S}"),
        (
            "ShardsIDReader().map(lambda _: redgrease.gearsConfigGet('x', 'default')).run()"
                .to_owned(),
            "default",
        ),
    ] {
        let script = redgrease.script(&function);
        let reply = ask!(client, "RG.PYEXECUTE", &script, "REQUIREMENTS", "redgrease[runtime]");
        assert!(is_pickled(&reply, results), "{function}: {reply}");
    }
}

#[test]
fn functions_of_redgrease_register() {
    let server = TestServer::private();
    let mut client = server.client();
    let redgrease = RedGrease::of(&mut client);
    let (trigger, key, count) = (server.name("t"), server.name("key"), server.name("count"));
    for function in [
        format!("CommandReader().args().map(lambda a: '+'.join(a)).register(trigger='{trigger}')"),
        format!(
            "KeysReader().foreach(lambda r: redgrease.cmd.incr('{count}')).register('{key}', mode='sync')"
        ),
    ] {
        let script = redgrease.script(&function);
        assert_eq!(client.execute(&script), "+OK");
    }
    let reply = client.trigger(&trigger, &[b"a", b"b"]);
    assert!(is_pickled(&reply, "a+b"), "{reply}");
    ask!(client, "SET", &key, "value");
    assert_eq!(ask!(client, "GET", &count), r#"$"1""#);
}
