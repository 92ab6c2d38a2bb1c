//! What RedisGears 1.0 and the first of 1.2 lack: told by name, before anything is sent.
//!
//! No such server can run here; each is stood in for by a port that answers as it does.

use gears_runtime::data::SessionQuery;
use gears_runtime::function::{
    CommandReader, EventFunction, KeyType, KeysReader, PythonReader, ShardsIdReader, StreamReader,
};
use gears_runtime::redis;
use gears_runtime::{
    Arguments, AsyncGearsCommands, Change, Error, Gear, Gears, GearsCommands, Record, Result,
    Runtime, Script, gear_command, gear_fn, gear_on_keys, gear_on_stream, py, register_where,
    register_where_async,
};
use gears_tests::StandIn;

/// The versions that differ, each the first that has something or lacks it again.
const VERSIONS: [i64; 9] = [
    10006, 10007, 10009, 10200, 10202, 10203, 10204, 10208, 10213,
];

fn shown(version: i64) -> String {
    let (major, minor, patch) = (version / 10000, version / 100 % 100, version % 100);
    format!("RedisGears {major}.{minor}.{patch}")
}

/// Checks that the outcome is a lack exactly where the server has none of it.
fn check<T: std::fmt::Debug>(outcome: Result<T>, has: bool, feature: &str, version: i64) {
    let lack = outcome.as_ref().err().and_then(Error::unsupported);
    match lack {
        Some(lack) => {
            assert!(!has, "{feature}, {version}: {lack:?}");
            assert!(lack.feature().contains(feature), "{feature}: {lack:?}");
            assert_eq!(lack.server(), shown(version));
            let told = outcome.unwrap_err().to_string();
            // What to do about it.
            assert!(told.contains("gears-engine"), "{told}");
        }
        None => assert!(has, "{feature}, {version}: {outcome:?}"),
    }
}

fn since(first: i64) -> impl Fn(i64) -> bool {
    move |version| version >= first
}

fn ordered(version: i64) -> bool {
    (10007..10100).contains(&version) || version >= 10202
}

/// Calls `$check` with each command's name, the first version that has it, and what came of it.
macro_rules! commands {
    ($client:expr $(, $wait:tt)?; $check:expr) => {{
        let named = Script::from_source("1").session("s");
        let reinstalling = Script::from_source("1").force_reinstall_requirements();
        $check("RG.DUMPPLUGINS", 10200, $client.dump_plugins()$(.$wait)?.map(drop));
        $check("RG.TRIGGERONKEY", 10202, $client.trigger_on_key("t", "k", ["a"])$(.$wait)?.map(drop));
        $check("RG.PYDUMPSESSIONS", 10202, $client.py_dump_sessions(&SessionQuery::new())$(.$wait)?.map(drop));
        $check("RG.PYPROFILE", 10202, $client.py_profile_stats("x")$(.$wait)?.map(drop));
        $check("RG.PYPROFILE", 10202, $client.py_profile_reset("x")$(.$wait)?.map(drop));
        $check("RG.CLEARREGISTRATIONSSTATS", 10202, $client.clear_registrations_stats()$(.$wait)?.map(drop));
        $check("RG.PAUSEREGISTRATIONS", 10203, $client.pause_registrations("x")$(.$wait)?.map(drop));
        $check("RG.UNPAUSEREGISTRATIONS", 10203, $client.unpause_registrations("x")$(.$wait)?.map(drop));
        $check("sessions", 10202, $client.py_execute(&named)$(.$wait)?.map(drop));
        $check("sessions", 10202, $client.py_execute(&named.clone().upgrade())$(.$wait)?.map(drop));
        $check("sessions", 10202, $client.py_execute(&Script::from_source("1").description("d"))$(.$wait)?.map(drop));
        $check("sessions", 10202, $client.py_execute(&named.clone().replace_with("r"))$(.$wait)?.map(drop));
        $check("FORCE_REINSTALL_REQUIREMENTS", 10204, $client.py_execute(&reinstalling)$(.$wait)?.map(drop));
        // All versions have these.
        for script in [
            Script::from_source("1"),
            Script::from_source("1").requirements(["numpy>=1.20", "git+https://example.org/x.git"]),
            Script::from_source("1").runtime(Runtime::Commands),
            Script::from_source("1").runtime(Runtime::RedisPy),
            Script::from_source("1").runtime(Runtime::redgrease("0.3.12")),
        ] {
            $check("RG.PYEXECUTE", 0, $client.py_execute(&script)$(.$wait)?.map(drop));
            $check("RG.PYEXECUTE", 0, $client.py_execute_unblocking(&script)$(.$wait)?.map(drop));
        }
        $check("RG.DUMPREGISTRATIONS", 0, $client.dump_registrations()$(.$wait)?.map(drop));
        $check("RG.UNREGISTER", 0, $client.unregister_abort_pending("x")$(.$wait)?.map(drop));
        $check("RG.PYSTATS", 0, $client.py_stats()$(.$wait)?.map(drop));
        $check("RG.INFOCLUSTER", 0, $client.info_cluster()$(.$wait)?.map(drop));
    }};
}

#[test]
fn commands_that_came_later_are_not_sent() {
    for version in VERSIONS {
        let server = StandIn::start(version);
        let gears = Gears::connect(server.url()).unwrap();
        server.asked();
        commands!(gears; |feature, first, outcome| {
            check(outcome, version >= first, feature, version);
            let asked = server.asked();
            assert_eq!(asked.is_empty(), version < first, "{feature}, {version}: {asked:?}");
            // It was found out when the connection was made.
            let questions = asked.iter().filter(|asked| asked.contains("EngineVersion"));
            assert_eq!(questions.count(), 0, "{feature}, {version}: {asked:?}");
        });
    }
}

#[tokio::test]
async fn commands_that_came_later_are_not_sent_awaited() {
    for version in VERSIONS {
        let server = StandIn::start(version);
        let gears = Gears::connect_async(server.url()).await.unwrap().aio();
        server.asked();
        commands!(gears, await; |feature, first, outcome| {
            check(outcome, version >= first, feature, version);
            assert_eq!(server.asked().is_empty(), version < first, "{feature}, {version}");
        });
    }
}

#[tokio::test]
async fn refusals_on_connections_of_others_are_told_by_name() {
    for version in VERSIONS {
        let server = StandIn::start(version);
        let client = redis::Client::open(server.url()).unwrap();
        let mut connection = client.get_connection().unwrap();
        let told = |feature, first, outcome| check(outcome, version >= first, feature, version);
        commands!(connection; told);
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        commands!(connection, await; told);
    }
}

#[gear_command(timeout_ms = 200)]
fn older_deadline() -> Result<i64> {
    "return 1"
}

#[gear_command(in_order)]
fn older_order() -> Result<i64> {
    "return 1"
}

#[gear_command(hook = "get", key_prefix = "older:", mode = "sync")]
fn older_hook(words: Arguments) {
    "return call_next(*words)"
}

#[gear_command]
fn older_await() -> Result<i64> {
    r#"
    import asyncio
    await asyncio.sleep(0)
    return 1
    "#
}

#[gear_on_keys(prefix = "older:*", commands = ["set"])]
fn older_commands(record: Record) {
    r#"log(record["key"])"#
}

#[gear_on_keys(prefix = "older:*", events = ["set", "keymiss"])]
fn older_miss(record: Record) {
    r#"log(record["key"])"#
}

#[gear_on_keys(prefix = "older:*", key_types = ["stream"])]
fn older_type(record: Record) {
    r#"log(record["key"])"#
}

/// Uses all that every version has.
#[gear_command(
    key = key,
    mode = "sync",
    requirements = ["numpy>=1.20"],
    replace = true,
    description = "does nothing",
    on_registered = "log('here')"
)]
fn older_plain(key: &str) -> Result<Option<String>> {
    "return cmd.get(key)"
}

#[gear_on_keys(prefix = "older:*", events = ["set"], key_types = ["hash"], read_value = false, mode = "sync")]
fn older_keys(record: Record) {
    r#"log(record["key"])"#
}

#[gear_on_stream(
    prefix = "older:*",
    batch = 2,
    duration_ms = 10,
    on_failed = "retry",
    retry_interval_ms = 1000,
    trim = false
)]
fn older_stream(record: Record) {
    r#"log(record["id"])"#
}

/// A gear, what it asks for, and which versions have that.
type Asking = (&'static Gear, &'static str, fn(i64) -> bool);

const ASKING: [Asking; 10] = [
    (&older_deadline::GEAR, "`timeout_ms`", |_| false),
    (&older_order::GEAR, "`in_order`", ordered),
    (&older_hook::GEAR, "`hook`", |version| version >= 10200),
    (&older_await::GEAR, "`await`", |version| version >= 10200),
    (&older_commands::GEAR, "`commands`", |version| {
        version >= 10200
    }),
    (&older_miss::GEAR, "`keymiss`", |version| version >= 10200),
    (&older_type::GEAR, "`stream`", |_| false),
    (&older_plain::GEAR, "nothing", |_| true),
    (&older_keys::GEAR, "nothing", |_| true),
    (&older_stream::GEAR, "nothing", |_| true),
];

/// Tells whether a script was sent.
fn is_sent(asked: &[String]) -> bool {
    asked.iter().any(|asked| asked.starts_with("RG.PYEXECUTE"))
}

#[tokio::test]
async fn options_of_gears_that_came_later_are_refused() {
    for version in VERSIONS {
        let server = StandIn::start(version);
        let gears = Gears::connect(server.url()).unwrap();
        for (gear, feature, has) in ASKING {
            let has = has(version);
            let chosen = |other: &Gear| std::ptr::eq(other, gear);
            let outcome = register_where(&gears, chosen);
            check(outcome, has, feature, version);
            assert_eq!(is_sent(&server.asked()), has, "{feature}, {version}");
            let outcome = register_where_async(&gears, chosen).await;
            check(outcome, has, feature, version);
            assert_eq!(is_sent(&server.asked()), has, "{feature}, {version}");
        }
        let lacking = ASKING.iter().any(|(_, _, has)| !has(version));
        assert!(lacking, "nothing has `timeout_ms`");
        // One that cannot be is enough to send none.
        let outcome = register_where(&gears, |gear| gear.name().starts_with("older_"));
        assert!(outcome.unwrap_err().unsupported().is_some());
        assert!(!is_sent(&server.asked()), "{version}");
    }
}

#[gear_fn]
fn later(_record: Record) -> i64 {
    r#"
    import asyncio
    await asyncio.sleep(0)
    return 1
    "#
}

#[test]
fn options_of_functions_that_came_later_are_refused() {
    for version in VERSIONS {
        let server = StandIn::start(version);
        let gears = Gears::connect(server.url()).unwrap();
        let told = |outcome: Result<()>, feature: &str, has: bool| {
            check(outcome, has, feature, version);
            assert_eq!(is_sent(&server.asked()), has, "{feature}, {version}");
        };
        let keys = KeysReader::new("older:*");
        let awaiting = ShardsIdReader::new().map(later);
        let local = PythonReader::new(py!("lambda: [1]")).run().local();
        let since_1_2 = since(10200)(version);
        told(local.on(&gears).map(drop), "`local`", version >= 10208);
        told(awaiting.run().on(&gears).map(drop), "`await`", since_1_2);
        told(keys.run().on(&gears).map(drop), "nothing", true);
        let entries = StreamReader::new("older").run().from_id("1-1");
        told(entries.on(&gears).map(drop), "nothing", true);

        let registered = |function: &EventFunction<_, _>| {
            function
                .on(&gears)
                .map(|change| assert_eq!(change, Change::Registered))
        };
        told(registered(&keys.register()), "nothing", true);
        let linked = keys.register().commands(["set"]);
        told(registered(&linked), "`commands`", since_1_2);
        let missing = keys.register().events(["KeyMiss"]);
        told(registered(&missing), "`keymiss`", since_1_2);
        let streams = keys.register().key_types([KeyType::Stream]);
        told(registered(&streams), "`stream`", false);
        let awaiting = keys.for_each(later).register();
        told(registered(&awaiting), "`await`", since_1_2);
        let prepared = keys.register().on_registered(py!("lambda: None"));
        told(registered(&prepared), "nothing", true);

        let called = CommandReader::new().args().register_trigger("older");
        told(called.on(&gears).map(drop), "nothing", true);
        let in_order = called.clone().in_order();
        told(
            in_order.on(&gears).map(drop),
            "`in_order`",
            ordered(version),
        );
        let hook = CommandReader::new().register_hook("get").key_prefix("a");
        told(hook.on(&gears).map(drop), "`hook`", since_1_2);

        // The script knows it too, wherever it is sent.
        let mut connection = gears.client().get_connection().unwrap();
        let ran = |script: Script, feature, has| {
            told(gears.execute(&script).map(drop), feature, has);
        };
        ran(in_order.script().unwrap(), "`in_order`", ordered(version));
        ran(hook.script().unwrap(), "`hook`", since_1_2);
        let outcome = connection.py_execute(&local.script().unwrap());
        told(outcome.map(drop), "`local`", version >= 10208);
    }
}
