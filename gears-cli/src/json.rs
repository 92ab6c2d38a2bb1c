//! Replies as JSON.

mod registration;

use std::collections::BTreeMap;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use redis::{ServerError, Value};
use serde_json::{Map, Value as Json, json};

pub(crate) use registration::{of_maker, of_registration};

/// Writes a value for programs.
///
/// Bytes that are not UTF-8 become `{"base64": "…"}`, errors inside a reply
/// `{"error": "…"}`, and doubles that JSON does not know their name.
pub(crate) fn of_value(value: &Value) -> Json {
    match value {
        Value::Nil => Json::Null,
        Value::Int(integer) => json!(integer),
        Value::BulkString(bytes) => of_bytes(bytes),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => json!(text),
        Value::Okay => json!("OK"),
        Value::Array(items) | Value::Set(items) => items.iter().map(of_value).collect(),
        Value::Map(pairs) => {
            let mut map = Map::new();
            for (key, value) in pairs {
                map.insert(to_text(key), of_value(value));
            }
            Json::Object(map)
        }
        Value::Boolean(boolean) => json!(boolean),
        Value::Double(double) if double.is_finite() => json!(double),
        Value::Double(double) => json!(double.to_string()),
        Value::ServerError(error) => json!({ "error": error_text(error) }),
        other => json!(format!("{other:?}")),
    }
}

/// Writes what a server told beyond what is known; `null` when that is nothing.
pub(crate) fn of_map(map: &BTreeMap<String, Value>) -> Json {
    if map.is_empty() {
        return Json::Null;
    }
    let pairs = map
        .iter()
        .map(|(key, value)| (key.clone(), of_value(value)));
    Json::Object(pairs.collect())
}

/// Writes bytes: text where they are UTF-8.
pub(crate) fn of_bytes(bytes: &[u8]) -> Json {
    match std::str::from_utf8(bytes) {
        Ok(text) => json!(text),
        Err(_) => json!({ "base64": BASE64_STANDARD.encode(bytes) }),
    }
}

/// Returns the text of an error inside a reply.
fn error_text(error: &ServerError) -> String {
    match error.details() {
        Some(details) => format!("{} {details}", error.code()),
        None => error.code().to_owned(),
    }
}

/// Writes a value for people: text as it is, the rest as JSON.
pub(crate) fn to_text(value: &Value) -> String {
    if let Value::ServerError(error) = value {
        return format!("(error) {}", error_text(error));
    }
    match of_value(value) {
        Json::String(text) => text,
        other => other.to_string(),
    }
}
