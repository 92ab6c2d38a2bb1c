//! `register_all` and its sisters on everything in a binary, and stubs before and after it.
//!
//! A binary of its own with one test: the connection that stubs use belongs to the process.

use gears_runtime::{
    Change, ErrorKind, Removal, Result, bind, gear_command, plan_all, register_all, registry,
    unregister_all,
};
use gears_tests::TestServer;

/// Greets `name`.
#[gear_command(trigger = "tests.whole.greet")]
fn greet(name: &str) -> Result<String> {
    r#"return "Hello, " + name"#
}

#[gear_command(trigger = "tests.whole.add", mode = "sync")]
fn add(left: i64, right: i64) -> Result<i64> {
    "return left + right"
}

mod nested {
    use gears_runtime::{Result, gear_command};

    #[gear_command(trigger = "tests.whole.deep")]
    pub fn deep() -> Result<bool> {
        "return True"
    }
}

#[test]
fn story_of_a_process() {
    // Before anything is registered, stubs say what to do.
    let error = greet("Ada").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotBound);
    assert_eq!(error.trigger(), Some("greet"));
    assert!(error.to_string().contains("register_all"), "{error}");

    let all: Vec<_> = registry::all().iter().map(|gear| gear.trigger()).collect();
    assert_eq!(
        all,
        ["tests.whole.add", "tests.whole.deep", "tests.whole.greet"]
    );

    // A plan does nothing and binds nothing.
    let server = TestServer::start();
    server.keep(&registry::all());
    let gears = server.gears();
    let plan = plan_all(&gears).unwrap();
    assert_eq!(plan.count(Change::Registered), 3, "{plan}");
    assert!(greet("Ada").unwrap_err().is_not_bound());
    let mut client = server.client();
    assert_eq!(client.id("tests.whole.greet"), None);

    // Registered, called, unchanged.
    let report = register_all(&gears).unwrap();
    assert_eq!(report.count(Change::Registered), 3, "{report}");
    assert_eq!(greet("Ada").unwrap(), "Hello, Ada");
    assert_eq!(add(20, 22).unwrap(), 42);
    assert!(nested::deep().unwrap());
    let report = register_all(&gears).unwrap();
    assert_eq!(report.count(Change::Unchanged), 3, "{report}");
    assert_eq!(plan_all(&gears).unwrap().count(Change::Unchanged), 3);

    // What is missing is put back, the rest is left alone.
    let id = client.id("tests.whole.add").unwrap();
    assert_eq!(gears_tests::ask!(client, "RG.UNREGISTER", id), "+OK");
    let report = register_all(&gears).unwrap();
    assert_eq!(report.get("tests.whole.add"), Some(Change::Registered));
    assert_eq!(report.count(Change::Unchanged), 2, "{report}");

    // A different function under one of the triggers: planned as refused, refused, named.
    let id = client.id("tests.whole.add").unwrap();
    assert_eq!(gears_tests::ask!(client, "RG.UNREGISTER", id), "+OK");
    client.install("GB('CommandReader').register(trigger='tests.whole.add')");
    let plan = plan_all(&gears).unwrap();
    assert_eq!(plan.get("tests.whole.add"), Some(Change::Refused));
    let error = register_all(&gears).unwrap_err();
    assert!(error.is_duplicate_trigger(), "{error}");

    // Unregistering leaves alone what is not ours.
    let report = unregister_all(&gears).unwrap();
    assert_eq!(
        report.get("tests.whole.add"),
        Some(Removal::Foreign),
        "{report}"
    );
    assert_eq!(report.count(Removal::Unregistered), 2, "{report}");
    assert_eq!(unregister_all(&gears).unwrap().count(Removal::Absent), 2);
    assert!(greet("Ada").unwrap_err().is_unknown_trigger());
    let id = client.id("tests.whole.add").unwrap();
    assert_eq!(gears_tests::ask!(client, "RG.UNREGISTER", id), "+OK");

    // Another server takes over the stubs; `on` still reaches the first one.
    let other = TestServer::private();
    let elsewhere = other.gears();
    register_all(&elsewhere).unwrap();
    assert_eq!(greet("Bob").unwrap(), "Hello, Bob");
    assert!(
        greet::on(&gears)
            .call("Bob")
            .unwrap_err()
            .is_unknown_trigger()
    );
    bind(&gears);
    assert!(greet("Bob").unwrap_err().is_unknown_trigger());
    assert_eq!(greet::on(&elsewhere).call("Bob").unwrap(), "Hello, Bob");
}
