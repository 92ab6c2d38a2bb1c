//! Steps that bring their own Python, and functions that are closed as another one was.

use std::collections::BTreeMap;

use gears_runtime::function::{CommandReader, KeysReader, PyValue, PythonReader};
use gears_runtime::{Change, Mode, py};

use gears_tests::TestServer;

use super::stage::Stage;

#[test]
fn elements_become_records() {
    let stage = Stage::new();
    let lists = PythonReader::new(py!("lambda: [[1, 2], [], [3]]")).declare::<Vec<i64>>();
    assert_eq!(stage.run(&lists.flatten()), [1, 2, 3]);
    // What cannot be taken apart stays.
    let mixed = PythonReader::new(py!("lambda: ['text', (1, 2)]"));
    let mixed: Vec<String> = stage
        .run(&mixed.flatten())
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(mixed, ["'text'", "1", "2"]);
}

#[test]
fn records_become_lists() {
    let stage = Stage::new();
    let some = PythonReader::new(py!("lambda: [3, 1, 2]")).declare::<i64>();
    assert_eq!(stage.run(&some.to_list()), [[3, 1, 2]]);
    assert_eq!(stage.run(&some.to_list_per_shard()), [[3, 1, 2]]);
    assert_eq!(stage.run(&some.to_list().flatten().sum()), [6]);
    let lists = stage.run(&some.to_list_by(py!("lambda n: n % 2 == 0")));
    let lists: BTreeMap<String, Vec<i64>> = lists.into_iter().collect();
    assert_eq!(lists.values().collect::<Vec<_>>(), [&vec![3, 1], &vec![2]]);
    // Of nothing there is none, but a count of them.
    let none = PythonReader::new(py!("lambda: []")).declare::<i64>();
    assert!(stage.run(&none.to_list()).is_empty());
    assert!(stage.run(&none.to_list_per_shard()).is_empty());
    assert!(stage.run(&none.sum()).is_empty());
    assert_eq!(stage.run(&none.to_list().count()), [0]);
    // A list of a record that is a list itself is no longer one.
    let nested = PythonReader::new(py!("lambda: [[1], [2]]")).declare::<Vec<i64>>();
    assert_eq!(stage.run(&nested.to_list()), [[[1], [2]]]);
}

#[test]
fn what_cannot_be_added_points_to_the_step() {
    let stage = Stage::new();
    let texts = PythonReader::new(py!("lambda: ['a']"));
    let (results, errors) = texts.sum().run().on(&stage.gears).unwrap().into_parts();
    assert!(results.is_empty());
    let told = errors[0].python().unwrap().to_string();
    assert!(
        told.contains("TypeError") && told.contains("given.rs"),
        "{told}"
    );
}

#[test]
fn each_shard_can_leave_some_out() {
    let stage = Stage::new();
    let some = PythonReader::new(py!("lambda: range(9)")).declare::<i64>();
    assert_eq!(stage.run(&some.limit_per_shard_from(2, 3)), [2, 3, 4]);
    assert_eq!(stage.run(&some.limit_per_shard_from(8, 3)), [8]);
    assert!(stage.run(&some.limit_per_shard_from(9, 3)).is_empty());
    assert_eq!(stage.run(&some.limit_per_shard_from(0, 0).count()), [0]);
}

#[test]
fn function_is_closed_as_another_one_was() {
    let server = TestServer::private();
    let gears = server.gears();
    let mut client = server.client();
    let users = KeysReader::new("user:*");
    let changed = users
        .register()
        .events(["set"])
        .mode(Mode::Sync)
        .collect(false);
    let counted = users.for_each(py!("lambda _user: cmd.incr('changes')"));
    let noted =
        KeysReader::new("page:*").for_each(py!("lambda page: cmd.sadd('pages', page['key'])"));
    for function in [counted, noted] {
        let function = changed.with_function(&function);
        assert_eq!(function.on(&gears).unwrap(), Change::Registered);
    }
    client.ask(&[b"SET", b"user:ada", b"1"]);
    client.ask(&[b"SET", b"page:1", b"1"]);
    client.ask(&[b"DEL", b"user:ada"]);
    assert_eq!(client.ask(&[b"GET", b"changes"]), r#"$"1""#);
    assert_eq!(client.ask(&[b"SMEMBERS", b"pages"]), r#"[$"page:1"]"#);

    let one = users.keys().run().pattern("user:bob").no_scan();
    client.ask(&[b"SET", b"user:bob", b"2"]);
    client.ask(&[b"SET", b"user:cid", b"3"]);
    let value = one.with_function(&users.values()).on(&gears).unwrap();
    assert_eq!(value.into_one().unwrap(), PyValue::from("2"));
}

#[test]
fn script_of_an_event_function_can_be_executed_again() {
    let server = TestServer::private();
    let gears = server.gears();
    let mut client = server.client();
    let hello = CommandReader::new().apply(py!("lambda: 'hello'"));
    let hello = hello.register_trigger("hello");
    let seen = KeysReader::new("user:*").for_each(py!("lambda _user: cmd.incr('seen')"));
    let seen = seen.register().mode(Mode::Sync);
    for script in [hello.script().unwrap(), seen.script().unwrap()] {
        // `redis` is there: the engine needs it for `cmd`.
        for script in [
            script.clone(),
            script.clone(),
            script.requirements(["redis"]),
        ] {
            gears.execute(&script).unwrap();
        }
    }
    assert_eq!(gears.dump_registrations().unwrap().len(), 2);
    assert_eq!(client.trigger("hello", &[]), r#"[$"hello"]"#);
    client.ask(&[b"SET", b"user:ada", b"1"]);
    assert_eq!(client.ask(&[b"GET", b"seen"]), r#"$"1""#);
    // With other requirements it is another function, which is there once as well.
    let needing = seen.clone().requirements(["redis"]);
    assert_eq!(needing.on(&gears).unwrap(), Change::Registered);
    assert_eq!(needing.on(&gears).unwrap(), Change::Unchanged);
    // Whoever names the session says what becomes of it.
    let named = hello.script().unwrap().session("own");
    assert!(gears.execute(&named).is_err(), "the trigger is taken");
}

#[test]
fn requirement_is_asked_for_once() {
    let script = KeysReader::new("*").keys().register().script().unwrap();
    let script = script
        .requirements(["one", "two"])
        .requirements(["two", "one", "three"]);
    assert_eq!(script.required(), ["one", "two", "three"]);
}
