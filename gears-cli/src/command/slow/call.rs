//! Slow calls, as a server tells of them.

use std::{collections::BTreeMap, time::Duration};

use gears_runtime::Gears;
use jiff::Timestamp;
use redis::Value;

use crate::{
    library,
    wire::{self, Wire},
};

/// More than any server keeps: before Redis 7 there is no number for all.
const ALL: &str = "1000000";

/// A call that took long.
#[derive(Debug, PartialEq)]
pub(super) struct Call {
    pub(super) ended: Timestamp,
    pub(super) took: Duration,
    /// The trigger, the hooked command, the function, the pattern of keys or the stream.
    pub(super) gear: String,
    /// What runs such gears; nothing does for functions.
    pub(super) reader: Option<String>,
    pub(super) registration: Option<String>,
    /// Those of the command; of an event its name and key, of entries their stream and ids.
    pub(super) arguments: Vec<String>,
    /// The address of the client, and its name if it has one; nobody's for events.
    pub(super) client: Option<String>,
}

/// What a server tells.
pub(super) struct Told {
    pub(super) calls: Vec<Call>,
    /// Why calls of functions are not among them: this user may not ask which are in Python.
    pub(super) functions_refused: Option<String>,
}

/// Asks a server.
///
/// # Errors
///
/// It does not tell.
pub(super) fn all(shard: &Gears, wire: &mut Wire) -> Result<Told, String> {
    let log = wire.ask(&["SLOWLOG", "GET", ALL])?;
    let mut calls = of_server(&log);
    let mut functions_refused = None;
    let mut fcalls = of_functions(&log);
    // Who may not even ask that is told of what is missing.
    if !fcalls.is_empty() && library::serves(shard).unwrap_or(true) {
        match library::functions(wire) {
            // Those in Lua are not of gears.
            Ok(ours) => {
                fcalls.retain(|call| ours.contains(&call.gear));
                calls.extend(fcalls);
            }
            Err(error) if wire::refuses(&error) => functions_refused = Some(wire::said(&error)),
            Err(error) => return Err(wire::said(&error)),
        }
    }
    match wire.ask(&["RG.SLOWLOG"]) {
        Ok(runs) => calls.extend(of_engine(&runs)),
        // RedisGears, and engines before there was such a list.
        Err(why) if why.contains("unknown command") => {}
        Err(why) => return Err(why),
    }
    Ok(Told {
        calls,
        functions_refused,
    })
}

/// Reads what commands of gears the server's own log has.
fn of_server(log: &Value) -> Vec<Call> {
    let entries = items(log).iter();
    entries.filter_map(|entry| of_command(items(entry))).collect()
}

fn of_command(entry: &[Value]) -> Option<Call> {
    let call = Call::of_entry(entry, &["RG.TRIGGER", "RG.TRIGGERONKEY", "RG.INNERHOOK"])?;
    Some(Call {
        reader: Some("CommandReader".to_owned()),
        ..call
    })
}

/// Reads what calls of functions the server's own log has, in whichever language they are.
fn of_functions(log: &Value) -> Vec<Call> {
    let calls = items(log).iter().filter_map(|entry| {
        let mut call = Call::of_entry(items(entry), &["FCALL", "FCALL_RO"])?;
        // How many keys there are.
        if !call.arguments.is_empty() {
            call.arguments.remove(0);
        }
        Some(call)
    });
    calls.collect()
}

impl Call {
    /// Reads a command of the server's log, if it is one of these.
    fn of_entry(entry: &[Value], commands: &[&str]) -> Option<Self> {
        let [_, ended, took, words, more @ ..] = entry else {
            return None;
        };
        let mut words = items(words).iter().map(text);
        let command = words.next()?.to_ascii_uppercase();
        let is_one = commands.contains(&command.as_str());
        let gear = words.next().filter(|_| is_one)?;
        let client: Vec<String> = more.iter().map(text).filter(|text| !text.is_empty()).collect();
        Some(Self {
            ended: Timestamp::from_second(number(ended)).ok()?,
            took: micros(took),
            gear,
            reader: None,
            registration: None,
            arguments: words.collect(),
            client: (!client.is_empty()).then(|| client.join(" ")),
        })
    }
}

/// Reads the runs that the engine has noted.
fn of_engine(runs: &Value) -> Vec<Call> {
    items(runs).iter().filter_map(of_run).collect()
}

fn of_run(run: &Value) -> Option<Call> {
    let fields: BTreeMap<String, &Value> = items(run)
        .chunks_exact(2)
        .map(|pair| (text(&pair[0]), &pair[1]))
        .collect();
    let named = |name: &str| fields.get(name).map(|value| text(value));
    Some(Call {
        ended: Timestamp::from_millisecond(number(fields.get("ended_ms")?)).ok()?,
        took: micros(fields.get("usec")?),
        gear: named("name")?,
        reader: named("reader"),
        registration: named("registration"),
        arguments: items(fields.get("about")?).iter().map(text).collect(),
        client: None,
    })
}

fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        _ => &[],
    }
}

fn number(value: &Value) -> i64 {
    match value {
        Value::Int(number) => *number,
        _ => 0,
    }
}

fn micros(value: &Value) -> Duration {
    Duration::from_micros(u64::try_from(number(value)).unwrap_or(0))
}

/// Reads a text, which may be anything.
fn text(value: &Value) -> String {
    match value {
        Value::BulkString(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::SimpleString(text) => text.clone(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    #[test]
    fn commands_of_gears_are_read_and_no_others() {
        let entry = |words: &[&str], more: &[&str]| {
            let words = Value::Array(words.iter().map(|word| bulk(word)).collect());
            let mut entry = vec![Value::Int(7), Value::Int(1_700_000_000), Value::Int(20_000), words];
            entry.extend(more.iter().map(|text| bulk(text)));
            Value::Array(entry)
        };
        let log = Value::Array(vec![
            entry(&["rg.trigger", "quote", "a", "b"], &["10.0.0.7:4000", "shop"]),
            entry(&["RG.INNERHOOK", "SET", "k", "v"], &["10.0.0.7:4000", ""]),
            entry(&["RG.TRIGGER"], &[]),
            entry(&["GET", "k"], &[]),
            entry(&["fcall_ro", "price", "1", "apple", "5"], &["10.0.0.7:4000", ""]),
            entry(&["FCALL"], &[]),
            Value::Array(vec![]),
        ]);
        let calls = of_server(&log);
        let told: Vec<_> = calls
            .iter()
            .map(|call| (call.gear.as_str(), call.arguments.join(" "), call.client.as_deref()))
            .collect();
        assert_eq!(
            told,
            [
                ("quote", "a b".to_owned(), Some("10.0.0.7:4000 shop")),
                ("SET", "k v".to_owned(), Some("10.0.0.7:4000")),
            ]
        );
        assert_eq!(calls[0].took, Duration::from_millis(20));
        assert_eq!(calls[0].ended.to_string(), "2023-11-14T22:13:20Z");
        let functions = of_functions(&log);
        assert_eq!(functions.len(), 1);
        assert_eq!((functions[0].gear.as_str(), &functions[0].reader), ("price", &None));
        assert_eq!(functions[0].arguments, ["apple", "5"]);
        assert_eq!(of_server(&Value::Nil), []);
        assert_eq!(of_engine(&Value::Array(vec![Value::Nil])), []);
    }
}
