//! What registration does with gears of events that the server has already.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use gears_runtime::{Change, ErrorKind, Gear, Gears, Result, gear_command, register_where};
use gears_tests::{TestServer, ask, until};

use crate::event_gears::{events_later, events_note, events_unread, list};
use crate::stream_gears::{entries_keep, entries_trim};

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
fn event_gear_of_another_application_is_refused_unless_replace_says_otherwise() {
    let server = TestServer::private();
    let billing = Gears::builder(server.url()).unwrap().application("billing");
    assert_eq!(
        change(&billing.connect().unwrap(), &earlier::kept::GEAR).unwrap(),
        Change::Registered
    );
    let gears = server.gears();
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
    server.register(&[&events_note::GEAR, &entries_trim::GEAR]);
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
    for number in 0..3 {
        ask!(
            client,
            "XADD",
            "entries:trimmed:a",
            "*",
            "n",
            number.to_string()
        );
    }
    assert_eq!(list(&mut client, "trimmed", 2), r#"[$"0", $"2"]"#);
}
