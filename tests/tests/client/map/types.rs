//! Chapter 14: types, where there is one for the other.

use std::collections::BTreeMap;

use gears_runtime::data::ExecutionResult;
use gears_runtime::{Execution, Result, Script, gear_command};
use gears_tests::DEADLINE;
use serde::Deserialize;

use crate::function::stage::Stage;

#[derive(Debug, Deserialize, PartialEq)]
struct Point {
    x: i64,
    y: Option<i64>,
}

const POINT: &str = r#"GB('ShardsIDReader').map(lambda _: '{"x": 1}').run()"#;

#[test]
fn records_of_a_run_have_the_type_of_its_parameter() {
    let stage = Stage::private();
    let script: Script<Point> = Script::from_source(POINT).returning();
    let result: ExecutionResult<Point> = stage.gears.execute(&script).unwrap();
    assert_eq!(result.results(), [Point { x: 1, y: None }]);
    let execution: Execution<Point> = stage.gears.spawn(&script).unwrap();
    let point = execution.wait(DEADLINE).unwrap().into_one().unwrap();
    assert_eq!(point, Point { x: 1, y: None });
}

/// Takes and returns one of each kind of values.
#[gear_command(trigger = "map.kinds")]
fn kinds(text: &str, number: i64, float: f64, flag: bool, bytes: &[u8]) -> Result<(String, usize)> {
    r#"
    names = [type(value).__name__ for value in (text, number, float, flag, bytes)]
    return ",".join(names), len(bytes)
    "#
}

#[test]
fn arguments_have_the_types_of_their_parameters() {
    let stage = Stage::private();
    let gears = stage.server.register(&[&kinds::GEAR]);
    let (names, length) = kinds::on(&gears)
        .call("a", -1, 0.5, true, b"\xff\0")
        .unwrap();
    assert_eq!((names.as_str(), length), ("str,int,float,bool,bytes", 2));
}

#[test]
fn keys_are_whatever_has_bytes() {
    let stage = Stage::private();
    stage
        .gears
        .execute(&Script::from_source(
            "GB('CommandReader').map(lambda words: words[1]).register(trigger='key')",
        ))
        .unwrap();
    for reply in [
        stage.gears.trigger_on_key("key", "k:1", []),
        stage.gears.trigger_on_key("key", b"k:1", []),
        stage.gears.trigger_on_key("key", String::from("k:1"), []),
    ] {
        let expected = gears_runtime::redis::Value::BulkString(b"k:1".to_vec());
        assert_eq!(reply.unwrap(), [expected]);
    }
}

#[test]
fn a_record_is_a_struct_or_any_json() {
    let stage = Stage::private();
    let json = Script::from_source(POINT).returning::<serde_json::Value>();
    let came = stage.gears.execute(&json).unwrap().into_one().unwrap();
    assert_eq!(came, serde_json::json!({"x": 1}));
    let map = Script::from_source(POINT).returning::<BTreeMap<String, i64>>();
    assert_eq!(
        stage.gears.execute(&map).unwrap().into_one().unwrap()["x"],
        1
    );
}
