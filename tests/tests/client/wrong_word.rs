//! Words of other clients that are not of a parameter's type: the error names both.

use std::collections::BTreeMap;

use gears_runtime::local::Builder;
use gears_runtime::{Gear, Gears, Result, embedded, gear_command, register_where};
use gears_tests::TestServer;

/// Makes gears with a parameter of a type, and others that send any text to their triggers.
macro_rules! parameters {
    ($($trigger:literal $name:ident $sender:ident: $argument:ty;)*) => {
        $(
            #[gear_command(trigger = $trigger)]
            fn $name(before: &str, value: $argument) -> Result<String> {
                "return before + ' ' + repr(value)"
            }

            #[gear_command(trigger = $trigger, pinned = false)]
            fn $sender(before: &str, value: &str) -> Result<String> {
                "return before + value"
            }
        )*

        const GEARS: &[&Gear] = &[$(&$name::GEAR),*];

        /// Sends a word to the gear of that trigger as a client that knows no types.
        fn send(gears: &Gears, trigger: &str, word: &str) -> Result<String> {
            match trigger {
                $($trigger => $sender::on(gears).call("é", word),)*
                other => panic!("no gear {other}"),
            }
        }
    };
}

parameters! {
    "wrong_word_text" takes_text send_text: &str;
    "wrong_word_int" takes_int send_int: i64;
    "wrong_word_small" takes_small send_small: u8;
    "wrong_word_large" takes_large send_large: u128;
    "wrong_word_float" takes_float send_float: f64;
    "wrong_word_bool" takes_bool send_bool: bool;
    "wrong_word_json" takes_json send_json: Vec<i64>;
    "wrong_word_map" takes_map send_map: BTreeMap<String, u8>;
    "wrong_word_some_text" takes_some_text send_some_text: Option<&str>;
    "wrong_word_some_int" takes_some_int send_some_int: Option<u16>;
    "wrong_word_some_float" takes_some_float send_some_float: Option<f32>;
    "wrong_word_some_bool" takes_some_bool send_some_bool: Option<bool>;
    "wrong_word_some_bytes" takes_some_bytes send_some_bytes: Option<&[u8]>;
    "wrong_word_some_json" takes_some_json send_some_json: Option<Vec<i64>>;
}

/// Triggers, wrong words, and what the parameter takes.
const WRONG: &[(&str, &[&str], &str)] = &[
    (
        "int",
        &["ten", "", "1.5", "None", "é", "0x10"],
        "an int (a whole number)",
    ),
    ("small", &["-", "1e3"], "an int (a whole number)"),
    ("large", &["[1]"], "an int (a whole number)"),
    ("float", &["ten", "", "1,5", "null"], "a float (a number)"),
    ("bool", &["yes", "2", "", "TRUE"], "a bool (1 or 0)"),
    ("json", &["[1", "", "ten", "{'a': 1}"], "JSON"),
    ("map", &["a=1"], "JSON"),
    (
        "some_text",
        &["bare", "5", "[]", ""],
        "a str or null, as JSON",
    ),
    (
        "some_int",
        &["ten", "1.5", "true", "\"5\"", "[1]"],
        "an int or null, as JSON",
    ),
    (
        "some_float",
        &["ten", "true", "\"0.5\"", "{}"],
        "a float or null, as JSON",
    ),
    (
        "some_bool",
        &["1", "\"true\"", "True"],
        "a bool or null, as JSON",
    ),
    (
        "some_bytes",
        &["bare", "5", "\"a\"", "[]"],
        "bytes or null, as JSON (a string of base64)",
    ),
    ("some_json", &["[1,"], "JSON"),
];

/// Triggers, right words, and what Python makes of them.
const RIGHT: &[(&str, &str, &str)] = &[
    ("int", "-7", "-7"),
    ("float", "nan", "nan"),
    ("bool", "true", "True"),
    ("bool", "0", "False"),
    ("json", "[1, 2]", "[1, 2]"),
    ("some_text", "null", "None"),
    ("some_text", "\"5\"", "'5'"),
    ("some_int", "5", "5"),
    ("some_float", "2", "2.0"),
    ("some_float", "-Infinity", "-inf"),
    ("some_bool", "false", "False"),
    ("some_bytes", "\"YQ==\"", "b'a'"),
];

fn expect_names(gears: &Gears) {
    for (kind, words, takes) in WRONG {
        for word in *words {
            let trigger = format!("wrong_word_{kind}");
            let error = send(gears, &trigger, word).unwrap_err().to_string();
            // As Python writes it in an error.
            let quote = if word.contains('\'') { '"' } else { '\'' };
            let said = format!(
                "ValueError: the parameter value of takes_{kind}(before, value) takes {takes}, not {quote}{word}{quote}"
            );
            let said_of_optional = said.replace("value) takes", "value=None) takes");
            assert!(
                error.contains(&said) || error.contains(&said_of_optional),
                "{word}: {error}"
            );
        }
    }
    for (kind, word, value) in RIGHT {
        let back = send(gears, &format!("wrong_word_{kind}"), word).unwrap();
        assert_eq!(back, format!("é {value}"), "{kind} {word}");
    }
}

#[test]
fn server_names_the_parameter_and_its_type() {
    let server = TestServer::private();
    expect_names(&server.register(GEARS));
}

#[test]
fn local_python_says_the_same() {
    let server = embedded::Server::plain().unwrap();
    let gears = Builder::new().connect(server.url()).unwrap();
    register_where(&gears, |gear| {
        GEARS.iter().any(|wanted| std::ptr::eq(*wanted, gear))
    })
    .unwrap();
    expect_names(&gears);
}

#[test]
fn words_that_are_no_text_or_long_are_shown_in_part() {
    let server = TestServer::private();
    server.register(GEARS);
    let mut client = server.client();
    let error = client.trigger("wrong_word_text", &[b"\xff", b"x"]);
    let said = r"before of takes_text(before, value) takes a str (text in UTF-8), not b'\\xff'";
    assert!(error.contains(said), "{error}");
    let long = "9".repeat(100_000) + "x";
    let error = client.trigger("wrong_word_int", &[b"", long.as_bytes()]);
    assert!(error.contains("999..."), "{error}");
    assert!(error.len() < 2_000, "{}", error.len());
}
