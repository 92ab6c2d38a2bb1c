//! Chapter 13: what RedGrease's utilities do with replies, as types.

use std::collections::BTreeMap;

use gears_runtime::function::{GearFunction, Generated, PyValue, PythonReader};
use gears_runtime::redis::{self, ConnectionLike, RedisResult, Value};
use gears_runtime::{ErrorKind, GearsCommands, Script, py};
use serde::Deserialize;

use crate::function::stage::Stage;

/// A connection on which this reply comes.
struct Answering(&'static str);

impl ConnectionLike for Answering {
    fn req_packed_command(&mut self, _: &[u8]) -> RedisResult<Value> {
        redis::parse_redis_value(self.0.as_bytes())
    }

    fn req_packed_commands(&mut self, _: &[u8], _: usize, _: usize) -> RedisResult<Vec<Value>> {
        Ok(vec![redis::parse_redis_value(self.0.as_bytes())?])
    }

    fn get_db(&self) -> i64 {
        0
    }

    fn check_connection(&mut self) -> bool {
        true
    }

    fn is_open(&self) -> bool {
        true
    }
}

/// Runs a script that leaves one value, and reads it.
fn one<T: serde::de::DeserializeOwned + 'static>(stage: &Stage, python: &str) -> T {
    let source = format!("GB('ShardsIDReader').map(lambda _: {python}).run(convertToStr=False)");
    let script = Script::from_source(source).returning::<T>();
    stage.gears.execute(&script).unwrap().into_one().unwrap()
}

#[test]
fn settings_have_methods_and_the_names_of_the_server() {
    let stage = Stage::private();
    let config = stage.gears.config();
    config.set([("maxexecutions", 321)]).unwrap();
    assert_eq!(config.max_executions().unwrap(), 321);
    let values = config.get(["MaxExecutions"]).unwrap();
    assert_eq!(values["MaxExecutions"].as_int(), Some(321));
    let error = config.get(["MAXEXECUTIONS"]).unwrap_err();
    assert!(error.unsupported().is_some(), "{error}");
}

#[test]
fn results_are_what_came_until_a_type_is_named() {
    let stage = Stage::private();
    let script =
        Script::from_source("GB('ShardsIDReader').map(lambda _: b'\\xff').run(convertToStr=False)");
    let came = stage.gears.execute(&script).unwrap();
    assert_eq!(came.results(), [Value::BulkString(vec![0xff])]);
}

#[test]
fn bytes_that_are_text_are_read_as_text() {
    let stage = Stage::private();
    assert_eq!(one::<String>(&stage, "'ä'.encode()"), "ä");
    assert_eq!(one::<String>(&stage, "'text'.upper()"), "TEXT");
}

#[test]
fn ok_is_nothing_and_anything_else_is_an_error() {
    Answering("+OK\r\n").refresh_cluster().unwrap();
    Answering("+OK\r\n").unregister("0-1").unwrap();
    for reply in ["+NO\r\n", ":1\r\n", "$2\r\nno\r\n", "*0\r\n"] {
        let error = Answering(reply).unregister("0-1").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{reply}: {error}");
    }
    let error = Answering("-ERR no\r\n").refresh_cluster().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server);
}

#[test]
fn what_may_be_missing_is_an_option() {
    let stage = Stage::private();
    let some = PythonReader::new(py!("lambda: iter([None, 'a'])"));
    let some: GearFunction<Option<String>, Generated> = some.declare();
    assert_eq!(stage.run(&some), [None, Some("a".to_owned())]);
}

#[test]
fn lists_and_dicts_have_the_types_of_their_parts() {
    let stage = Stage::private();
    let values = "[{'a': 1, 'b': [2, 3]}]";
    let script = format!("__import__('json').dumps({values})");
    let parts: Vec<BTreeMap<String, PyParts>> = one(&stage, &script);
    assert_eq!(parts[0]["a"], PyParts::Number(1));
    assert_eq!(parts[0]["b"], PyParts::Numbers(vec![2, 3]));
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(untagged)]
enum PyParts {
    Number(i64),
    Numbers(Vec<i64>),
}

/// A record as an application declares it.
#[derive(Debug, Deserialize, PartialEq)]
struct Person {
    key: String,
    value: BTreeMap<String, String>,
}

#[test]
fn records_are_structs() {
    let stage = Stage::private();
    stage.tell("HSET", &["person:1", "name", "Ada"]);
    let script = Script::from_source(
        "import json\nGB().map(lambda r: {'key': r['key'], 'value': r['value']}).map(json.dumps).run('person:*')",
    );
    let people = stage.gears.execute(&script.returning::<Person>()).unwrap();
    let value = BTreeMap::from([("name".to_owned(), "Ada".to_owned())]);
    let ada = Person {
        key: "person:1".to_owned(),
        value,
    };
    assert_eq!(people.results(), [ada]);
}

fn people() -> GearFunction<PyValue, Generated> {
    PythonReader::new(py!(
        "lambda: iter([{'name': 'Ada', 'age': 36}, {'name': 'Bob', 'age': 7}])"
    ))
}

#[test]
fn dicts_are_filtered_by_a_condition_here_and_there() {
    let stage = Stage::private();
    let grown = people().filter(py!("lambda one: one['age'] >= 18"));
    assert_eq!(stage.run(&grown.count()), [1]);
    let all = stage.run(&people());
    let grown = all
        .iter()
        .filter(|one| one.get("age").is_some_and(|age| *age == PyValue::Int(36)));
    assert_eq!(grown.count(), 1);
}

#[test]
fn functions_are_composed_by_one_that_calls_both() {
    let stage = Stage::private();
    let names = people().map(py!("lambda one: len(one['name'].upper())").returns::<i64>());
    assert_eq!(stage.run(&names), [3, 3]);
    // The one that does nothing.
    assert_eq!(stage.run(&people().map(py!("lambda one: one"))).len(), 2);
}
