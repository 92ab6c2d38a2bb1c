//! Types of the user's own, which travel as JSON.

use std::collections::{BTreeMap, HashMap};

use gears_runtime::{Result, gear_command};
use gears_tests::{TestServer, unless_cut};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Person {
    name: String,
    age: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    tags: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Shape {
    Point,
    Circle { radius: f64 },
    Polygon(Vec<(i32, i32)>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Wrapped(i64);

#[gear_command]
fn json_birthday(person: &Person) -> Result<Person> {
    r#"
    person["age"] += 1
    return person
    "#
}

#[gear_command]
fn json_shapes(shapes: Vec<Shape>) -> Result<Vec<Shape>> {
    "return list(reversed(shapes))"
}

#[gear_command]
fn json_wrapped(value: Wrapped) -> Result<Wrapped> {
    "return value"
}

#[gear_command]
fn json_counts(words: &[&str]) -> Result<HashMap<String, usize>> {
    r#"
    counts = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return counts
    "#
}

#[gear_command]
fn json_pair(pair: (i64, String)) -> Result<(String, i64)> {
    "return pair[1], pair[0]"
}

#[gear_command]
fn json_any(value: &serde_json::Value) -> Result<serde_json::Value> {
    "return value"
}

#[gear_command]
fn json_find(people: &[Person], name: &str) -> Result<Option<Person>> {
    r#"
    for person in people:
        if person["name"] == name:
            return person
    "#
}

#[gear_command]
fn json_nested() -> Result<BTreeMap<String, Vec<Option<i64>>>> {
    r#"return {"a": [1, None], "b": []}"#
}

fn ada() -> Person {
    Person {
        name: "Ada \"é\" \0 \u{1f980} 'x' \\".to_owned(),
        age: 36,
        email: None,
        tags: vec![String::new(), "{}".to_owned(), "%s".to_owned()],
    }
}

#[test]
fn structs_and_enums_go_there_and_back() {
    let server = TestServer::start();
    let gears = server.register(&[
        &json_birthday::GEAR,
        &json_shapes::GEAR,
        &json_wrapped::GEAR,
    ]);
    let older = json_birthday::on(&gears).call(&ada()).unwrap();
    assert_eq!(older, Person { age: 37, ..ada() });
    let shapes = vec![
        Shape::Point,
        Shape::Circle { radius: 0.1 },
        Shape::Polygon(vec![(0, -1), (i32::MAX, 5)]),
    ];
    let mut back = json_shapes::on(&gears).call(shapes.clone()).unwrap();
    back.reverse();
    assert_eq!(back, shapes);
    assert_eq!(
        json_wrapped::on(&gears).call(Wrapped(i64::MIN)).unwrap(),
        Wrapped(i64::MIN)
    );
}

#[test]
fn collections_go_there_and_back() {
    let server = TestServer::start();
    let gears = server.register(&[&json_counts::GEAR, &json_pair::GEAR, &json_nested::GEAR]);
    let counts = json_counts::on(&gears).call(&["a", "b", "a", ""]).unwrap();
    let expected = [("a", 2), ("b", 1), ("", 1)].map(|(word, count)| (word.to_owned(), count));
    assert_eq!(counts, HashMap::from(expected));
    let pair = json_pair::on(&gears).call((-7, "x".to_owned())).unwrap();
    assert_eq!(pair, ("x".to_owned(), -7));
    let nested = json_nested::on(&gears).call().unwrap();
    assert_eq!(nested["a"], [Some(1), None]);
    assert!(nested["b"].is_empty());
}

#[test]
fn any_json_goes_there_and_back() {
    let server = TestServer::start();
    let gears = server.register(&[&json_any::GEAR]);
    for value in [
        serde_json::json!(null),
        serde_json::json!(true),
        serde_json::json!("+text"),
        serde_json::json!(-1.5e300),
        serde_json::json!(u64::MAX),
        serde_json::json!([]),
        serde_json::json!({"": [1, {"a\u{0}\u{2028}": null}], "é": "\u{1f980}"}),
    ] {
        assert_eq!(json_any::on(&gears).call(&value).unwrap(), value);
    }
}

#[test]
fn nothing_found_is_none() {
    let server = TestServer::start();
    let gears = server.register(&[&json_find::GEAR]);
    let people = [ada()];
    let find = json_find::on(&gears);
    let name = &ada().name;
    if let Some(found) = unless_cut(find.call(&people, name), name) {
        assert_eq!(found, Some(ada()));
    }
    assert_eq!(find.call(&people, "Bob").unwrap(), None);
    assert_eq!(find.call(&[], "Bob").unwrap(), None);
}
