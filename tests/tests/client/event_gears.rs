//! Gears that events call: `#[gear_on_keys]`, `#[gear_on_stream]`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use gears_runtime::{Change, ErrorKind, Gear, Gears, Record, Result, register_where};
use gears_runtime::{gear_command, gear_on_keys, gear_on_stream};
use gears_tests::{Client, TestServer, ask, field, show, until};

/// Notes what happens to the keys.
#[gear_on_keys(prefix = "events:noted:*", events = ["set", "del"], mode = "sync")]
fn events_note(record: Record) {
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
fn events_unread(record: Record) {
    r#"execute("RPUSH", "unread", str(sorted(record.items())))"#
}

#[gear_on_keys(prefix = "events:hash:*", key_types = ["hash"], mode = "sync")]
fn events_of_hashes(record: Record) {
    r#"execute("RPUSH", "hashes", record["value"]["field"])"#
}

#[gear_on_keys(prefix = "events:linked:*", commands = ["set"])]
fn events_linked(record: Record) {
    r#"override_reply("%s was noted" % get_command()[1])"#
}

#[gear_on_keys(
    prefix = "events:slow:*",
    events = ["set"],
    timeout_ms = 100,
    on_registered = r#"execute("SET", "events:ready", "yes")"#
)]
fn events_slow(record: Record) {
    r#"
    while record["value"] == "forever":
        pass
    execute("RPUSH", "slow", record["value"])
    "#
}

#[gear_on_keys(prefix = "events:later:*", events = ["set"])]
fn events_later(record: Record) {
    r#"
    import asyncio
    await asyncio.sleep(0.001)
    execute("RPUSH", "later", record["value"])
    "#
}

/// Keeps what comes in.
#[gear_on_stream(prefix = "entries:kept", trim = false)]
fn entries_keep(record: Record) {
    r#"execute("RPUSH", "kept", "%s %s" % (record["key"], record["value"]["n"]))"#
}

#[gear_on_stream(prefix = "entries:trimmed:*", batch = 3, duration_ms = 20)]
fn entries_trim(record: Record) {
    r#"
    if record["value"]["n"] == "1":
        raise ValueError("not this one")
    execute("RPUSH", "trimmed", record["value"]["n"])
    "#
}

#[gear_on_stream(
    prefix = "entries:retried",
    on_failed = "retry",
    retry_interval_ms = 1000
)]
fn entries_retry(record: Record) {
    r#"
    if execute("INCR", "tries") < 2:
        raise ValueError("not yet")
    execute("RPUSH", "retried", record["value"]["n"])
    "#
}

#[gear_on_stream(prefix = "entries:aborted", on_failed = "abort")]
fn entries_abort(record: Record) {
    "raise ValueError('never')"
}

/// What an earlier version of a program registered, and what a later one does.
mod earlier {
    use gears_runtime::{Record, gear_on_keys, gear_on_stream};

    #[gear_on_keys(prefix = "flow:keys", events = ["incrby"], name = "flow.keys")]
    pub fn keys(record: Record) {
        r#"execute("INCR", "flow:keys:seen")"#
    }

    #[gear_on_stream(prefix = "flow:stream", name = "flow.stream")]
    pub fn stream(record: Record) {
        r#"execute("SADD", "flow:stream:seen", record["value"]["n"])"#
    }

    #[gear_on_keys(prefix = "flow:kept", name = "flow.kept")]
    pub fn kept(record: Record) {
        "pass"
    }
}

mod later {
    use gears_runtime::{Record, gear_on_keys, gear_on_stream};

    #[gear_on_keys(
        prefix = "flow:keys",
        events = ["incrby"],
        name = "flow.keys",
        replace = true
    )]
    pub fn keys(record: Record) {
        r#"
        # Another one.
        execute("INCR", "flow:keys:seen")
        "#
    }

    #[gear_on_stream(prefix = "flow:stream", name = "flow.stream", replace = true)]
    pub fn stream(record: Record) {
        r#"
        # Another one.
        execute("SADD", "flow:stream:seen", record["value"]["n"])
        "#
    }

    #[gear_on_keys(prefix = "flow:kept:other", name = "flow.kept")]
    pub fn refused(record: Record) {
        "pass"
    }

    #[gear_on_keys(prefix = "flow:kept:other", name = "flow.kept", replace = false)]
    pub fn kept(record: Record) {
        "pass"
    }
}

mod latest {
    use gears_runtime::{Record, gear_on_keys, gear_on_stream};

    #[gear_on_keys(
        prefix = "flow:keys",
        events = ["incrby"],
        name = "flow.keys",
        replace = true
    )]
    pub fn keys(record: Record) {
        r#"
        # A third one.
        execute("INCR", "flow:keys:seen")
        "#
    }

    #[gear_on_stream(prefix = "flow:stream", name = "flow.stream", replace = true)]
    pub fn stream(record: Record) {
        r#"
        # A third one.
        execute("SADD", "flow:stream:seen", record["value"]["n"])
        "#
    }
}

/// Registers one gear and says what became of it.
fn change(gears: &Gears, wanted: &'static Gear) -> Result<Change> {
    let report = register_where(gears, |gear| std::ptr::eq(gear, wanted))?;
    assert_eq!(report.len(), 1);
    Ok(report.get(wanted.trigger()).unwrap())
}

/// Returns a list of the server's once it has that many elements.
fn list(client: &mut Client, name: &str, length: usize) -> String {
    until(name, || {
        let shown = ask!(client, "LLEN", name);
        (shown == format!(":{length}")).then(|| ask!(client, "LRANGE", name, "0", "-1"))
    })
}

/// Returns what the server tells about the only registration.
fn only(client: &mut Client) -> (redis::Value, redis::Value) {
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
        entry.contains("Notes what happens to the keys. [gears keys events_note "),
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

#[test]
fn entries_of_streams_arrive_in_order() {
    let server = TestServer::private();
    let mut client = server.client();
    // One that was there before.
    ask!(client, "XADD", "entries:kept", "*", "n", "0");
    server.register(&[&entries_keep::GEAR]);
    for number in 1..5 {
        ask!(client, "XADD", "entries:kept", "*", "n", number.to_string());
    }
    assert_eq!(
        list(&mut client, "kept", 5),
        r#"[$"entries:kept 0", $"entries:kept 1", $"entries:kept 2", $"entries:kept 3", $"entries:kept 4"]"#
    );
    assert_eq!(ask!(client, "XLEN", "entries:kept"), ":5");
}

#[test]
fn batch_goes_on_after_a_failure_and_tells_it() {
    let server = TestServer::private();
    server.register(&[&entries_trim::GEAR]);
    let mut client = server.client();
    for number in 0..5 {
        ask!(
            client,
            "XADD",
            "entries:trimmed:a",
            "*",
            "n",
            number.to_string()
        );
    }
    assert_eq!(
        list(&mut client, "trimmed", 4),
        r#"[$"0", $"2", $"3", $"4"]"#
    );
    until("empty stream", || {
        (ask!(client, "XLEN", "entries:trimmed:a") == ":0").then_some(())
    });
    let (_, data) = only(&mut client);
    assert_eq!(show(field(&data, "numFailures")), ":1");
    let arguments = show(field(&data, "args"));
    assert!(arguments.contains(r#"$"durationMS", :20"#), "{arguments}");
}

#[test]
fn first_failure_of_a_batch_is_the_one_told() {
    let server = TestServer::private();
    server.register(&[&entries_trim::GEAR]);
    let mut client = server.client();
    ask!(client, "XADD", "entries:trimmed:a", "*", "n", "1");
    let told = until("error", || {
        let (_, data) = only(&mut client);
        let told = show(field(&data, "lastError"));
        (told != "nil").then_some(told)
    });
    assert!(told.contains("ValueError: not this one"), "{told}");
    assert!(told.contains(file!()), "{told}");
}

#[test]
fn failed_entries_are_tried_again() {
    let server = TestServer::private();
    server.register(&[&entries_retry::GEAR]);
    let mut client = server.client();
    ask!(client, "XADD", "entries:retried", "*", "n", "1");
    assert_eq!(list(&mut client, "retried", 1), r#"[$"1"]"#);
    assert_eq!(ask!(client, "GET", "tries"), r#"$"2""#);
}

#[test]
fn failed_entry_stops_a_gear_that_aborts() {
    let server = TestServer::private();
    server.register(&[&entries_abort::GEAR]);
    let mut client = server.client();
    ask!(client, "XADD", "entries:aborted", "*", "n", "1");
    until("end", || {
        let (_, data) = only(&mut client);
        (show(field(&data, "status")) == r#"$"ABORTED""#).then_some(())
    });
    assert_eq!(ask!(client, "XLEN", "entries:aborted"), ":1");
}

#[test]
fn second_time_events_are_unchanged() {
    let server = TestServer::private();
    let gears = server.gears();
    for gear in [
        &events_note::GEAR,
        &entries_keep::GEAR,
        &events_unread::GEAR,
    ] {
        assert_eq!(change(&gears, gear).unwrap(), Change::Registered);
        assert_eq!(change(&gears, gear).unwrap(), Change::Unchanged);
        assert_eq!(change(&server.gears(), gear).unwrap(), Change::Unchanged);
    }
    assert_eq!(server.client().registrations().len(), 3);
}

#[test]
fn different_event_gear_is_refused_unless_replace_says_otherwise() {
    let server = TestServer::private();
    let gears = server.gears();
    assert_eq!(
        change(&gears, &earlier::kept::GEAR).unwrap(),
        Change::Registered
    );
    let error = change(&gears, &later::refused::GEAR).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DuplicateTrigger);
    let duplicate = error.duplicate().unwrap();
    assert_eq!(duplicate.trigger(), "flow.kept");
    assert!(duplicate.ours().contains("later::refused"), "{error}");
    assert!(error.to_string().contains("replace = true"), "{error}");
    assert_eq!(change(&gears, &later::kept::GEAR).unwrap(), Change::Kept);
    assert_eq!(server.client().registrations().len(), 1);
}

#[test]
fn two_event_gears_of_one_name_in_a_binary_are_refused() {
    let server = TestServer::private();
    let error = register_where(&server.gears(), |gear| gear.trigger() == "flow.keys").unwrap_err();
    assert!(error.is_duplicate_trigger(), "{error}");
    assert!(error.to_string().contains("earlier::keys"), "{error}");
    assert!(error.to_string().contains("in the same binary"), "{error}");
    assert_eq!(server.client().registrations().len(), 0);
}

#[test]
fn a_command_may_have_the_name_of_an_event_gear() {
    #[gear_command(trigger = "events_note")]
    fn same_name() -> Result<String> {
        "return 'called'"
    }
    let server = TestServer::private();
    let gears = server.register(&[&same_name::GEAR, &events_note::GEAR]);
    assert_eq!(same_name::on(&gears).call().unwrap(), "called");
    let mut client = server.client();
    ask!(client, "SET", "events:noted:a", "1");
    list(&mut client, "noted", 1);
}

#[test]
fn no_event_is_lost_while_gears_are_replaced() {
    let server = TestServer::private();
    let gears = server.register(&[&earlier::keys::GEAR, &earlier::stream::GEAR]);
    let over = AtomicBool::new(false);
    let sent = thread::scope(|scope| {
        let sender = scope.spawn(|| {
            let mut client = server.client();
            let mut sent = 0;
            while !over.load(Ordering::Relaxed) || sent < 500 {
                ask!(client, "INCR", "flow:keys");
                ask!(client, "XADD", "flow:stream", "*", "n", sent.to_string());
                sent += 1;
            }
            sent
        });
        let keys = [&later::keys::GEAR, &latest::keys::GEAR];
        let streams = [&later::stream::GEAR, &latest::stream::GEAR];
        for round in 0..10 {
            assert_eq!(change(&gears, keys[round % 2]).unwrap(), Change::Replaced);
            assert_eq!(
                change(&gears, streams[round % 2]).unwrap(),
                Change::Replaced
            );
        }
        over.store(true, Ordering::Relaxed);
        sender.join().unwrap()
    });
    let mut client = server.client();
    until("count of all keys' events", || {
        (ask!(client, "GET", "flow:keys:seen") == format!("$\"{sent}\"")).then_some(())
    });
    until("all entries", || {
        (ask!(client, "SCARD", "flow:stream:seen") == format!(":{sent}")).then_some(())
    });
    assert_eq!(client.registrations().len(), 2);
}

#[test]
fn registering_events_at_the_same_time_makes_one_registration() {
    let server = TestServer::private();
    let ours: [&'static Gear; 3] = [&events_note::GEAR, &entries_keep::GEAR, &events_later::GEAR];
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let gears = server.gears();
                register_where(&gears, |gear| {
                    ours.iter().any(|our| std::ptr::eq(*our, gear))
                })
                .unwrap();
            });
        }
    });
    assert_eq!(server.client().registrations().len(), 3);
}

#[test]
fn events_survive_a_restart() {
    let mut server = TestServer::private();
    server.register(&[&events_note::GEAR, &entries_keep::GEAR]);
    assert_eq!(ask!(server.client(), "SAVE"), "+OK");
    server.private_mut().restart().unwrap();
    let gears = server.gears();
    assert_eq!(
        change(&gears, &events_note::GEAR).unwrap(),
        Change::Unchanged
    );
    let mut client = server.client();
    ask!(client, "SET", "events:noted:a", "1");
    list(&mut client, "noted", 1);
}
