//! Chapter 11: what the attribute of commands takes.

use gears_runtime::data::{ReaderArgs, RegistrationMode};
use gears_runtime::{Change, Mode, PerShard, Result, Script, gear_command};
use gears_tests::{TestServer, ask};

/// Says hello.
#[gear_command]
fn map_greeting(name: &str) -> Result<String> {
    r#"return f"Hello, {name}""#
}

#[gear_command(
    trigger = "map.named",
    mode = "sync",
    description = "has a name of its own"
)]
fn map_other() -> Result<i64> {
    "return 1"
}

#[gear_command(mode = "async")]
fn map_everywhere() -> Result<PerShard<i64>> {
    "return -7"
}

#[test]
fn a_command_has_the_name_of_its_function_unless_it_is_given() {
    let server = TestServer::private();
    let gears = server.register(&[&map_greeting::GEAR, &map_other::GEAR]);
    assert_eq!(map_greeting::GEAR.trigger(), "map_greeting");
    assert_eq!(map_other::GEAR.trigger(), "map.named");
    assert_eq!(map_greeting::on(&gears).call("Ada").unwrap(), "Hello, Ada");
    let mut client = server.client();
    assert_eq!(
        ask!(client, "RG.TRIGGER", "map_greeting", "Bob"),
        r#"[$"Hello, Bob"]"#
    );
    assert_eq!(ask!(client, "RG.TRIGGER", "map.named"), "[:1]");
}

#[test]
fn a_command_is_async_local_and_described_by_its_comment_unless_told_otherwise() {
    let server = TestServer::private();
    let gears = server.register(&[&map_greeting::GEAR, &map_other::GEAR]);
    let all = gears.dump_registrations().unwrap();
    let find = |trigger: &str| {
        all.iter()
            .find(|one| one.trigger() == Some(trigger))
            .unwrap()
    };
    let greeting = find("map_greeting");
    assert_eq!(greeting.data.mode, RegistrationMode::AsyncLocal);
    assert_eq!(greeting.plain_description(), "Says hello.");
    let other = find("map.named");
    assert_eq!(other.data.mode, RegistrationMode::Sync);
    assert_eq!(other.plain_description(), "has a name of its own");
    assert!(matches!(&other.data.args, ReaderArgs::Command(args) if args.trigger == "map.named"));
}

#[test]
fn a_command_in_mode_async_answers_for_each_shard() {
    let server = TestServer::private();
    let gears = server.register(&[&map_everywhere::GEAR]);
    assert_eq!(map_everywhere::GEAR.mode(), Mode::Async);
    let numbers: Vec<i64> = map_everywhere::on(&gears)
        .call()
        .unwrap()
        .into_iter()
        .collect();
    assert_eq!(numbers, [-7]);
}

#[test]
fn a_command_goes_to_the_server_that_is_named() {
    let (here, there) = (TestServer::private(), TestServer::private());
    let client = redis::Client::open(there.url()).unwrap();
    assert_eq!(map_greeting::register(&client).unwrap(), Change::Registered);
    assert_eq!(map_greeting::on(&client).call("you").unwrap(), "Hello, you");
    assert!(here.gears().dump_registrations().unwrap().is_empty());
}

#[test]
fn a_prefix_means_nothing_to_a_trigger() {
    let server = TestServer::private();
    let gears = server.gears();
    let source =
        "GB('CommandReader').map(lambda words: words[1]).register(prefix='no:*', trigger='t')";
    gears.execute(&Script::from_source(source)).unwrap();
    let mut client = server.client();
    assert_eq!(ask!(client, "RG.TRIGGER", "t", "yes:1"), r#"[$"yes:1"]"#);
}
