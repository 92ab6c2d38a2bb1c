//! What registration does with what the server has already.

use std::time::UNIX_EPOCH;

use gears_runtime::{
    Change, ErrorKind, Gear, Gears, Options, Result, gear_command, register_where,
};
use gears_tests::{Client, TestServer, ask, show, until};

/// Adds up.
#[gear_command]
fn registered_add(left: i64, right: i64) -> Result<i64> {
    "return left + right"
}

/// Subtracts.
#[gear_command(mode = "sync", description = "takes away")]
fn registered_subtract(left: i64, right: i64) -> Result<i64> {
    "return left - right"
}

/// The same triggers as below, held first.
mod first {
    use gears_runtime::{Result, gear_command};

    #[gear_command(trigger = "tests.refusing")]
    pub fn refusing() -> Result<String> {
        "return 'first'"
    }

    #[gear_command(trigger = "tests.replacing")]
    pub fn replacing() -> Result<String> {
        "return 'first'"
    }

    #[gear_command(trigger = "tests.keeping")]
    pub fn keeping() -> Result<String> {
        "return 'first'"
    }

    #[gear_command(trigger = "tests.forgotten")]
    pub fn forgotten() -> Result<String> {
        "return 'first'"
    }

    #[gear_command(trigger = "tests.moving")]
    pub fn moving() -> Result<String> {
        "return 'same'"
    }
}

mod second {
    use gears_runtime::{Result, gear_command};

    #[gear_command(trigger = "tests.forgotten")]
    pub fn forgotten() -> Result<String> {
        "return 'second'"
    }

    #[gear_command(trigger = "tests.refusing")]
    pub fn refusing() -> Result<String> {
        "return 'second'"
    }

    #[gear_command(trigger = "tests.replacing", replace = true)]
    pub fn replacing() -> Result<String> {
        "return 'second'"
    }

    #[gear_command(trigger = "tests.keeping", replace = false)]
    pub fn keeping() -> Result<String> {
        "return 'second'"
    }

    #[gear_command(trigger = "tests.moving")]
    pub fn moving() -> Result<String> {
        "return 'same'"
    }
}

#[gear_command(trigger = "tests.foreign.refusing")]
fn foreign_refusing() -> Result<String> {
    "return 'ours'"
}

#[gear_command(trigger = "tests.foreign.replacing", replace = true)]
fn foreign_replacing() -> Result<String> {
    "return 'ours'"
}

#[gear_command(trigger = "tests.foreign.keeping", replace = false)]
fn foreign_keeping() -> Result<String> {
    "return 'ours'"
}

#[gear_command(trigger = "tests.foreign.session", replace = true)]
fn foreign_session() -> Result<String> {
    "return 'ours'"
}

#[gear_command(trigger = "tests 'odd' \"trigger\" {x} %s ü")]
fn odd_trigger() -> Result<String> {
    "return 'odd'"
}

/// Registers one gear and says what became of it.
fn change(gears: &Gears, wanted: &'static Gear) -> Result<Change> {
    let report = register_where(gears, |gear| std::ptr::eq(gear, wanted))?;
    assert_eq!(report.len(), 1);
    Ok(report.get(wanted.trigger()).unwrap())
}

fn hold(client: &mut Client, trigger: &str) {
    client.install(&format!(
        "GB('CommandReader').map(lambda r: 'theirs').register(trigger='{trigger}')"
    ));
}

#[test]
fn second_time_everything_is_unchanged() {
    let server = TestServer::start();
    let ours: [&'static Gear; 2] = [&registered_add::GEAR, &registered_subtract::GEAR];
    server.keep(&ours);
    let gears = server.gears();
    let chosen = |gear: &Gear| ours.iter().any(|ours| std::ptr::eq(*ours, gear));
    let report = register_where(&gears, chosen).unwrap();
    assert_eq!(report.count(Change::Registered), 2, "{report}");
    assert_eq!(registered_add::on(&gears).call(20, 22).unwrap(), 42);
    assert_eq!(registered_subtract::on(&gears).call(20, 22).unwrap(), -2);

    let mut client = server.client();
    let id = client.id("registered_add");
    let report = register_where(&gears, chosen).unwrap();
    assert_eq!(report.count(Change::Unchanged), 2, "{report}");
    // Another client of another process sees the same.
    let report = register_where(&server.gears(), chosen).unwrap();
    assert_eq!(report.count(Change::Unchanged), 2, "{report}");
    assert_eq!(client.id("registered_add"), id, "it was registered again");

    let text = report.to_string();
    for word in [
        "unchanged",
        "registered_add",
        "registered_subtract",
        file!(),
    ] {
        assert!(text.contains(word), "{word} is not in\n{text}");
    }
    let entry = show(&client.registration("registered_subtract").unwrap());
    let maker = "[by client 0.1.0 client::registration::registered_subtract 20";
    assert!(entry.contains(&format!("takes away {maker}")), "{entry}");
    assert!(entry.contains(r#"$"mode", $"sync""#), "{entry}");
    let entry = show(&client.registration("registered_add").unwrap());
    assert!(entry.contains("Adds up. [by client 0.1.0 "), "{entry}");
    assert!(entry.contains(r#"$"mode", $"async_local""#), "{entry}");
}

/// Connects as another application.
fn as_application(server: &TestServer, name: &str) -> Gears {
    let builder = Gears::builder(server.url()).unwrap();
    builder.application(name).connect().unwrap()
}

#[test]
fn function_of_another_application_is_refused_unless_replace_says_otherwise() {
    let server = TestServer::start();
    server.keep(&[&first::refusing::GEAR]);
    let billing = as_application(&server, "billing");
    assert_eq!(
        change(&billing, &first::refusing::GEAR).unwrap(),
        Change::Registered
    );
    let gears = as_application(&server, "shop");
    let error = change(&gears, &second::refusing::GEAR).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DuplicateTrigger);
    let duplicate = error.duplicate().unwrap();
    assert_eq!(duplicate.trigger(), "tests.refusing");
    assert!(duplicate.ours().contains("second::refusing"), "{error}");
    assert!(duplicate.ours().contains(file!()), "{error}");
    assert!(duplicate.theirs().contains("of billing 0.1.0 ("), "{error}");
    assert!(duplicate.theirs().contains("first::refusing"), "{error}");
    assert!(error.to_string().contains("replace = true"), "{error}");
    assert_eq!(first::refusing::on(&billing).call().unwrap(), "first");
}

#[test]
fn own_earlier_version_gives_way() {
    let server = TestServer::start();
    server.keep(&[&first::refusing::GEAR]);
    let gears = server.gears();
    change(&gears, &first::refusing::GEAR).unwrap();
    assert_eq!(
        change(&gears, &second::refusing::GEAR).unwrap(),
        Change::Replaced
    );
    assert_eq!(second::refusing::on(&gears).call().unwrap(), "second");
    // Who was compiled with the one before goes on to call it; others get the newest.
    assert_eq!(first::refusing::on(&gears).call().unwrap(), "first");
    let newest = gears.trigger("tests.refusing", []).unwrap();
    assert_eq!(newest, [redis::Value::BulkString(b"second".to_vec())]);
    let unpinned = gears.with_pinned(false);
    assert_eq!(first::refusing::on(&unpinned).call().unwrap(), "second");
}

#[test]
fn versions_that_were_forgotten_are_put_back_in_any_order() {
    // A gear of this test alone: what a test takes out, other connections of the program may leave out too.
    for start in [TestServer::private, || TestServer::passed_off("1.2.13")] {
        let server = start();
        let (older, newer) = (server.gears(), server.gears());
        change(&older, &first::forgotten::GEAR).unwrap();
        // Who made a registration tells when to the second.
        let now = || UNIX_EPOCH.elapsed().unwrap().as_secs();
        let then = now();
        until("the next second", || (now() > then).then_some(()));
        change(&newer, &second::forgotten::GEAR).unwrap();
        let call_older = || assert_eq!(first::forgotten::on(&older).call().unwrap(), "first");
        let call_newer = || assert_eq!(second::forgotten::on(&newer).call().unwrap(), "second");
        for calls in [
            [&call_older as &dyn Fn(), &call_newer],
            [&call_newer, &call_older],
        ] {
            let mut client = server.client();
            for registration in newer.dump_registrations().unwrap() {
                let id = registration.id.as_str();
                assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
            }
            for call in calls.into_iter().chain(calls) {
                call();
            }
            let newest = newer.trigger("tests.forgotten", []).unwrap();
            assert_eq!(newest, [redis::Value::BulkString(b"second".to_vec())]);
        }
    }
}

#[test]
fn different_function_gives_way_to_replace_true() {
    let server = TestServer::start();
    server.keep(&[&first::replacing::GEAR]);
    let gears = server.gears();
    assert_eq!(
        change(&gears, &first::replacing::GEAR).unwrap(),
        Change::Registered
    );
    assert_eq!(
        change(&gears, &second::replacing::GEAR).unwrap(),
        Change::Replaced
    );
    assert_eq!(second::replacing::on(&gears).call().unwrap(), "second");
    assert_eq!(
        change(&gears, &second::replacing::GEAR).unwrap(),
        Change::Unchanged
    );
}

#[test]
fn different_function_stays_with_replace_false() {
    let server = TestServer::start();
    server.keep(&[&first::keeping::GEAR]);
    let gears = server.gears();
    assert_eq!(
        change(&gears, &first::keeping::GEAR).unwrap(),
        Change::Registered
    );
    assert_eq!(
        change(&gears, &second::keeping::GEAR).unwrap(),
        Change::Kept
    );
    assert_eq!(second::keeping::on(&gears).call().unwrap(), "first");
}

#[test]
fn function_that_moved_is_updated() {
    let server = TestServer::start();
    server.keep(&[&first::moving::GEAR]);
    let gears = server.gears();
    assert_eq!(
        change(&gears, &first::moving::GEAR).unwrap(),
        Change::Registered
    );
    let id = server.client().id("tests.moving");
    let moved = register_where(&gears, |gear| std::ptr::eq(gear, &second::moving::GEAR)).unwrap();
    assert_eq!(moved.get("tests.moving"), Some(Change::Updated));
    assert_ne!(server.client().id("tests.moving"), id);
    assert_eq!(second::moving::on(&gears).call().unwrap(), "same");
}

#[test]
fn foreign_script_is_refused_unless_replace_says_otherwise() {
    let server = TestServer::start();
    server.keep(&[
        &foreign_refusing::GEAR,
        &foreign_replacing::GEAR,
        &foreign_keeping::GEAR,
    ]);
    let gears = server.gears();
    let mut client = server.client();
    for trigger in ["refusing", "replacing", "keeping"] {
        hold(&mut client, &format!("tests.foreign.{trigger}"));
    }
    let error = change(&gears, &foreign_refusing::GEAR).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DuplicateTrigger);
    let id = client.id("tests.foreign.refusing").unwrap();
    let theirs = error.duplicate().unwrap().theirs();
    assert!(theirs.contains(&id), "{error}");
    // A stub calls its own function and no other.
    let unknown = foreign_refusing::on(&gears).call().unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::UnknownTrigger);
    let own = format!(
        "tests.foreign.refusing@{}",
        foreign_refusing::GEAR.fingerprint()
    );
    assert!(unknown.to_string().contains(&own), "{unknown}");

    assert_eq!(
        change(&gears, &foreign_replacing::GEAR).unwrap(),
        Change::Replaced
    );
    assert_eq!(foreign_replacing::on(&gears).call().unwrap(), "ours");
    assert_eq!(
        change(&gears, &foreign_replacing::GEAR).unwrap(),
        Change::Unchanged
    );

    assert_eq!(
        change(&gears, &foreign_keeping::GEAR).unwrap(),
        Change::Kept
    );
    assert_eq!(foreign_keeping::on(&gears).call().unwrap(), "theirs");
}

#[test]
fn other_functions_of_a_foreign_session_stay() {
    let server = TestServer::start();
    server.keep(&[&foreign_session::GEAR]);
    let gears = server.gears();
    let mut client = server.client();
    let other = server.name("other");
    client.install(&format!(
        "GB('CommandReader').map(lambda r: 'theirs').register(trigger='tests.foreign.session')\n\
         GB('CommandReader').map(lambda r: 'theirs').register(trigger='{other}')"
    ));
    assert_eq!(
        change(&gears, &foreign_session::GEAR).unwrap(),
        Change::Replaced
    );
    assert_eq!(foreign_session::on(&gears).call().unwrap(), "ours");
    assert_eq!(client.trigger(&other, &[]), r#"[$"theirs"]"#);
}

#[test]
fn one_refusal_registers_nothing() {
    let server = TestServer::start();
    let ours: [&'static Gear; 2] = [&odd_trigger::GEAR, &first::refusing::GEAR];
    // With a shared server, `tests.refusing` belongs to another test.
    let server = if server.log().is_some() {
        server
    } else {
        TestServer::private()
    };
    let mut client = server.client();
    hold(&mut client, "tests.refusing");
    let gears = server.gears();
    let error = register_where(&gears, |gear| {
        ours.iter().any(|ours| std::ptr::eq(*ours, gear))
    })
    .unwrap_err();
    assert!(error.is_duplicate_trigger(), "{error}");
    assert_eq!(client.id(odd_trigger::GEAR.trigger()), None);
}

#[test]
fn triggers_may_hold_any_text() {
    let server = TestServer::start();
    server.keep(&[&odd_trigger::GEAR]);
    let gears = server.gears();
    assert_eq!(
        change(&gears, &odd_trigger::GEAR).unwrap(),
        Change::Registered
    );
    assert_eq!(odd_trigger::on(&gears).call().unwrap(), "odd");
    assert_eq!(
        change(&gears, &odd_trigger::GEAR).unwrap(),
        Change::Unchanged
    );
    let reply = server
        .client()
        .trigger("tests 'odd' \"trigger\" {x} %s ü", &[]);
    assert_eq!(reply, r#"[$"odd"]"#);
}

#[test]
fn unregistered_trigger_is_unknown() {
    let server = TestServer::private();
    server.register(&[&registered_add::GEAR]);
    let mut client = server.client();
    let id = client.id("registered_add").unwrap();
    assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
    // Who did not register it does not bring it back.
    let gears = server.gears();
    let error = registered_add::on(&gears).call(1, 2).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownTrigger);
    assert_eq!(error.trigger(), Some("registered_add"));
    assert_eq!(error.raw(), Some("ERR subcommand not found"));
    assert!(error.to_string().contains("register_all"), "{error}");
}

#[test]
fn other_clients_call_by_plain_words() {
    let server = TestServer::private();
    server.register(&[&registered_add::GEAR, &registered_subtract::GEAR]);
    let mut client = server.client();
    assert_eq!(client.trigger("registered_add", &[b"20", b"22"]), "[:42]");
    let reply = client.trigger("registered_add", &[b"20"]);
    assert!(
        reply.contains("TypeError: registered_add(left, right)"),
        "{reply}"
    );
    let reply = client.trigger("registered_add", &[b"20", b"22", b"24"]);
    assert!(reply.contains("was given 3 arguments"), "{reply}");
    let reply = client.trigger("registered_add", &[b"twenty", b"22"]);
    assert!(reply.contains("ValueError"), "{reply}");
}

#[test]
fn registering_at_the_same_time_does_no_harm() {
    let server = TestServer::private();
    let ours: [&'static Gear; 3] = [
        &registered_add::GEAR,
        &registered_subtract::GEAR,
        &odd_trigger::GEAR,
    ];
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let gears = server.gears();
                register_where(&gears, |gear| {
                    ours.iter().any(|our| std::ptr::eq(*our, gear))
                })
                .unwrap();
                assert_eq!(registered_add::on(&gears).call(1, 2).unwrap(), 3);
            });
        }
    });
    assert_eq!(server.client().registrations().len(), 3);
}

#[test]
fn user_with_the_rights_of_the_guide_registers_and_calls() {
    let server = gears_runtime::embedded::Server::builder()
        .tcp()
        .start()
        .unwrap();
    let url = format!("redis://127.0.0.1:{}/", server.port().unwrap());
    let guide = include_str!("../../../guide/pages/security.md");
    let (_, rule) = guide
        .split_once("ACL SETUSER deployer on >secret ")
        .unwrap();
    let rule = rule
        .lines()
        .next()
        .unwrap()
        .split('#')
        .next()
        .unwrap()
        .trim();
    let mut client = Client::connect(&url);
    let mut words: Vec<&[u8]> = vec![b"ACL", b"SETUSER", b"deployer", b"on", b">secret"];
    words.extend(rule.split(' ').map(str::as_bytes));
    assert_eq!(client.ask(&words), "+OK", "{rule}");
    let gears = Gears::connect(url.replace("redis://", "redis://deployer:secret@")).unwrap();
    let chosen = |gear: &Gear| std::ptr::eq(gear, &registered_add::GEAR);
    register_where(&gears, chosen).unwrap();
    assert_eq!(registered_add::on(&gears).call(20, 22).unwrap(), 42);
    // Each of them is needed, but what only tells a version of RedisGears.
    for right in rule.split(' ').filter(|right| !right.contains('|')) {
        let without = right.replace('+', "-");
        let revoke: [&[u8]; 4] = [b"ACL", b"SETUSER", b"deployer", without.as_bytes()];
        assert_eq!(client.ask(&revoke), "+OK");
        let gears = Gears::connect(url.replace("redis://", "redis://deployer:secret@"));
        let done = gears.and_then(|gears| {
            register_where(&gears, chosen)?;
            // That gear alone: by another address, connections of other tests may lead to the same server.
            gears_runtime::unregister(&gears, &Options::new().only(["registered_add"]))?;
            register_where(&gears, chosen)?;
            registered_add::on(&gears).call(20, 22)
        });
        assert!(done.is_err(), "{right} is in the guide and needless");
        let grant: [&[u8]; 4] = [b"ACL", b"SETUSER", b"deployer", right.as_bytes()];
        assert_eq!(client.ask(&grant), "+OK");
    }
}
