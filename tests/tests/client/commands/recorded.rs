//! What genuine RedisGears 1.2.13 answered, through the typed commands.
//!
//! The replies are those of `tests/conformance`, each played back by a connection that sends
//! nothing: no such server can run here.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gears_runtime::data::{ConfigChange, ConfigValue};
use gears_runtime::redis::{self, ConnectionLike, RedisResult, Value};
use gears_runtime::{Error, ErrorKind, GearsCommands, Script};
use serde_json::Value as Json;

/// A connection on which this reply comes.
struct Recorded(Value);

impl ConnectionLike for Recorded {
    fn req_packed_command(&mut self, _: &[u8]) -> RedisResult<Value> {
        Ok(self.0.clone())
    }

    fn req_packed_commands(&mut self, _: &[u8], _: usize, _: usize) -> RedisResult<Vec<Value>> {
        Ok(vec![self.0.clone()])
    }

    fn get_db(&self) -> i64 {
        0
    }

    fn check_connection(&mut self) -> bool {
        true
    }

    fn is_open(&self) -> bool {
        true
    }
}

/// A command with the whole reply to it.
struct Exchange {
    place: String,
    words: Vec<String>,
    reply: Value,
}

/// Reads all exchanges whose command and reply are whole and of text.
fn exchanges() -> Vec<Exchange> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance");
    let mut exchanges = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let theme = path.file_stem().unwrap().to_string_lossy().into_owned();
        let cases: Vec<Json> = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        for case in &cases {
            for step in case["steps"].as_array().unwrap() {
                // A step that is repeated until it fits is an exchange too.
                let step = step.get("until").unwrap_or(step);
                let mode = step.get("match").and_then(Json::as_str).unwrap_or("exact");
                let partial = step.get("at").is_some()
                    || step.get("fields").is_some()
                    || !["exact", "unordered", "error"].contains(&mode);
                let words = step["send"].as_array().and_then(|words| {
                    let words = words.iter().map(|word| word.as_str().map(str::to_owned));
                    words.collect::<Option<Vec<_>>>()
                });
                let reply = step.get("expect").and_then(reply);
                // Within MULTI the command itself is not answered yet.
                let queued = reply == Some(Value::SimpleString("QUEUED".to_owned()));
                if let (false, Some(words), Some(reply)) = (partial || queued, words, reply) {
                    exchanges.push(Exchange {
                        place: format!("{theme}/{}: {words:?}", case["name"]),
                        words,
                        reply,
                    });
                }
            }
        }
    }
    exchanges
}

/// Makes the reply that a record stands for; `None` where it holds less than the whole.
fn reply(record: &Json) -> Option<Value> {
    Some(match record {
        Json::Null => Value::Nil,
        Json::Number(number) => Value::Int(number.as_i64()?),
        Json::String(text) => Value::BulkString(text.clone().into_bytes()),
        Json::Array(items) => Value::Array(items.iter().map(reply).collect::<Option<_>>()?),
        Json::Object(object) => {
            if let Some(status) = object.get("status").and_then(Json::as_str) {
                parse(&format!("+{status}\r\n"))
            } else {
                let error = object.get("error").and_then(Json::as_str)?;
                parse(&format!("-{}\r\n", error.replace(['\r', '\n'], " ")))
            }
        }
        Json::Bool(_) => return None,
    })
}

fn parse(resp: &str) -> Value {
    redis::parse_redis_value(resp.as_bytes()).unwrap()
}

/// Checks an error: it is what came, and it was understood.
fn check_error(place: &str, came: &Value, error: &Error) {
    assert!(
        matches!(came, Value::ServerError(_)) && error.raw().is_some(),
        "{place}: {error}"
    );
    assert_ne!(error.kind(), ErrorKind::Decode, "{place}");
}

/// Checks that a command made a success of a success, and an error of an error.
fn check<T>(place: &str, came: &Value, result: Result<T, Error>) -> Option<T> {
    match result {
        Ok(value) => {
            assert!(!matches!(came, Value::ServerError(_)), "{place}");
            Some(value)
        }
        Err(error) => {
            check_error(place, came, &error);
            None
        }
    }
}

#[test]
fn replies_fit_their_types() {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for Exchange {
        place,
        words,
        reply,
    } in exchanges()
    {
        let connection = &mut Recorded(reply.clone());
        let rest = words.get(1..).unwrap_or_default();
        let first = rest.first().map_or("", String::as_str);
        let name = words[0].to_ascii_uppercase();
        match name.as_str() {
            "RG.PYEXECUTE" => {
                let script = Script::from_source(first.to_owned());
                let came = check(&place, &reply, connection.py_execute(&script));
                if let (Some(came), Value::Array(parts)) = (came, &reply) {
                    let results = came.into_results();
                    let count = |part: &Value| match part {
                        Value::Array(items) => items.len(),
                        _ => panic!("{place}: not an array"),
                    };
                    assert_eq!(results.results().len(), count(&parts[0]), "{place}");
                    assert_eq!(results.errors().len(), count(&parts[1]), "{place}");
                    for error in results.errors() {
                        assert!(!error.to_string().is_empty(), "{place}");
                    }
                }
            }
            "RG.TRIGGER" => {
                let came = check(
                    &place,
                    &reply,
                    connection.trigger(first, rest.get(1..).unwrap_or_default()),
                );
                if let Some(results) = came {
                    assert_eq!(Value::Array(results), reply, "{place}");
                }
            }
            "RG.GETRESULTS" => {
                check(&place, &reply, connection.get_results(first));
            }
            "RG.GETRESULTSBLOCKING" => {
                check(&place, &reply, connection.get_results_blocking(first));
            }
            "RG.ABORTEXECUTION" => {
                check(&place, &reply, connection.abort_execution(first));
            }
            "RG.DROPEXECUTION" => {
                check(&place, &reply, connection.drop_execution(first));
            }
            "RG.GETEXECUTION" => {
                check(&place, &reply, connection.get_execution(first, None));
            }
            "RG.DUMPEXECUTIONS" => {
                check(&place, &reply, connection.dump_executions());
            }
            "RG.DUMPREGISTRATIONS" => {
                check(&place, &reply, connection.dump_registrations());
            }
            "RG.UNREGISTER" => {
                check(&place, &reply, connection.unregister(first));
            }
            "RG.PAUSEREGISTRATIONS" => {
                check(&place, &reply, connection.pause_registrations(first));
            }
            "RG.UNPAUSEREGISTRATIONS" => {
                check(&place, &reply, connection.unpause_registrations(first));
            }
            "RG.CLEARREGISTRATIONSSTATS" => {
                check(&place, &reply, connection.clear_registrations_stats());
            }
            "RG.CONFIGGET" => {
                let values = connection.config_get(rest);
                if let Some(values) = check(&place, &reply, values) {
                    let Value::Array(answers) = &reply else {
                        panic!("{place}: not an array");
                    };
                    for (name, answer) in rest.iter().zip(answers) {
                        match answer {
                            Value::ServerError(_) => assert_eq!(values[name], None, "{place}"),
                            Value::Int(int) => {
                                assert_eq!(values[name], Some(ConfigValue::Int(*int)), "{place}");
                            }
                            _ => assert!(values[name].is_some(), "{place}"),
                        }
                    }
                }
            }
            "RG.CONFIGSET" => {
                // A name that is there twice, or has no value, cannot be asked for.
                let pairs: BTreeMap<&str, &str> = rest
                    .chunks_exact(2)
                    .map(|pair| (pair[0].as_str(), pair[1].as_str()))
                    .collect();
                if pairs.len() * 2 != rest.len() {
                    continue;
                }
                let changes = connection.config_set(
                    rest.chunks_exact(2)
                        .map(|pair| (pair[0].as_str(), pair[1].as_str())),
                );
                if let (Some(changes), Value::Array(answers)) =
                    (check(&place, &reply, changes), &reply)
                {
                    for (pair, answer) in rest.chunks_exact(2).zip(answers) {
                        let refused = matches!(changes[&pair[0]], ConfigChange::Refused(_));
                        let is_error = matches!(answer, Value::ServerError(_));
                        assert_eq!(refused, is_error, "{place}");
                    }
                }
            }
            "RG.INFOCLUSTER" => {
                let cluster = check(&place, &reply, connection.info_cluster());
                assert_eq!(cluster, Some(None), "{place}");
            }
            "RG.PYDUMPREQS" => {
                check(&place, &reply, connection.py_dump_reqs());
            }
            "RG.PYDUMPSESSIONS" => {
                let query = gears_runtime::data::SessionQuery::new();
                check(&place, &reply, connection.py_dump_sessions(&query));
            }
            "RG.PYPROFILE" if first.eq_ignore_ascii_case("stats") => {
                check(&place, &reply, connection.py_profile_stats("s"));
            }
            "RG.PYPROFILE" => {
                check(&place, &reply, connection.py_profile_reset("s"));
            }
            _ => continue,
        }
        *seen.entry(name).or_default() += 1;
    }
    // The records hold these, so the loop has not passed them by.
    for (name, least) in [
        ("RG.PYEXECUTE", 400),
        ("RG.TRIGGER", 80),
        ("RG.CONFIGGET", 10),
        ("RG.CONFIGSET", 10),
        ("RG.DUMPREGISTRATIONS", 5),
        ("RG.GETRESULTS", 3),
    ] {
        let count = seen.get(name).copied().unwrap_or_default();
        assert!(count >= least, "{name}: {count}");
    }
}
