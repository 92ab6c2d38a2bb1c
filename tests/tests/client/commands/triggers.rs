//! `RG.TRIGGER` and `RG.TRIGGERONKEY`.

use gears_runtime::redis::Value;
use gears_runtime::{ErrorKind, Script};

use gears_tests::unless_lacking;

use super::story;

fn bulk(text: &str) -> Value {
    Value::BulkString(text.as_bytes().to_vec())
}

/// A script that answers with its arguments after the trigger, or raises on `boom`.
fn echo(trigger: &str) -> Script {
    Script::from_source(format!(
        "def echo(words):\n    \
             if 'boom' in words:\n        \
                 raise KeyError('boom')\n    \
             return words[1:] + [-1]\n\
         GB('CommandReader').map(echo).register(trigger='{trigger}', convertToStr=False)"
    ))
}

story! { $ go trigger_answers_with_results(server, client) {
    let trigger = server.name("echo");
    go!(client.py_execute(&echo(&trigger))).unwrap();
    let results = go!(client.trigger(&trigger, ["a", "ä b"])).unwrap();
    let expected = Value::Array(vec![bulk("a"), bulk("ä b"), Value::Int(-1)]);
    assert_eq!(results, [expected]);
    let results = go!(client.trigger(&trigger, [])).unwrap();
    assert_eq!(results, [Value::Array(vec![Value::Int(-1)])]);

    let error = go!(client.trigger(&trigger, ["boom"])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Python);
    assert_eq!(error.trigger(), Some(trigger.as_str()));
    let python = error.python().unwrap_or_else(|| panic!("{error}"));
    assert_eq!(python.exception(), "KeyError");
    let error = go!(client.trigger("no such trigger", ["a"])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownTrigger);
    assert_eq!(error.trigger(), Some("no such trigger"));
}}

story! { $ go trigger_on_key_has_the_key_first(server, client) {
    let trigger = server.name("echo");
    go!(client.py_execute(&echo(&trigger))).unwrap();
    let results = go!(client.trigger_on_key(&trigger, "key:1", [b"\xff"]));
    if let Some(results) = unless_lacking(results, "RG.TRIGGERONKEY") {
        let odd = Value::BulkString(vec![0xff]);
        // Bytes that are no text come back as a bytearray, which has no form of its own on
        // RedisGears.
        let Value::Array(words) = &results[0] else {
            panic!("{results:?}");
        };
        assert_eq!(words[0], bulk("key:1"));
        assert!(words[1] == odd || words[1] == bulk("PY RECORD"), "{words:?}");
    }
}}

story! { $ go negative_numbers_are_values(server, client) {
    let trigger = server.name("minus");
    let script = Script::from_source(format!(
        "GB('CommandReader').map(lambda words: -5).register(trigger='{trigger}')"
    ));
    go!(client.py_execute(&script)).unwrap();
    let results = go!(client.trigger(&trigger, ["a"])).unwrap();
    // RedisGears makes an error of the text, gears-engine leaves the number.
    assert_eq!(results.len(), 1);
    assert!(matches!(
        results[0],
        Value::ServerError(_) | Value::Int(-5) | Value::BulkString(_)
    ), "{results:?}");
}}

story! { $ go script_that_raises_is_an_error(server, client) {
    let _ = server;
    let error = go!(client.py_execute(&Script::from_source("{}['age']"))).unwrap_err();
    assert_eq!(error.python().unwrap().exception(), "KeyError");
    let error = go!(client.py_execute(
        &Script::from_source("GB().map(1)")
    )).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Python, "{error}");
}}
