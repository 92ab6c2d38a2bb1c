//! Results that do not fit the declared type.

use std::collections::BTreeMap;

use gears_runtime::{ErrorKind, Result, gear_command};
use gears_tests::TestServer;

/// Makes gears that evaluate any Python, each with a result type of its own.
macro_rules! evaluating {
    ($($name:ident -> $result:ty;)*) => {$(
        #[gear_command(mode = "sync")]
        fn $name(expression: &str) -> Result<$result> {
            "return eval(expression)"
        }
    )*};
}

evaluating! {
    eval_text -> String;
    eval_char -> char;
    eval_bool -> bool;
    eval_bytes -> Vec<u8>;
    eval_four_bytes -> [u8; 4];
    eval_u8 -> u8;
    eval_i64 -> i64;
    eval_u64 -> u64;
    eval_u128 -> u128;
    eval_f32 -> f32;
    eval_f64 -> f64;
    eval_list -> Vec<i64>;
    eval_map -> BTreeMap<String, u8>;
    eval_optional -> Option<i64>;
    eval_unit -> ();
}

macro_rules! misfits {
    ($gears:expr, $name:ident, $($expression:expr => $expected:expr, $came:expr;)*) => {$(
        let error = $name::on(&$gears).call($expression).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{}: {error}", $expression);
        let decode = error.decode_error().unwrap();
        assert!(decode.expected().contains($expected), "{}: {error}", $expression);
        assert!(decode.came().contains($came), "{}: {error}", $expression);
        assert!(decode.gear().contains(stringify!($name)), "{}: {error}", $expression);
        assert!(decode.gear().contains(file!()), "{}: {error}", $expression);
        for part in [decode.expected(), decode.came(), decode.gear()] {
            assert!(error.to_string().contains(part), "{part} is not in {error}");
        }
    )*};
}

#[test]
fn misfits_say_what_was_expected_and_what_came() {
    let server = TestServer::start();
    let gears = server.register(&[
        &eval_text::GEAR,
        &eval_char::GEAR,
        &eval_bool::GEAR,
        &eval_bytes::GEAR,
        &eval_four_bytes::GEAR,
        &eval_u8::GEAR,
        &eval_i64::GEAR,
        &eval_u64::GEAR,
        &eval_u128::GEAR,
        &eval_f32::GEAR,
        &eval_f64::GEAR,
        &eval_list::GEAR,
        &eval_map::GEAR,
        &eval_optional::GEAR,
    ]);
    misfits! { gears, eval_text,
        "5" => "text", "int 5";
        "None" => "text", "None";
        "{'a': 1}" => "text", "dict {'a': 1}";
        "b'\\xff\\xfe'" => "text", "2 bytes that are not UTF-8";
        "['x'] * 1000" => "text", "list ['x', 'x'";
    }
    misfits! { gears, eval_char,
        "'ab'" => "one character", "ab";
        "''" => "one character", "\"\"";
    }
    misfits! { gears, eval_bool,
        "2" => "True or False", "2";
        "'yes'" => "True or False", "yes";
        "None" => "True or False", "None";
        "[]" => "True or False", "list []";
    }
    misfits! { gears, eval_bytes,
        "5" => "bytes", "int 5";
        "[1, 2]" => "bytes", "list [1, 2]";
        "None" => "bytes", "None";
    }
    misfits! { gears, eval_four_bytes,
        "b'abc'" => "4 bytes", "abc";
    }
    misfits! { gears, eval_u8,
        "256" => "0 to 255", "256";
        "-1" => "0 to 255", "-1";
        "2**64" => "0 to 255", "18446744073709551616";
        "1.5" => "integer", "float 1.5";
        "'seven'" => "integer", "seven";
    }
    misfits! { gears, eval_i64,
        "2**63" => "9223372036854775807", "9223372036854775808";
        "-2**63 - 1" => "-9223372036854775808", "-9223372036854775809";
        "None" => "integer", "None";
        "{}" => "integer", "dict";
    }
    misfits! { gears, eval_u64,
        "2**64" => "18446744073709551615", "18446744073709551616";
        "-1" => "0 to", "-1";
    }
    misfits! { gears, eval_u128,
        "2**128" => "u128", "340282366920938463463374607431768211456";
    }
    misfits! { gears, eval_f32,
        "1e300" => "number", "1e+300";
        "'text'" => "number", "text";
        "None" => "number", "None";
    }
    misfits! { gears, eval_f64,
        "[1.5]" => "number", "list [1.5]";
        "'1e999'" => "number", "1e999";
    }
    misfits! { gears, eval_list,
        "['a']" => "JSON", "a";
        "{'a': 1}" => "JSON", "a";
        "5" => "JSON", "5";
        "None" => "JSON", "None";
    }
    misfits! { gears, eval_map,
        "{'a': 256}" => "JSON", "256";
        "{'a': -1}" => "JSON", "-1";
    }
    misfits! { gears, eval_optional,
        "'x'" => "integer", "x";
    }
}

#[test]
fn limits_of_every_type_fit() {
    let server = TestServer::private();
    let gears = server.register(&[
        &eval_u8::GEAR,
        &eval_i64::GEAR,
        &eval_u64::GEAR,
        &eval_u128::GEAR,
        &eval_f32::GEAR,
        &eval_f64::GEAR,
        &eval_optional::GEAR,
        &eval_unit::GEAR,
        &eval_text::GEAR,
        &eval_bool::GEAR,
        &eval_bytes::GEAR,
    ]);
    assert_eq!(eval_u8::on(&gears).call("255").unwrap(), u8::MAX);
    assert_eq!(eval_u8::on(&gears).call("True").unwrap(), 1);
    assert_eq!(eval_i64::on(&gears).call("2**63 - 1").unwrap(), i64::MAX);
    assert_eq!(eval_i64::on(&gears).call("-2**63").unwrap(), i64::MIN);
    assert_eq!(eval_u64::on(&gears).call("2**64 - 1").unwrap(), u64::MAX);
    assert_eq!(eval_u128::on(&gears).call("2**128 - 1").unwrap(), u128::MAX);
    assert_eq!(
        eval_f32::on(&gears).call("3.4028234663852886e38").unwrap(),
        f32::MAX
    );
    assert_eq!(
        eval_f64::on(&gears).call("float('inf')").unwrap(),
        f64::INFINITY
    );
    assert_eq!(
        eval_f64::on(&gears).call("-float('inf')").unwrap(),
        f64::NEG_INFINITY
    );
    assert!(eval_f64::on(&gears).call("float('nan')").unwrap().is_nan());
    assert!(
        eval_f32::on(&gears)
            .call("float('inf')")
            .unwrap()
            .is_infinite()
    );
    assert_eq!(eval_f64::on(&gears).call("7").unwrap(), 7.0);
    assert_eq!(
        eval_f64::on(&gears).call("-0.0").unwrap().to_bits(),
        (-0.0_f64).to_bits()
    );
    assert_eq!(eval_f64::on(&gears).call("5e-324").unwrap(), 5e-324);
    assert_eq!(eval_optional::on(&gears).call("None").unwrap(), None);
    assert_eq!(eval_optional::on(&gears).call("-3").unwrap(), Some(-3));
    for anything in [
        "None",
        "5",
        "object()",
        "'\\udc80'",
        "[float('nan')]",
        "2**70",
    ] {
        eval_unit::on(&gears).call(anything).unwrap();
    }
    assert_eq!(eval_text::on(&gears).call("b'bytes'").unwrap(), "bytes");
    assert_eq!(eval_text::on(&gears).call("bytearray(b'x')").unwrap(), "x");
    for sign in ["+status", "-error", "+", "-", ""] {
        assert_eq!(
            eval_text::on(&gears).call(&format!("{sign:?}")).unwrap(),
            sign
        );
    }
    assert!(eval_bool::on(&gears).call("1").unwrap());
    assert!(!eval_bool::on(&gears).call("False").unwrap());
    assert_eq!(eval_bytes::on(&gears).call("'é'").unwrap(), "é".as_bytes());
    assert_eq!(
        eval_bytes::on(&gears).call("memoryview(b'view')").unwrap(),
        b"view"
    );
}

#[test]
fn values_without_a_form_are_errors_in_python() {
    let server = TestServer::private();
    let gears = server.register(&[&eval_text::GEAR, &eval_f64::GEAR, &eval_list::GEAR]);
    let error = eval_text::on(&gears).call("'\\udc80'").unwrap_err();
    assert_eq!(
        error.python().unwrap().exception(),
        "UnicodeEncodeError",
        "{error}"
    );
    let error = eval_f64::on(&gears).call("10**400").unwrap_err();
    assert_eq!(
        error.python().unwrap().exception(),
        "OverflowError",
        "{error}"
    );
    // JSON knows neither sets nor NaN.
    let error = eval_list::on(&gears).call("{1, 2}").unwrap_err();
    assert_eq!(error.python().unwrap().exception(), "TypeError", "{error}");
    let error = eval_list::on(&gears).call("[float('nan')]").unwrap_err();
    assert_eq!(error.python().unwrap().exception(), "ValueError", "{error}");
    let error = eval_list::on(&gears)
        .call("(lambda l: l.append(l) or l)([])")
        .unwrap_err();
    assert_eq!(error.python().unwrap().exception(), "ValueError", "{error}");
}
