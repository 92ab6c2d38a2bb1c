//! `Option` arguments: `None`, or left out at the end.

use gears_runtime::{Gear, Result, gear_command};
use gears_tests::TestServer;

#[gear_command]
fn optional_all(
    text: Option<&str>,
    number: Option<i64>,
    ratio: Option<f64>,
    flag: Option<bool>,
    bytes: Option<&[u8]>,
) -> Result<String> {
    "return repr([text, number, ratio, flag, bytes])"
}

#[gear_command]
fn optional_between(first: Option<i64>, second: i64, third: Option<Vec<u8>>) -> Result<String> {
    "return repr((first, second, third))"
}

#[gear_command]
fn optional_json(values: Option<Vec<i64>>, nested: Option<Option<&str>>) -> Result<String> {
    "return repr((values, nested))"
}

#[test]
fn none_and_some_arrive() {
    let server = TestServer::start();
    let gears = server.register(&[
        &optional_all::GEAR,
        &optional_between::GEAR,
        &optional_json::GEAR,
    ]);
    let all = optional_all::on(&gears);
    assert_eq!(
        all.call(None, None, None, None, None).unwrap(),
        "[None, None, None, None, None]"
    );
    assert_eq!(
        all.call(
            Some("é\0\"\\"),
            Some(-5),
            Some(0.5),
            Some(true),
            Some(b"\xff\0")
        )
        .unwrap(),
        r#"['é\x00"\\', -5, 0.5, True, b'\xff\x00']"#
    );
    assert_eq!(
        all.call(Some(""), None, Some(f64::INFINITY), None, Some(b""))
            .unwrap(),
        "['', None, inf, None, b'']"
    );
    assert_eq!(
        all.call(
            None,
            Some(i64::MIN),
            Some(f64::NEG_INFINITY),
            Some(false),
            None
        )
        .unwrap(),
        "[None, -9223372036854775808, -inf, False, None]"
    );
    assert_eq!(
        all.call(Some("null"), None, Some(f64::NAN), None, None)
            .unwrap(),
        "['null', None, nan, None, None]"
    );
    // A float stays a float, whole numbers too.
    assert_eq!(
        all.call(None, None, Some(2.0), None, None).unwrap(),
        "[None, None, 2.0, None, None]"
    );
    let between = optional_between::on(&gears);
    assert_eq!(between.call(None, 2, None).unwrap(), "(None, 2, None)");
    assert_eq!(
        between.call(Some(1), 2, Some(vec![0, 255])).unwrap(),
        r"(1, 2, b'\x00\xff')"
    );
    let json = optional_json::on(&gears);
    assert_eq!(json.call(Some(vec![1, 2]), None).unwrap(), "([1, 2], None)");
    assert_eq!(json.call(None, Some(Some("x"))).unwrap(), "(None, 'x')");
}

#[test]
fn trailing_arguments_may_be_left_out_by_anyone() {
    let server = TestServer::private();
    server.register(&[&optional_all::GEAR, &optional_between::GEAR]);
    let mut client = server.client();
    assert_eq!(
        client.trigger("optional_all", &[]),
        r#"[$"[None, None, None, None, None]"]"#
    );
    assert_eq!(
        client.trigger("optional_all", &[br#""text""#, b"7"]),
        r#"[$"['text', 7, None, None, None]"]"#
    );
    assert_eq!(
        client.trigger("optional_between", &[b"null", b"2"]),
        r#"[$"(None, 2, None)"]"#
    );
    let few = client.trigger("optional_between", &[b"null"]);
    assert!(
        few.contains("TypeError: optional_between(first, second, third=None)"),
        "{few}"
    );
    let many = client.trigger("optional_between", &[b"1", b"2", b"null", b"4"]);
    assert!(many.contains("was given 4 arguments"), "{many}");
    let garbage = client.trigger("optional_all", &[b"{no json"]);
    assert!(
        garbage.contains("the parameter text of optional_all(") && garbage.contains("as JSON"),
        "{garbage}"
    );
}

#[test]
fn descriptors_say_which_are_optional() {
    let optional = |gear: &Gear| -> Vec<bool> {
        gear.params()
            .iter()
            .map(gears_runtime::Param::is_optional)
            .collect()
    };
    assert_eq!(optional(&optional_all::GEAR), [true; 5]);
    assert_eq!(optional(&optional_between::GEAR), [true, false, true]);
}
