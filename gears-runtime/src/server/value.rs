//! What replies hold, as text.

use redis::{RedisError, ServerError, Value};

use crate::error::{Error, detail::Detail};

/// The longest excerpt of a value that an error message shows.
const EXCERPT: usize = 200;

/// Finds a field in a map, which RESP2 writes as a flat array.
pub(crate) fn field<'a>(map: &'a Value, name: &str) -> Option<&'a Value> {
    match map {
        Value::Array(flat) => flat
            .chunks_exact(2)
            .find(|pair| text(&pair[0]) == Some(name))
            .map(|pair| &pair[1]),
        Value::Map(pairs) => pairs
            .iter()
            .find(|(key, _)| text(key) == Some(name))
            .map(|(_, value)| value),
        _ => None,
    }
}

/// Finds a field in a map, to change it.
pub(crate) fn field_mut<'a>(map: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    match map {
        Value::Array(flat) => flat
            .chunks_exact_mut(2)
            .find(|pair| text(&pair[0]) == Some(name))
            .map(|pair| &mut pair[1]),
        Value::Map(pairs) => pairs
            .iter_mut()
            .find(|(key, _)| text(key) == Some(name))
            .map(|(_, value)| value),
        _ => None,
    }
}

/// Returns the text of a string reply.
pub(crate) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::BulkString(bytes) => std::str::from_utf8(bytes).ok(),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => Some(text),
        Value::Okay => Some("OK"),
        _ => None,
    }
}

/// Puts an error reply together again as the server wrote it.
///
/// `redis` takes the text apart at its first space.
pub(crate) fn raw_text(error: &ServerError) -> String {
    match error.details() {
        Some(details) => format!("{} {details}", error.code()),
        None => error.code().to_owned(),
    }
}

/// Returns the text of an error reply that a connection turned into an error of its own.
pub(crate) fn raw_reply(error: &RedisError) -> Option<String> {
    if !matches!(
        error.kind(),
        redis::ErrorKind::Server(_) | redis::ErrorKind::Extension
    ) {
        return None;
    }
    let code = error.code()?;
    Some(match error.detail() {
        Some(detail) => format!("{code} {detail}"),
        None => code.to_owned(),
    })
}

/// Describes a value for people, cut to a readable length.
pub(crate) fn came(value: &Value) -> String {
    match value {
        Value::Nil => "nil".to_owned(),
        Value::Int(integer) => format!("the integer {integer}"),
        Value::Double(double) => format!("the number {double:?}"),
        Value::Boolean(boolean) => format!("the boolean {boolean}"),
        Value::BulkString(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => format!("the text {:?}", excerpt(text)),
            Err(_) => format!("{} bytes that are not UTF-8", bytes.len()),
        },
        Value::SimpleString(text) => format!("the status {:?}", excerpt(text)),
        Value::Okay => "the status \"OK\"".to_owned(),
        Value::ServerError(error) => {
            format!("the error {:?}", excerpt(&raw_text(error)))
        }
        // What the script sends for a Python value of another kind: its type
        // and its repr.
        Value::Array(pair) => match pair.as_slice() {
            [Value::BulkString(kind), Value::BulkString(repr)] => format!(
                "Python's {} {}",
                String::from_utf8_lossy(kind),
                excerpt(&String::from_utf8_lossy(repr))
            ),
            other => format!("an array of {}", other.len()),
        },
        other => excerpt(&format!("{other:?}")),
    }
}

fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl Error {
    pub(crate) fn unexpected(what: &str, value: &redis::Value) -> Self {
        Self::new(Detail::Server {
            message: format!("{what}: {}", came(value)),
        })
        .with_raw(format!("{value:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_cut_at_a_character() {
        let long = "é".repeat(1000);
        let said = came(&Value::BulkString(long.into_bytes()));
        assert!(said.ends_with("…\""), "{said}");
        assert!(said.chars().count() < EXCERPT + 20);
    }

    #[test]
    fn another_kind_of_python_value_is_named() {
        let value = Value::Array(vec![
            Value::BulkString(b"dict".to_vec()),
            Value::BulkString(b"{'a': 1}".to_vec()),
        ]);
        assert_eq!(came(&value), "Python's dict {'a': 1}");
    }
}
