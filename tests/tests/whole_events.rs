//! `register_all` and its sisters on commands, hooks and events together.
//!
//! A binary of its own with one test: the connection that stubs use belongs to the process.

use gears_runtime::{
    Arguments, Change, Record, Removal, Result, gear_command, gear_on_keys, gear_on_stream,
    plan_all, register_all, registry, unregister_all,
};
use gears_tests::{TestServer, ask, until};

/// Counts the visits of `page`.
#[gear_command(trigger = "whole.visit", key = page)]
fn visit(page: &str) -> Result<i64> {
    r#"return cmd.incr("visits:" + page)"#
}

/// Notes which pages are visited.
#[gear_on_keys(prefix = "visits:*", events = ["incrby"], name = "whole.note")]
fn note(record: Record) {
    r#"cmd.sadd("pages", record["key"])"#
}

/// Adds up what comes in.
#[gear_on_stream(prefix = "sales:*", name = "whole.sum")]
fn sum(record: Record) {
    r#"cmd.incrby("sum", record["value"]["amount"])"#
}

/// Keeps pages from being renamed.
#[gear_command(
    hook = "rename",
    key_prefix = "visits:",
    mode = "sync",
    name = "whole.rename"
)]
fn refuse_rename(arguments: Arguments) {
    r#"raise ValueError("pages keep their names")"#
}

/// Returns how many looks at what is registered the server has been asked for.
fn looks(client: &mut gears_tests::Client) -> String {
    let info = ask!(client, "INFO", "commandstats");
    let after = info.split("cmdstat_rg.dumpregistrations:calls=").nth(1);
    let count = after.and_then(|after| after.split(',').next());
    count.unwrap_or("0").to_owned()
}

#[test]
fn story_of_a_process() {
    let mut server = TestServer::private();
    let gears = server.gears();
    let plan = plan_all(&gears).unwrap();
    assert_eq!(plan.len(), registry::all().len());
    assert_eq!(plan.count(Change::Registered), 4, "{plan}");
    assert!(server.client().registrations().is_empty());

    // The server restarts between the plan and what follows it.
    server.private_mut().restart().unwrap();
    let report = register_all(&gears).unwrap();
    assert_eq!(report.count(Change::Registered), 4, "{report}");
    let mut client = server.client();
    assert_eq!(looks(&mut client), "1");
    assert_eq!(visit("a").unwrap(), 1);
    assert_eq!(
        ask!(client, "XADD", "sales:a", "1-1", "amount", "42"),
        r#"$"1-1""#
    );
    until("events", || {
        let pages = ask!(client, "SMEMBERS", "pages");
        let sum = ask!(client, "GET", "sum");
        (pages == r#"[$"visits:a"]"# && sum == r#"$"42""#).then_some(())
    });
    let refused = ask!(client, "RENAME", "visits:a", "visits:b");
    assert!(refused.contains("pages keep their names"), "{refused}");

    let report = register_all(&gears).unwrap();
    assert_eq!(report.count(Change::Unchanged), 4, "{report}");
    assert_eq!(looks(&mut client), "2");

    // What is not there any more is registered again, the rest stays.
    assert_eq!(ask!(client, "SAVE"), "+OK");
    server.private_mut().restart().unwrap();
    let mut client = server.client();
    let id = client.id("whole.visit").unwrap();
    assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
    let report = register_all(&gears).unwrap();
    assert_eq!(report.count(Change::Unchanged), 3, "{report}");
    assert_eq!(report.get("whole.visit"), Some(Change::Registered));

    let report = unregister_all(&gears).unwrap();
    assert_eq!(report.count(Removal::Unregistered), 4, "{report}");
    assert!(client.registrations().is_empty());
    assert_eq!(ask!(client, "RENAME", "visits:a", "visits:b"), "+OK");
    let report = unregister_all(&gears).unwrap();
    assert_eq!(report.count(Removal::Absent), 4, "{report}");
}
