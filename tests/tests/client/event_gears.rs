//! Gears that events of keys call: `#[gear_on_keys]`.

use gears_runtime::{Record, embedded, gear_on_keys};
use gears_tests::{Client, TestServer, ask, field, show, until};

/// Notes what happens to the keys.
#[gear_on_keys(prefix = "events:noted:*", events = ["set", "del"], mode = "sync")]
pub(super) fn events_note(record: Record) {
    r#"
    execute("RPUSH", "noted", "%s %s %s %s" % (
        record["event"], record["key"], record["type"], record["value"]))
    "#
}

#[gear_on_keys(
    prefix = "events:unread:*",
    read_value = false,
    mode = "sync",
    name = "events.unread"
)]
pub(super) fn events_unread(record: Record) {
    r#"execute("RPUSH", "unread", str(sorted(record.items())))"#
}

#[gear_on_keys(prefix = "events:named:*", mode = "sync")]
pub(super) fn events_named(record: Record) {
    r#"execute("RPUSH", "named", record["key"])"#
}

#[gear_on_keys(prefix = "events:hash:*", key_types = ["hash"], mode = "sync")]
pub(super) fn events_of_hashes(record: Record) {
    r#"execute("RPUSH", "hashes", record["value"]["field"])"#
}

#[gear_on_keys(prefix = "events:linked:*", commands = ["set"])]
pub(super) fn events_linked(record: Record) {
    r#"override_reply("%s was noted" % get_command()[1])"#
}

#[gear_on_keys(
    prefix = "events:slow:*",
    events = ["set"],
    timeout_ms = 100,
    on_registered = r#"execute("SET", "events:ready", "yes")"#
)]
pub(super) fn events_slow(record: Record) {
    r#"
    while record["value"] == "forever":
        pass
    execute("RPUSH", "slow", record["value"])
    "#
}

#[gear_on_keys(prefix = "events:later:*", events = ["set"])]
pub(super) fn events_later(record: Record) {
    r#"
    import asyncio
    await asyncio.sleep(0.001)
    execute("RPUSH", "later", record["value"])
    "#
}

#[gear_on_keys(prefix = "events:all:*", on_full = "wait", read_value = false)]
pub(super) fn events_all(record: Record) {
    r#"execute("INCR", "all")"#
}

/// Returns a list of the server's once it has that many elements.
pub(super) fn list(client: &mut Client, name: &str, length: usize) -> String {
    until(name, || {
        let shown = ask!(client, "LLEN", name);
        (shown == format!(":{length}")).then(|| ask!(client, "LRANGE", name, "0", "-1"))
    })
}

/// Returns what the server tells about the only registration.
pub(super) fn only(client: &mut Client) -> (redis::Value, redis::Value) {
    let mut registrations = client.registrations();
    assert_eq!(registrations.len(), 1);
    let entry = registrations.remove(0);
    let data = field(&entry, "RegistrationData").clone();
    (entry, data)
}

#[test]
fn events_of_keys_arrive_as_records() {
    let server = TestServer::private();
    server.register(&[&events_note::GEAR]);
    let mut client = server.client();
    ask!(client, "SET", "events:noted:a", "1");
    ask!(client, "SET", "events:other", "1");
    ask!(client, "DEL", "events:noted:a");
    ask!(client, "RPUSH", "events:noted:b", "1");
    assert_eq!(
        list(&mut client, "noted", 2),
        r#"[$"set events:noted:a string 1", $"del events:noted:a empty None"]"#
    );
    let (entry, data) = only(&mut client);
    let entry = show(&entry);
    assert!(
        entry.contains("Notes what happens to the keys. [by client 0.1.0 ")
            && entry.contains("] [gears keys events_note "),
        "{entry}"
    );
    assert_eq!(show(field(&data, "mode")), r#"$"sync""#);
}

#[test]
fn unread_values_are_none() {
    let server = TestServer::private();
    server.register(&[&events_unread::GEAR]);
    let mut client = server.client();
    ask!(client, "SET", "events:unread:a", "1");
    assert_eq!(
        list(&mut client, "unread", 1),
        r#"[$"[('event', 'set'), ('key', 'events:unread:a'), ('type', None), ('value', None)]"]"#
    );
}

#[test]
fn a_value_that_the_body_does_not_ask_for_is_not_read() {
    let server = TestServer::private();
    server.register(&[&events_named::GEAR]);
    let mut client = server.client();
    ask!(client, "HSET", "events:named:a", "f", "v");
    assert_eq!(list(&mut client, "named", 1), r#"[$"events:named:a"]"#);
    let stats = ask!(client, "INFO", "commandstats");
    assert!(!stats.contains("cmdstat_hgetall"), "{stats}");
}

#[test]
fn writers_wait_for_a_gear_that_has_no_room() {
    let server = TestServer::of(embedded::Server::builder().engine_args(["ExecutionQueue", "2"]));
    server.register(&[&events_all::GEAR]);
    let mut client = server.client();
    let (_, data) = only(&mut client);
    let told = field(field(&data, "args"), "onFull");
    assert_eq!(show(told), r#"$"wait""#);
    for number in 0..500 {
        ask!(client, "SET", format!("events:all:{number}"), "v");
    }
    until("all are seen", || {
        (ask!(client, "GET", "all") == r#"$"500""#).then_some(())
    });
    let (_, data) = only(&mut client);
    assert_eq!(show(field(&data, "numDropped")), ":0");
}

#[test]
fn types_of_keys_are_chosen() {
    let server = TestServer::private();
    server.register(&[&events_of_hashes::GEAR]);
    let mut client = server.client();
    ask!(client, "SET", "events:hash:string", "1");
    ask!(client, "HSET", "events:hash:a", "field", "value");
    assert_eq!(list(&mut client, "hashes", 1), r#"[$"value"]"#);
}

#[test]
fn linked_events_may_answer_their_client() {
    let server = TestServer::private();
    server.register(&[&events_linked::GEAR]);
    let mut client = server.client();
    assert_eq!(
        ask!(client, "SET", "events:linked:a", "1"),
        r#"$"events:linked:a was noted""#
    );
    assert_eq!(ask!(client, "APPEND", "events:linked:a", "1"), ":2");
}

#[test]
fn endless_event_gear_is_ended_and_the_next_event_runs() {
    let server = TestServer::private();
    server.register(&[&events_slow::GEAR]);
    let mut client = server.client();
    until("Python at registration", || {
        (ask!(client, "GET", "events:ready") == r#"$"yes""#).then_some(())
    });
    ask!(client, "SET", "events:slow:a", "forever");
    until("end of the endless one", || {
        let (_, data) = only(&mut client);
        (show(field(&data, "numFailures")) == ":1").then_some(())
    });
    ask!(client, "SET", "events:slow:b", "2");
    assert_eq!(list(&mut client, "slow", 1), r#"[$"2"]"#);
}

#[test]
fn bodies_that_await_are_coroutines() {
    let server = TestServer::private();
    server.register(&[&events_later::GEAR]);
    let mut client = server.client();
    ask!(client, "SET", "events:later:a", "awaited");
    assert_eq!(list(&mut client, "later", 1), r#"[$"awaited"]"#);
}
