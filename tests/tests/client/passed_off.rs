//! What the client does on genuine RedisGears, with a real Python: our engine passes itself off as it.
//!
//! All tests do with `GEARS_AS=1.0.6`; these are what is different there.

use gears_runtime::function::{CommandReader, KeysReader, PyValue, PythonReader, ShardsIdReader};
use gears_runtime::{
    Change, ErrorKind, Gears, Options, Result, Runtime, Script, gear_command, gear_on_keys, py,
    register_where, registry, unregister,
};
use gears_tests::{TestServer, until};

const VERSIONS: [&str; 4] = ["1.0.6", "1.0.9", "1.2.0", "1.2.13"];

/// Servers pickle what this refers to.
#[gear_command(mode = "sync")]
fn passed_off_store(key: &str, value: &[u8]) -> Result<Vec<u8>> {
    r#"
    cmd.set(key, value)
    return cmd.get(key)
    "#
}

#[gear_command]
fn passed_off_number(number: i64) -> Result<Option<i64>> {
    "return -number if number else None"
}

/// RedisGears has no such name, which RedGrease has.
#[gear_command(mode = "sync")]
fn passed_off_hashtag() -> Result<String> {
    r#"return "%s of %s" % (hashtag3(), hashtag())"#
}

/// Nor these.
#[gear_command]
fn passed_off_words(entry: &str) -> Result<Vec<String>> {
    r#"
    log(entry, level=LogLevel.Debug)
    return [FailurePolicy.Retry, KeyType.ZSet, ReaderType.ShardsIDReader, TriggerMode.AsyncLocal]
    "#
}

#[gear_on_keys(prefix = "passed:*", events = ["set"])]
fn passed_off_event(record: gears_runtime::Record) {
    r#"cmd.rpush("noted", record["value"])"#
}

fn ours(gear: &gears_runtime::Gear) -> bool {
    gear.name().starts_with("passed_off_")
}

#[test]
fn gears_are_registered_called_and_taken_out() {
    for version in VERSIONS {
        let server = TestServer::passed_off(version);
        let gears = server.gears();
        let registered = register_where(&gears, ours).unwrap();
        assert_eq!(registered.count(Change::Registered), 5, "{version}");
        let again = register_where(&gears, ours).unwrap();
        assert_eq!(again.count(Change::Unchanged), 5, "{version}");

        let store = passed_off_store::on(&gears);
        for value in [&b"plain"[..], b"\xff\0\xfe", b"", b"-ERR"] {
            assert_eq!(store.call("key", value).unwrap(), value, "{version}");
        }
        let error = store.call("a\0b", b"").unwrap_err();
        let lack = error.unsupported().unwrap();
        assert_eq!(lack.server(), format!("RedisGears {version}"));
        assert!(lack.feature().contains("NUL"), "{error}");
        let number = passed_off_number::on(&gears);
        assert_eq!(number.call(7).unwrap(), Some(-7));
        assert_eq!(number.call(0).unwrap(), None);

        let tag = passed_off_hashtag::on(&gears).call().unwrap();
        assert_eq!(tag, "{06S} of 06S", "{version}");

        let words = passed_off_words::on(&gears).call("entry").unwrap();
        let expected = ["retry", "zset", "ShardsIDReader", "async_local"];
        assert_eq!(words, expected, "{version}");

        let mut client = server.client();
        client.ask(&[b"SET", b"passed:a", b"seen"]);
        until("note", || {
            (client.ask(&[b"LRANGE", b"noted", b"0", b"-1"]) == r#"[$"seen"]"#).then_some(())
        });
        // Those alone: connections of other tests may lead to the same server, as far as addresses tell.
        let all = registry::all();
        let ours = all.iter().filter(|gear| ours(gear));
        let only = Options::new().only(ours.map(|gear| gear.trigger()));
        unregister(&gears, &only).unwrap();
        assert!(client.registrations().is_empty(), "{version}");
    }
}

fn run<T: serde::de::DeserializeOwned>(gears: &Gears, script: &Script<T>) -> Vec<T> {
    gears.execute(script).unwrap().into_result().unwrap()
}

#[test]
fn functions_use_commands_and_bring_whatever_they_find() {
    for version in VERSIONS {
        let server = TestServer::passed_off(version);
        let gears = server.gears();
        let mut client = server.client();
        client.ask(&[b"SET", b"binary", b"\xff\0"]);
        client.ask(&[b"RPUSH", b"list", b"-1", b"\xfe"]);
        let found = PythonReader::new(py!("lambda: iter(['binary'])"))
            .map(py!("lambda key: [cmd.get(key), cmd.lrange('list', 0, -1)]"));
        let shown = run(&gears, &found.script().unwrap())[0].to_string();
        assert_eq!(shown, r"[b'\xff\x00', ['-1', b'\xfe']]", "{version}");
        let tags = PythonReader::new(py!("lambda: iter([hashtag3()])"));
        let tags = tags.script().unwrap();
        assert_eq!(run(&gears, &tags), [PyValue::from("{06S}")], "{version}");
        let lists = KeysReader::new("*").filter(py!("lambda record: record['type'] == 'list'"));
        let plus = lists.count().map(py!("lambda n: n - 3").returns::<i64>());
        assert_eq!(run(&gears, &plus.script().unwrap()), [-2], "{version}");
        let none = KeysReader::new("no*").count().map(py!("lambda n: [n]"));
        let none = run(&gears, &none.script().unwrap());
        assert_eq!(none, [PyValue::List(vec![PyValue::Int(0)])], "{version}");

        let counting = CommandReader::new()
            .args()
            .for_each(py!("lambda words: cmd.incrby('calls', len(words))"))
            .map(py!("lambda _words: cmd.get('calls')"));
        let function = counting.register_trigger("count");
        assert_eq!(function.on(&gears).unwrap(), Change::Registered);
        assert_eq!(function.on(&gears).unwrap(), Change::Unchanged);
        assert_eq!(client.trigger("count", &[b"a", b"b"]), r#"[$"2"]"#);
        assert_eq!(function.unregister_from(&gears).unwrap(), 1, "{version}");

        let script = Script::from_source(
            "GB('ShardsIDReader').map(lambda shard: cmd.get('binary')).run(convertToStr=False)",
        );
        let script = script.runtime(Runtime::Commands).returning::<Vec<u8>>();
        assert_eq!(run(&gears, &script), [b"\xff\0"], "{version}");
        let named = gears.execute(&Script::from_source("1").session("s"));
        let lacks = version != "1.2.13";
        let refused = named.is_err_and(|error| error.kind() == ErrorKind::Unsupported);
        assert_eq!(refused, lacks, "{version}");
    }
}

#[test]
fn words_are_brought_where_they_are_missing() {
    let server = TestServer::start();
    let shards = ShardsIdReader::new()
        .for_each(py!("lambda shard: log(shard, level=LogLevel.Verbose)"))
        .map(py!("lambda _shard: [KeyType.Hash, TriggerMode.Sync]"));
    let script = shards.script().unwrap();
    // As on a server that has none of them.
    let bare = "for _name in 'FailurePolicy KeyType LogLevel ReaderType TriggerMode'.split():\n    \
                del globals()[_name]\n";
    let text = format!("{bare}{}", script.source());
    let bare = Script::from_source(text).returning::<String>();
    assert_eq!(run(&server.gears(), &bare), [r#"j["hash","sync"]"#]);
}
