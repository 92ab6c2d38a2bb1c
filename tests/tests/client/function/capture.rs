//! Values that are passed into Python arrive as what they were.

use std::collections::BTreeMap;

use gears_runtime::function::{PyValue, ShardsIdReader};
use gears_runtime::{ErrorKind, py};
use proptest::prelude::*;
use serde::Serialize;

use super::stage::Stage;

#[derive(Serialize)]
struct Person<'a> {
    name: &'a str,
    age: Option<u8>,
}

/// Values that have a form of their own in Python.
fn values() -> impl Strategy<Value = PyValue> {
    let text = prop_oneof![
        any::<String>(),
        // What ends or bends literals and formats.
        "['\"\\\\\n\r\0{}%$#\u{2028}ÿ😀nxuN]{0,12}",
    ];
    let leaf = prop_oneof![
        Just(PyValue::None),
        any::<bool>().prop_map(PyValue::Bool),
        any::<i64>().prop_map(PyValue::Int),
        any::<f64>()
            .prop_filter("nan is not itself", |float| !float.is_nan())
            .prop_map(PyValue::Float),
        text.prop_map(PyValue::Text),
        any::<Vec<u8>>().prop_map(PyValue::Bytes),
        "-?[1-9][0-9]{19,60}".prop_map(PyValue::BigInt),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(PyValue::List),
            prop::collection::vec(inner.clone(), 0..5).prop_map(PyValue::Tuple),
            prop::collection::btree_map("[^\u{0}]{0,4}|.{1,3}", inner, 0..4).prop_map(|items| {
                let items = items.into_iter();
                PyValue::Dict(
                    items
                        .map(|(key, value)| (PyValue::Text(key), value))
                        .collect(),
                )
            }),
        ]
    })
}

#[test]
fn python_evaluates_to_the_value_that_went_in() {
    let stage = Stage::new();
    let config = ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(value in values(), text in any::<String>(), number in any::<u64>())| {
        let function = ShardsIdReader::new()
            .map(py!("lambda _shard: (value, text, number)", value = &value, text = &text, number = number))
            .declare::<(PyValue, String, u64)>();
        prop_assert_eq!(stage.run(&function), [(value, text, number)]);
    });
}

#[test]
fn values_of_serde_and_bytes_arrive() {
    let stage = Stage::new();
    let people = [
        Person {
            name: "Ada",
            age: Some(36),
        },
        Person {
            name: "B\"ob'",
            age: None,
        },
    ];
    let map = BTreeMap::from([(1, "one"), (2, "two")]);
    let raw: &[u8] = b"'\\\0\xff";
    let function = ShardsIdReader::new().map(
        py!(
            "lambda _: [people[0]['name'], people[1], map[2], raw, nan != nan, big, tiny, people == copied]",
            people = people,
            map = map,
            raw = raw,
            nan = f64::NAN,
            big = u64::MAX,
            tiny = 5e-324,
            copied = &people,
        ),
    );
    assert_eq!(
        stage.run(&function)[0].to_string(),
        "['Ada', {'name': 'B\"ob\\'', 'age': None}, 'two', b'\\'\\\\\\x00\\xff', True, \
         int('18446744073709551615'), 5e-324, True]"
    );
}

#[test]
fn names_are_the_users() {
    let stage = Stage::new();
    // Names that the script around the Python could be thought to use.
    let function = ShardsIdReader::new().map(
        py!(
            "lambda _record: (source, file, line, values, ast, tree)",
            source = 1,
            file = 2,
            line = 3,
            values = 4,
            ast = 5,
            tree = 6,
        )
        .returns::<Vec<i64>>(),
    );
    assert_eq!(stage.run(&function), [vec![1, 2, 3, 4, 5, 6]]);
}

#[test]
fn values_without_a_python_form_are_told_when_the_function_is_sent() {
    struct Broken;
    impl Serialize for Broken {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("it is broken"))
        }
    }
    let stage = Stage::new();
    let function = ShardsIdReader::new().map(py!("lambda _: broken", broken = Broken));
    let error = function.run().on(&stage.gears).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Encode);
    let told = error.to_string();
    assert!(
        told.contains("`broken`") && told.contains("it is broken"),
        "{told}"
    );
    assert!(told.contains(file!()), "{told}");
    let add = py!("lambda a, _b: a");
    let function = ShardsIdReader::new().aggregate(Broken, &add, &add);
    assert_eq!(
        function.run().script().unwrap_err().kind(),
        ErrorKind::Encode
    );
}
