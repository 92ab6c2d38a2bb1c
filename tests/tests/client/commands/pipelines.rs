//! Commands in pipelines of redis-rs.

use gears_runtime::data::{
    ExecutionInfo, ExecutionResult, PyRequirement, PyStats, Registration, RegistrationStatus,
    SessionQuery, Sessions, ShardPlan,
};
use gears_runtime::redis::{self, Value};
use gears_runtime::{GearsCommands as _, PipelineGearsCommands as _, Script};
use gears_tests::{TestServer, unless_lacking};

#[test]
fn replies_are_typed() {
    let server = TestServer::start();
    let mut connection = redis::Client::open(server.url())
        .unwrap()
        .get_connection()
        .unwrap();
    let started = connection
        .py_execute_unblocking(&Script::from_source("GB('ShardsIDReader').run()"))
        .unwrap();
    let id = started.id().unwrap();
    let trigger = server.name("echo");
    let register = Script::from_source(format!(
        "GB('CommandReader').map(lambda words: words[1]).register(trigger='{trigger}')\n\
         GB('StreamReader').register('{}')",
        server.name("stream")
    ));
    connection.py_execute(&register).unwrap();

    let (results, again, plans, executions, (), ()): (
        ExecutionResult,
        ExecutionResult,
        Vec<ShardPlan>,
        Vec<ExecutionInfo>,
        (),
        (),
    ) = redis::pipe()
        .get_results_blocking(id)
        .get_results(id)
        .get_execution(id, None)
        .dump_executions()
        .abort_execution(id)
        .drop_execution(id)
        .query(&mut connection)
        .unwrap();
    assert_eq!(results.decode::<i64>().unwrap().results(), [1]);
    assert_eq!(again.results().len(), 1);
    assert!(plans[0].plan.status.is_finished());
    assert!(executions.iter().any(|one| one.id == *id));

    let (results, registrations, stats, requirements, ()): (
        Vec<Value>,
        Vec<Registration>,
        PyStats,
        Vec<PyRequirement>,
        (),
    ) = redis::pipe()
        .trigger(&trigger, ["hello"])
        .dump_registrations()
        .py_stats()
        .py_dump_reqs()
        .refresh_cluster()
        .query(&mut connection)
        .unwrap();
    assert_eq!(results, [Value::BulkString(b"hello".to_vec())]);
    assert!(stats.peak_allocated >= 0);
    assert!(requirements.iter().all(|one| one.is_installed));
    let find = |reader| {
        let prefix = server.name("");
        registrations.iter().find(|one| {
            one.reader == reader
                && (one.watches(&server.name("stream"))
                    || one
                        .trigger()
                        .is_some_and(|trigger| trigger.starts_with(&prefix)))
        })
    };
    let (command, stream) = (
        find("CommandReader").unwrap(),
        find("StreamReader").unwrap(),
    );
    let ((), ()): ((), ()) = redis::pipe()
        .unregister(command)
        .unregister_abort_pending(stream)
        .query(&mut connection)
        .unwrap();
    let later = connection.py_dump_sessions(&SessionQuery::new());
    if unless_lacking(later, "RG.PYDUMPSESSIONS").is_none() {
        return;
    }
    connection.py_execute(&register).unwrap();
    let registrations = connection.dump_registrations().unwrap();
    let name = server.name("stream");
    let stream = registrations.iter().find(|one| one.watches(&name)).unwrap();
    let ((), (), sessions, ()): ((), (), Sessions, ()) = redis::pipe()
        .pause_registrations(stream)
        .clear_registrations_stats()
        .py_dump_sessions(&SessionQuery::new())
        .unregister(stream)
        .query(&mut connection)
        .unwrap();
    assert!(!sessions.sessions.is_empty());
    assert_eq!(stream.data.status, Some(RegistrationStatus::Ok));
}

#[test]
fn wrong_shape_is_told_with_its_place() {
    let server = TestServer::start();
    let mut connection = redis::Client::open(server.url())
        .unwrap()
        .get_connection()
        .unwrap();
    let error = redis::pipe()
        .py_stats()
        .query::<(ShardPlan,)>(&mut connection)
        .unwrap_err();
    assert!(error.to_string().contains("plan.shard_id"), "{error}");
}

#[tokio::test]
async fn pipelines_are_awaited_too() {
    let server = TestServer::start();
    let client = redis::Client::open(server.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let (registrations, stats): (Vec<Registration>, PyStats) = redis::pipe()
        .dump_registrations()
        .py_stats()
        .query_async(&mut connection)
        .await
        .unwrap();
    assert!(registrations.iter().all(|one| !one.id.as_str().is_empty()));
    assert!(stats.total_allocated >= 0);
}
