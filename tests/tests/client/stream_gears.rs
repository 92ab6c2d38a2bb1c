//! Gears that entries of streams call: `#[gear_on_stream]`.

use gears_runtime::{Record, gear_on_stream};
use gears_tests::{TestServer, ask, field, show, until};

use crate::event_gears::{list, only};

/// Keeps what comes in.
#[gear_on_stream(prefix = "entries:kept", trim = false)]
pub(super) fn entries_keep(record: Record) {
    r#"execute("RPUSH", "kept", "%s %s" % (record["key"], record["value"]["n"]))"#
}

#[gear_on_stream(prefix = "entries:trimmed:*", batch = 3, duration_ms = 20)]
pub(super) fn entries_trim(record: Record) {
    r#"
    if record["value"]["n"] == "1":
        raise ValueError("not this one")
    if record["value"]["n"] == "pause":
        flat_error("PAUSE for a while")
    execute("RPUSH", "trimmed", record["value"]["n"])
    "#
}

#[gear_on_stream(
    prefix = "entries:retried",
    on_failed = "retry",
    retry_interval_ms = 1000
)]
pub(super) fn entries_retry(record: Record) {
    r#"
    if execute("INCR", "tries") < 2:
        raise ValueError("not yet")
    execute("RPUSH", "retried", record["value"]["n"])
    "#
}

#[gear_on_stream(prefix = "entries:aborted", on_failed = "abort")]
pub(super) fn entries_abort(record: Record) {
    "raise ValueError('never')"
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
fn batch_may_pause_its_gear() {
    let server = TestServer::private();
    server.register(&[&entries_trim::GEAR]);
    let mut client = server.client();
    ask!(client, "XADD", "entries:trimmed:a", "*", "n", "pause");
    until("pause", || {
        let (_, data) = only(&mut client);
        (show(field(&data, "status")) == r#"$"PAUSED""#).then_some(())
    });
    assert_eq!(ask!(client, "XLEN", "entries:trimmed:a"), ":1");
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
