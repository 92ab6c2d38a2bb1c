//! Every row of the wire table there and back, with values that nobody would think of.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use gears_runtime::redis::Value;
use gears_runtime::{Result, gear_command};
use gears_tests::{TestServer, unless_cut};
use proptest::prelude::*;

/// Makes gears that return their argument, and gears that tell what Python got.
macro_rules! rows {
    ($($echo:ident, $seen:ident: $argument:ty => $result:ty;)*) => {$(
        #[gear_command(mode = "sync")]
        fn $echo(value: $argument) -> Result<$result> {
            "return value"
        }

        #[gear_command(mode = "sync")]
        fn $seen(value: $argument) -> Result<String> {
            "return type(value).__name__ + ' ' + ascii(value)"
        }
    )*};
}

rows! {
    echo_text, seen_text: &str => String;
    echo_string, seen_string: String => Cow<'static, str>;
    echo_char, seen_char: char => char;
    echo_bool, seen_bool: bool => bool;
    echo_i8, seen_i8: i8 => i8;
    echo_u16, seen_u16: u16 => u16;
    echo_i32, seen_i32: i32 => i32;
    echo_i64, seen_i64: i64 => i64;
    echo_u64, seen_u64: u64 => u64;
    echo_i128, seen_i128: i128 => i128;
    echo_u128, seen_u128: u128 => u128;
    echo_f32, seen_f32: f32 => f32;
    echo_f64, seen_f64: f64 => f64;
    echo_bytes, seen_bytes: &[u8] => Vec<u8>;
    echo_array, seen_array: [u8; 4] => [u8; 4];
    echo_shared, seen_shared: &Arc<str> => Arc<str>;
    echo_shared_bytes, seen_shared_bytes: &Bytes => Bytes;
    echo_some_text, seen_some_text: Option<&str> => Option<String>;
    echo_some_i64, seen_some_i64: Option<i64> => Option<i64>;
    echo_some_f64, seen_some_f64: Option<f64> => Option<f64>;
    echo_some_bytes, seen_some_bytes: Option<&[u8]> => Option<Vec<u8>>;
    echo_list, seen_list: &[String] => Vec<String>;
    echo_unit, seen_unit: i64 => ();
    echo_raw, seen_raw: &str => Value;
}

/// Runs a check on many values; `cases` bounds the time.
fn check<S: Strategy>(
    cases: u32,
    strategy: S,
    check: impl Fn(S::Value) -> Result<(), TestCaseError>,
) where
    S::Value: std::fmt::Debug,
{
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    if let Err(error) = runner.run(&strategy, check) {
        panic!("{error}");
    }
}

const CASES: u32 = 150;

#[test]
fn python_gets_the_type_of_the_row() {
    let server = TestServer::start();
    let gears = server.register(&[
        &seen_text::GEAR,
        &seen_string::GEAR,
        &seen_char::GEAR,
        &seen_bool::GEAR,
        &seen_i8::GEAR,
        &seen_u128::GEAR,
        &seen_f32::GEAR,
        &seen_f64::GEAR,
        &seen_bytes::GEAR,
        &seen_array::GEAR,
        &seen_shared::GEAR,
        &seen_list::GEAR,
        &seen_some_text::GEAR,
        &seen_some_bytes::GEAR,
        &seen_some_f64::GEAR,
    ]);
    assert_eq!(seen_text::on(&gears).call("é").unwrap(), r"str '\xe9'");
    assert_eq!(seen_text::on(&gears).call("").unwrap(), "str ''");
    assert_eq!(seen_text::on(&gears).call("5").unwrap(), "str '5'");
    let seen = seen_string::on(&gears).call("a\0b".to_owned());
    if let Some(seen) = unless_cut(seen, "a\0b") {
        assert_eq!(seen, r"str 'a\x00b'");
    }
    assert_eq!(
        seen_char::on(&gears).call('🦀').unwrap(),
        r"str '\U0001f980'"
    );
    assert_eq!(seen_bool::on(&gears).call(true).unwrap(), "bool True");
    assert_eq!(seen_bool::on(&gears).call(false).unwrap(), "bool False");
    assert_eq!(seen_i8::on(&gears).call(-128).unwrap(), "int -128");
    assert_eq!(
        seen_u128::on(&gears).call(u128::MAX).unwrap(),
        "int 340282366920938463463374607431768211455"
    );
    assert_eq!(seen_f32::on(&gears).call(0.1).unwrap(), "float 0.1");
    assert_eq!(seen_f64::on(&gears).call(3.0).unwrap(), "float 3.0");
    assert_eq!(seen_f64::on(&gears).call(f64::NAN).unwrap(), "float nan");
    assert_eq!(
        seen_f64::on(&gears).call(f64::NEG_INFINITY).unwrap(),
        "float -inf"
    );
    assert_eq!(
        seen_bytes::on(&gears).call(b"text").unwrap(),
        "bytes b'text'"
    );
    assert_eq!(
        seen_bytes::on(&gears).call(b"\xff\0").unwrap(),
        r"bytes b'\xff\x00'"
    );
    assert_eq!(seen_bytes::on(&gears).call(b"").unwrap(), "bytes b''");
    assert_eq!(
        seen_array::on(&gears).call([0, 1, 254, 255]).unwrap(),
        r"bytes b'\x00\x01\xfe\xff'"
    );
    assert_eq!(
        seen_shared::on(&gears).call(&Arc::from("x")).unwrap(),
        "str 'x'"
    );
    assert_eq!(
        seen_list::on(&gears).call(&["a".to_owned()]).unwrap(),
        "list ['a']"
    );
    assert_eq!(
        seen_some_text::on(&gears).call(None).unwrap(),
        "NoneType None"
    );
    assert_eq!(
        seen_some_text::on(&gears).call(Some("x")).unwrap(),
        "str 'x'"
    );
    assert_eq!(
        seen_some_bytes::on(&gears).call(Some(b"\xff")).unwrap(),
        r"bytes b'\xff'"
    );
    assert_eq!(
        seen_some_f64::on(&gears).call(Some(1.0)).unwrap(),
        "float 1.0"
    );
}

#[test]
fn texts_come_back() {
    let server = TestServer::start();
    let gears = server.register(&[
        &echo_text::GEAR,
        &echo_string::GEAR,
        &echo_char::GEAR,
        &echo_shared::GEAR,
        &echo_some_text::GEAR,
        &echo_list::GEAR,
    ]);
    for text in [
        "",
        "+OK",
        "-ERR no",
        "+",
        "-",
        "\0",
        "a\r\nb",
        "null",
        "'\"\\",
        "%s%n",
        "\u{feff}x",
    ] {
        if let Some(back) = unless_cut(echo_text::on(&gears).call(text), text) {
            assert_eq!(back, text);
        }
        assert_eq!(
            echo_some_text::on(&gears)
                .call(Some(text))
                .unwrap()
                .as_deref(),
            Some(text)
        );
    }
    assert_eq!(echo_some_text::on(&gears).call(None).unwrap(), None);
    check(CASES, any::<String>(), |text| {
        let shared: Arc<str> = Arc::from(&*text);
        let back = unless_cut(echo_text::on(&gears).call(&text), &text);
        prop_assert_eq!(back.as_ref().unwrap_or(&text), &text);
        let back = unless_cut(echo_string::on(&gears).call(text.clone()), &text);
        prop_assert_eq!(&*back.unwrap_or(text.clone().into()), &*text);
        let back = unless_cut(echo_shared::on(&gears).call(&shared), &text);
        prop_assert_eq!(back.unwrap_or(shared.clone()), shared);
        let some = echo_some_text::on(&gears).call(Some(&text)).unwrap();
        prop_assert_eq!(some, Some(text));
        Ok(())
    });
    check(CASES, any::<char>(), |char| {
        let back = unless_cut(echo_char::on(&gears).call(char), &char.to_string());
        prop_assert_eq!(back.unwrap_or(char), char);
        Ok(())
    });
    check(CASES, any::<Vec<String>>(), |list| {
        prop_assert_eq!(echo_list::on(&gears).call(&list).unwrap(), list);
        Ok(())
    });
}

#[test]
fn bytes_come_back() {
    let server = TestServer::start();
    let gears = server.register(&[
        &echo_bytes::GEAR,
        &echo_array::GEAR,
        &echo_shared_bytes::GEAR,
        &echo_some_bytes::GEAR,
    ]);
    let every: Vec<u8> = (0..=255).collect();
    for bytes in [b"".as_slice(), b"\0", b"+OK", b"-ERR", b"\xff\xfe", &every] {
        assert_eq!(echo_bytes::on(&gears).call(bytes).unwrap(), bytes);
    }
    assert_eq!(echo_some_bytes::on(&gears).call(None).unwrap(), None);
    check(CASES, any::<Vec<u8>>(), |bytes| {
        prop_assert_eq!(&echo_bytes::on(&gears).call(&bytes).unwrap(), &bytes);
        let shared = Bytes::from(bytes.clone());
        prop_assert_eq!(
            &echo_shared_bytes::on(&gears).call(&shared).unwrap(),
            &shared
        );
        let some = echo_some_bytes::on(&gears).call(Some(&bytes)).unwrap();
        prop_assert_eq!(some, Some(bytes));
        Ok(())
    });
    check(CASES, any::<[u8; 4]>(), |array| {
        prop_assert_eq!(echo_array::on(&gears).call(array).unwrap(), array);
        Ok(())
    });
}

macro_rules! integers_come_back {
    ($gears:expr, $($echo:ident: $integer:ident,)*) => {$(
        for value in [$integer::MIN, $integer::MAX, 0, 1] {
            assert_eq!($echo::on(&$gears).call(value).unwrap(), value);
        }
        check(CASES, any::<$integer>(), |value| {
            prop_assert_eq!($echo::on(&$gears).call(value).unwrap(), value);
            Ok(())
        });
    )*};
}

#[test]
fn numbers_come_back() {
    let server = TestServer::start();
    let gears = server.register(&[
        &echo_i8::GEAR,
        &echo_u16::GEAR,
        &echo_i32::GEAR,
        &echo_i64::GEAR,
        &echo_u64::GEAR,
        &echo_i128::GEAR,
        &echo_u128::GEAR,
        &echo_bool::GEAR,
        &echo_some_i64::GEAR,
    ]);
    integers_come_back! { gears,
        echo_i8: i8,
        echo_u16: u16,
        echo_i32: i32,
        echo_i64: i64,
        echo_u64: u64,
        echo_i128: i128,
        echo_u128: u128,
    }
    for value in [true, false] {
        assert_eq!(echo_bool::on(&gears).call(value).unwrap(), value);
    }
    check(CASES, any::<Option<i64>>(), |value| {
        prop_assert_eq!(echo_some_i64::on(&gears).call(value).unwrap(), value);
        Ok(())
    });
}

#[test]
fn floats_come_back_to_the_bit() {
    use proptest::num::{f32, f64};

    let server = TestServer::start();
    let gears = server.register(&[&echo_f32::GEAR, &echo_f64::GEAR, &echo_some_f64::GEAR]);
    let same = |ours: f64, theirs: f64| {
        ours.to_bits() == theirs.to_bits() || (ours.is_nan() && theirs.is_nan())
    };
    for value in [
        0.0,
        -0.0,
        0.1,
        1e23,
        5e-324,
        std::f64::consts::PI,
        std::primitive::f64::MAX,
        std::primitive::f64::MIN_POSITIVE,
        std::primitive::f64::INFINITY,
        std::primitive::f64::NEG_INFINITY,
        std::primitive::f64::NAN,
    ] {
        let back = echo_f64::on(&gears).call(value).unwrap();
        assert!(same(value, back), "{value:?} came back as {back:?}");
        let back = echo_some_f64::on(&gears)
            .call(Some(value))
            .unwrap()
            .unwrap();
        assert!(same(value, back), "{value:?} came back as {back:?}");
    }
    check(2 * CASES, f64::ANY, |value| {
        let back = echo_f64::on(&gears).call(value).unwrap();
        prop_assert!(same(value, back), "{value:?} came back as {back:?}");
        Ok(())
    });
    check(2 * CASES, f32::ANY, |value| {
        let back = echo_f32::on(&gears).call(value).unwrap();
        prop_assert!(
            same(value.into(), back.into()),
            "{value:?} came back as {back:?}"
        );
        Ok(())
    });
}

#[test]
fn nothing_and_anything_come_back() {
    let server = TestServer::start();
    let gears = server.register(&[&echo_unit::GEAR, &echo_raw::GEAR]);
    echo_unit::on(&gears).call(5).unwrap();
    let raw = echo_raw::on(&gears).call("text").unwrap();
    assert_eq!(raw, Value::BulkString(b"text".to_vec()));
    // What comes raw follows the rules of the server.
    let raw = echo_raw::on(&gears).call("+fine").unwrap();
    assert_eq!(raw, Value::SimpleString("fine".to_owned()));
}

/// An application's own error, made from ours.
#[derive(Debug)]
struct AppError(String);

impl From<gears_runtime::Error> for AppError {
    fn from(error: gears_runtime::Error) -> Self {
        Self(format!("app: {error}"))
    }
}

type Outcome<T> = std::result::Result<T, AppError>;
type Text<'a> = &'a str;

#[gear_command]
fn echo_alias(text: Text<'_>) -> Outcome<String> {
    "return text"
}

#[gear_command]
fn echo_boxed(text: &str) -> std::result::Result<String, Box<dyn std::error::Error + Send + Sync>> {
    "raise ValueError(text)"
}

#[test]
fn aliases_and_errors_of_the_application_work() {
    let server = TestServer::start();
    let gears = server.register(&[&echo_alias::GEAR, &echo_boxed::GEAR]);
    assert_eq!(echo_alias::on(&gears).call("x").unwrap(), "x");
    let boxed = echo_boxed::on(&gears).call("no").unwrap_err();
    let error = boxed.downcast::<gears_runtime::Error>().unwrap();
    assert_eq!(error.python().unwrap().message(), "no");
    let nobody = gears_runtime::Gears::builder("unix:///no/such/socket")
        .unwrap()
        .build();
    let AppError(text) = echo_alias::on(&nobody).call("x").unwrap_err();
    assert!(text.starts_with("app: "), "{text}");
}
