//! Chapters 5 and 9: functions of the server, and every type of callback.

use std::collections::BTreeMap;

use gears_runtime::function::{
    CommandReader, GearFunction, Group, KeysReader, PyValue, ShardsIdReader,
};
use gears_runtime::{Change, Mode, gear_fn, py};
use gears_tests::until;

use crate::function::stage::Stage;

/// Extracts the supervisor of a user; one without is their own.
#[gear_fn]
fn supervisor(user: PyValue) -> String {
    r#"return user.get("supervisor", user["id"])"#
}

#[test]
fn section_9_2_extractor() {
    let stage = Stage::private();
    stage.tell("HSET", &["user:1", "id", "ada"]);
    stage.tell("HSET", &["user:2", "id", "bob", "supervisor", "ada"]);
    stage.tell("HSET", &["user:3", "id", "eve", "supervisor", "bob"]);
    stage.tell("HSET", &["other", "id", "tom"]);
    let counts = KeysReader::new("user:*").values().count_by(supervisor);
    let counts: BTreeMap<String, i64> = stage.run(&counts).into_iter().collect();
    assert_eq!(
        counts,
        BTreeMap::from([("ada".to_owned(), 2), ("bob".to_owned(), 1)])
    );
}

#[gear_fn]
fn registrator() {
    r#"cmd.set("prepared", "yes")"#
}

#[gear_fn]
fn mapper(number: i64) -> i64 {
    "return -number"
}

#[gear_fn]
fn expander(number: i64) -> Vec<i64> {
    "return [number, 10 * number]"
}

#[gear_fn]
fn processor(number: i64) {
    r#"cmd.incrby("processed", number)"#
}

#[gear_fn]
fn filterer(number: i64) -> bool {
    "return number > 1"
}

#[gear_fn]
fn accumulator(total: i64, number: i64) -> i64 {
    "return total + number"
}

#[gear_fn]
fn reducer(_key: String, total: Option<i64>, number: i64) -> i64 {
    "return (total or 0) + number"
}

#[gear_fn]
fn batch_reducer(key: String, numbers: Vec<i64>) -> (String, usize) {
    "return (key, len(numbers))"
}

#[test]
fn chapter_9_every_type_of_callback() {
    let stage = Stage::private();
    let one_two = ShardsIdReader::new().flat_map(py!("lambda _: [1, 2]").returns::<Vec<i64>>());
    assert_eq!(stage.run(&one_two.map(mapper)), [-1, -2]);
    assert_eq!(stage.run(&one_two.flat_map(expander)), [1, 10, 2, 20]);
    assert_eq!(stage.run(&one_two.for_each(processor)), [1, 2]);
    assert_eq!(stage.ask::<i64>("GET", &["processed"]), 3);
    assert_eq!(stage.run(&one_two.filter(filterer)), [2]);
    assert_eq!(
        stage.run(&one_two.aggregate(4, accumulator, accumulator)),
        [11]
    );
    let groups = stage.run(&one_two.group_by(py!("lambda _number: 'all'"), reducer));
    let group = |value| Group {
        key: "all".to_owned(),
        value,
    };
    assert_eq!(groups, [group(3)]);
    let batches = one_two.batch_group_by(py!("lambda _number: 'all'"), batch_reducer);
    assert_eq!(stage.run(&batches)[0].value, ("all".to_owned(), 2));

    let prepared = KeysReader::new("none")
        .register()
        .on_registered(registrator);
    assert_eq!(prepared.on(&stage.gears).unwrap(), Change::Registered);
    until("preparation", || {
        (stage.ask::<i64>("EXISTS", &["prepared"]) == 1).then_some(())
    });
}

/// Extracts the age from a person's record.
#[gear_fn]
fn age(person: PyValue) -> i64 {
    r#"return int(person["value"]["age"])"#
}

/// Checks and sets the current maximum.
#[gear_fn]
fn cas(age: i64) {
    r#"
    k = "age:maximum"
    v = execute("GET", k)
    v = int(v) if v else 0
    if age > v:
        execute("SET", k, age)
    "#
}

#[test]
fn section_5_1_execute() {
    let stage = Stage::private();
    assert_eq!(
        stage.run(&ShardsIdReader::new().map(py!("lambda _: execute('PING')").returns::<String>())),
        ["PONG"]
    );
    let function = KeysReader::new("person:*")
        .map(age)
        .for_each(cas)
        .register();
    assert_eq!(
        function.mode(Mode::Sync).on(&stage.gears).unwrap(),
        Change::Registered
    );
    for (key, years) in [("person:1", "36"), ("person:2", "41"), ("person:3", "29")] {
        stage.tell("HSET", &[key, "age", years]);
    }
    assert_eq!(stage.ask::<i64>("GET", &["age:maximum"]), 41);
}

/// Increments two keys atomically.
#[gear_fn]
fn transaction(_shard: String) {
    r#"
    with atomic():
        execute("INCR", f"{{{hashtag()}}}:foo")
        execute("INCR", f"{{{hashtag()}}}:bar")
    "#
}

#[test]
fn sections_5_2_to_5_7_functions_of_the_server() {
    let stage = Stage::private();
    let one: GearFunction<String, _> = ShardsIdReader::new();
    stage.run(&one.for_each(transaction));
    assert_eq!(stage.ask::<i64>("GET", &["{06S}:foo"]), 1);
    assert_eq!(stage.ask::<i64>("GET", &["{06S}:bar"]), 1);
    let texts =
        one.map(
            py!("lambda _: (configGet('foo'), gearsConfigGet('foo', 'bar'), hashtag())")
                .returns::<(Option<String>, String, String)>(),
        );
    let expected = (None, "bar".to_owned(), "06S".to_owned());
    assert_eq!(stage.run(&texts), [expected]);
    stage.run(&one.for_each(py!(
        "lambda _shard: log(str(['not', 'a', 'text']), level='notice')"
    )));
    until("line in the log", || {
        let log = stage.server.log().unwrap();
        log.contains("['not', 'a', 'text']").then_some(())
    });
}

#[test]
fn section_11_1_a_function_with_arguments() {
    let stage = Stage::new();
    let trigger = stage.name("foo");
    let foo = CommandReader::new()
        .apply(py!(
            "lambda arg1, arg2: f'Pretending to do something with {arg1} and {arg2}'"
        ))
        .register_trigger(trigger.as_str());
    assert_eq!(foo.on(&stage.gears).unwrap(), Change::Registered);
    let said: Vec<String> = stage.ask("RG.TRIGGER", &[&trigger, "this", "that"]);
    assert_eq!(said, ["Pretending to do something with this and that"]);
}
