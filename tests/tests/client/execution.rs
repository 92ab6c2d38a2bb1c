//! Runs in the background, sync and async.

use std::time::{Duration, Instant};

use gears_runtime::data::{Executed, ExecutionStatus};
use gears_runtime::{ErrorKind, Gears, OnDrop, Script};
use gears_tests::{DEADLINE, TestServer, until};

/// A script that goes on until somebody aborts it.
fn endless() -> Script {
    Script::from_source(
        "import time\n\
         def work(shard):\n    \
             for _ in range(6000):\n        \
                 time.sleep(0.01)\n    \
             return shard\n\
         GB('ShardsIDReader').map(work).run()",
    )
}

fn quick() -> Script<i64> {
    Script::from_source("GB('ShardsIDReader').map(lambda shard: 1337).run()").returning()
}

fn wait_for(gears: &Gears, id: &str, status: &ExecutionStatus) {
    until("status", || {
        (gears.execution(id).status().unwrap() == *status).then_some(())
    });
}

#[test]
fn results_can_be_waited_for_and_asked_for_again() {
    let server = TestServer::start();
    let gears = server.gears();
    let execution = gears.spawn(&quick()).unwrap();
    assert_eq!(execution.wait(DEADLINE).unwrap().results(), [1337]);
    assert_eq!(execution.results().unwrap().into_one().unwrap(), 1337);
    assert_eq!(execution.status().unwrap(), ExecutionStatus::Done);
    let plan = execution.plan().unwrap().remove(0).plan;
    assert_eq!(plan.result_count(), Some(1));
    assert!(plan.errors.is_empty());
    let types: Vec<&str> = plan.steps.iter().map(|step| step.kind.as_str()).collect();
    assert_eq!(types[0], "collect", "the last step is the first one");
    assert!(types[1..].iter().all(|step| *step == "map"), "{types:?}");

    let again = gears.execution(execution.id()).returning::<String>();
    assert_eq!(again.results().unwrap().results(), ["1337"]);
    let id = execution.id().clone();
    execution.discard().unwrap();
    let error = gears.execution(id).results().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server);
    assert_eq!(error.raw(), Some("execution plan does not exist"));
    assert!(
        error.to_string().contains("may have been dropped"),
        "{error}"
    );
}

#[test]
fn results_and_errors_are_both_reachable() {
    let server = TestServer::start();
    let gears = server.gears();
    let script = Script::from_source(
        "def numbers():\n    yield from (3, 2, 0, 1)\n\
         GB('PythonReader').map(lambda n: 6 // n).run(numbers)",
    )
    .returning::<i64>();
    let results = gears
        .spawn(&script)
        .unwrap()
        .on_drop(OnDrop::Discard)
        .wait(DEADLINE)
        .unwrap();
    assert_eq!(results.results(), [2, 3]);
    assert_eq!(
        results.errors()[0].python().unwrap().exception(),
        "ZeroDivisionError"
    );
    let error = results.into_result().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Python);
}

#[test]
fn waiting_ends_and_the_execution_goes_on() {
    let server = TestServer::start();
    let gears = server.gears();
    let execution = gears
        .spawn(&endless())
        .unwrap()
        .on_drop(OnDrop::AbortAndDiscard);
    let error = execution.results().unwrap_err();
    assert_eq!(error.raw(), Some("execution is still running"));
    let error = execution.wait(Duration::from_millis(100)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(!execution.status().unwrap().is_finished());
}

#[test]
fn aborting_twice_is_the_same_as_once() {
    let server = TestServer::start();
    let gears = server.gears();
    let execution = gears.spawn(&endless()).unwrap();
    wait_for(&gears, execution.id().as_str(), &ExecutionStatus::Running);
    assert!(execution.abort().unwrap());
    // Servers of RedisGears call it done.
    let status = execution.status().unwrap();
    assert!(matches!(
        status,
        ExecutionStatus::Aborted | ExecutionStatus::Done
    ));
    assert!(!execution.abort().unwrap(), "it had ended");
    let results = execution.results().unwrap();
    assert!(results.results().is_empty());
    assert!(
        results.errors()[0].raw().contains("forcestopped"),
        "{results:?}"
    );
    let id = execution.id().clone();
    execution.discard().unwrap();
    let error = gears.execution(id).abort().unwrap_err();
    assert_eq!(error.raw(), Some("execution does not exist"));
}

#[test]
fn running_execution_cannot_be_dropped() {
    let server = TestServer::start();
    let gears = server.gears();
    let execution = gears.spawn(&endless()).unwrap();
    let id = execution.id().clone();
    let error = execution.discard().unwrap_err();
    assert!(error.to_string().contains("abort it first"), "{error}");
    let again = gears.execution(&id);
    again.abort().unwrap();
    again.discard().unwrap();
}

#[test]
fn policies_are_carried_out_when_the_handle_is_dropped() {
    let server = TestServer::start();
    let gears = server.gears();

    let left = gears.spawn(&quick()).unwrap();
    left.wait(DEADLINE).unwrap();
    let id = left.id().clone();
    drop(left);
    gears.execution(&id).discard().unwrap();

    let discarded = gears.spawn(&quick()).unwrap().on_drop(OnDrop::Discard);
    discarded.wait(DEADLINE).unwrap();
    let id = discarded.id().clone();
    drop(discarded);
    assert!(gears.execution(&id).status().is_err());

    let aborted = gears.spawn(&endless()).unwrap().on_drop(OnDrop::Abort);
    let id = aborted.id().clone();
    drop(aborted.returning::<String>());
    assert!(gears.execution(&id).status().unwrap().is_finished());
    gears.execution(&id).discard().unwrap();

    let gone = gears
        .spawn(&endless())
        .unwrap()
        .on_drop(OnDrop::AbortAndDiscard);
    let id = gone.id().clone();
    drop(gone);
    assert!(gears.execution(&id).status().is_err());
}

#[test]
fn script_without_a_run_leaves_nothing_to_wait_for() {
    let server = TestServer::start();
    let gears = server.gears();
    let script = Script::from_source("x = 1");
    let error = gears.spawn(&script).unwrap_err();
    assert!(error.to_string().contains("use `execute`"), "{error}");
    assert_eq!(gears.py_execute(&script).unwrap(), Executed::Done);
}

#[test]
fn result_of_another_type_is_told_with_its_place() {
    let server = TestServer::start();
    let gears = server.gears();
    let script = Script::from_source(
        "def words():\n    yield from (1, 'two')\n\
         GB('PythonReader').run(words, convertToStr=False)",
    );
    let error = gears.execute(&script.returning::<i64>()).unwrap_err();
    let decode = error.decode_error().unwrap_or_else(|| panic!("{error}"));
    assert_eq!(decode.path(), "results[1]");
    assert!(decode.expected().contains("i64"), "{error}");
}

mod asynchronous {
    use super::*;

    #[tokio::test]
    async fn handle_does_the_same() {
        let server = TestServer::start();
        let gears = Gears::connect_async(server.url()).await.unwrap().aio();
        let execution = gears.spawn(&quick()).await.unwrap();
        assert_eq!(execution.wait(DEADLINE).await.unwrap().results(), [1337]);
        assert_eq!(execution.results().await.unwrap().results(), [1337]);
        assert_eq!(execution.status().await.unwrap(), ExecutionStatus::Done);
        assert_eq!(execution.plan().await.unwrap().len(), 1);
        execution.abort().await.unwrap();
        let id = execution.id().clone();
        execution.discard().await.unwrap();
        let error = gears.execution(id).results().await.unwrap_err();
        assert_eq!(error.raw(), Some("execution plan does not exist"));
        assert_eq!(
            gears.execute(&quick()).await.unwrap().into_one().unwrap(),
            1337
        );
    }

    #[tokio::test]
    async fn dropped_wait_holds_nobody_up() {
        let server = TestServer::start();
        let gears = Gears::builder(server.url())
            .unwrap()
            .max_connections(1)
            .connect_async()
            .await
            .unwrap()
            .aio();
        let execution = gears.spawn(&endless()).await.unwrap();
        let waited = tokio::time::timeout(Duration::from_millis(100), execution.wait(DEADLINE));
        assert!(waited.await.is_err(), "an endless one does not end");
        // On the only connection, which the server would keep waiting.
        let asked = tokio::time::timeout(DEADLINE / 2, execution.status()).await;
        assert!(!asked.expect("nobody is held up").unwrap().is_finished());
        execution.abort().await.unwrap();
        execution.discard().await.unwrap();
    }

    #[tokio::test]
    async fn policies_are_carried_out_by_a_task() {
        let server = TestServer::start();
        let gears = Gears::connect_async(server.url()).await.unwrap().aio();
        let execution = gears.spawn(&endless()).await.unwrap();
        let id = execution.id().clone();
        drop(execution.on_drop(OnDrop::AbortAndDiscard));
        let deadline = Instant::now() + DEADLINE;
        while gears.execution(&id).status().await.is_ok() {
            assert!(Instant::now() < deadline, "still there");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
