//! Gear functions that wait for something.

use std::time::Duration;

use gears_runtime::function::{
    CommandReader, EventFunction, FailurePolicy, KeyType, KeysReader, StreamReader,
};
use gears_runtime::{Change, ErrorKind, Mode, py};
use gears_tests::{ask, unless_lacking, until};

use super::stage::Stage;

impl Stage {
    fn registered<T, R>(&self, function: &EventFunction<T, R>) {
        assert_eq!(function.on(&self.gears).unwrap(), Change::Registered);
    }
}

#[test]
fn events_of_keys_start_it() {
    let stage = Stage::private();
    let function = KeysReader::new("person:*")
        .for_each(py!(
            "lambda record: cmd.rpush('log', '%(event)s %(key)s %(type)s' % record)"
        ))
        .register()
        .mode(Mode::Sync)
        .events(["set", "del", "hset"])
        .key_types([KeyType::String]);
    stage.registered(&function);
    stage.tell("SET", &["person:1", "Ada"]);
    stage.tell("HSET", &["person:2", "name", "Bob"]);
    stage.tell("SET", &["pet:1", "Tom"]);
    stage.tell("EXPIRE", &["person:1", "1000"]);
    let log: Vec<String> = stage.ask("LRANGE", &["log", "0", "-1"]);
    assert_eq!(log, ["set person:1 string"]);
    assert_eq!(function.unregister_from(&stage.gears).unwrap(), 1);
    stage.tell("SET", &["person:1", "Eve"]);
    assert_eq!(stage.ask::<i64>("LLEN", &["log"]), 1);
    assert_eq!(function.unregister_from(&stage.gears).unwrap(), 0);
}

#[test]
fn values_need_not_be_read() {
    let stage = Stage::private();
    let function = KeysReader::new("none")
        .for_each(py!(
            "lambda record: cmd.rpush('log', repr(record['value']))"
        ))
        .register()
        .prefix("a*")
        .mode(Mode::AsyncLocal)
        .read_value(false)
        .collect(false);
    stage.registered(&function);
    stage.tell("SET", &["ab", "x"]);
    let log = until("event", || {
        let log: Vec<String> = stage.ask("LRANGE", &["log", "0", "-1"]);
        (!log.is_empty()).then_some(log)
    });
    assert_eq!(log, ["None"]);
}

#[test]
fn clients_can_wait_for_it() {
    let stage = Stage::private();
    let function = KeysReader::new("*")
        .for_each(py!(
            "lambda record: override_reply('%s by %s' % (record['key'], get_command()[0]))"
        ))
        .register()
        .commands(["set"]);
    stage.registered(&function);
    assert_eq!(stage.ask::<String>("SET", &["a", "1"]), "a by SET");
}

#[test]
fn registering_twice_changes_nothing() {
    let stage = Stage::private();
    let function = KeysReader::new("a*").description("Looks.").register();
    stage.registered(&function);
    assert_eq!(function.on(&stage.gears).unwrap(), Change::Unchanged);
    let other = KeysReader::new("b*").register();
    stage.registered(&other);
    let listed = stage.gears.dump_registrations().unwrap();
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().any(|entry| {
        entry
            .description
            .as_deref()
            .is_some_and(|text| text.starts_with("Looks. [gears-function "))
    }));
    assert_eq!(function.unregister_from(&stage.gears).unwrap(), 1);
    stage.registered(&function);
}

#[test]
fn entries_of_streams_start_it() {
    let stage = Stage::private();
    let function = StreamReader::new("orders:*")
        .map(py!("lambda entry: entry['value']['item']"))
        .for_each(py!("lambda item: cmd.rpush('log', item)"))
        .register()
        .batch(2)
        .duration(Duration::from_millis(20))
        .trim(true);
    stage.registered(&function);
    for item in ["-1", "+2", "three"] {
        stage.tell("XADD", &["orders:1", "*", "item", item]);
    }
    until("three entries", || {
        let log: Vec<String> = stage.ask("LRANGE", &["log", "0", "-1"]);
        (log == ["-1", "+2", "three"]).then_some(())
    });
    until("empty stream", || {
        (stage.ask::<i64>("XLEN", &["orders:1"]) == 0).then_some(())
    });
}

#[test]
fn failed_entries_are_tried_again() {
    let stage = Stage::private();
    let function = StreamReader::new("orders")
        .for_each(py!("lambda _entry: 1 // (cmd.incr('tries') - 1)"))
        .register()
        .on_failed_policy(FailurePolicy::Retry)
        .retry_interval(Duration::from_millis(10))
        .trim(false);
    assert!(
        function
            .script()
            .unwrap()
            .source()
            .contains("onFailedRetryInterval=1,")
    );
    stage.registered(&function);
    stage.tell("XADD", &["orders", "*", "item", "x"]);
    until("second try", || {
        (stage.ask::<i64>("INCRBY", &["tries", "0"]) == 2).then_some(())
    });
    assert_eq!(stage.ask::<i64>("XLEN", &["orders"]), 1);
}

#[test]
fn commands_call_it_by_its_trigger() {
    let stage = Stage::new();
    let (add, words, first) = (stage.name("add"), stage.name("words"), stage.name("first"));
    let adding = CommandReader::new()
        .apply(py!("lambda a, b: int(a) + int(b)"))
        .register_trigger(add.as_str());
    let in_order = adding.clone().in_order().on(&stage.gears);
    if unless_lacking(in_order, "`in_order`").is_none() {
        stage.registered(&adding);
    }
    stage.registered(&CommandReader::new().args().register_trigger(words.as_str()));
    stage.registered(
        &CommandReader::new()
            .args_at_most(1)
            .flat_map(py!("lambda words: words"))
            .register_trigger(first.as_str())
            .mode(Mode::Sync),
    );
    let mut client = stage.server.client();
    // Natural for any client.
    assert_eq!(ask!(client, "RG.TRIGGER", add, "1", "-3"), "[:-2]");
    assert_eq!(
        ask!(client, "RG.TRIGGER", words, "-a", "b"),
        r#"[$"[\"-a\",\"b\"]"]"#
    );
    assert_eq!(ask!(client, "RG.TRIGGER", first, "-a", "b"), r#"[$"-a"]"#);
    assert_eq!(ask!(client, "RG.TRIGGER", first), "[]");
}

#[test]
fn another_function_under_the_trigger_is_told_kept_or_replaced() {
    let stage = Stage::new();
    let trigger = stage.name("version");
    let function = |version: i64| {
        CommandReader::new()
            .apply(py!("lambda: version", version))
            .register_trigger(trigger.as_str())
    };
    let mut client = stage.server.client();
    stage.registered(&function(1));
    assert_eq!(function(1).on(&stage.gears).unwrap(), Change::Unchanged);
    let error = function(2).on(&stage.gears).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DuplicateTrigger);
    let told = error.to_string();
    assert!(
        told.contains(file!()) && told.contains("registration "),
        "{told}"
    );
    assert_eq!(
        function(2).replace(false).on(&stage.gears).unwrap(),
        Change::Kept
    );
    assert_eq!(ask!(client, "RG.TRIGGER", trigger), "[:1]");
    assert_eq!(
        function(2).replace(true).on(&stage.gears).unwrap(),
        Change::Replaced
    );
    assert_eq!(ask!(client, "RG.TRIGGER", trigger), "[:2]");
    // A foreign function gives way as well.
    let other = stage.name("foreign");
    client.install(&format!("GB('CommandReader').register(trigger='{other}')"));
    let ours = CommandReader::new()
        .apply(py!("lambda: 3"))
        .register_trigger(other.as_str());
    assert_eq!(
        ours.clone().replace(true).on(&stage.gears).unwrap(),
        Change::Replaced
    );
    assert_eq!(ask!(client, "RG.TRIGGER", other), "[:3]");
    // So do all versions of one, the newest in one step with its successor.
    let quote = stage.name("quote");
    for version in ["1", "2", "3"] {
        client.install(&format!(
            "GB('CommandReader').register(trigger='{quote}', version='{version}', keep=3600000)"
        ));
    }
    let plain = CommandReader::new()
        .apply(py!("lambda: 4"))
        .register_trigger(quote.as_str());
    assert!(plain.on(&stage.gears).unwrap_err().is_duplicate_trigger());
    assert_eq!(
        plain.clone().replace(true).on(&stage.gears).unwrap(),
        Change::Replaced
    );
    assert_eq!(ask!(client, "RG.TRIGGER", quote), "[:4]");
    assert_eq!(plain.on(&stage.gears).unwrap(), Change::Unchanged);
    let left = stage.gears.dump_registrations().unwrap();
    let left = left
        .iter()
        .filter(|one| one.trigger() == Some(quote.as_str()));
    assert_eq!(left.count(), 1);
}

#[test]
fn commands_can_be_stood_in_for() {
    let stage = Stage::private();
    let hook = CommandReader::new()
        .apply(py!("lambda key, value: call_next(key, value.upper())"))
        .register_hook("set")
        .key_prefix("loud:")
        .mode(Mode::Sync);
    stage.registered(&hook);
    assert_eq!(hook.on(&stage.gears).unwrap(), Change::Unchanged);
    stage.tell("SET", &["loud:1", "hello"]);
    stage.tell("SET", &["calm:1", "hello"]);
    assert_eq!(stage.ask::<String>("GET", &["loud:1"]), "HELLO");
    assert_eq!(stage.ask::<String>("GET", &["calm:1"]), "hello");
}

#[test]
fn shards_are_prepared() {
    let stage = Stage::private();
    let function = KeysReader::new("a*")
        .register()
        .on_registered(py!("lambda: cmd.incr(key)", key = "prepared"));
    stage.registered(&function);
    until("preparation", || {
        (stage.ask::<i64>("INCRBY", &["prepared", "0"]) == 1).then_some(())
    });
}

#[test]
fn patterns_that_events_cannot_have_are_refused() {
    let stage = Stage::new();
    for pattern in ["*-fighter", "a?", "h[ae]llo", "a*b*"] {
        let error = KeysReader::new(pattern)
            .register()
            .on(&stage.gears)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{pattern}");
        assert!(error.to_string().contains(".prefix("), "{error}");
    }
}

#[tokio::test]
async fn registering_is_awaited() {
    let stage = Stage::new();
    let trigger = stage.name("awaited");
    let function = CommandReader::new()
        .apply(py!("lambda: 1"))
        .register_trigger(trigger);
    let gears = &stage.gears;
    assert_eq!(function.on_async(gears).await.unwrap(), Change::Registered);
    assert_eq!(function.on_async(gears).await.unwrap(), Change::Unchanged);
    assert_eq!(function.unregister_from_async(gears).await.unwrap(), 1);
}
