//! Chapter 4, executing gear functions.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use gears_runtime::Script;
use gears_runtime::function::{GearFunction, Group, KeysReader};
use gears_runtime::py;

use crate::function::stage::Stage;

fn filled() -> Stage {
    let stage = Stage::private();
    stage.tell("MSET", &["string:0", "a", "string:1", "b", "string:2", "c"]);
    stage.tell("HSET", &["hash:0", "field", "value"]);
    stage.tell("HSET", &["hash:1", "field", "value"]);
    stage
}

/// Function that collects the keys per type.
fn keys_by_type() -> GearFunction<Group<BTreeSet<String>>> {
    KeysReader::new("*").aggregate_by(
        py!("lambda record: record['type']"),
        py!("set()"),
        py!("lambda _, acc, rec: acc | set([rec['key']])").returns::<BTreeSet<String>>(),
        py!("lambda _, acc, lacc: acc | lacc"),
    )
}

fn set(keys: &[&str]) -> BTreeSet<String> {
    keys.iter().map(|&key| key.to_owned()).collect()
}

fn expected() -> BTreeMap<String, BTreeSet<String>> {
    BTreeMap::from([
        ("hash".to_owned(), set(&["hash:0", "hash:1"])),
        (
            "string".to_owned(),
            set(&["string:0", "string:1", "string:2"]),
        ),
    ])
}

#[test]
fn section_4_1_raw_function_string() {
    let stage = filled();
    let script =
        Script::from_source("GearsBuilder('KeysReader').map(lambda x: x['type']).countby().run()");
    let counts = stage.gears.execute(&script.returning::<String>()).unwrap();
    let counts: BTreeSet<String> = counts.into_results().into_iter().collect();
    assert_eq!(
        counts,
        set(&[
            "{'key': 'hash', 'value': 2}",
            "{'key': 'string', 'value': 3}"
        ])
    );
}

#[test]
fn section_4_2_script_file_path() {
    let stage = filled();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/delete_by_prefix.py");
    stage.tell("SET", &["delete_me:1", "x"]);
    let script = Script::from_file(path).unwrap().returning::<i64>();
    assert_eq!(stage.gears.execute(&script).unwrap().into_one().unwrap(), 1);
}

#[test]
fn section_4_3_1_with_the_client() {
    let stage = filled();
    // Transforms to a single dict from type to keys.
    let as_dict = keys_by_type()
        .map(py!("lambda record: {record['key']: record['value']}"))
        .aggregate(
            BTreeMap::<String, String>::new(),
            py!("lambda acc, rec: {**acc, **rec}").returns::<BTreeMap<String, BTreeSet<String>>>(),
            py!("lambda acc, rec: {**acc, **rec}"),
        )
        .run();
    let result = stage.gears.execute(&as_dict.script().unwrap()).unwrap();
    assert_eq!(result.into_one().unwrap(), expected());
}

#[test]
fn section_4_3_2_with_on() {
    let stage = filled();
    // Finds the most common type of key.
    let larger = py!("lambda acc, rec: rec if rec[1] > acc[1] else acc").returns::<(String, u32)>();
    let commonest = keys_by_type()
        .map(py!("lambda x: (x['key'], len(x['value']))"))
        .aggregate((None::<String>, 0), &larger, &larger)
        .run();
    let result = commonest.on(&stage.gears).unwrap();
    assert_eq!(result.into_one().unwrap(), ("string".to_owned(), 3));
}

#[test]
fn section_4_3_3_directly() {
    let stage = filled();
    let groups = keys_by_type().run().on(&stage.gears).unwrap();
    let groups: BTreeMap<String, BTreeSet<String>> = groups.into_results().into_iter().collect();
    assert_eq!(groups, expected());
}

#[test]
fn section_4_4_unblocking() {
    let stage = filled();
    let execution = keys_by_type().run().spawn_on(&stage.gears).unwrap();
    let groups = execution.wait(Duration::from_secs(20)).unwrap();
    assert_eq!(groups.results().len(), 2);
    execution.discard().unwrap();
}

#[test]
fn section_4_4_values_and_errors() {
    let stage = filled();
    let broken = KeysReader::new("string:*").values().map(py!("int")).run();
    let result = broken.on(&stage.gears).unwrap();
    assert!(result.results().is_empty());
    let python = result.errors()[0].python().unwrap();
    assert_eq!(python.exception(), "ValueError");
}
