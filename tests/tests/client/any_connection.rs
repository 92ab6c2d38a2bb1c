//! Gears over connections of every kind: ours, clients of redis-rs, and whatever is lent.

use std::time::Duration;

use bb8_redis::{RedisConnectionManager, bb8};
use deadpool_redis::Runtime;
use gears_runtime::function::{CommandReader, KeysReader, PythonReader};
use gears_runtime::{
    Change, ErrorKind, Gears, GearsCommands, Options, Removal, Result, Script, gear_command,
    gear_on_keys, py, redis, register_where, unregister,
};
use gears_tests::TestServer;
use redis::AsyncConnectionConfig;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};

#[gear_command(trigger = "any.echo")]
fn echo(text: &str, bytes: &[u8]) -> Result<(String, usize)> {
    "return text, len(bytes)"
}

#[gear_command(trigger = "any.half")]
fn half(number: i64) -> Result<f64> {
    "
    if number % 2:
        raise ValueError(f'{number} is odd')
    return number / 2
    "
}

#[gear_command(trigger = "any.half_awaited")]
async fn half_awaited(number: i64) -> Result<i64> {
    "
    if number % 2:
        raise ValueError(f'{number} is odd')
    return number // 2
    "
}

/// The gear that one connection registers and another calls.
#[gear_command(trigger = "any.apart")]
fn apart() -> Result<i64> {
    "return 1"
}

#[gear_on_keys(prefix = "any:*", events = ["set"], mode = "sync")]
fn event(_record: gears_runtime::Record) {
    "execute('INCR', 'seen')"
}

const LONG: Duration = Duration::from_secs(60);

fn is_ours(gear: &gears_runtime::Gear) -> bool {
    gear.module_path().ends_with("::any_connection")
}

fn patient() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new().set_response_timeout(Some(LONG))
}

/// Does over one way to a server whatever can be done over it; the last word says what the first registration finds.
macro_rules! everything_over {
    ($server:expr, $found:expr) => {{
        let report = register_where($server, is_ours).unwrap();
        assert_eq!(report.get("any.echo"), Some($found));
        let report = register_where($server, is_ours).unwrap();
        assert_eq!(report.count(Change::Unchanged), report.len());
        assert_eq!(apart::register($server).unwrap(), Change::Unchanged);
        assert_eq!(event::register($server).unwrap(), Change::Unchanged);

        let (text, length) = echo::on($server).call("word", b"\0\xff").unwrap();
        assert_eq!((text.as_str(), length), ("word", 2));
        let bound = half::on($server);
        assert_eq!(bound.call(4).unwrap(), 2.0);
        let error = bound.clone().call(3).unwrap_err();
        assert_eq!(error.python().unwrap().message(), "3 is odd");
        assert!(format!("{error:#}").contains("`any.half`"), "{error:#}");

        let halves = half::pipe($server, 0..2500);
        assert_eq!(halves.len(), 2500);
        for (number, half) in halves.iter().enumerate() {
            match half {
                Ok(half) => assert_eq!(*half, number as f64 / 2.0),
                Err(error) => {
                    let told = format!("{number} is odd");
                    assert_eq!(error.python().unwrap().message(), told);
                }
            }
        }
        assert!(half::pipe($server, []).is_empty());

        let numbers = PythonReader::new(py!("lambda: range(3)"))
            .declare::<i64>()
            .run();
        let result = numbers.on($server).unwrap();
        assert_eq!(
            (result.shards(), result.into_results()),
            (Some(1), vec![0, 1, 2])
        );
        let script = Script::from_source("GB('ShardsIDReader').count().run()").returning::<i64>();
        assert_eq!(script.on($server).unwrap().into_one().unwrap(), 1);
        let broken = Script::from_source("1 / 0").on($server).unwrap_err();
        assert_eq!(broken.python().unwrap().exception(), "ZeroDivisionError");

        let answer = CommandReader::new()
            .apply(py!("lambda: 42"))
            .register_trigger("any.answer");
        assert_eq!(answer.on($server).unwrap(), Change::Registered);
        assert_eq!(answer.on($server).unwrap(), Change::Unchanged);
        assert_eq!(answer.unregister_from($server).unwrap(), 1);
    }};
}

/// The same, awaited.
macro_rules! everything_awaited_over {
    ($server:expr) => {{
        let report = gears_runtime::register_where_async($server, is_ours)
            .await
            .unwrap();
        assert_eq!(report.count(Change::Unchanged), report.len());
        assert_eq!(
            half_awaited::register($server).await.unwrap(),
            Change::Unchanged
        );
        assert_eq!(
            event::register_async($server).await.unwrap(),
            Change::Unchanged
        );

        let bound = half_awaited::on($server);
        assert_eq!(bound.call(4).await.unwrap(), 2);
        let error = bound.clone().call(3).await.unwrap_err();
        assert_eq!(error.python().unwrap().message(), "3 is odd");

        let halves = half_awaited::pipe($server, 0..200).await;
        assert_eq!(halves.len(), 200);
        for (number, half) in (0..).zip(halves) {
            assert_eq!(half.ok(), (number % 2 == 0).then_some(number / 2));
        }

        let numbers = PythonReader::new(py!("lambda: range(3)"))
            .declare::<i64>()
            .run();
        assert_eq!(
            numbers.on_async($server).await.unwrap().into_results(),
            [0, 1, 2]
        );
        let keys = KeysReader::new("any:none:*").keys().register();
        assert_eq!(keys.on_async($server).await.unwrap(), Change::Registered);
        assert_eq!(keys.unregister_from_async($server).await.unwrap(), 1);
        let script = Script::from_source("GB('ShardsIDReader').count().run()").returning::<i64>();
        assert_eq!(
            script.on_async($server).await.unwrap().into_one().unwrap(),
            1
        );
    }};
}

#[test]
fn everything_is_done_over_every_kind_of_connection() {
    let server = TestServer::private();
    let client = redis::Client::open(server.url()).unwrap();
    let gears = Gears::connect(server.url()).unwrap();

    let mut connection = client.get_connection().unwrap();
    everything_over!(&mut connection, Change::Registered);
    everything_over!(&gears, Change::Unchanged);
    everything_over!(&client, Change::Unchanged);

    let pool = r2d2::Pool::builder()
        .max_size(1)
        .build(client.clone())
        .unwrap();
    let mut pooled = pool.get().unwrap();
    everything_over!(&mut pooled, Change::Unchanged);
    drop(pooled);
    let mut pooled = pool.get().unwrap();
    everything_over!(&mut *pooled, Change::Unchanged);

    // A connection with another protocol.
    let info = client.get_connection_info().clone();
    let settings = info.redis_settings().clone();
    let info = info.set_redis_settings(settings.set_protocol(redis::ProtocolVersion::RESP3));
    let mut newer = redis::Client::open(info).unwrap().get_connection().unwrap();
    everything_over!(&mut newer, Change::Unchanged);
}

#[tokio::test]
async fn everything_is_awaited_over_every_kind_of_connection() {
    let server = TestServer::private();
    let client = redis::Client::open(server.url()).unwrap();
    let gears = Gears::connect_async(server.url()).await.unwrap();
    let registered = gears_runtime::register_where_async(&gears, is_ours).await;
    assert_eq!(
        registered.unwrap().get("any.half_awaited"),
        Some(Change::Registered)
    );

    everything_awaited_over!(&gears);
    everything_awaited_over!(&gears.aio());
    everything_awaited_over!(&client);

    let mut multiplexed = client
        .get_multiplexed_async_connection_with_config(&patient())
        .await
        .unwrap();
    everything_awaited_over!(&mut multiplexed);
    let config = ConnectionManagerConfig::new().set_response_timeout(Some(LONG));
    let manager = ConnectionManager::new_with_config(client.clone(), config).await;
    let mut manager = manager.unwrap();
    everything_awaited_over!(&mut manager);

    let config = deadpool_redis::Config::from_url(server.url());
    let pool = config.create_pool(Some(Runtime::Tokio1)).unwrap();
    let mut pooled = pool.get().await.unwrap();
    pooled.set_response_timeout(LONG);
    everything_awaited_over!(&mut pooled);

    let manager = RedisConnectionManager::new(server.url()).unwrap();
    let pool = bb8::Pool::builder().build(manager).await.unwrap();
    let mut pooled = pool.get().await.unwrap();
    pooled.set_response_timeout(LONG);
    // redis-rs takes a guard of this pool by what it guards.
    everything_awaited_over!(&mut *pooled);
}

#[test]
fn a_gear_is_registered_elsewhere_and_the_binding_stays() {
    let (here, there) = (TestServer::private(), TestServer::private());
    let client = redis::Client::open(there.url()).unwrap();
    let gears = here.gears();
    assert_eq!(apart::register(&gears).unwrap(), Change::Registered);
    assert_eq!(apart::register(&client).unwrap(), Change::Registered);
    assert_eq!(apart::register(&client).unwrap(), Change::Unchanged);
    let registered = client
        .get_connection()
        .unwrap()
        .dump_registrations()
        .unwrap();
    assert_eq!(registered.len(), 1, "that gear alone");
    assert_eq!(apart::on(&client).call().unwrap(), 1);
    let mut connection = client.get_connection().unwrap();
    // That gear alone: a connection that is lent does not say where it leads, so others here forget it too.
    let removed = unregister(&mut connection, &Options::new().only(["any.apart"])).unwrap();
    assert_eq!(removed.get("any.apart"), Some(Removal::Unregistered));
    let error = apart::on(&mut connection).call().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownTrigger);
    // Nor does the client bring it back that had registered it, wherever the connection leads.
    let error = apart::on(&client).call().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownTrigger);
    assert_eq!(apart::on(&gears).call().unwrap(), 1, "it is still here");
}

#[test]
fn clients_that_are_equal_share_their_connections() {
    let server = TestServer::private();
    let client = redis::Client::open(server.url()).unwrap();
    let count = || {
        let mut connection = client.get_connection().unwrap();
        let clients: String = redis::cmd("CLIENT")
            .arg("LIST")
            .query(&mut connection)
            .unwrap();
        clients
            .lines()
            .filter(|line| line.contains("cmd=rg.trigger"))
            .count()
    };
    let bound = apart::on(&client);
    apart::register(&client).unwrap();
    bound.call().unwrap();
    for _ in 0..10 {
        apart::on(&redis::Client::open(server.url()).unwrap())
            .call()
            .unwrap();
    }
    assert_eq!(count(), 1);
}

#[test]
fn what_is_wrong_with_a_connection_is_told() {
    let server = TestServer::private();
    let client = redis::Client::open(server.url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    apart::register(&mut connection).unwrap();
    server.kill();
    let error = apart::on(&mut connection).call().unwrap_err();
    assert!(error.is_connection(), "{error:?}");
    let outcomes = half::pipe(&mut connection, [2, 4]);
    assert_eq!(outcomes.len(), 2);
    assert!(
        outcomes
            .iter()
            .all(|outcome| outcome.as_ref().is_err_and(|error| error.is_connection()))
    );
    let error = register_where(&mut connection, is_ours).unwrap_err();
    assert!(error.is_connection(), "{error:?}");
}
