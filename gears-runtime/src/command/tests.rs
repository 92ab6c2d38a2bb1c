//! What the commands make of replies: good ones, and all others.

use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*, sample::Index};
use redis::{ServerError, Value, parse_redis_value};

use super::{catalog, request::Request, script::Script, table};
use crate::{
    data::SessionQuery,
    error::{Error, ErrorKind, Result},
    server::{dialect::Dialect, known::Server, version::ModuleVersion},
};

/// A command with its answer dropped, so that all are of one type.
struct Known {
    method: &'static str,
    name: &'static str,
    root: &'static str,
    finish: Box<dyn Fn(Value) -> Result<()>>,
    /// A reply as RedisGears 1.2 writes it (spec sections 1 and 10).
    good: Value,
}

fn bulk(text: &str) -> Value {
    Value::BulkString(text.as_bytes().to_vec())
}

fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Value::Array(items.into_iter().collect())
}

/// Writes a map as servers do: names, and values that are numbers or texts.
fn map<const N: usize>(pairs: [(&str, Value); N]) -> Value {
    list(
        pairs
            .into_iter()
            .flat_map(|(name, value)| [bulk(name), value]),
    )
}

fn server_error(text: &str) -> Value {
    let value = parse_redis_value(format!("-{text}\r\n").as_bytes()).unwrap();
    assert!(matches!(value, Value::ServerError(_)));
    value
}

fn requirement() -> Value {
    map([
        ("GearReqVersion", Value::Int(2)),
        ("Name", bulk("six==1.15.0")),
        ("IsDownloaded", bulk("yes")),
        ("IsInstalled", bulk("yes")),
        ("CompiledOs", bulk("linux")),
        ("Wheels", list([bulk("six-1.15.0-py2.py3-none-any.whl")])),
        ("Path", bulk("/six==1.15.0_0eaffd6cd1")),
        ("RefCount", Value::Int(1)),
        ("IsInReqDictionary", bulk("yes")),
    ])
}

fn registration(reader: &str, args: Value, status: Option<&str>) -> Value {
    let mut data = vec![
        bulk("mode"),
        bulk("async"),
        bulk("lastError"),
        Value::Nil,
        bulk("args"),
        args,
        bulk("avgRunDurationMS"),
        bulk("0.1111111111111111"),
    ];
    for counter in ["numTriggered", "numSuccess", "numFailures", "numAborted"] {
        data.extend([bulk(counter), Value::Int(1)]);
    }
    if let Some(status) = status {
        data.extend([bulk("status"), bulk(status)]);
    }
    map([
        ("id", bulk("Z-1")),
        ("reader", bulk(reader)),
        ("desc", Value::Nil),
        ("RegistrationData", Value::Array(data)),
        ("PD", bulk("{'sessionName':'s2', 'linkedTo': primary}")),
        ("ExecutionThreadPool", bulk("DefaultPool")),
    ])
}

fn registrations() -> Value {
    list([
        registration(
            "CommandReader",
            map([("trigger", bulk("t")), ("inorder", Value::Int(0))]),
            None,
        ),
        registration(
            "KeysReader",
            map([
                ("regex", bulk("k*")),
                ("eventTypes", Value::Nil),
                ("keyTypes", list([bulk("string")])),
                ("hookCommands", Value::Nil),
            ]),
            None,
        ),
        registration(
            "StreamReader",
            map([
                ("batchSize", Value::Int(1)),
                ("durationMS", Value::Int(0)),
                ("stream", bulk("s*")),
                ("trimStream", Value::Int(1)),
                ("onFailedPolicy", bulk("continue")),
                ("retryInterval", Value::Int(1)),
            ]),
            Some("OK"),
        ),
    ])
}

fn plans() -> Value {
    let step = map([
        ("type", bulk("map")),
        ("duration", Value::Int(0)),
        ("name", bulk("RedisGearsPy_ToPyRecordMapper")),
        ("arg", bulk("")),
    ]);
    list([map([
        ("shard_id", bulk("Z")),
        (
            "execution_plan",
            map([
                ("status", bulk("done")),
                ("shards_received", Value::Int(0)),
                ("shards_completed", Value::Int(0)),
                ("results", Value::Int(30)),
                ("errors", list([bulk("text")])),
                ("total_duration", Value::Int(3010)),
                ("read_duration", Value::Int(3008)),
                ("steps", list([step])),
            ]),
        ),
    ])])
}

fn cluster() -> Value {
    let shard = map([
        ("id", bulk("a")),
        ("ip", bulk("127.0.0.1")),
        ("port", Value::Int(7713)),
        ("unixSocket", bulk("None")),
        ("runid", Value::Nil),
        ("minHslot", Value::Int(0)),
        ("maxHslot", Value::Int(5460)),
        ("pendingMessages", Value::Int(0)),
    ]);
    list([
        bulk("MyId"),
        bulk("a"),
        bulk("MyRunId"),
        bulk("r"),
        list([shard]),
    ])
}

fn sessions() -> Value {
    list([
        map([
            ("ID", bulk("s2")),
            ("sessionDescription", Value::Nil),
            ("refCount", Value::Int(1)),
            ("linked", bulk("primary")),
            ("dead", bulk("false")),
            ("requirementInstallationNeeded", Value::Int(0)),
            ("requirements", list([bulk("six==1.15.0"), requirement()])),
            ("registrations", list([bulk("Z-52")])),
        ]),
        bulk("Session zz does not exists"),
    ])
}

/// All commands with a good reply each.
fn all() -> Vec<Known> {
    macro_rules! known {
        ($($method:ident: $request:expr => $good:expr;)*) => {
            vec![$({
                let sample = $request;
                Known {
                    method: stringify!($method),
                    name: sample.name,
                    root: sample.root,
                    finish: Box::new(|reply| $request.finish(reply, None).map(|_| ())),
                    good: $good,
                }
            }),*]
        };
    }
    let results = || list([list([bulk("1"), Value::Int(-2)]), list([bulk("text")])]);
    let script = Script::from_source("1");
    let script = &*Box::leak(Box::new(script));
    known! {
        py_execute: catalog::py_execute(script, false, Dialect::Unknown) => results();
        trigger: catalog::trigger("t", ["a"]) => list([bulk("1"), server_error("5")]);
        trigger_on_key: catalog::trigger_on_key("t", "k", ["a"]) => list([bulk("1")]);
        dump_executions: catalog::dump_executions() => list([map([
            ("executionId", bulk("Z-4")),
            ("status", bulk("done")),
            ("registered", Value::Int(0)),
        ])]);
        get_execution: catalog::get_execution("x", None) => plans();
        get_results: catalog::get_results("x") => results();
        get_results_blocking: catalog::get_results_blocking("x") => results();
        abort_execution: catalog::abort_execution("x") => Value::Okay;
        drop_execution: catalog::drop_execution("x") => Value::Okay;
        dump_registrations: catalog::dump_registrations() => registrations();
        unregister: catalog::unregister("x") => Value::Okay;
        unregister_abort_pending: catalog::unregister_abort_pending("x") => Value::Okay;
        pause_registrations: catalog::pause_registrations("x") => Value::Okay;
        unpause_registrations: catalog::unpause_registrations("x") => Value::Okay;
        clear_registrations_stats: catalog::clear_registrations_stats() => Value::Okay;
        config_get: catalog::config_get(["a", "b"]) => list([Value::Int(1), server_error("(error) x")]);
        config_set: catalog::config_set([("a", 1), ("b", 2)]) => list([
            Value::Okay,
            Value::SimpleString("OK - value was saved in extra config dictionary".to_owned()),
        ]);
        info_cluster: catalog::info_cluster() => cluster();
        refresh_cluster: catalog::refresh_cluster() => Value::Okay;
        py_stats: catalog::py_stats() => map([
            ("TotalAllocated", Value::Int(23_834_896)),
            ("PeakAllocated", Value::Int(8_297_056)),
            ("CurrAllocated", Value::Int(8_204_544)),
        ]);
        py_dump_reqs: catalog::py_dump_reqs() => list([requirement()]);
        py_dump_sessions: catalog::py_dump_sessions(&SessionQuery::new()) => sessions();
        py_profile_stats: catalog::py_profile_stats("s") => bulk("7 function calls");
        py_profile_reset: catalog::py_profile_reset("s") => Value::Okay;
        py_export_req: catalog::py_export_req("six") => list([requirement(), list([bulk("\0")])]);
        py_import_req: catalog::py_import_req(["x"]) => bulk("OK");
        dump_plugins: catalog::dump_plugins() => list([list([bulk("GearsPythonPlugin"), Value::Int(10_000)])]);
        hello: catalog::hello() => bulk("run");
        network_test: catalog::network_test() => Value::Okay;
    }
}

fn check(known: &Known, reply: Value) -> Result<(), TestCaseError> {
    let is_error = matches!(reply, Value::ServerError(_));
    let Err(error) = (known.finish)(reply) else {
        prop_assert!(!is_error, "{}: an error reply is a success", known.name);
        return Ok(());
    };
    if let Some(decode) = error.decode_error() {
        prop_assert_eq!(decode.command(), known.name);
        prop_assert!(decode.path().starts_with(known.root), "{}", error);
        let told = error.to_string();
        prop_assert!(
            told.contains(known.name) && told.contains(decode.path()),
            "{}",
            told
        );
    } else {
        // Whatever else it says, it says it of an error that came.
        prop_assert!(error.raw().is_some(), "{}: {}", known.name, error);
        prop_assert_ne!(error.kind(), ErrorKind::Decode);
    }
    Ok(())
}

/// Values of all kinds, with words that servers use among them.
fn any_value() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("OK".to_owned()),
        Just("id".to_owned()),
        Just("status".to_owned()),
        Just("RegistrationData".to_owned()),
        Just("no cluster mode".to_owned()),
        any::<String>(),
    ];
    let leaf = prop_oneof![
        Just(Value::Nil),
        Just(Value::Okay),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_map(Value::Double),
        any::<bool>().prop_map(Value::Boolean),
        vec(any::<u8>(), 0..20).prop_map(Value::BulkString),
        word.clone().prop_map(|word| bulk(&word)),
        word.prop_map(Value::SimpleString),
        "[A-Za-z(][ -~]{0,30}".prop_map(|text| server_error(&text)),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::Array),
            vec(inner.clone(), 0..4).prop_map(Value::Set),
            vec((inner.clone(), inner), 0..4).prop_map(Value::Map),
        ]
    })
}

/// Counts the values in a value, itself included.
fn size(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        _ => 1,
    }
}

/// Finds the `index`th value in a value.
fn part(value: &mut Value, index: usize) -> &mut Value {
    if index == 0 {
        return value;
    }
    let Value::Array(items) = value else {
        panic!("no such part");
    };
    let mut left = index - 1;
    for item in items {
        let size = size(item);
        if left < size {
            return part(item, left);
        }
        left -= size;
    }
    panic!("no such part");
}

#[test]
fn every_command_is_here() {
    let here: BTreeSet<&str> = all().iter().map(|known| known.method).collect();
    for name in table::NAMES {
        assert!(here.contains(name), "{name} has no test");
    }
}

#[test]
fn good_replies_are_read() {
    for known in all() {
        (known.finish)(known.good.clone()).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn place_in_the_reply_is_told() {
    let mut reply = registrations();
    let Value::Array(entries) = &mut reply else {
        panic!("not an array");
    };
    entries[2] = registration("StreamReader", Value::Int(3), Some("OK"));
    let error = catalog::dump_registrations()
        .finish(reply.clone(), None)
        .unwrap_err();
    insta::assert_snapshot!(error, @"the reply to RG.DUMPREGISTRATIONS does not fit at registrations[2].RegistrationData.args: expected names and values, but the integer 3 came; the server may be of another kind than this version of gears-runtime knows");
    assert_eq!(error.decode_error().unwrap().reply(), &reply);
}

#[test]
fn unknown_fields_and_words_are_kept() {
    let reply = list([map([
        ("executionId", bulk("Z-4")),
        ("status", bulk("dozing")),
        ("registered", Value::Int(1)),
        ("mood", list([bulk("good")])),
    ])]);
    let executions = catalog::dump_executions().finish(reply, None).unwrap();
    assert_eq!(executions[0].status.as_str(), "dozing");
    assert_eq!(executions[0].extra()["mood"], list([bulk("good")]));
}

#[test]
fn maps_of_resp3_are_read_too() {
    let reply = Value::Map(vec![
        (bulk("TotalAllocated"), Value::Int(3)),
        (bulk("PeakAllocated"), Value::Int(2)),
        (bulk("CurrAllocated"), Value::Int(1)),
    ]);
    assert_eq!(
        catalog::py_stats()
            .finish(reply, None)
            .unwrap()
            .total_allocated,
        3
    );
}

#[test]
fn old_versions_are_refused_before_anything_is_sent() {
    let modules =
        parse_redis_value(b"*1\r\n*4\r\n$4\r\nname\r\n$2\r\nrg\r\n$3\r\nver\r\n:10006\r\n")
            .unwrap();
    let old = Server {
        dialect: Dialect::RedisGears,
        version: ModuleVersion::from_module_list(&modules),
        shares: false,
        versions: false,
        functions: false,
    };
    let check = |error: Error, feature: &str| {
        let lack = error.unsupported().unwrap_or_else(|| panic!("{error}"));
        assert!(lack.feature().contains(feature), "{error}");
        assert_eq!(lack.server(), "RedisGears 1.0.6");
        assert!(error.to_string().contains("or gears-engine"), "{error}");
    };
    let named = Script::from_source("1").session("s");
    check(
        catalog::py_execute(&named, false, old.dialect)
            .check(old)
            .unwrap_err(),
        "naming",
    );
    check(
        catalog::py_dump_sessions(&SessionQuery::new())
            .check(old)
            .unwrap_err(),
        "RG.PYDUMPSESSIONS",
    );
    check(
        catalog::trigger_on_key("t", "k", ["a"])
            .check(old)
            .unwrap_err(),
        "RG.TRIGGERONKEY",
    );
    catalog::dump_registrations().check(old).unwrap();
    catalog::py_execute(&Script::from_source("1"), true, old.dialect)
        .check(old)
        .unwrap();
    let refusal = server_error("Unknown option SOURCE");
    let error = catalog::py_dump_sessions(&SessionQuery::new().source())
        .finish(refusal, Some(old))
        .unwrap_err();
    assert!(error.is_unsupported(), "{error}");
    // What the version did not tell, its refusal does.
    let refusal = server_error("Extra unkown arguments was given.");
    let unknown = Server {
        version: None,
        shares: false,
        versions: false,
        functions: false,
        ..old
    };
    let error = catalog::py_execute(&named, false, old.dialect)
        .finish(refusal, Some(unknown))
        .unwrap_err();
    assert_eq!(error.unsupported().unwrap().server(), "RedisGears");
    let refusal = server_error("ERR unknown command 'RG.TRIGGERONKEY', with args");
    let error = catalog::trigger_on_key("t", "k", ["a"])
        .finish(refusal, Some(unknown))
        .unwrap_err();
    assert_eq!(error.unsupported().unwrap().feature(), "RG.TRIGGERONKEY");
}

#[test]
fn refusals_of_the_server_are_not_taken_for_pythons() {
    let refusals: [(Request<()>, &str); 3] = [
        (catalog::unregister("x"), "execution does not registered"),
        (
            catalog::drop_execution("x"),
            "execution plan does not exist",
        ),
        (
            catalog::pause_registrations("x"),
            "Reader CommandReader does not support pause",
        ),
    ];
    for (request, text) in refusals {
        let error = request.finish(server_error(text), None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Server, "{error}");
        assert_eq!(error.raw(), Some(text));
    }
}

/// Makes sure that the errors above are what redis-rs makes of replies.
#[test]
fn error_texts_survive() {
    let Value::ServerError(error) = server_error("(error) Unsupported config parameter: foo")
    else {
        panic!("no error");
    };
    let error: ServerError = error;
    assert_eq!(
        crate::server::value::raw_text(&error),
        "(error) Unsupported config parameter: foo"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn arbitrary_replies_are_read_or_told(reply in any_value()) {
        for known in all() {
            check(&known, reply.clone())?;
        }
    }

    #[test]
    fn spoilt_replies_are_read_or_told(which in any::<Index>(), spoilt in any_value()) {
        for known in all() {
            let mut reply = known.good.clone();
            let index = which.index(size(&reply));
            *part(&mut reply, index) = spoilt.clone();
            check(&known, reply)?;
        }
    }

    #[test]
    fn cut_replies_are_read_or_told(which in any::<Index>(), length in any::<Index>()) {
        for known in all() {
            let mut reply = known.good.clone();
            let index = which.index(size(&reply));
            if let Value::Array(items) = part(&mut reply, index) {
                let length = length.index(items.len() + 1);
                items.truncate(length);
            }
            check(&known, reply)?;
        }
    }
}
