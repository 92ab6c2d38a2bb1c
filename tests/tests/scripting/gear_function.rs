//! `#[gear_function]`: functions of libraries whose stubs are Rust.

use std::collections::BTreeMap;

use gears_runtime::embedded::Server;
use gears_runtime::{
    Change, ErrorKind, Gears, Options, Removal, Result, gear_function, plan_all, redis, register,
    register_all, register_where, unregister_all,
};
use gears_tests::{ClusterPlan, TestServer, ask, valkey_server};

use super::load;

/// Returns what some pieces of an item cost.
#[gear_function(lib = "shop", flags(no_writes), allow = ["undefined-name"])]
fn price(#[key] item: &str, pieces: u32, rebate: Option<f64>) -> Result<f64> {
    r#"
    whole = float(cmd.hget(item, "price") or 0) * pieces
    return rebated(whole, rebate or 0)
    "#
}

/// Takes a rebate off.
#[gear_function(lib = "shop")]
fn rebated(whole: f64, rebate: f64) -> Result<f64> {
    "return whole * (1 - rebate)"
}

/// Moves pieces from one key to another.
#[gear_function(lib = "shop", name = "move_pieces")]
fn shift(pieces: i64, #[key] source: &[u8], #[key] target: &[u8]) -> Result<(i64, i64)> {
    r#"
    return execute("DECRBY", source, pieces), execute("INCRBY", target, pieces)
    "#
}

#[gear_function(lib = "odds", fallback, flags(no_writes))]
fn flags_of(
    #[key] key: &str,
    values: BTreeMap<String, Vec<bool>>,
) -> Result<BTreeMap<String, bool>> {
    "return {name: any(those) for name, those in values.items()}"
}

#[gear_function(lib = "odds", fallback)]
fn is_even(number: i128) -> Result<bool> {
    "return number % 2 == 0"
}

#[gear_function(lib = "odds", fallback)]
fn same(bytes: Vec<u8>) -> Result<Option<Vec<u8>>> {
    "return bytes or None"
}

#[gear_function(lib = "odds", fallback)]
fn whatever() -> Result<redis::Value> {
    "return [1, [b'a', None]]"
}

#[gear_function(lib = "odds", fallback)]
fn nothing() -> Result<()> {
    "pass"
}

#[gear_function(lib = "odds", fallback)]
async fn fail(text: &str) -> Result<String> {
    r#"
    shown = text.upper()
    raise ValueError(shown)
    "#
}

fn connected(server: &TestServer) -> Gears {
    Gears::connect(server.url()).unwrap()
}

#[test]
fn stubs_call_functions_with_their_keys() {
    let server = valkey_server();
    let gears = connected(&server);
    register_all(&gears).unwrap();
    let mut client = server.client();
    ask!(client, "HSET", "apple", "price", "2.5");
    assert_eq!(price::on(&gears).call("apple", 4, None).unwrap(), 10.0);
    assert_eq!(price::on(&gears).call("apple", 4, Some(0.5)).unwrap(), 5.0);
    let moved = shift::on(&gears).call(3, b"a\xff", b"b\0");
    assert_eq!(moved.unwrap(), (-3, 3));
    // Any client calls them, and gets the result alone.
    assert_eq!(
        ask!(client, "FCALL_RO", "price", "1", "apple", "2"),
        "$\"5.0\""
    );
    assert_eq!(ask!(client, "FCALL", "is_even", "0", "7"), ":0");
    let reply = ask!(client, "FCALL", "price", "0", "apple", "2");
    assert!(reply.contains("takes 1 key, not 0"), "{reply}");
    let reply = ask!(client, "FCALL_RO", "move_pieces", "2", "a", "b", "1");
    assert!(
        reply.contains("Can not execute a script with write flag"),
        "{reply}"
    );
}

#[test]
fn values_are_those_of_gears() {
    for (server, is_function) in [
        (valkey_server(), true),
        (TestServer::of(Server::builder()), false),
    ] {
        let gears = connected(&server);
        let is_meant = |gear: &gears_runtime::Gear| gear.file().ends_with("gear_function.rs");
        let falls_back = |gear: &gears_runtime::Gear| match gear.cause() {
            gears_runtime::Cause::Function(function) => function.fallback,
            _ => false,
        };
        register_where(&gears, |gear| is_meant(gear) && falls_back(gear)).unwrap();
        let triggers = gears.dump_registrations().unwrap().len();
        assert_eq!(triggers == 0, is_function);
        let values = BTreeMap::from([("a".to_owned(), vec![false, true])]);
        let any = BTreeMap::from([("a".to_owned(), true)]);
        assert_eq!(flags_of::on(&gears).call("k", values).unwrap(), any);
        assert!(is_even::on(&gears).call(i128::MAX - 1).unwrap());
        assert_eq!(
            same::on(&gears).call(vec![0, 0xff]).unwrap(),
            Some(vec![0, 0xff])
        );
        assert_eq!(same::on(&gears).call(Vec::new()).unwrap(), None);
        nothing::on(&gears).call().unwrap();
        let piped: Vec<Result<bool>> = is_even::on(&gears).pipe([1, 2, 3]);
        let piped: Vec<bool> = piped.into_iter().collect::<Result<_>>().unwrap();
        assert_eq!(piped, [false, true, false]);
    }
}

#[tokio::test]
async fn errors_are_those_of_gears() {
    let server = valkey_server();
    let gears = connected(&server);
    register_all(&gears).unwrap();
    let error = fail::on(&gears).call("oh").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Python);
    let python = error.python().unwrap();
    assert_eq!((python.exception(), python.message()), ("ValueError", "OH"));
    let frames = python.frames();
    assert_eq!(frames.len(), 1, "{error}");
    assert!(frames[0].file().ends_with("gear_function.rs"), "{error}");
    assert_eq!(frames[0].source(), Some("raise ValueError(shown)"));
    let line = include_str!("gear_function.rs")
        .lines()
        .position(|line| line.contains("raise ValueError"));
    assert_eq!(frames[0].line(), u32::try_from(line.unwrap() + 1).unwrap());
    assert!(
        format!("{error:#}").contains("of the library `odds`"),
        "{error}"
    );
    let wrong = redis::cmd("FCALL")
        .arg("is_even")
        .arg(0)
        .arg("x")
        .to_owned();
    let reply = wrong.query::<()>(&mut gears.client().get_connection().unwrap());
    assert!(reply.unwrap_err().to_string().contains("a whole number"));
}

#[test]
fn libraries_are_loaded_once() {
    let server = valkey_server();
    let gears = connected(&server);
    let plan = plan_all(&gears).unwrap();
    assert_eq!(plan.count(Change::Registered), plan.len());
    let mut client = server.client();
    assert_eq!(ask!(client, "FUNCTION", "LIST"), "[]");
    register_all(&gears).unwrap();
    let loads = "cmdstat_function|load";
    let before = client.info("commandstats", loads);
    // There are two here and two in `shared.rs`.
    assert!(before.starts_with("calls=4,"), "{before}");
    let again = register_all(&gears).unwrap();
    assert_eq!(again.count(Change::Unchanged), again.len());
    assert_eq!(client.info("commandstats", loads), before);
    let listed = ask!(client, "FUNCTION", "LIST", "LIBRARYNAME", "shop");
    assert!(
        listed.contains("Returns what some pieces of an item cost."),
        "{listed}"
    );
    assert!(listed.contains("no-writes"), "{listed}");

    // One of them alone is still the whole library.
    ask!(client, "FUNCTION", "DELETE", "shop");
    assert_eq!(price::register(&gears).unwrap(), Change::Registered);
    assert_eq!(rebated::on(&gears).call(4.0, 0.5).unwrap(), 2.0);

    // What the server has forgotten is loaded again by a call.
    ask!(client, "FUNCTION", "FLUSH");
    assert_eq!(rebated::on(&gears).call(4.0, 0.5).unwrap(), 2.0);
}

#[test]
fn others_libraries_stay_unless_replaced() {
    let server = valkey_server();
    let gears = connected(&server);
    let mut client = server.client();
    load(
        &mut client,
        "shop",
        "register_function('price', lambda k, a: 1)",
    );
    let error = register_all(&gears).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DuplicateTrigger);
    assert!(
        error
            .to_string()
            .contains("the library `shop` on the server"),
        "{error}"
    );
    assert_eq!(ask!(client, "FCALL", "price", "0"), ":1");
    let plan = plan_all(&gears).unwrap();
    assert_eq!(plan.get("price"), Some(Change::Refused));
    assert_eq!(
        unregister_all(&gears).unwrap().get("price"),
        Some(Removal::Foreign)
    );
    let report = register(&gears, &Options::new().replace(true)).unwrap();
    assert_eq!(report.get("price"), Some(Change::Replaced));

    ask!(client, "FUNCTION", "FLUSH");
    load(
        &mut client,
        "other",
        "register_function('rebated', lambda k, a: 1)",
    );
    let error = register_all(&gears).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DuplicateTrigger);
    assert!(error.to_string().contains("the library `other`"), "{error}");
}

#[test]
fn prefixes_and_applications_are_apart() {
    let server = valkey_server();
    let staging = connected(&server).with_prefix("staging:");
    register_all(&staging).unwrap();
    register_all(&connected(&server)).unwrap();
    assert!(is_even::on(&staging).call(2).unwrap());
    let mut client = server.client();
    assert_eq!(ask!(client, "FCALL", "staging_is_even", "0", "3"), ":0");
    // The plain ones are another's.
    let gone = unregister_all(&staging).unwrap();
    assert_eq!(gone.count(Removal::Unregistered), gone.len());
    let listed = ask!(client, "FUNCTION", "LIST");
    assert!(
        !listed.contains("staging") && listed.contains("move_pieces"),
        "{listed}"
    );
    let some = gears_runtime::unregister(&connected(&server), &Options::new().only(["rebated"]));
    assert_eq!(some.unwrap().get("rebated"), Some(Removal::Unregistered));
    let listed = ask!(client, "FUNCTION", "LIST");
    assert!(
        !listed.contains("rebated") && listed.contains("move_pieces"),
        "{listed}"
    );
    unregister_all(&connected(&server)).unwrap();
    assert_eq!(ask!(client, "FUNCTION", "LIST"), "[]");
}

#[test]
fn who_cannot_have_functions_is_told_what_to_do() {
    for server in [
        TestServer::of(Server::builder()),
        TestServer::of(gears_tests::valkey().engine_args(["ScriptingEngine", "no"])),
    ] {
        let error = register_all(&connected(&server)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        for told in [
            "Valkey from 8.1 on",
            "ScriptingEngine yes",
            "fallback",
            "gear_function.rs",
        ] {
            assert!(error.to_string().contains(told), "{error}");
        }
        let registrations = connected(&server).dump_registrations().unwrap();
        assert!(registrations.is_empty(), "all or nothing");
    }
}

#[test]
fn a_cluster_has_libraries_on_every_primary_and_calls_go_to_their_keys() {
    let cluster = ClusterPlan::default().valkey().start();
    // Of its own: who unregisters at a socket may mean any port, so that what other tests take out
    // would not be loaded again here.
    let gears = cluster.gears(0).with_prefix("whole:");
    let registered = register_all(&gears).unwrap();
    assert_eq!(registered.count(Change::Registered), registered.len());
    let keys: Vec<String> = (0..3).map(|place| cluster.key_at(place, "stock")).collect();
    for (place, key) in keys.iter().enumerate() {
        let mut client = cluster.client(place);
        ask!(client, "HSET", key, "price", "2");
        assert_eq!(price::on(&gears).call(key, 2, None).unwrap(), 4.0);
        let (one, other) = (format!("{{{key}}}:1"), format!("{{{key}}}:2"));
        let moved = shift::on(&gears).call(3, one.as_bytes(), other.as_bytes());
        assert_eq!(moved.unwrap(), (-3, 3));
        assert_eq!(ask!(client, "GET", other), "$\"3\"");
    }
    let calls = keys.iter().map(|key| (key.as_str(), 1, None));
    let piped: Vec<Result<f64>> = price::on(&gears).pipe(calls);
    assert_eq!(
        piped.into_iter().collect::<Result<Vec<_>>>().unwrap(),
        [2.0; 3]
    );
    let apart = shift::on(&gears).call(1, keys[0].as_bytes(), keys[1].as_bytes());
    assert!(apart.unwrap_err().to_string().contains("CROSSSLOT"));

    // One of them has lost it all.
    let mut client = cluster.client(1);
    ask!(client, "FUNCTION", "FLUSH");
    assert_eq!(
        plan_all(&gears).unwrap().get("price"),
        Some(Change::Registered)
    );
    assert_eq!(price::on(&gears).call(&keys[1], 3, None).unwrap(), 6.0);
    let again = register_all(&gears).unwrap();
    assert_eq!(again.count(Change::Unchanged), again.len());

    let gone = unregister_all(&gears).unwrap();
    assert_eq!(gone.count(Removal::Unregistered), gone.len());
    for place in 0..3 {
        assert_eq!(ask!(cluster.client(place), "FUNCTION", "LIST"), "[]");
    }
}
