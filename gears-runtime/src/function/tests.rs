//! The scripts that are generated, as people read them.

use super::{
    CommandReader, FailurePolicy, KeysReader, PythonReader, ShardsIdReader, StreamReader,
    callback::{Code, Kind, PyFn, Unknown},
    keyword::{KeyType, Order},
    prelude,
};
use crate::{Mode, OnFull};

/// A piece of Python, as the macros make it; they cannot be used inside of this crate.
fn python(kind: Kind, text: &'static str, line: u32) -> PyFn<Unknown> {
    PyFn::from_code(Code {
        kind,
        text: text.into(),
        file: "src/main.rs".into(),
        line: Some(line),
        taken_up: None,
        uses_cmd: false,
        captures: Vec::new(),
        requirements: &[],
        more_requirements: Vec::new(),
    })
}

fn lambda(text: &'static str) -> PyFn<Unknown> {
    python(Kind::Lambda, text, 7)
}

fn expression(text: &'static str) -> PyFn<Unknown> {
    python(Kind::Expression, text, 7)
}

/// Returns a script without what all scripts of its kind bring along.
fn own(source: &str) -> String {
    let pieces = prelude::all();
    let mut source = source.to_owned();
    for piece in pieces {
        source = source.replace(piece, "");
    }
    source
}

#[test]
fn script_is_readable() {
    let function = KeysReader::new("*-fighter")
        .values()
        .map(expression("int"))
        .aggregate(0, lambda("lambda a, r: a + r"), expression("operator.add"))
        .run();
    insta::assert_snapshot!(function.script().unwrap().source());
}

#[test]
fn every_operation_is_written() {
    let key = || lambda("lambda r: r");
    let reducer = || lambda("lambda k, a, r: r");
    let function = KeysReader::new("*")
        .description("Does everything.")
        .of_types([KeyType::Stream, KeyType::Hash])
        .of_events(["set"])
        .records()
        .map(key())
        .flat_map(key())
        .for_each(key())
        .filter(expression("bool"))
        .accumulate(lambda("lambda a, r: r"))
        .local_group_by(key(), reducer())
        .limit(3)
        .limit_from(2, 3)
        .limit_per_shard(1)
        .collect()
        .repartition(key())
        .aggregate_by(key(), (0, "it's"), reducer(), reducer())
        .group_by(key(), reducer())
        .batch_group_by(key(), lambda("lambda k, all: all"))
        .sort(Order::Ascending)
        .sort_by(Order::Descending, key())
        .distinct()
        .avg(key())
        .mean()
        .count_by(key())
        .count_each()
        .count()
        .run()
        .pattern("h*")
        .no_scan()
        .read_value(false)
        .local()
        .collect(false);
    insta::assert_snapshot!(own(function.script().unwrap().source()));
}

#[test]
fn counts_that_may_be_of_nothing_are_boxed() {
    let number = || lambda("lambda r: r");
    let read = KeysReader::new("h*").of_types([KeyType::Hash]).count();
    let waiting = CommandReader::new().args().filter(number()).count();
    let sources = [
        own(read.map(number()).script().unwrap().source()),
        // The result says it by itself, and there is always something to count here.
        own(read.script().unwrap().source()),
        own(ShardsIdReader::new()
            .count()
            .map(number())
            .script()
            .unwrap()
            .source()),
        own(waiting.register_trigger("t").script().unwrap().source()),
    ];
    insta::assert_snapshot!(sources.join("\n----\n"));
}

#[test]
fn names_of_redgrease_are_brought_where_they_may_be_missing() {
    let source = |text| {
        let function = PythonReader::new(lambda(text));
        function
            .script()
            .unwrap()
            .source()
            .contains("def hashtag3():")
    };
    assert!(source("lambda: [hashtag3()]"));
    assert!(!source("lambda: [hashtag()]"));
}

#[test]
fn functions_keep_their_lines() {
    let kind = Kind::Function {
        name: "supervisor",
        parameters: &["user", "other"],
        coroutine: true,
    };
    let body = "if user:\n    await x\nreturn '\\n'";
    let function = PythonReader::new(lambda("lambda: []"))
        .map(python(kind, body, 42))
        .run();
    insta::assert_snapshot!(own(function.script().unwrap().source()));
}

#[test]
fn registrations_say_all_that_was_asked_for() {
    let keys = KeysReader::new("person:*")
        .description("Looks.")
        .register()
        .mode(Mode::Sync)
        .events(["set"])
        .commands(["set"])
        .read_value(false)
        .on_full(OnFull::Wait)
        .on_registered(lambda("lambda: None"));
    let stream = StreamReader::new("orders")
        .register()
        .batch(10)
        .duration(std::time::Duration::from_millis(1500))
        .on_failed_policy(FailurePolicy::Retry)
        .retry_interval(std::time::Duration::from_millis(1500))
        .trim(false);
    let trigger = CommandReader::new()
        .args_at_most(2)
        .register_trigger("it's")
        .in_order()
        .collect(false);
    let hook = CommandReader::new()
        .apply(lambda("lambda *all: all"))
        .register_hook("hset")
        .key_prefix("person:");
    let scripts = [
        keys.script().unwrap(),
        stream.script().unwrap(),
        trigger.script().unwrap(),
        hook.script().unwrap(),
    ];
    let own: Vec<String> = scripts.iter().map(|script| own(script.source())).collect();
    insta::assert_snapshot!(own.join("\n----\n"));
}

#[test]
fn every_operation_is_written_in_boxes() {
    let key = || lambda("lambda r: r");
    let reducer = || lambda("lambda k, a, r: r");
    let function = CommandReader::new()
        .args()
        .filter(key())
        .flat_map(key())
        .for_each(key())
        .accumulate(lambda("lambda a, r: r"))
        .aggregate(0, lambda("lambda a, r: a + r"), expression("operator.add"))
        .local_group_by(key(), reducer())
        .group_by(key(), reducer())
        .batch_group_by(key(), lambda("lambda k, all: all"))
        .aggregate_by(key(), (0, "it's"), reducer(), reducer())
        .collect()
        .repartition(key())
        .limit_from(2, 3)
        .limit_per_shard(1)
        .sort(Order::Ascending)
        .sort_by(Order::Descending, key())
        .distinct()
        .avg(key())
        .mean()
        .count_by(key())
        .count_each()
        .count()
        .register_trigger("t");
    insta::assert_snapshot!(own(function.script().unwrap().source()));
}

#[test]
fn words_of_redgrease_are_brought_by_themselves() {
    let function = PythonReader::new(lambda("lambda: [KeyType.Hash]"));
    let script = function.script().unwrap();
    assert!(script.source().contains("class KeyType:"));
    assert!(!script.source().contains("def hashtag3():"));
}
