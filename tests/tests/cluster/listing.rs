//! Commands in a cluster: one list of what all shards list, and handles that stay with theirs.

use gears_runtime::data::{ConfigChange, ExecutionStatus, SessionQuery};
use gears_runtime::{ErrorKind, Result, Script, gear_command, register_where};
use gears_tests::{DEADLINE, TestCluster, ask};

#[gear_command(trigger = "cluster.listed")]
fn listed() -> Result<i64> {
    "return 1"
}

const STREAM: &str = "GB('StreamReader', desc='logs').register('log:*', mode='async_local')";

#[test]
fn registrations_of_all_shards_are_one_list() {
    let cluster = TestCluster::start();
    let gears = cluster.gears(0);
    register_where(&gears, |gear| gear.trigger() == "cluster.listed").unwrap();
    for _ in 0..6 {
        assert_eq!(listed::on(&gears).call().unwrap(), 1);
    }
    // The counts are those of all three.
    let list = gears.dump_registrations().unwrap();
    assert_eq!(list.len(), 1, "{list:?}");
    assert_eq!(list[0].trigger(), Some("cluster.listed"));
    assert_eq!(
        (list[0].data.num_triggered, list[0].data.num_success),
        (6, 6)
    );
    let shards = gears.shards().unwrap();
    assert_eq!(shards.len(), 3);
    for (id, shard) in &shards {
        assert_eq!(
            shard.dump_registrations().unwrap()[0].data.num_triggered,
            2,
            "{id}"
        );
    }
    gears.clear_registrations_stats().unwrap();
    assert_eq!(gears.dump_registrations().unwrap()[0].data.num_triggered, 0);
    let sessions = gears
        .py_dump_sessions(&SessionQuery::new().only(["nobody"]))
        .unwrap();
    assert_eq!((sessions.sessions.len(), sessions.missing.len()), (0, 1));
    assert_eq!(
        gears
            .py_dump_sessions(&SessionQuery::new())
            .unwrap()
            .sessions
            .len(),
        1
    );

    // What is listed goes from all shards by its id, whoever is told.
    gears.unregister(&list[0]).unwrap();
    assert!(gears.dump_registrations().unwrap().is_empty());
    for shard in shards.values() {
        assert!(shard.dump_registrations().unwrap().is_empty());
    }
    for (number, shard) in shards.values().enumerate() {
        let name = format!("GB('CommandReader').register(trigger='cluster.own.{number}')");
        shard.execute(&Script::from_source(name)).unwrap();
    }
    let list = gears.dump_registrations().unwrap();
    assert_eq!(list.len(), 3);
    for (id, shard) in &shards {
        let here = shard.dump_registrations().unwrap();
        let own = here.iter().find(|one| one.id.shard_id() == Some(id));
        shard.unregister(own.expect("what it registered")).unwrap();
    }
    assert!(gears.dump_registrations().unwrap().is_empty());
    let error = gears.unregister("none-1").unwrap_err();
    assert_eq!(error.raw(), Some("execution is not registered"));

    // One of a stream is paused on all.
    shards
        .values()
        .nth(1)
        .unwrap()
        .execute(&Script::from_source(STREAM))
        .unwrap();
    let list = gears.dump_registrations().unwrap();
    let statuses = || -> Vec<_> {
        let each = shards.values().map(|shard| {
            let list = shard.dump_registrations().unwrap();
            list[0].data.status.clone()
        });
        each.collect()
    };
    gears.pause_registrations(&list[0]).unwrap();
    let paused = statuses();
    gears.unpause_registrations(&list[0]).unwrap();
    let resumed = statuses();
    assert_ne!(paused, resumed);
    assert!(paused.iter().all(|one| *one == paused[0]), "{paused:?}");
    assert!(resumed.iter().all(|one| *one == resumed[0]), "{resumed:?}");
    // The session is one, with all that it registered listed whole.
    let sessions = gears.py_dump_sessions(&SessionQuery::new().verbose());
    let sessions = sessions.unwrap().sessions;
    assert_eq!(sessions.len(), 1, "{sessions:?}");
    gears.unregister(&list[0]).unwrap();
}

#[test]
fn executions_stay_with_their_shards() {
    let cluster = TestCluster::start();
    let gears = cluster.gears(0);
    let script = Script::from_source("GB('ShardsIDReader').map(lambda shard: 1337).run()");
    let script = script.returning::<i64>();
    let executions: Vec<_> = (0..6).map(|_| gears.spawn(&script).unwrap()).collect();
    for execution in &executions {
        let results = execution.wait(DEADLINE).unwrap();
        assert!(results.results().iter().all(|result| *result == 1337));
        assert_eq!(execution.status().unwrap(), ExecutionStatus::Done);
    }
    assert_eq!(gears.dump_executions().unwrap().len(), 6);
    for execution in executions {
        execution.discard().unwrap();
    }
    assert!(gears.dump_executions().unwrap().is_empty());

    // By its id alone it is found where it is.
    let execution = gears.spawn(&script).unwrap();
    execution.wait(DEADLINE).unwrap();
    let results = gears.get_results(execution.id()).unwrap();
    assert_eq!(results.decode::<i64>().unwrap().results(), [1337; 3]);
    gears.drop_execution(execution.id()).unwrap();
    let error = gears.get_results("none-1").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server, "{error}");

    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let gears = gears.aio();
        let mut executions = Vec::new();
        for _ in 0..3 {
            executions.push(gears.spawn(&script).await.unwrap());
        }
        assert_eq!(gears.dump_executions().await.unwrap().len(), 3);
        for execution in executions {
            let results = execution.wait(DEADLINE).await.unwrap();
            assert!(results.results().iter().all(|result| *result == 1337));
            execution.discard().await.unwrap();
        }
        assert_eq!(gears.shards().await.unwrap().len(), 3);
        assert!(gears.dump_registrations().await.unwrap().is_empty());
        assert!(gears.py_dump_reqs().await.unwrap().is_empty());
    });
}

#[test]
fn settings_are_those_of_all_shards() {
    let cluster = TestCluster::start();
    let gears = cluster.gears(1);
    gears.config().set_max_executions(77).unwrap();
    let all = gears.config().all_shards().unwrap();
    assert_eq!(all.len(), 3);
    for (id, config) in &all {
        assert_eq!(config.max_executions().unwrap(), 77, "{id}");
    }
    // One for itself.
    let id = cluster.id(2);
    all[&id].set_max_executions(5).unwrap();
    let mut client = cluster.client(2);
    assert_eq!(ask!(client, "RG.CONFIGGET", "MaxExecutions"), "[:5]");
    assert_eq!(
        ask!(cluster.client(0), "RG.CONFIGGET", "MaxExecutions"),
        "[:77]"
    );
    // What one refuses is refused.
    let changes = gears.config_set([("ExecutionThreads", 9)]).unwrap();
    assert!(matches!(
        changes["ExecutionThreads"],
        ConfigChange::Refused(_)
    ));
    assert!(
        gears
            .config()
            .set_execution_threads(9)
            .unwrap_err()
            .is_unsupported()
    );

    let stats = gears.py_stats().unwrap();
    let each: i64 = gears
        .shards()
        .unwrap()
        .values()
        .map(|shard| shard.py_stats().unwrap().peak_allocated)
        .sum();
    assert!(stats.peak_allocated <= each && stats.peak_allocated > each / 2);
    gears.refresh_cluster().unwrap();
    gears.network_test().unwrap();

    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let config = gears.aio().config();
        config.set_max_executions(78).await.unwrap();
        for config in config.all_shards().await.unwrap().values() {
            assert_eq!(config.max_executions().await.unwrap(), 78);
        }
    });
}
