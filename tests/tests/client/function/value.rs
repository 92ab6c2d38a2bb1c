//! Records of every kind arrive as what they are.

use gears_runtime::ErrorKind;
use gears_runtime::function::{PyValue, PythonReader, ShardsIdReader};
use gears_runtime::py;

use super::stage::Stage;

fn text(text: &str) -> PyValue {
    PyValue::from(text)
}

#[test]
fn records_arrive_as_they_are() {
    let stage = Stage::new();
    let values = vec![
        PyValue::None,
        PyValue::Bool(true),
        PyValue::Bool(false),
        PyValue::Int(-5),
        PyValue::Int(i64::MIN),
        PyValue::BigInt("-170141183460469231731687303715884105728000".to_owned()),
        PyValue::Float(-1.5),
        PyValue::Float(f64::INFINITY),
        text(""),
        text("+OK"),
        text("-ERR no"),
        text("PY RECORD"),
        text("a\0\r\nb \u{1F600} {} % '\"\\"),
        PyValue::Bytes(b"\xff\0-+".to_vec()),
        PyValue::List(vec![PyValue::None, text("-x"), PyValue::Float(0.1)]),
        PyValue::Tuple(vec![]),
        PyValue::Tuple(vec![PyValue::Int(1), PyValue::Tuple(vec![text("y")])]),
        PyValue::Set(vec![PyValue::Int(7)]),
        PyValue::Dict(vec![
            (text("z"), PyValue::Bytes(vec![0])),
            (text("a"), PyValue::BigInt("9".repeat(30))),
        ]),
        PyValue::Dict(vec![
            (PyValue::Int(1), PyValue::None),
            (text("$set"), PyValue::List(vec![])),
            (PyValue::None, text("é")),
        ]),
    ];
    let reader = PythonReader::new(py!("lambda: iter(values)", values = &values));
    assert_eq!(stage.run(&reader), values);
    // The same, one by one inside of a list.
    let whole = ShardsIdReader::new().map(py!("lambda _: values", values = &values));
    assert_eq!(stage.run(&whole), [PyValue::List(values)]);
    let nan = ShardsIdReader::new().map(py!("lambda _: [float('nan')]").returns::<Vec<f64>>());
    assert!(stage.run(&nan)[0][0].is_nan());
}

#[test]
fn values_that_cannot_travel_are_known_by_their_repr() {
    let stage = Stage::new();
    let odd = ShardsIdReader::new().flat_map(py!(
        "lambda _: [1j, '\\ud800', [print], type('Mine', (), {'__repr__': lambda me: 'mine'})()]"
    ));
    let values = stage.run(&odd);
    let other = |kind: &str, repr: &str| PyValue::Other(kind.to_owned(), repr.to_owned());
    assert_eq!(values[0], other("complex", "1j"));
    assert_eq!(values[1], other("str", r"'\ud800'"));
    assert!(
        matches!(&values[2], PyValue::List(items) if matches!(&items[0], PyValue::Other(kind, _) if kind == "builtin_function_or_method"))
    );
    assert_eq!(values[3], other("Mine", "mine"));
}

#[test]
fn records_are_read_as_what_was_declared() {
    let stage = Stage::new();
    let one = ShardsIdReader::new();
    macro_rules! read {
        ($python:literal as $type:ty) => {
            stage
                .run(&one.map(py!($python).returns::<$type>()))
                .remove(0)
        };
    }
    assert_eq!(read!("lambda _: 255" as u8), 255);
    assert_eq!(read!("lambda _: 2**64 - 1" as u64), u64::MAX);
    assert_eq!(read!("lambda _: -2**127" as i128), i128::MIN);
    assert_eq!(read!("lambda _: 3" as f64), 3.0);
    assert_eq!(read!("lambda _: None" as Option<i64>), None);
    assert_eq!(read!("lambda _: -1" as Option<i64>), Some(-1));
    assert_eq!(read!("lambda _: b'\\x00a'" as Vec<u8>), b"\0a");
    assert_eq!(read!("lambda _: 'text'" as Vec<u8>), b"text");
    assert_eq!(
        read!("lambda _: (1, 'x', None)" as (i64, String, Option<bool>)),
        (1, "x".to_owned(), None)
    );
    assert_eq!(
        read!("lambda _: 'Ok'" as char_like::Answer),
        char_like::Answer::Ok
    );
    assert_eq!(
        read!("lambda _: {'Number': 3}" as char_like::Answer),
        char_like::Answer::Number(3)
    );
    read!("lambda _: None" as ());
}

mod char_like {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    pub(super) enum Answer {
        Ok,
        Number(i64),
    }
}

#[test]
fn records_that_do_not_fit_are_told() {
    let stage = Stage::new();
    let one = ShardsIdReader::new();
    macro_rules! refused {
        ($python:literal as $type:ty) => {{
            let function = one.map(py!($python).returns::<$type>()).run();
            let error = function.on(&stage.gears).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
            error.to_string()
        }};
    }
    assert!(refused!("lambda _: 256" as u8).contains("Python's 256"));
    assert!(refused!("lambda _: 'x'" as i64).contains("the str 'x'"));
    assert!(refused!("lambda _: 'abc'" as Vec<i64>).contains("the str 'abc'"));
    assert!(refused!("lambda _: None" as String).contains("Python's None"));
    assert!(refused!("lambda _: 1j" as PyValueLike).contains("complex 1j"));
    assert!(refused!("lambda _: b'\\xff'" as String).contains("a bytes"));
    refused!("lambda _: [1, 2, 3]" as (i64, i64));
    refused!("lambda _: 10**40" as i128);
}

type PyValueLike = String;
