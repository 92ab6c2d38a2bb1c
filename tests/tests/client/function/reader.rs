//! Every reader that runs, and its options.

use gears_runtime::function::{
    KeyType, KeysOnlyReader, KeysReader, PyValue, PythonReader, ShardsIdReader, StreamReader,
};
use gears_runtime::py;

use gears_tests::unless_lacking;

use super::stage::Stage;

fn sorted<T: Ord>(mut values: Vec<T>) -> Vec<T> {
    values.sort();
    values
}

#[test]
fn keys_are_read_with_types_and_values() {
    let stage = Stage::private();
    stage.tell("SET", &["text", "value"]);
    stage.tell("HSET", &["hash", "field", "value"]);
    stage.tell("XADD", &["stream", "1-1", "field", "value"]);
    stage.tell("RPUSH", &["list", "-1", "+2"]);
    let reader = KeysReader::new("*");
    assert_eq!(
        sorted(stage.run(&reader.keys())),
        ["hash", "list", "stream", "text"]
    );
    assert_eq!(
        stage.run(&reader.of_types([KeyType::String]).values()),
        [PyValue::from("value")]
    );
    // RedisGears calls the type of a stream `unknown`.
    let kinds = [KeyType::Stream, KeyType::Hash];
    assert_eq!(
        sorted(stage.run(&reader.of_types(kinds).keys())),
        ["hash", "stream"]
    );
    assert!(stage.run(&reader.of_events(["set"]).keys()).is_empty());

    let records = stage.finish(&reader.run().pattern("li*"));
    assert_eq!(records[0].key, PyValue::from("list"));
    assert_eq!(records[0].kind.as_deref(), Some("list"));
    assert_eq!(records[0].value.to_string(), "['-1', '+2']");
    let hash = reader
        .of_types([KeyType::Hash])
        .values()
        .declare::<std::collections::BTreeMap<String, String>>();
    assert_eq!(stage.run(&hash)[0]["field"], "value");
}

#[test]
fn records_have_attributes_too() {
    let stage = Stage::private();
    stage.tell("SET", &["a", "1"]);
    let both = KeysReader::new("*")
        .records()
        .filter(py!(
            "lambda record: record.key == record['key'] and record.event is None"
        ))
        .map(py!("lambda record: (record.type, record.value)").returns::<(String, String)>());
    assert_eq!(stage.run(&both), [("string".to_owned(), "1".to_owned())]);
    assert_eq!(
        stage.run(&KeysReader::new("*").records())[0].value,
        PyValue::from("1")
    );
}

#[test]
fn without_values_records_are_whole_all_the_same() {
    let stage = Stage::private();
    stage.tell("SET", &["a", "1"]);
    let records = stage.finish(&KeysReader::new("*").run().read_value(false));
    assert_eq!(records[0].key, PyValue::from("a"));
    assert_eq!(
        (&records[0].kind, &records[0].value),
        (&None, &PyValue::None)
    );
    let values = KeysReader::new("*").values().run().read_value(false);
    assert_eq!(stage.finish(&values), [PyValue::None]);
}

#[test]
fn a_key_can_be_looked_up() {
    let stage = Stage::private();
    stage.tell("SET", &["a*", "1"]);
    stage.tell("SET", &["ab", "2"]);
    let one = KeysReader::new("a*").values().run().no_scan();
    assert_eq!(stage.finish(&one), [PyValue::from("1")]);
    let missing = stage.finish(&KeysReader::new("none").run().no_scan());
    assert_eq!(missing[0].kind.as_deref(), Some("empty"));
}

#[test]
fn names_of_keys_are_read() {
    let stage = Stage::private();
    stage.tell("MSET", &["a1", "x", "a2", "x", "b", "x"]);
    let reader = KeysOnlyReader::new("a*");
    assert_eq!(sorted(stage.run(&reader)), ["a1", "a2"]);
    assert_eq!(
        stage.finish(&reader.run().pattern("b").scan_count(10)),
        ["b"]
    );
    assert_eq!(stage.finish(&reader.run().pattern("a1").no_scan()), ["a1"]);
    assert_eq!(stage.run(&reader.count()), [2]);
}

#[test]
fn entries_of_a_stream_are_read() {
    let stage = Stage::new();
    let key = stage.name("stream");
    for (id, number) in [("1-1", "-1"), ("1-2", "+2"), ("2-1", "3")] {
        stage.tell("XADD", &[&key, id, "number", number]);
    }
    let reader = StreamReader::new(key.clone());
    let entries = stage.run(&reader);
    assert_eq!(entries.len(), 3);
    assert_eq!(entries[0].key.as_str(), Some(key.as_str()));
    assert_eq!(entries[0].id, "1-1");
    assert_eq!(entries[0].value["number"], PyValue::from("-1"));
    let later = reader.values().run().from_id("1-1");
    assert_eq!(
        stage.finish(&later)[0].get("number"),
        Some(&PyValue::from("+2"))
    );
    assert_eq!(
        stage.run(&reader.keys().distinct()),
        std::slice::from_ref(&key)
    );
    let ids = reader
        .records()
        .map(py!("lambda entry: entry.id").returns::<String>());
    assert_eq!(stage.run(&ids), ["1-1", "1-2", "2-1"]);
    let other = StreamReader::new("no such stream").run().key(key);
    assert_eq!(stage.finish(&other).len(), 3);
}

#[test]
fn shards_say_which_keys_are_read() {
    let stage = Stage::new();
    let (one, other) = (stage.name("one"), stage.name("other"));
    stage.tell("SET", &[&one, "1"]);
    stage.tell("SET", &[&other, "1"]);
    let names = KeysOnlyReader::new("no such key").run();
    let exact = py!("lambda: (key, True)", key = &one);
    assert_eq!(
        stage.finish(&names.clone().pattern_generator(exact)),
        std::slice::from_ref(&one)
    );
    let pattern = py!("lambda: (start + '*', False)", start = stage.name("o"));
    assert_eq!(
        sorted(stage.finish(&names.clone().pattern_generator(&pattern))),
        [one, other]
    );
}

#[test]
fn generators_are_read_to_their_end() {
    let stage = Stage::new();
    let limit = 3;
    let reader = PythonReader::new(py!("lambda: (n * n for n in range(limit))", limit));
    assert_eq!(stage.run(&reader.declare::<i64>()), [0, 1, 4]);
    // Servers would call what returns a list for ever.
    let list = PythonReader::new(py!("lambda: [1, 2]"));
    assert_eq!(stage.run(&list.declare::<i64>()), [1, 2]);
    let other = list
        .declare::<String>()
        .run()
        .generator(py!("lambda: 'ab'"));
    assert_eq!(stage.finish(&other), ["a", "b"]);
}

#[test]
fn each_shard_has_an_id() {
    let stage = Stage::new();
    assert_eq!(stage.run(&ShardsIdReader::new().count()), [1]);
    assert_eq!(stage.run(&ShardsIdReader::new()).len(), 1);
    let local = ShardsIdReader::new().run().local().collect(false);
    if let Some(ran) = unless_lacking(local.on(&stage.gears), "`local`") {
        assert_eq!(ran.into_result().unwrap().len(), 1);
    }
}

#[test]
fn functions_go_on_in_the_background() {
    let stage = Stage::private();
    stage.tell("SET", &["a", "1"]);
    let wait = std::time::Duration::from_secs(20);
    let counted = KeysReader::new("*").count().run();
    let execution = counted.spawn_on(&stage.gears).unwrap();
    assert_eq!(execution.wait(wait).unwrap().into_one().unwrap(), 1);
    // Nothing is counted as 0 there, too.
    let none = KeysReader::new("none:*").count().run();
    let execution = none.spawn_on(&stage.gears).unwrap();
    assert_eq!(execution.wait(wait).unwrap().into_one().unwrap(), 0);
    execution.discard().unwrap();
}

#[tokio::test]
async fn functions_are_awaited() {
    let stage = Stage::new();
    let sum = py!("lambda total, n: total + n").returns::<i64>();
    let function = PythonReader::new(py!("lambda: iter(range(5))"))
        .aggregate(0, &sum, &sum)
        .run();
    let result = function.on_async(&stage.gears).await.unwrap();
    assert_eq!(result.into_one().unwrap(), 10);
}
