//! Several versions of a trigger side by side: each answers to its own name, the newest to the
//! plain one too, and the others go when nobody calls them.

mod stored;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use gears_runtime::embedded::Server;
use gears_tests::{Client, TestServer, ask, field, show, until};
use redis::Value;

const NOT_FOUND: &str = "-ERR subcommand not found";
const TAKEN: &str = "trigger already registered";

/// Registers a version of a trigger, whose answer is its first word and the version.
fn script(trigger: &str, version: &str, more: &str) -> String {
    format!(
        "GB('CommandReader').map(lambda r: [r[0], '{version}']).register(\
         convertToStr=False, trigger='{trigger}', version='{version}'{more})"
    )
}

fn sync(trigger: &str, version: &str) -> String {
    script(trigger, version, ", mode='sync'")
}

fn answer(name: &str, version: &str) -> String {
    format!(r#"[[$"{name}", $"{version}"]]"#)
}

/// Registers in a session of this id, in place of what was there.
fn deploy(client: &mut Client, session: &str, script: &str) -> String {
    ask!(client, "RG.PYEXECUTE", script, "ID", session, "UPGRADE")
}

/// Finds what is told of a version.
fn arguments(client: &mut Client, version: &str) -> Option<Value> {
    let version = format!("${version:?}");
    client.registrations().into_iter().find_map(|entry| {
        let told = field(field(&entry, "RegistrationData"), "args");
        let is_it = show(told).contains(r#"$"version""#) && show(field(told, "version")) == version;
        is_it.then(|| told.clone())
    })
}

fn number(pairs: &Value, name: &str) -> i64 {
    match field(pairs, name) {
        Value::Int(number) => *number,
        other => panic!("no number: {other:?}"),
    }
}

fn id(client: &mut Client, version: &str) -> String {
    let version = format!("${version:?}");
    let entries = client.registrations();
    let entry = entries.iter().find(|entry| {
        let told = field(field(entry, "RegistrationData"), "args");
        show(told).contains(&format!(r#"$"version", {version}"#))
    });
    match field(entry.unwrap(), "id") {
        Value::BulkString(id) => String::from_utf8(id.clone()).unwrap(),
        other => panic!("not an id: {other:?}"),
    }
}

fn assert_newest(client: &mut Client, trigger: &str, version: &str) {
    assert_eq!(client.trigger(trigger, &[]), answer(trigger, version));
}

#[test]
fn both_names_are_called_in_every_way() {
    let server = TestServer::start();
    let mut client = server.client();
    let (sync, local, wide) = (server.name("s"), server.name("l"), server.name("w"));
    client.install(&script(&sync, "1f3a", ", mode='sync'"));
    client.install(&script(
        &local,
        "1f3a",
        ", mode='async_local', inorder=True",
    ));
    client.install(&script(&wide, "1f3a", ""));
    for trigger in [&sync, &local, &wide] {
        // The function sees the name that was called.
        for name in [trigger.clone(), format!("{trigger}@1f3a")] {
            let expected = answer(&name, "1f3a");
            assert_eq!(client.trigger(&name, &[b"x"]), expected);
            assert_eq!(ask!(client, "RG.TRIGGERONKEY", name, "key"), expected);
        }
        for other in ["@1f3b", "@", "@1f3a@1f3a"] {
            assert_eq!(client.trigger(&format!("{trigger}{other}"), &[]), NOT_FOUND);
        }
    }
    let versioned = format!("{sync}@1f3a");
    assert_eq!(ask!(client, "MULTI"), "+OK");
    for name in [&sync, &versioned] {
        assert_eq!(client.trigger(name, &[]), "+QUEUED");
    }
    let (plain, pinned) = (answer(&sync, "1f3a"), answer(&versioned, "1f3a"));
    assert_eq!(ask!(client, "EXEC"), format!("[{plain}, {pinned}]"));
    let call = "return redis.call('RG.TRIGGER', ARGV[1])";
    assert_eq!(ask!(client, "EVAL", call, "0", versioned), pinned);
    let inside = server.name("inside");
    client.install(&format!(
        "GB('CommandReader').map(lambda r: execute('RG.TRIGGER', r[1])).register(\
         trigger='{inside}', mode='sync')"
    ));
    let told = client.trigger(&inside, &[versioned.as_bytes()]);
    assert!(told.contains(&versioned), "{told}");
}

#[test]
fn the_plain_name_is_that_of_the_newest() {
    let server = TestServer::private();
    let mut client = server.client();
    assert_eq!(deploy(&mut client, "q-1", &sync("q", "1")), "+OK");
    assert_newest(&mut client, "q", "1");
    assert_eq!(deploy(&mut client, "q-2", &sync("q", "2")), "+OK");
    assert_newest(&mut client, "q", "2");
    assert_newest(&mut client, "q@1", "1");
    // One that leaves the plain name to others.
    let aside = script("q", "3", ", mode='sync', newest=False");
    assert_eq!(deploy(&mut client, "q-3", &aside), "+OK");
    assert_newest(&mut client, "q", "2");
    assert_newest(&mut client, "q@3", "3");
    // Back to the first one.
    assert_eq!(deploy(&mut client, "q-1", &sync("q", "1")), "+OK");
    for (name, version) in [("q", "1"), ("q@1", "1"), ("q@2", "2"), ("q@3", "3")] {
        assert_newest(&mut client, name, version);
    }
    assert_eq!(client.registrations().len(), 3);
    for (gone, newest) in [("1", "2"), ("2", "3")] {
        let id = id(&mut client, gone);
        assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
        assert_eq!(client.trigger(&format!("q@{gone}"), &[]), NOT_FOUND);
        assert_newest(&mut client, "q", newest);
    }
    let id = id(&mut client, "3");
    assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
    assert_eq!(client.trigger("q", &[]), NOT_FOUND);
    assert_eq!(client.trigger("q@3", &[]), NOT_FOUND);
    // Alone, it has both names.
    assert_eq!(deploy(&mut client, "q-3", &aside), "+OK");
    assert_newest(&mut client, "q", "3");
    // Two versions of one script: the later one is the newer one.
    let both = format!("{}\n{}", sync("r", "b"), sync("r", "a"));
    client.install(&both);
    assert_newest(&mut client, "r", "a");
    assert_newest(&mut client, "r@b", "b");
}

/// Ends those who call until somebody is done, or has panicked.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn neither_name_is_ever_missing_while_versions_come() {
    const VERSIONS: usize = 40;
    let server = TestServer::private();
    let mut client = server.client();
    assert_eq!(deploy(&mut client, "q-0", &sync("q", "0")), "+OK");
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for name in ["q", "q@0"] {
            let (server, done) = (&server, &done);
            scope.spawn(move || {
                let mut client = server.client();
                let mut latest = 0;
                while !done.load(Ordering::Relaxed) {
                    let reply = client.trigger(name, &[]);
                    let version = (latest..=VERSIONS)
                        .find(|version| reply == answer(name, &version.to_string()));
                    latest = version.unwrap_or_else(|| panic!("{reply} after {latest}"));
                    assert!(name == "q" || latest == 0, "{reply}");
                }
            });
        }
        let _done = Done(&done);
        for version in 1..=VERSIONS {
            let version = version.to_string();
            let session = format!("q-{version}");
            assert_eq!(deploy(&mut client, &session, &sync("q", &version)), "+OK");
            // The first one stays as it is, whoever registers it again.
            assert_eq!(
                deploy(
                    &mut client,
                    "q-0",
                    &script("q", "0", ", mode='sync', newest=False")
                ),
                "+OK"
            );
        }
    });
    assert_newest(&mut client, "q", &VERSIONS.to_string());
}

#[test]
fn names_that_others_need_alone_are_refused() {
    let server = TestServer::private();
    let mut client = server.client();
    let plain = |trigger: &str| format!("GB('CommandReader').register(trigger='{trigger}')");
    assert_eq!(deploy(&mut client, "q-1", &sync("q", "1")), "+OK");
    for script in [
        plain("q"),
        plain("q@1"),
        sync("q", "1"),
        sync("q@1", "2"),
        script("q", "1", ", newest=False"),
    ] {
        let refused = client.execute(&script);
        assert!(refused.contains(TAKEN), "{script}: {refused}");
    }
    client.install(&plain("whole"));
    let refused = client.execute(&sync("whole", "1"));
    assert!(refused.contains(TAKEN), "{refused}");
    client.install(&plain("odd@1"));
    let refused = client.execute(&sync("odd", "1"));
    assert!(refused.contains(TAKEN), "{refused}");
    client.install(&sync("odd", "2"));
    for twice in [
        [sync("t", "1"), sync("t", "1")],
        [sync("t", "1"), plain("t")],
        [plain("t"), sync("t", "1")],
        [plain("t@1"), sync("t", "1")],
    ] {
        let refused = client.execute(&twice.join("\n"));
        assert!(refused.contains("in this session"), "{twice:?}: {refused}");
    }
    assert_eq!(client.trigger("t", &[]), NOT_FOUND);
    assert_newest(&mut client, "q", "1");
    // In one step, what a session had gives way.
    assert_eq!(deploy(&mut client, "q-1", &plain("q")), "+OK");
    assert_eq!(client.trigger("q", &[]), r#"[$"['q']"]"#);
    assert_eq!(client.trigger("q@1", &[]), NOT_FOUND);
    let reply = ask!(
        client,
        "RG.PYEXECUTE",
        sync("q", "2"),
        "ID",
        "q-2",
        "REPLACE_WITH",
        "q-1"
    );
    assert_eq!(reply, "+OK");
    assert_newest(&mut client, "q", "2");
    assert_eq!(deploy(&mut client, "q-3", &sync("q", "3")), "+OK");
    // Versions of two sessions are not one session's to replace.
    let refused = deploy(&mut client, "q-3", &plain("q"));
    assert!(refused.contains(TAKEN), "{refused}");
    assert_newest(&mut client, "q", "3");
}

#[test]
fn wrong_arguments_are_told() {
    let server = TestServer::start();
    let mut client = server.client();
    let long = format!("version='{}'", "x".repeat(65));
    for (arguments, error) in [
        (
            "trigger='t', version=1",
            "version argument must be a string of 1 to 64 letters",
        ),
        (
            "trigger='t', version=''",
            "version argument must be a string of 1 to 64 letters",
        ),
        (
            "trigger='t', version='a@b'",
            "version argument must be a string of 1 to 64 letters",
        ),
        (
            "trigger='t', version='a\\n'",
            "version argument must be a string of 1 to 64 letters",
        ),
        (
            "trigger='t', version='1', keep=0",
            "keep argument must be a number of milliseconds",
        ),
        (
            "trigger='t', version='1', keep='1'",
            "keep argument must be a number of milliseconds",
        ),
        (
            "trigger='t', version='1', newest=1",
            "newest argument must be a boolean",
        ),
        (
            "trigger='t', keep=5",
            "keep argument can only be given with version",
        ),
        (
            "trigger='t', newest=True",
            "newest argument can only be given with version",
        ),
        (
            "hook='ping', version='1'",
            "version argument can only be given with trigger",
        ),
        ("trigger='t', versions='1'", "did you mean 'version'?"),
        (
            &format!("trigger='t', {long}"),
            "version argument must be a string of 1 to 64 letters",
        ),
    ] {
        let script = format!("GB('CommandReader').register({arguments})");
        let refused = client.execute(&script);
        assert!(refused.contains(error), "{arguments}: {refused}");
    }
    let refused = client.execute("GB('KeysReader').register(version='1')");
    let told = "it is one of register() of a CommandReader";
    assert!(refused.contains(told), "{refused}");
}

#[test]
fn what_is_told_of_versions() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(
        "GB('CommandReader').register(trigger='whole', version=None, keep=None, newest=None)",
    );
    let whole = client.registration("whole").unwrap();
    let told = show(field(field(&whole, "RegistrationData"), "args"));
    assert_eq!(told, r#"[$"trigger", $"whole", $"inorder", :0]"#);
    client.install(&sync("q", "1"));
    client.install(&script("q", "2", ", keep=7200000"));
    let first = arguments(&mut client, "1").unwrap();
    let start = r#"[$"trigger", $"q", $"inorder", :0, $"version", $"1", $"newest", :0, $"keep", :3600000, $"idleFor", :"#;
    assert!(show(&first).starts_with(start), "{}", show(&first));
    let second = arguments(&mut client, "2").unwrap();
    assert_eq!(
        (number(&second, "newest"), number(&second, "keep")),
        (1, 7_200_000)
    );
    // A call counts, by whichever name.
    for (version, name) in [("1", "q@1"), ("2", "q@2"), ("2", "q")] {
        let idle = until("time without a call", || {
            let idle = number(&arguments(&mut client, version)?, "idleFor");
            (idle >= 20).then_some(idle)
        });
        let called = Instant::now();
        client.trigger(name, &[]);
        let since = number(&arguments(&mut client, version).unwrap(), "idleFor");
        let most = i64::try_from(called.elapsed().as_millis()).unwrap();
        assert!(
            since <= most + 1 && (since < idle || most >= idle),
            "{name}: {since}"
        );
    }
    let info = ask!(client, "INFO", "everything");
    assert!(
        info.contains("trigger=q,version=1,newest=0,keep=3600000,idleFor="),
        "{info}"
    );
    assert!(info.contains("trigger=whole,session="), "{info}");
    // Each counts by itself, and is in the log under its own name.
    let triggered = |client: &mut Client, version: &str| {
        let id = Value::BulkString(id(client, version).into_bytes());
        let entries = client.registrations();
        let entry = entries.iter().find(|entry| *field(entry, "id") == id);
        number(field(entry.unwrap(), "RegistrationData"), "numTriggered")
    };
    assert_eq!(triggered(&mut client, "1"), 1);
    assert_eq!(triggered(&mut client, "2"), 2);
    let log = server.log().unwrap();
    assert!(
        log.contains("event=register") && log.contains("name=q@1 "),
        "{log}"
    );
    assert_eq!(ask!(client, "RG.CONFIGGET", "ServesVersions"), "[:1]");
    // Also in the shapes of RedisGears 1.0.
    let server = TestServer::of(Server::builder().engine_args(["ReplyShapes", "1.0"]));
    let mut client = server.client();
    client.install(&sync("q", "1"));
    let told = show(&arguments(&mut client, "1").unwrap());
    assert!(
        told.starts_with(r#"[$"trigger", $"q", $"version", $"1", $"newest", :1"#),
        "{told}"
    );
}

/// Waits until a version is gone.
fn wait_for_end(client: &mut Client, name: &str) {
    until("the end of a version", || {
        // Not called, which would keep it.
        let listed = client
            .registrations()
            .iter()
            .map(show)
            .any(|entry| entry.contains(name));
        (!listed).then_some(())
    });
}

#[test]
fn a_version_that_nobody_calls_goes_and_one_that_is_called_stays() {
    const KEEP: Duration = Duration::from_secs(2);
    let server = TestServer::private();
    let mut client = server.client();
    let keep = format!(", mode='sync', keep={}", KEEP.as_millis());
    let with_keep = |version: &str| script("q", version, &keep);
    assert_eq!(deploy(&mut client, "s-unused", &with_keep("unused")), "+OK");
    assert_eq!(deploy(&mut client, "s-used", &with_keep("used")), "+OK");
    // The newest stays however long nobody calls it.
    assert_eq!(deploy(&mut client, "s-newest", &with_keep("newest")), "+OK");
    let deployed = Instant::now();
    while deployed.elapsed() < 2 * KEEP {
        assert_newest(&mut client, "q@used", "used");
    }
    wait_for_end(&mut client, "unused");
    assert!(deployed.elapsed() >= KEEP);
    assert_eq!(client.trigger("q@unused", &[]), NOT_FOUND);
    let sessions = ask!(client, "RG.PYDUMPSESSIONS");
    assert!(
        !sessions.contains("s-unused") && sessions.contains("s-used"),
        "{sessions}"
    );
    let log = server.log().unwrap();
    let lines = log.lines().filter(|line| line.contains("cause=idle"));
    let lines: Vec<_> = lines.collect();
    assert!(
        lines.len() == 1 && lines[0].contains("name=q@unused "),
        "{lines:?}"
    );
    wait_for_end(&mut client, "s-used");
    assert_newest(&mut client, "q", "newest");
    assert_eq!(client.registrations().len(), 1);
}

#[test]
fn what_runs_while_its_version_goes_ends_normally() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(
        "import time\n\
         def wait(record):\n\
         \x20   while not execute('EXISTS', 'done'):\n\
         \x20       time.sleep(0.01)\n\
         \x20   return record[0]\n\
         GB('CommandReader').map(wait).register(trigger='q', version='1', keep=1, \
         mode='async_local', inorder=True)",
    );
    client.install(&sync("other", "1"));
    thread::scope(|scope| {
        let call = || server.client().trigger("q@1", &[]);
        let calls = [scope.spawn(call), scope.spawn(call)];
        until("both clients", || {
            (client.number("clients", "blocked_clients") == 2).then_some(())
        });
        client.install(&sync("q", "2"));
        wait_for_end(&mut client, r#""version", $"1", $"newest", :0"#);
        assert_newest(&mut client, "q", "2");
        ask!(client, "SET", "done", "1");
        for call in calls {
            assert_eq!(call.join().unwrap(), r#"[$"q@1"]"#);
        }
    });
}

#[test]
fn versions_have_the_rights_of_who_calls_them() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(
        "GB('CommandReader').map(lambda r: execute('GET', r[1])).register(\
         trigger='q', version='1', mode='sync')",
    );
    if server
        .log()
        .unwrap()
        .contains("cannot run commands as a user")
    {
        return; // Redis before 7.0.6: whoever calls, code runs as the server itself.
    }
    assert_eq!(ask!(client, "SET", "mine:a", "1"), "+OK");
    let set = ask!(
        client,
        "ACL",
        "SETUSER",
        "bob",
        "on",
        ">pw",
        "~mine:*",
        "+rg.trigger",
        "+get"
    );
    assert_eq!(set, "+OK");
    let mut bob = server.client();
    assert_eq!(ask!(bob, "AUTH", "bob", "pw"), "+OK");
    for name in ["q", "q@1"] {
        assert_eq!(bob.trigger(name, &[b"mine:a"]), r#"[$"1"]"#);
        let refused = bob.trigger(name, &[b"other"]);
        assert!(refused.contains("NOPERM"), "{refused}");
    }
}
