//! Section 2.3, basic commands: listings 1 to 6.

use gears_runtime::Script;
use gears_runtime::function::KeysReader;
use gears_runtime::py;
use gears_runtime::redis::Value;

use crate::function::stage::Stage;

/// Listings 2 and 3: the connection, and what the manual puts into the database.
fn filled() -> Stage {
    let stage = Stage::private();
    stage.tell("FLUSHALL", &[]);
    stage.tell("SET", &["Foo-fighter", "2021"]);
    stage.tell("SET", &["Bar-fighter", "63"]);
    stage.tell("SET", &["Baz-fighter", "-747"]);
    stage.tell("HSET", &["noodle", "spam", "eggs", "meaning", "8"]);
    stage.tell("HINCRBY", &["noodle", "meaning", "34"]);
    let first = ["msg", "First", "from", "0", "to", "2", "amount", "1000"];
    stage.tell("XADD", &[&["transactions:0", "*"][..], &first].concat());
    stage
}

fn text(value: &Value) -> String {
    match value {
        Value::BulkString(bytes) => String::from_utf8(bytes.clone()).unwrap(),
        other => panic!("no text: {other:?}"),
    }
}

#[test]
fn listing_01_basics() {
    let stage = filled();
    let gears = &stage.gears;
    assert!(gears.py_stats().unwrap().total_allocated > 0);
    assert!(gears.dump_registrations().unwrap().is_empty());
    let count = KeysReader::new("*").count().run();
    assert_eq!(
        gears.execute(&count.script().unwrap()).unwrap().results(),
        [5]
    );
    let add = py!("lambda total, value: total + value").returns::<i64>();
    let fighters = KeysReader::new("*-fighter").values().map(py!("int"));
    let sum = fighters.aggregate(0, &add, &add).run().on(gears).unwrap();
    assert_eq!(sum.into_one().unwrap(), 1337);
}

#[test]
fn listing_02_instantiation() {
    let stage = Stage::private();
    let gears = gears_runtime::Gears::connect(stage.server.url()).unwrap();
    assert!(gears.dump_executions().unwrap().is_empty());
}

#[test]
fn listing_03_normal_commands() {
    let stage = filled();
    assert_eq!(stage.ask::<i64>("DBSIZE", &[]), 5);
    assert_eq!(stage.ask::<i64>("HGET", &["noodle", "meaning"]), 42);
}

#[test]
fn listing_04_gears_commands() {
    let stage = filled();
    let gears = &stage.gears;
    let stats = gears.py_stats().unwrap();
    assert!(stats.peak_allocated >= stats.current_allocated);
    assert!(gears.dump_registrations().unwrap().is_empty());
    // Nothing, executed, is fine and brings nothing.
    assert!(
        gears
            .execute(&Script::from_source(""))
            .unwrap()
            .results()
            .is_empty()
    );

    let all = Script::from_source("GearsBuilder('KeysReader').run()");
    let all = gears.execute(&all).unwrap();
    let mut records: Vec<String> = all.results().iter().map(text).collect();
    records.sort_unstable();
    assert_eq!(
        records,
        [
            "{'event': None, 'key': 'Bar-fighter', 'type': 'string', 'value': '63'}",
            "{'event': None, 'key': 'Baz-fighter', 'type': 'string', 'value': '-747'}",
            "{'event': None, 'key': 'Foo-fighter', 'type': 'string', 'value': '2021'}",
            "{'event': None, 'key': 'noodle', 'type': 'hash', 'value': {'spam': 'eggs', 'meaning': '42'}}",
            "{'event': None, 'key': 'transactions:0', 'type': 'unknown', 'value': None}",
        ]
    );

    let count = Script::from_source("GearsBuilder('KeysReader').count().run()");
    let count = gears.execute(&count.returning::<i64>()).unwrap();
    assert_eq!(count.into_one().unwrap(), 5);
}

#[test]
fn listing_05_gear_function_objects() {
    let stage = filled();
    let count = KeysReader::new("*").count().run();
    let counted = stage.gears.execute(&count.script().unwrap()).unwrap();
    assert_eq!(counted.into_one().unwrap(), 5);
}

#[test]
fn listing_06_simple_aggregation() {
    let stage = filled();
    let add = py!("operator.add").returns::<i64>();
    let sum = KeysReader::new("*-fighter")
        .values()
        .map(py!("int"))
        .aggregate(0, &add, &add);
    assert_eq!(stage.run(&sum), [1337]);
}
