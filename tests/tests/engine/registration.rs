//! Sessions: what a script registers stands and falls together.

use gears_tests::{Client, TestServer, ask};

/// Writes a script that registers one trigger which answers `answer`.
fn script(trigger: &str, answer: &str) -> String {
    format!("GB('CommandReader').map(lambda r: '{answer}').register(trigger='{trigger}')")
}

fn install(client: &mut Client, script: &str, modifiers: &[&str]) -> String {
    let mut words: Vec<&[u8]> = vec![b"RG.PYEXECUTE", script.as_bytes()];
    words.extend(modifiers.iter().map(|word| word.as_bytes()));
    client.ask(&words)
}

#[test]
fn one_script_registers_several_gears() {
    let server = TestServer::start();
    let mut client = server.client();
    let names = ["a", "b", "c"].map(|name| server.name(name));
    let all: Vec<_> = names.iter().map(|name| script(name, "x")).collect();
    client.install(&all.join("\n"));
    for name in &names {
        assert_eq!(client.trigger(name, &[]), r#"[$"x"]"#);
    }
    let ids: Vec<_> = names.iter().map(|name| client.id(name).unwrap()).collect();
    let reply = gears_tests::show(&client.registration(&names[0]).unwrap());
    for id in ids {
        assert!(reply.contains(&id), "{id} is not in the session: {reply}");
    }
}

#[test]
fn script_that_raises_registers_nothing() {
    let server = TestServer::start();
    let mut client = server.client();
    let (early, late) = (server.name("early"), server.name("late"));
    let reply = client.execute(&format!(
        "{}\nraise ValueError('too late')\n{}",
        script(&early, "x"),
        script(&late, "x")
    ));
    assert!(reply.contains("ValueError: too late"), "{reply}");
    for name in [&early, &late] {
        assert_eq!(client.trigger(name, &[]), "-ERR subcommand not found");
    }
    // The name is free again.
    client.install(&script(&early, "y"));
    assert_eq!(client.trigger(&early, &[]), r#"[$"y"]"#);
}

#[test]
fn trigger_belongs_to_one_function() {
    let server = TestServer::start();
    let mut client = server.client();
    let (name, other) = (server.name("taken"), server.name("other"));
    client.install(&script(&name, "first"));
    let reply = client.execute(&format!(
        "{}\n{}",
        script(&other, "x"),
        script(&name, "second")
    ));
    assert!(
        reply.contains("gears.error: trigger already registered"),
        "{reply}"
    );
    assert_eq!(client.trigger(&name, &[]), r#"[$"first"]"#);
    assert_eq!(client.trigger(&other, &[]), "-ERR subcommand not found");
    let reply = client.execute(&format!("{0}\n{0}", script(&other, "x")));
    assert!(
        reply.contains("gears.error: trigger already registered in this session"),
        "{reply}"
    );
}

#[test]
fn wrong_registrations_are_refused() {
    let server = TestServer::start();
    let mut client = server.client();
    let cases = [
        (
            "GB('CommandReader').register()",
            "no trigger or hook argument was given",
        ),
        (
            "GB('CommandReader').register(trigger=1)",
            "trigger argument is not string",
        ),
        (
            "GB('CommandReader').register(trigger='x', mode='maybe')",
            "unknown execution mode",
        ),
        (
            "GB('CommandReader').register(trigger='x', mode=1)",
            "execution mode must be a string",
        ),
        (
            "GB('CommandReader').register(trigger='x', onRegistered=1)",
            "OnRegistered argument must be a function",
        ),
        (
            "GB('CommandReader').register(trigger='x', mode=None)",
            "execution mode must be a string",
        ),
        (
            "GB('CommandReader').register(trigger='x', inorder=None)",
            "inorder argument is be boolean",
        ),
        (
            "GB('CommandReader').register(trigger='x', onRegistered=print)",
            "OnRegistered argument must be a function",
        ),
        (
            "GB('KeysReader').register(None)",
            "regex argument must be a string",
        ),
        (
            "GB('StreamReader').register(regex=None)",
            "regex argument must be a string",
        ),
        (
            "GB('KeysReader', None).run()",
            "regex argument must be a string",
        ),
        (
            "GB('ShardsIDReader').run(mode=None)",
            "execution mode must be a string",
        ),
        ("GB('NoSuchReader')", "The given reader does not exists"),
        ("GB(None)", "reader argument must be a string"),
        ("GB(1)", "reader argument must be a string"),
        (
            "GB('CommandReader', desc=1)",
            "desc argument must be a string",
        ),
        (
            "GB('CommandReader').map(1)",
            "map argument must be a function",
        ),
        (
            "GB('CommandReader').map()",
            "wrong number of args to map function",
        ),
        (
            "GB('CommandReader').limit('1')",
            "limit argument must be a number",
        ),
    ];
    for (script, message) in cases {
        let reply = client.execute(script);
        assert!(
            reply.contains(&format!("gears.error: {message}")),
            "{script}: {reply}"
        );
    }
}

#[test]
fn id_needs_upgrade_to_be_used_again() {
    let server = TestServer::start();
    let mut client = server.client();
    let (id, name, other) = (server.name("session"), server.name("t"), server.name("u"));
    assert_eq!(
        install(&mut client, &script(&name, "1"), &["ID", &id]),
        "+OK"
    );
    let before = client.id(&name).unwrap();
    assert_eq!(
        install(&mut client, &script(&other, "2"), &["ID", &id]),
        format!("-Session {id} already exists")
    );
    // The same trigger in the same session, and another one beside it.
    let both = format!("{}\n{}", script(&name, "2"), script(&other, "2"));
    assert_eq!(install(&mut client, &both, &["ID", &id, "UPGRADE"]), "+OK");
    assert_eq!(client.trigger(&name, &[]), r#"[$"2"]"#);
    assert_eq!(client.trigger(&other, &[]), r#"[$"2"]"#);
    assert_ne!(client.id(&name).unwrap(), before);
    // What the new version does not register any more is gone.
    assert_eq!(
        install(&mut client, &script(&name, "3"), &["ID", &id, "UPGRADE"]),
        "+OK"
    );
    assert_eq!(client.trigger(&name, &[]), r#"[$"3"]"#);
    assert_eq!(client.trigger(&other, &[]), "-ERR subcommand not found");
}

#[test]
fn failed_or_empty_upgrade_changes_nothing() {
    let server = TestServer::start();
    let mut client = server.client();
    let (id, name, foreign) = (server.name("session"), server.name("t"), server.name("f"));
    client.install(&script(&foreign, "theirs"));
    assert_eq!(
        install(&mut client, &script(&name, "1"), &["ID", &id]),
        "+OK"
    );
    let upgrade = ["ID", &*id, "UPGRADE"];
    let raising = format!("{}\n1/0", script(&name, "2"));
    assert!(install(&mut client, &raising, &upgrade).contains("ZeroDivisionError"));
    assert_eq!(install(&mut client, "x = 1", &upgrade), "+OK");
    let taking = install(&mut client, &script(&foreign, "2"), &upgrade);
    assert!(taking.contains("trigger already registered"), "{taking}");
    assert_eq!(client.trigger(&name, &[]), r#"[$"1"]"#);
    assert_eq!(client.trigger(&foreign, &[]), r#"[$"theirs"]"#);
}

#[test]
fn replace_with_puts_a_new_session_in_the_place_of_an_old_one() {
    let server = TestServer::start();
    let mut client = server.client();
    let (old, new, name) = (server.name("old"), server.name("new"), server.name("t"));
    assert_eq!(
        install(&mut client, &script(&name, "1"), &["ID", &old]),
        "+OK"
    );
    let replace = ["ID", &*new, "REPLACE_WITH", &*old];
    assert_eq!(install(&mut client, &script(&name, "2"), &replace), "+OK");
    assert_eq!(client.trigger(&name, &[]), r#"[$"2"]"#);
    let itself = ["ID", &*new, "REPLACE_WITH", &*new];
    assert_eq!(
        install(&mut client, &script(&name, "3"), &itself),
        format!("-Can not replace an existing session {new} with {new}")
    );
    assert_eq!(client.trigger(&name, &[]), r#"[$"2"]"#);
}

#[test]
fn replace_with_names_the_session_that_is_not_there() {
    let server = TestServer::start();
    let mut client = server.client();
    let (there, gone, name) = (server.name("there"), server.name("gone"), server.name("t"));
    assert_eq!(
        install(&mut client, &script(&name, "1"), &["ID", &there]),
        "+OK"
    );
    let newer = server.name("newer");
    for id in [&there, &newer, &gone] {
        for order in [
            ["ID", id, "REPLACE_WITH", &gone],
            ["REPLACE_WITH", &gone, "ID", id],
        ] {
            assert_eq!(
                install(&mut client, &script(&name, "3"), &order),
                format!("-Can not replace with {gone}, session does not exists."),
                "{order:?}"
            );
        }
    }
    assert_eq!(client.trigger(&name, &[]), r#"[$"1"]"#);
}

#[test]
fn upgrade_leaves_no_moment_without_the_trigger() {
    let server = TestServer::start();
    let (id, name) = (server.name("session"), server.name("t"));
    let mut client = server.client();
    assert_eq!(
        install(&mut client, &script(&name, "v"), &["ID", &id]),
        "+OK"
    );
    let mut caller = server.client();
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let reply = caller.trigger(&name, &[]);
                // An empty array would be an answer too: that of a function that returned None.
                assert_eq!(reply, r#"[$"v"]"#);
            }
        });
        for _ in 0..50 {
            let reply = install(&mut client, &script(&name, "v"), &["ID", &id, "UPGRADE"]);
            if reply != "+OK" {
                done.store(true, std::sync::atomic::Ordering::Relaxed);
            }
            assert_eq!(reply, "+OK");
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn unregister_frees_the_trigger() {
    let server = TestServer::start();
    let mut client = server.client();
    let name = server.name("t");
    client.install(&script(&name, "1"));
    let id = client.id(&name).unwrap();
    assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
    assert_eq!(client.trigger(&name, &[]), "-ERR subcommand not found");
    assert_eq!(client.id(&name), None);
    let unknown = "-execution is not registered";
    assert_eq!(ask!(client, "RG.UNREGISTER", id), unknown);
    assert_eq!(ask!(client, "RG.UNREGISTER", ""), unknown);
    assert_eq!(ask!(client, "RG.UNREGISTER", b"%s\0\xff"), unknown);
    let arity = "-ERR wrong number of arguments for 'rg.unregister' command";
    assert_eq!(ask!(client, "RG.UNREGISTER"), arity);
    assert_eq!(ask!(client, "RG.UNREGISTER", id, "a", "b"), arity);
    client.install(&script(&name, "2"));
    let id = client.id(&name).unwrap();
    assert_eq!(ask!(client, "RG.UNREGISTER", id, "abortpending"), "+OK");
}

#[test]
fn registration_ids_only_grow() {
    let server = TestServer::start();
    let mut client = server.client();
    let mut last = 0;
    for round in 0..5 {
        let name = server.name(&round.to_string());
        client.install(&script(&name, "x"));
        let id = client.id(&name).unwrap();
        let number: u64 = id[41..].parse().unwrap();
        assert!(number > last, "{number} after {last}");
        last = number;
    }
}

#[test]
fn on_registered_runs_at_registration() {
    let server = TestServer::start();
    let mut client = server.client();
    let (name, key) = (server.name("t"), server.name("key"));
    client.install(&format!(
        "GB('CommandReader').register(trigger='{name}', \
         onRegistered=lambda: execute('SET', '{key}', 'here'))"
    ));
    assert_eq!(ask!(client, "GET", key), r#"$"here""#);
    // Its failures are for the log.
    let other = server.name("other");
    client.install(&format!(
        "GB('CommandReader').register(trigger='{other}', onRegistered=lambda: 1/0)"
    ));
    ask!(client, "DEL", key);
}
