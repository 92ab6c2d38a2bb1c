//! For how long no primary of a cluster has had a call of a version.

use std::collections::HashMap;

use redis::Value;

use super::held::Look;
use crate::server::value::{field, field_mut, text};

const IDLE: &str = "idleFor";

/// Has every primary tell the least of what all tell, in the replies to a [`Look`].
///
/// Each counts its own calls, and hears late of those on others: a version that only one of them is asked for is used.
pub(super) fn level(replies: &mut [Vec<Value>]) {
    let mut least: HashMap<String, i64> = HashMap::new();
    for entry in replies.iter().flat_map(|replies| entries(replies)) {
        if let (Some(id), Some(idle)) = (id(entry), idle(entry)) {
            let known = least.entry(id.to_owned()).or_insert(idle);
            *known = idle.min(*known);
        }
    }
    let lists = replies
        .iter_mut()
        .filter_map(|replies| Look::registrations_mut(replies));
    for list in lists {
        let Value::Array(entries) = list else {
            continue;
        };
        for entry in entries {
            let known = id(entry).and_then(|id| least.get(id)).copied();
            let told = field_mut(entry, "RegistrationData")
                .and_then(|data| field_mut(data, "args"))
                .and_then(|args| field_mut(args, IDLE));
            if let (Some(known), Some(told)) = (known, told) {
                *told = Value::Int(known);
            }
        }
    }
}

fn entries(replies: &[Value]) -> &[Value] {
    match Look::registrations(replies) {
        Some(Value::Array(entries)) => entries,
        _ => &[],
    }
}

fn id(entry: &Value) -> Option<&str> {
    text(field(entry, "id")?)
}

fn idle(entry: &Value) -> Option<i64> {
    let arguments = field(field(entry, "RegistrationData")?, "args")?;
    match field(arguments, IDLE) {
        Some(Value::Int(idle)) => Some(*idle),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map<const COUNT: usize>(pairs: [(&str, Value); COUNT]) -> Value {
        let text = |text: &str| Value::SimpleString(text.to_owned());
        let flat = pairs.map(|(name, value)| [text(name), value]);
        Value::Array(flat.into_iter().flatten().collect())
    }

    fn version(id: &str, idle: Option<i64>) -> Value {
        let args = match idle {
            Some(idle) => map([(IDLE, Value::Int(idle))]),
            None => map([]),
        };
        map([
            ("id", Value::SimpleString(id.to_owned())),
            ("RegistrationData", map([("args", args)])),
        ])
    }

    #[test]
    fn primaries_agree_on_the_last_call_of_all() {
        let replies_with = |told| vec![Value::Okay, Value::Nil, told, Value::Array(Vec::new())];
        let told = |entries: &[Value]| replies_with(Value::Array(entries.to_vec()));
        let refused = || replies_with(Value::Nil);
        let mut replies = [
            told(&[version("a-1", Some(900)), version("a-2", None)]),
            told(&[version("a-2", None), version("a-1", Some(30))]),
            refused(),
            told(&[version("a-1", Some(500)), version("b-1", Some(7))]),
        ];
        level(&mut replies);
        let one = version("a-1", Some(30));
        let expected = [
            told(&[one.clone(), version("a-2", None)]),
            told(&[version("a-2", None), one.clone()]),
            refused(),
            told(&[one, version("b-1", Some(7))]),
        ];
        assert_eq!(replies, expected);
    }
}
