//! Servers that have forgotten what was registered, and programs that go on.
//!
//! A binary of its own: what a test takes out on purpose, no other connection of the program puts back.

use std::thread;
use std::time::Duration;

use gears_runtime::{
    ErrorKind, Gears, GearsCommands, PipelineGearsCommands, Record, Result, Script, gear_command,
    gear_on_keys, redis, register_all, register_where, unregister_all,
};
use gears_tests::{TestServer, ask, until};

#[gear_command]
fn count(number: i64) -> Result<i64> {
    "
    execute('INCR', 'counted')
    return number
    "
}

#[gear_command]
async fn count_awaited(number: i64) -> Result<i64> {
    "
    execute('INCR', 'counted')
    return number
    "
}

#[gear_command]
fn other() -> Result<String> {
    "return 'ours'"
}

#[gear_on_keys(prefix = "watched:*", events = ["set"], mode = "sync")]
fn note(_record: Record) {
    "execute('INCR', 'noted')"
}

/// Takes out all registrations, as somebody else may.
fn lose(server: &TestServer) {
    let mut client = server.client();
    let connection = redis::Client::open(server.url()).unwrap().get_connection();
    for registration in connection.unwrap().dump_registrations().unwrap() {
        assert_eq!(
            ask!(client, "RG.UNREGISTER", registration.id.as_str()),
            "+OK"
        );
    }
}

fn registrations(server: &TestServer) -> usize {
    server.client().registrations().len()
}

/// Reads a counter.
fn number(server: &TestServer, key: &str) -> i64 {
    let mut connection = redis::Client::open(server.url())
        .unwrap()
        .get_connection()
        .unwrap();
    let number: Option<i64> = redis::cmd("GET").arg(key).query(&mut connection).unwrap();
    number.unwrap_or_default()
}

fn counted(server: &TestServer) -> i64 {
    number(server, "counted")
}

#[test]
fn a_call_brings_back_what_was_taken_out_by_hand() {
    let server = TestServer::private();
    let gears = server.gears();
    let all = register_all(&gears).unwrap().len();
    lose(&server);
    assert_eq!(registrations(&server), 0);
    assert_eq!(count::on(&gears).call(7).unwrap(), 7);
    assert_eq!(
        registrations(&server),
        all,
        "all that was registered, events too"
    );
    assert_eq!(counted(&server), 1, "it ran once");
    // Nothing else changes: what raises, raises.
    assert_eq!(other::on(&gears).call().unwrap(), "ours");
}

#[test]
fn a_call_goes_on_when_the_server_has_started_empty() {
    let mut server = TestServer::private();
    let gears = server.gears();
    register_all(&gears).unwrap();
    assert_eq!(count::on(&gears).call(1).unwrap(), 1);
    server.private_mut().kill();
    server.private_mut().restart().unwrap();
    assert_eq!(registrations(&server), 0, "it kept nothing");
    // The connection is one to the server that was.
    let again = until("the server is found again", || {
        count::on(&gears).call(2).ok()
    });
    assert_eq!(again, 2);
    let _ = ask!(server.client(), "FLUSHALL");
    lose(&server);
    let numbers = count::pipe(&gears, 0..10);
    assert_eq!(
        numbers.into_iter().collect::<Result<Vec<_>>>().unwrap(),
        (0..10).collect::<Vec<_>>()
    );
}

#[test]
fn many_callers_and_one_connection_register_once() {
    let server = TestServer::private();
    let gears = Gears::builder(server.url())
        .unwrap()
        .max_connections(1)
        .build();
    let all = register_all(&gears).unwrap().len();
    lose(&server);
    thread::scope(|scope| {
        for number in 0..8 {
            let gears = &gears;
            scope.spawn(move || assert_eq!(count::on(gears).call(number).unwrap(), number));
        }
    });
    assert_eq!((registrations(&server), counted(&server)), (all, 8));
}

#[test]
fn of_many_calls_those_that_were_refused_go_out_again() {
    let server = TestServer::private();
    let gears = server.gears();
    register_all(&gears).unwrap();
    let numbers = 0..5000;
    let calls = numbers.clone().inspect(|number| {
        if *number == 1500 {
            lose(&server);
        }
    });
    let came: Vec<i64> = count::pipe(&gears, calls)
        .into_iter()
        .collect::<Result<_>>()
        .unwrap();
    assert_eq!(came, numbers.collect::<Vec<_>>(), "in their order");
    assert_eq!(counted(&server), 5000, "each once");
}

#[tokio::test]
async fn awaited_calls_bring_it_back_too() {
    let server = TestServer::private();
    let gears = Gears::connect_async(server.url()).await.unwrap();
    gears_runtime::register_all_async(&gears).await.unwrap();
    lose(&server);
    assert_eq!(count_awaited::on(&gears).call(3).await.unwrap(), 3);
    let numbers = 0..500;
    let calls = numbers.clone().inspect(|number| {
        if *number == 150 {
            lose(&server);
        }
    });
    let came = count_awaited::pipe(&gears, calls).await;
    let came: Vec<i64> = came.into_iter().collect::<Result<_>>().unwrap();
    assert_eq!(came, numbers.collect::<Vec<_>>());
    assert_eq!(counted(&server), 501);
}

#[test]
fn what_the_program_takes_out_itself_stays_out() {
    let server = TestServer::private();
    let (gears, same) = (server.gears(), server.gears());
    let gone = |gears: &Gears| count::on(gears).call(1).unwrap_err().kind();
    register_all(&gears).unwrap();
    unregister_all(&gears).unwrap();
    assert_eq!(gone(&gears), ErrorKind::UnknownTrigger);
    register_all(&gears).unwrap();
    unregister_all(&same).unwrap();
    assert_eq!(gone(&gears), ErrorKind::UnknownTrigger);
    assert_eq!(registrations(&server), 0);
    // Who never registered does not begin now.
    register_all(&gears).unwrap();
    lose(&server);
    assert_eq!(gone(&same), ErrorKind::UnknownTrigger);
    assert_eq!(registrations(&server), 0);
}

#[test]
fn it_can_be_switched_off_and_transactions_are_left_alone() {
    let server = TestServer::private();
    let gears = Gears::builder(server.url())
        .unwrap()
        .register_again(false)
        .build();
    register_all(&gears).unwrap();
    lose(&server);
    assert!(count::on(&gears).call(1).unwrap_err().is_unknown_trigger());

    let gears = server.gears();
    register_where(&gears, |gear| gear.name() == "count").unwrap();
    lose(&server);
    let mut connection = gears.client().get_connection().unwrap();
    let mut transaction = redis::pipe();
    transaction.atomic().trigger("count", ["1"]);
    assert!(transaction.exec(&mut connection).is_err());
    assert_eq!(registrations(&server), 0);
}

#[test]
fn what_others_have_put_there_stays() {
    let server = TestServer::private();
    let gears = server.gears();
    register_all(&gears).unwrap();
    lose(&server);
    let theirs = Script::from_source(
        "GB('CommandReader').map(lambda _: b'theirs').register(trigger='other', convertToStr=False)",
    );
    gears.execute(&theirs).unwrap();
    assert_eq!(count::on(&gears).call(1).unwrap(), 1);
    let others = gears.trigger("other", []).unwrap();
    assert_eq!(others, [redis::Value::BulkString(b"theirs".to_vec())]);
    assert!(other::on(&gears).call().unwrap_err().is_unknown_trigger());
}

#[test]
fn a_watch_brings_back_what_nobody_calls() {
    let mut server = TestServer::private();
    let gears = server.gears();
    let all = register_all(&gears).unwrap().len();
    let watch = gears.watch_every(Duration::from_millis(20));
    lose(&server);
    until("it is registered again", || {
        (registrations(&server) == all).then_some(())
    });
    server.private_mut().kill();
    server.private_mut().restart().unwrap();
    until("it is registered again", || {
        (registrations(&server) == all).then_some(())
    });
    assert_eq!(ask!(server.client(), "SET", "watched:1", "x"), "+OK");
    until("the event is noted", || {
        (number(&server, "noted") == 1).then_some(())
    });
    // What is taken out on purpose stays out, with everybody watching.
    unregister_all(&gears).unwrap();
    drop(watch);
    assert_eq!(registrations(&server), 0);
}
