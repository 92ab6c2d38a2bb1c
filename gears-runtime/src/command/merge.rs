//! What the shards of a cluster list, made one list.

use redis::Value;

use crate::{
    connect::cluster::journey::is_okay,
    server::value::{field, field_mut, text},
};

/// What a registration counts on each shard, and all shards together (spec section 1.3).
const COUNTS: [&str; 6] = [
    "numTriggered",
    "numSuccess",
    "numFailures",
    "numAborted",
    "numDropped",
    "totalRunDurationMS",
];

/// Says how the replies of shards become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Merge {
    /// `OK` when all say so.
    Okay,
    /// For each setting, the first refusal.
    Changes,
    /// The same registration on several shards is one, with the counts of all.
    Registrations,
    /// An execution that several shards list is one: that of the shard that began it.
    Executions,
    /// One for each name.
    Requirements,
    /// The same session on several shards is one; missing is what no shard has.
    Sessions,
    /// Sums.
    Stats,
}

impl Merge {
    /// Merges what shards replied, each with the id of the shard; an error is the reply of all.
    pub(crate) fn merge(self, mut replies: Vec<(String, Value)>) -> Value {
        let is_error = |(_, reply): &(String, Value)| matches!(reply, Value::ServerError(_));
        if let Some(refusal) = replies.iter().position(is_error) {
            return replies.swap_remove(refusal).1;
        }
        let merged = match self {
            Self::Okay => {
                let strange = replies.iter().position(|(_, reply)| !is_okay(reply));
                return replies.swap_remove(strange.unwrap_or(0)).1;
            }
            Self::Stats => replies
                .into_iter()
                .map(|(_, reply)| reply)
                .reduce(|sum, reply| {
                    add(sum, &reply, |name| {
                        matches!(name, "TotalAllocated" | "PeakAllocated" | "CurrAllocated")
                    })
                }),
            Self::Changes => replies
                .into_iter()
                .map(|(_, reply)| reply)
                .reduce(first_refusals),
            Self::Registrations => unite(replies, |list, _, entry| {
                let same = list
                    .iter_mut()
                    .find(|one| is_same_registration(one, &entry));
                match same {
                    Some(one) => {
                        let sum = add_counts(std::mem::take(one), &entry);
                        *one = sum;
                    }
                    None => list.push(entry),
                }
            }),
            Self::Executions => unite(replies, |list, shard, entry| {
                let id = |value: &Value| {
                    field(value, "executionId")
                        .and_then(text)
                        .map(str::to_owned)
                };
                let ours = id(&entry);
                // A server that does not know its cluster numbers from 1 under an id of zeros.
                let of_a_shard = ours.as_deref().filter(|id| !id.starts_with("00000000"));
                let same = of_a_shard.and_then(|_| list.iter_mut().find(|one| id(one) == ours));
                match same {
                    Some(one) => {
                        if of_a_shard.is_some_and(|id| id.starts_with(shard)) {
                            *one = entry;
                        }
                    }
                    None => list.push(entry),
                }
            }),
            Self::Requirements => unite(replies, |list, _, entry| {
                let name = |value: &Value| field(value, "Name").and_then(text).map(str::to_owned);
                if !list.iter().any(|one| name(one) == name(&entry)) {
                    list.push(entry);
                }
            }),
            Self::Sessions => sessions(replies),
        };
        merged.unwrap_or(Value::Nil)
    }
}

/// How long nobody has called a version, as each shard tells it for itself.
const IDLE: &str = "idleFor";

/// Tells whether two shards list the same registration: the same id, cause and arguments.
pub(super) fn is_same_registration(one: &Value, other: &Value) -> bool {
    let arguments = |entry| {
        let data = field(entry, "RegistrationData")?;
        let mut told = pairs(field(data, "args")?);
        told.retain(|(name, _)| *name != Some(IDLE));
        Some(told)
    };
    let data = |entry, name| field(entry, "RegistrationData").and_then(|data| field(data, name));
    ["id", "reader", "desc"]
        .iter()
        .all(|name| field(one, name) == field(other, name))
        && data(one, "mode") == data(other, "mode")
        && arguments(one) == arguments(other)
}

/// Puts the entries of all lists into one; a reply that is no list is the reply of all.
fn unite(
    replies: Vec<(String, Value)>,
    mut place: impl FnMut(&mut Vec<Value>, &str, Value),
) -> Option<Value> {
    let mut list = Vec::new();
    for (shard, reply) in replies {
        match reply {
            Value::Array(entries) => {
                for entry in entries {
                    place(&mut list, &shard, entry);
                }
            }
            strange => return Some(strange),
        }
    }
    Some(Value::Array(list))
}

fn sessions(replies: Vec<(String, Value)>) -> Option<Value> {
    let shards = replies.len();
    let is_entry = |value: &Value| matches!(value, Value::Array(_) | Value::Map(_));
    let mut missing: Vec<(Value, usize)> = Vec::new();
    let mut united = unite(replies, |list, _, entry| {
        if is_entry(&entry) {
            match list.iter_mut().find(|one| is_same_session(one, &entry)) {
                Some(one) => add_registrations(one, &entry),
                None => list.push(entry),
            }
        } else if let Some((_, count)) = missing.iter_mut().find(|(one, _)| *one == entry) {
            *count += 1;
        } else {
            missing.push((entry, 1));
        }
    });
    if let Some(Value::Array(list)) = &mut united {
        let nowhere = missing.into_iter().filter(|(_, count)| *count == shards);
        list.extend(nowhere.map(|(sentence, _)| sentence));
    }
    united
}

/// Tells whether two shards list the same session: it has the same registrations.
fn is_same_session(one: &Value, other: &Value) -> bool {
    let ids = |session| {
        let mut ids: Vec<_> = registrations(session).iter().map(id_of).collect();
        ids.sort_unstable();
        ids
    };
    field(one, "ID") == field(other, "ID") && ids(one) == ids(other)
}

/// Adds what another shard counts of the registrations of a session, where they are listed whole.
fn add_registrations(session: &mut Value, other: &Value) {
    let Some(Value::Array(ours)) = field_mut(session, "registrations") else {
        return;
    };
    for one in ours {
        let mut theirs = registrations(other).iter();
        if let Some(theirs) = theirs.find(|theirs| id_of(theirs) == id_of(one)) {
            let sum = add_counts(std::mem::take(one), theirs);
            *one = sum;
        }
    }
}

fn registrations(session: &Value) -> &[Value] {
    match field(session, "registrations") {
        Some(Value::Array(registrations)) => registrations,
        _ => &[],
    }
}

/// Returns the id of a registration that is listed whole or by its id alone.
fn id_of(registration: &Value) -> Option<&str> {
    text(field(registration, "id").unwrap_or(registration))
}

fn first_refusals(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Array(ones), Value::Array(others)) if ones.len() == others.len() => {
            let pairs = ones.into_iter().zip(others);
            Value::Array(
                pairs
                    .map(|(one, other)| match one {
                        Value::ServerError(_) => one,
                        _ => other,
                    })
                    .collect(),
            )
        }
        (one, _) => one,
    }
}

fn add_counts(mut entry: Value, other: &Value) -> Value {
    let Some(theirs) = field(other, "RegistrationData") else {
        return entry;
    };
    if let Some(ours) = field_mut(&mut entry, "RegistrationData") {
        least_idle(ours, theirs);
        last_error(ours, theirs);
        let sum = add(std::mem::take(ours), theirs, |name| COUNTS.contains(&name));
        *ours = sum;
        average(ours);
    }
    entry
}

/// Takes the error of another shard where ours has none.
fn last_error(data: &mut Value, other: &Value) {
    const NAME: &str = "lastError";
    if let (Some(ours @ Value::Nil), Some(theirs)) = (field_mut(data, NAME), field(other, NAME)) {
        *ours = theirs.clone();
    }
}

/// Takes the time for which no shard has had a call.
fn least_idle(data: &mut Value, other: &Value) {
    let theirs = field(other, "args").and_then(|args| field(args, IDLE));
    let ours = field_mut(data, "args").and_then(|args| field_mut(args, IDLE));
    if let (Some(Value::Int(ours)), Some(Value::Int(theirs))) = (ours, theirs) {
        *ours = (*ours).min(*theirs);
    }
}

/// Adds the numbers of some fields.
fn add(mut sum: Value, other: &Value, is_count: impl Fn(&str) -> bool) -> Value {
    let names: Vec<String> = match &sum {
        Value::Array(flat) => flat
            .iter()
            .step_by(2)
            .filter_map(text)
            .map(str::to_owned)
            .collect(),
        Value::Map(pairs) => pairs
            .iter()
            .filter_map(|(name, _)| text(name))
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    };
    for name in names.iter().filter(|name| is_count(name)) {
        let Some(Value::Int(theirs)) = field(other, name) else {
            continue;
        };
        if let Some(Value::Int(ours)) = field_mut(&mut sum, name) {
            *ours = ours.saturating_add(*theirs);
        }
    }
    sum
}

/// Works the average out anew.
fn average(data: &mut Value) {
    let count = |name| match field(data, name) {
        Some(Value::Int(count)) => Some(*count),
        _ => None,
    };
    let ended: Option<i64> = ["numSuccess", "numFailures", "numAborted"]
        .into_iter()
        .map(count)
        .sum();
    let (Some(total), Some(ended)) = (count("totalRunDurationMS"), ended) else {
        return;
    };
    if let Some(average) = field_mut(data, "avgRunDurationMS") {
        let mean = match ended {
            0 => 0.0,
            #[allow(
                clippy::cast_precision_loss,
                reason = "nobody needs 15 digits of an average"
            )]
            _ => total as f64 / ended as f64,
        };
        *average = Value::BulkString(mean.to_string().into_bytes());
    }
}

/// Returns the names and values of a map.
fn pairs(map: &Value) -> Vec<(Option<&str>, &Value)> {
    match map {
        Value::Array(flat) => flat
            .chunks_exact(2)
            .map(|pair| (text(&pair[0]), &pair[1]))
            .collect(),
        Value::Map(pairs) => pairs
            .iter()
            .map(|(name, value)| (text(name), value))
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{ExecutionInfo, PyStats, Read as _, ReaderArgs, Registration, Sessions};

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    fn map(pairs: &[(&str, Value)]) -> Value {
        let flat = pairs
            .iter()
            .flat_map(|(name, value)| [bulk(name), value.clone()]);
        Value::Array(flat.collect())
    }

    fn merge(merge: Merge, shards: &[(&str, Vec<Value>)]) -> Value {
        let replies = shards
            .iter()
            .map(|(shard, list)| ((*shard).to_owned(), Value::Array(list.clone())));
        merge.merge(replies.collect())
    }

    fn registration(id: &str, trigger: &str, ended: i64, took: i64) -> Value {
        let count = |number| Value::Int(number);
        let args = map(&[("trigger", bulk(trigger)), ("inorder", count(0))]);
        let data = map(&[
            ("mode", bulk("async_local")),
            ("numTriggered", count(ended + 1)),
            ("numSuccess", count(ended)),
            ("numFailures", count(0)),
            ("numAborted", count(0)),
            ("lastRunDurationMS", count(took)),
            ("totalRunDurationMS", count(took)),
            ("avgRunDurationMS", bulk("7")),
            ("lastError", Value::Nil),
            ("args", args),
        ]);
        map(&[
            ("id", bulk(id)),
            ("reader", bulk("CommandReader")),
            ("desc", Value::Nil),
            ("RegistrationData", data),
        ])
    }

    #[test]
    fn counts_of_a_registration_are_added() {
        let merged = merge(
            Merge::Registrations,
            &[
                ("a", vec![registration("0-1", "t", 2, 10)]),
                (
                    "b",
                    vec![
                        registration("0-2", "other", 0, 0),
                        registration("0-1", "t", 3, 15),
                    ],
                ),
                ("c", vec![registration("0-1", "another", 9, 9)]),
            ],
        );
        let list = Vec::<Registration>::read(&merged).unwrap();
        assert_eq!(list.len(), 3);
        let data = &list[0].data;
        assert_eq!((data.num_triggered, data.num_success), (7, 5));
        assert_eq!(data.total_run_duration_ms, Some(25));
        assert_eq!(data.avg_run_duration_ms, Some(5.0));
        assert_eq!(
            list[2].data.num_success, 9,
            "another function by the same id"
        );
    }

    #[test]
    fn error_of_any_shard_is_told() {
        let failed = |error: Value| {
            let mut entry = registration("0-1", "t", 1, 1);
            let data = field_mut(&mut entry, "RegistrationData").unwrap();
            *field_mut(data, "lastError").unwrap() = error;
            entry
        };
        let shards = [Value::Nil, bulk("first"), bulk("second")].map(failed);
        let [one, other, third] = shards.map(|entry| vec![entry]);
        let merged = merge(
            Merge::Registrations,
            &[("a", one), ("b", other), ("c", third)],
        );
        let list = Vec::<Registration>::read(&merged).unwrap();
        assert_eq!(list[0].data.last_error.as_deref(), Some("first"));
    }

    #[test]
    fn version_is_idle_as_long_as_no_shard_has_a_call() {
        let version = |version: &str, idle: i64| {
            let mut entry = registration("0-1", "t", 1, 1);
            let data = field_mut(&mut entry, "RegistrationData").unwrap();
            *field_mut(data, "args").unwrap() = map(&[
                ("trigger", bulk("t")),
                ("version", bulk(version)),
                ("newest", Value::Int(0)),
                (IDLE, Value::Int(idle)),
            ]);
            entry
        };
        let merged = merge(
            Merge::Registrations,
            &[
                ("a", vec![version("1f3a", 900)]),
                ("b", vec![version("1f3a", 30)]),
                ("c", vec![version("1f3a", 500), version("2b4c", 7)]),
            ],
        );
        let list = Vec::<Registration>::read(&merged).unwrap();
        let told: Vec<_> = list
            .iter()
            .map(|one| match &one.data.args {
                ReaderArgs::Command(args) => (args.version.as_deref(), args.idle_ms),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(told, [(Some("1f3a"), Some(30)), (Some("2b4c"), Some(7))]);
        assert_eq!(list[0].data.num_success, 3);
    }

    #[test]
    fn execution_is_listed_once_as_its_shard_tells_it() {
        let entry = |id: &str, status: &str| {
            map(&[
                ("executionId", bulk(id)),
                ("status", bulk(status)),
                ("registered", Value::Int(0)),
            ])
        };
        let alone = "0000000000000000000000000000000000000000-1";
        let merged = merge(
            Merge::Executions,
            &[
                (
                    "aa",
                    vec![entry("bb-1", "pending_run"), entry(alone, "done")],
                ),
                ("bb", vec![entry("bb-1", "running"), entry(alone, "done")]),
                ("cc", vec![entry("bb-1", "pending_run")]),
            ],
        );
        let list = Vec::<ExecutionInfo>::read(&merged).unwrap();
        let list: Vec<_> = list
            .iter()
            .map(|one| (one.id.as_str(), one.status.as_str()))
            .collect();
        assert_eq!(
            list,
            [("bb-1", "running"), (alone, "done"), (alone, "done")]
        );
    }

    /// The session `s`, as a shard describes it.
    fn session(registrations: Vec<Value>) -> Value {
        map(&[
            ("ID", bulk("s")),
            ("sessionDescription", Value::Nil),
            ("refCount", Value::Int(1)),
            ("linked", bulk("primary")),
            ("dead", bulk("false")),
            ("requirementInstallationNeeded", Value::Int(0)),
            ("requirements", Value::Array(vec![])),
            ("registrations", Value::Array(registrations)),
        ])
    }

    #[test]
    fn session_of_several_shards_is_one_with_the_counts_of_all() {
        let one = session(vec![
            registration("a-1", "t", 2, 10),
            registration("a-2", "u", 1, 1),
        ]);
        let other = session(vec![
            registration("a-2", "u", 0, 0),
            registration("a-1", "t", 3, 15),
        ]);
        let lone = session(vec![registration("c-1", "t", 1, 1)]);
        let merged = merge(
            Merge::Sessions,
            &[("a", vec![one]), ("b", vec![other]), ("c", vec![lone])],
        );
        let sessions = Sessions::read(&merged).unwrap().sessions;
        assert_eq!(sessions.len(), 2, "one of the shards has another");
        let ended = |number: usize| {
            let full = sessions[0].registrations[number].full().unwrap();
            (full.id.as_str().to_owned(), full.data.num_success)
        };
        assert_eq!(ended(0), ("a-1".to_owned(), 5));
        assert_eq!(ended(1), ("a-2".to_owned(), 1));
    }

    #[test]
    fn session_is_missing_when_no_shard_has_it() {
        let session = session(vec![bulk("a-1")]);
        let missing = |name: &str| bulk(&format!("Session {name} does not exists"));
        let merged = merge(
            Merge::Sessions,
            &[
                ("a", vec![session.clone(), missing("t")]),
                ("b", vec![missing("s"), missing("t")]),
                ("c", vec![session, missing("t")]),
            ],
        );
        let sessions = Sessions::read(&merged).unwrap();
        assert_eq!(sessions.sessions.len(), 1);
        assert_eq!(sessions.missing, ["Session t does not exists"]);
    }

    #[test]
    fn sums_refusals_and_errors_are_those_of_all() {
        let stats = |peak| {
            map(&[
                ("TotalAllocated", Value::Int(100)),
                ("PeakAllocated", Value::Int(peak)),
                ("CurrAllocated", Value::Int(5)),
            ])
        };
        let merged = Merge::Stats.merge(vec![("a".into(), stats(10)), ("b".into(), stats(20))]);
        let stats = PyStats::read(&merged).unwrap();
        assert_eq!((stats.total_allocated, stats.peak_allocated), (200, 30));

        let refusal = || redis::parse_redis_value(b"-ERR no\r\n").unwrap();
        let merged = merge(
            Merge::Changes,
            &[
                ("a", vec![Value::Okay, refusal()]),
                ("b", vec![Value::Okay, Value::Okay]),
            ],
        );
        assert_eq!(merged, Value::Array(vec![Value::Okay, refusal()]));

        let okay =
            |reply: Value| Merge::Okay.merge(vec![("a".into(), Value::Okay), ("b".into(), reply)]);
        assert_eq!(okay(Value::Okay), Value::Okay);
        assert_eq!(okay(refusal()), refusal());
        assert_eq!(okay(Value::Int(1)), Value::Int(1));
    }
}
