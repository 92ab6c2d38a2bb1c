//! Results that RedGrease pickled on the server.

use gears_runtime::function::PyValue;
use redis::Value;
use serde_json::{Map, Value as Json, json};

use crate::json;

/// Reads a result that is a pickle: what was pickled, or why that is not shown.
///
/// Bytes that only begin as pickles do are none.
pub(crate) fn read(result: &Value) -> Option<Result<PyValue, String>> {
    let bytes = match result {
        Value::BulkString(bytes) if bytes.starts_with(b"\x80") => bytes,
        _ => return None,
    };
    match PyValue::from_pickle(bytes) {
        Ok(value) => Some(Ok(value)),
        Err(error) => {
            let decode = error.decode_error()?;
            let is_pickle = decode.expected() == "plain data";
            is_pickle.then(|| Err(format!("a result is {}", decode.came())))
        }
    }
}

/// Writes what was pickled for people: text and bytes as they are, the rest as JSON.
pub(crate) fn to_bytes(value: &PyValue) -> Vec<u8> {
    match value {
        PyValue::Text(text) => text.clone().into_bytes(),
        PyValue::Bytes(bytes) => bytes.clone(),
        other => to_json(other).to_string().into_bytes(),
    }
}

/// Writes what was pickled for programs, as other results are.
///
/// Keys of dicts that are no text are as Python shows them.
pub(crate) fn to_json(value: &PyValue) -> Json {
    match value {
        PyValue::None => Json::Null,
        PyValue::Bool(boolean) => json!(boolean),
        PyValue::Int(number) => json!(number),
        PyValue::Float(float) => json::of_value(&Value::Double(*float)),
        PyValue::BigInt(text) | PyValue::Text(text) => json!(text),
        PyValue::Bytes(bytes) => json::of_bytes(bytes),
        PyValue::List(items) | PyValue::Tuple(items) | PyValue::Set(items) => {
            items.iter().map(to_json).collect()
        }
        PyValue::Dict(items) => {
            let mut map = Map::new();
            for (key, value) in items {
                map.insert(to_key(key), to_json(value));
            }
            Json::Object(map)
        }
        other => json!(other.to_string()),
    }
}

fn to_key(key: &PyValue) -> String {
    match key {
        PyValue::Text(text) => text.clone(),
        PyValue::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => key.to_string(),
        },
        other => other.to_string(),
    }
}
