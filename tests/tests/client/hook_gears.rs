//! Gears that stand in for commands: `#[gear_command(hook = "…")]`.

use gears_runtime::{Arguments, Cause, Change, Gear, Gears, gear_command, register_where};
use gears_tests::{TestServer, ask, until};

/// Notes who was written.
#[gear_command(hook = "hset", key_prefix = "hooked:", mode = "sync")]
fn hook_hset(arguments: Arguments) {
    r#"
    execute("RPUSH", "written", arguments[0])
    return call_next(*arguments, "noted", "yes")
    "#
}

#[gear_command(hook = "set", key_prefix = "text:", mode = "sync")]
fn hook_set(arguments: Arguments) {
    r#"
    key, value = arguments[:2]
    if value == "list":
        return [1, "two", b"\xff", 4.5, ["-five"]]
    if value == "ok":
        return call_next(*arguments)
    if value == "none":
        return None
    return value
    "#
}

#[gear_command(
    hook = "get",
    key_prefix = "slow:",
    name = "hook.get",
    timeout_ms = 2000
)]
fn hook_get(arguments: Arguments) {
    r#"
    import asyncio
    await asyncio.sleep(0.01)
    return "awaited " + arguments[0]
    "#
}

fn change(gears: &Gears, wanted: &'static Gear) -> Change {
    let report = register_where(gears, |gear| std::ptr::eq(gear, wanted)).unwrap();
    report.get(wanted.trigger()).unwrap()
}

#[test]
fn hook_stands_in_for_its_command() {
    let server = TestServer::private();
    server.register(&[&hook_hset::GEAR]);
    let mut client = server.client();
    assert_eq!(ask!(client, "HSET", "hooked:a", "field", "1"), ":2");
    assert_eq!(ask!(client, "HSET", "other:a", "field", "1"), ":1");
    assert_eq!(ask!(client, "HGET", "hooked:a", "noted"), r#"$"yes""#);
    assert_eq!(
        ask!(client, "LRANGE", "written", "0", "-1"),
        r#"[$"hooked:a"]"#
    );
    let Cause::Hook(hook) = hook_hset::GEAR.cause() else {
        panic!("{:?}", hook_hset::GEAR);
    };
    assert_eq!((hook.command, hook.key_prefix), ("hset", Some("hooked:")));
}

#[test]
fn replies_are_what_the_python_returns() {
    let server = TestServer::private();
    server.register(&[&hook_set::GEAR]);
    let mut client = server.client();
    assert_eq!(ask!(client, "SET", "text:a", "ok"), "+OK");
    assert_eq!(ask!(client, "SET", "text:a", "-5"), r#"$"-5""#);
    assert_eq!(ask!(client, "SET", "text:a", "+x"), r#"$"+x""#);
    assert_eq!(
        ask!(client, "SET", "text:a", "list"),
        r#"[:1, $"two", $b"\xff", $"4.5", [$"-five"]]"#
    );
    let refused = ask!(client, "SET", "text:a", "none");
    assert!(refused.contains("no server lets it reply nil"), "{refused}");
    assert!(refused.contains("hook_set returned None"), "{refused}");
}

#[test]
fn hook_may_await() {
    let server = TestServer::private();
    server.register(&[&hook_get::GEAR]);
    let mut client = server.client();
    assert_eq!(ask!(client, "GET", "slow:a"), r#"$"awaited slow:a""#);
    assert_eq!(ask!(client, "GET", "quick:a"), "nil");
}

#[test]
fn hooks_are_recognised_by_their_name() {
    let server = TestServer::private();
    let gears = server.gears();
    // A hook of somebody else's looks like a trigger of that name.
    server.client().install(
        "GB('CommandReader').map(lambda r: call_next(*r[1:])).register(hook='hset', mode='sync')",
    );
    for gear in [&hook_hset::GEAR, &hook_get::GEAR] {
        assert_eq!(change(&gears, gear), Change::Registered);
        assert_eq!(change(&gears, gear), Change::Unchanged);
    }
    let mut client = server.client();
    assert_eq!(client.registrations().len(), 3);
    ask!(client, "HSET", "hooked:a", "field", "1");
    until("note", || {
        (ask!(client, "LLEN", "written") == ":1").then_some(())
    });
}
