//! Chapter 4: executing.

use gears_runtime::Script;
use gears_runtime::data::Executed;
use gears_runtime::embedded::Server;
use gears_runtime::function::{CommandReader, KeysReader, PythonReader};
use gears_runtime::{Change, ErrorKind, Runtime, py};
use gears_tests::TestServer;

use crate::function::stage::Stage;

#[test]
fn results_and_errors_are_taken_together() {
    let stage = Stage::private();
    let script = Script::from_source(
        "def numbers():\n    yield from (4, 2, 0)\n\
         GB('PythonReader').map(lambda n: 8 // n).run(numbers)",
    );
    let ran = stage.gears.execute(&script.returning::<i64>()).unwrap();
    let (results, errors) = ran.into_parts();
    assert_eq!(results, [2, 4]);
    assert_eq!(errors[0].python().unwrap().exception(), "ZeroDivisionError");
}

#[test]
fn an_execution_that_goes_on_has_an_id() {
    let stage = Stage::private();
    let script = Script::from_source("GB('ShardsIDReader').run()");
    let execution = stage.gears.spawn(&script).unwrap();
    let started = stage.gears.py_execute_unblocking(&script).unwrap();
    let Executed::Started(id) = &started else {
        panic!("{started:?}");
    };
    assert_eq!(started.id(), Some(id));
    assert_eq!(execution.id().shard_id(), id.shard_id());
    assert!(execution.id().sequence() < id.sequence());
}

#[test]
fn a_count_is_one_number() {
    let stage = Stage::private();
    stage.tell("MSET", &["a", "1", "b", "2"]);
    let script = Script::from_source("GB().count().run()").returning::<u32>();
    assert_eq!(stage.gears.execute(&script).unwrap().into_one().unwrap(), 2);
    // Several are not one.
    let script = Script::from_source("GB().map(lambda r: r['key']).run()").returning::<String>();
    assert!(stage.gears.execute(&script).unwrap().into_one().is_err());
}

#[test]
fn an_open_function_runs_as_it_is() {
    let stage = Stage::private();
    stage.tell("MSET", &["n:1", "1", "n:2", "2"]);
    let open = KeysReader::new("n:*").count();
    let counted = stage.gears.execute(&open.script().unwrap()).unwrap();
    assert_eq!(counted.into_one().unwrap(), 2);
    let closed = open.run().on(&stage.gears).unwrap();
    assert_eq!(closed.into_one().unwrap(), 2);
}

#[test]
fn functions_bring_what_they_use_and_ask_for_no_package() {
    let stage = Stage::private();
    let function = PythonReader::new(py!("lambda: iter([1])"))
        .declare::<i64>()
        .for_each(py!("lambda n: cmd.set('seen', n)"));
    let script = function.script().unwrap();
    assert!(script.required().is_empty());
    stage.gears.execute(&script).unwrap();
    assert_eq!(stage.ask::<i64>("GET", &["seen"]), 1);
}

#[test]
fn source_travels_and_no_bytecode() {
    let function = KeysReader::new("*").map(py!("lambda record: str(record).upper()"));
    let script = function.run().script().unwrap();
    assert!(
        script
            .source()
            .contains("lambda record: str(record).upper()")
    );
    let event = CommandReader::new()
        .apply(py!("lambda one: one * 3"))
        .register_trigger("t");
    assert!(
        event
            .script()
            .unwrap()
            .source()
            .contains("lambda one: one * 3")
    );
}

#[test]
fn a_function_takes_the_place_of_another_where_that_is_asked_for() {
    let stage = Stage::private();
    let answer = |number: i64| {
        let function = CommandReader::new().apply(py!("lambda: number", number));
        function.register_trigger("answer")
    };
    assert_eq!(answer(1).on(&stage.gears).unwrap(), Change::Registered);
    let error = answer(2).on(&stage.gears).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DuplicateTrigger);
    let kept = answer(2).replace(false).on(&stage.gears).unwrap();
    let replaced = answer(2).replace(true).on(&stage.gears).unwrap();
    assert_eq!((kept, replaced), (Change::Kept, Change::Replaced));
}

/// What pip is asked for, on a server where it finds nothing.
fn asked_for(runtime: Runtime) -> Vec<String> {
    let server = TestServer::of(
        Server::builder()
            .env("PIP_NO_INDEX", "1")
            .env("PIP_FIND_LINKS", "")
            .env("PIP_CONFIG_FILE", "/dev/null"),
    );
    let script = Script::from_source("1").runtime(runtime);
    match server.gears().execute(&script) {
        Ok(_) => {
            let installed = server.gears().py_dump_reqs().unwrap();
            installed.into_iter().map(|one| one.name).collect()
        }
        Err(error) => error.requirement().unwrap().requirements().to_vec(),
    }
}

#[test]
fn redgrease_is_asked_for_by_what_its_own_option_takes() {
    for (what, requirement) in [
        ("", "redgrease[runtime]"),
        ("1.2.3", "redgrease[runtime]==1.2.3"),
        (">=99.0.0", "redgrease[runtime]>=99.0.0"),
        ("all", "redgrease[all]"),
        ("client", "redgrease[client]"),
        ("redgrease", "redgrease"),
    ] {
        assert_eq!(asked_for(Runtime::redgrease(what)), [requirement], "{what}");
    }
    assert!(asked_for(Runtime::Bare).is_empty());
    assert_eq!(asked_for(Runtime::RedisPy), ["redis"]);
}
