//! Chapters 6 to 8: functions, and what closes them.

use std::thread;

use gears_runtime::function::{CommandReader, KeysReader, ReaderType, StreamReader};
use gears_runtime::{Change, Mode, Record, gear_on_keys, py};
use gears_tests::{TestServer, ask, until};

use crate::function::stage::Stage;

#[test]
fn a_function_says_what_it_reads() {
    assert_eq!(KeysReader::new("*").reader_type(), ReaderType::KeysReader);
    assert_eq!(
        StreamReader::new("s").reader_type(),
        ReaderType::StreamReader
    );
    assert_eq!(
        CommandReader::new().args().reader_type(),
        ReaderType::CommandReader
    );
}

#[test]
fn a_reader_has_a_description_and_requirements() {
    let stage = Stage::private();
    let function = KeysReader::new("a*")
        .description("Looks at all.")
        .requirements(["redis"])
        .register();
    assert_eq!(function.on(&stage.gears).unwrap(), Change::Registered);
    let listed = stage.gears.dump_registrations().unwrap();
    assert_eq!(listed[0].plain_description(), "Looks at all.");
    let private = listed[0].private.as_ref().unwrap();
    assert_eq!(private.dependencies(), ["redis"]);
}

#[test]
fn arguments_come_as_far_as_somebody_wants_them() {
    let stage = Stage::private();
    let all = CommandReader::new().args().register_trigger("all");
    let two = CommandReader::new().args_at_most(2).register_trigger("two");
    for function in [all.on(&stage.gears), two.on(&stage.gears)] {
        assert_eq!(function.unwrap(), Change::Registered);
    }
    let ask = |trigger: &str| -> Vec<String> {
        let words = [trigger, "a", "b", "c"];
        stage.ask("RG.TRIGGER", &words)
    };
    assert_eq!(ask("all"), [r#"["a","b","c"]"#]);
    assert_eq!(ask("two"), [r#"["a","b"]"#]);
}

#[test]
fn results_of_what_is_registered_keep_their_types() {
    let stage = Stage::private();
    let kept = CommandReader::new()
        .apply(py!("lambda: 5"))
        .register_trigger("kept");
    let text = CommandReader::new()
        .apply(py!("lambda: 5"))
        .map(py!("str"))
        .register_trigger("text");
    kept.on(&stage.gears).unwrap();
    text.on(&stage.gears).unwrap();
    let mut client = stage.server.client();
    assert_eq!(ask!(client, "RG.TRIGGER", "kept"), "[:5]");
    assert_eq!(ask!(client, "RG.TRIGGER", "text"), r#"[$"5"]"#);
}

#[test]
fn calls_that_are_ordered_run_one_after_another() {
    let stage = Stage::private();
    let function = CommandReader::new()
        .apply(py!(
            "lambda: (cmd.incr('running'), __import__('time').sleep(0.01), cmd.decr('running'))[0]"
        ))
        .register_trigger("one")
        .in_order();
    assert_eq!(function.on(&stage.gears).unwrap(), Change::Registered);
    thread::scope(|scope| {
        let calls: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| stage.ask::<Vec<i64>>("RG.TRIGGER", &["one"])))
            .collect();
        for call in calls {
            assert_eq!(call.join().unwrap(), [1]);
        }
    });
}

#[test]
fn a_prefix_is_the_readers_unless_it_is_given() {
    let stage = Stage::private();
    let note = py!("lambda record: cmd.rpush('notes', record['key'])");
    let reader = KeysReader::new("a*")
        .for_each(&note)
        .register()
        .mode(Mode::Sync);
    reader.events(["set"]).on(&stage.gears).unwrap();
    let given = KeysReader::new("a*")
        .for_each(&note)
        .register()
        .mode(Mode::Sync);
    given.prefix("b*").events(["set"]).on(&stage.gears).unwrap();
    for key in ["a1", "b1", "c1"] {
        stage.tell("SET", &[key, "x"]);
    }
    let notes: Vec<String> = stage.ask("LRANGE", &["notes", "0", "-1"]);
    assert_eq!(notes, ["a1", "b1"]);
}

/// Notes which redis-py is there, when it is prepared and when it runs.
#[gear_on_keys(
    prefix = "map:*",
    events = ["set"],
    mode = "sync",
    requirements = ["redis"],
    on_registered = r#"execute("SET", "prepared", "yes")"#
)]
fn map_noting(record: Record) {
    r#"
    import redis
    execute("RPUSH", "notes", redis.__name__)
    "#
}

#[test]
fn attributes_take_a_mode_a_preparation_and_requirements() {
    let server = TestServer::private();
    server.register(&[&map_noting::GEAR]);
    let mut client = server.client();
    until("preparation", || {
        (ask!(client, "GET", "prepared") == r#"$"yes""#).then_some(())
    });
    ask!(client, "SET", "map:1", "x");
    assert_eq!(ask!(client, "LRANGE", "notes", "0", "-1"), r#"[$"redis"]"#);
    let listed = server.gears().dump_registrations().unwrap();
    assert_eq!(listed[0].data.mode.as_str(), "sync");
}
