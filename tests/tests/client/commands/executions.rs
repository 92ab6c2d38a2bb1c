//! The list of executions, and what can be done with one.

use gears_runtime::data::{Executed, ExecutionStatus, Locality};
use gears_runtime::{ErrorKind, Script};

use super::story;

story! { $ go execution_is_listed_until_it_is_dropped(server, client) {
    let _ = server;
    let script = Script::from_source(
        "def numbers():\n    yield from (4, 2, 0)\n\
         GB('PythonReader').map(lambda n: 8 // n).run(numbers)",
    )
    .returning::<i64>();
    let started = go!(client.py_execute_unblocking(&script)).unwrap();
    let id = started.id().expect("it goes on").clone();
    let results = go!(client.get_results_blocking(&id)).unwrap();
    let results = results.decode::<i64>().unwrap();
    assert_eq!(results.results(), [2, 4]);
    assert_eq!(results.errors()[0].python().unwrap().exception(), "ZeroDivisionError");
    let again = go!(client.get_results(&id)).unwrap().decode::<i64>().unwrap();
    assert_eq!(again, results);

    let executions = go!(client.dump_executions()).unwrap();
    let listed = executions.iter().find(|one| one.id == id).expect("it is listed");
    assert_eq!(listed.status, ExecutionStatus::Done);
    assert!(!listed.registered && listed.extra().is_empty());

    let plans = go!(client.get_execution(listed, Some(Locality::Shard))).unwrap();
    let plan = &plans[0].plan;
    assert_eq!(plan.status, ExecutionStatus::Done);
    assert_eq!((plan.result_count(), plan.errors.len()), (Some(2), 1));
    assert!(plan.total_duration >= 0 && plan.read_duration >= 0);
    assert_eq!((plan.steps[0].kind.as_str(), plan.steps[0].arg.as_str()), ("collect", ""));
    assert_eq!(Some(plans[0].shard_id.as_str()), id.shard_id());
    let whole = go!(client.get_execution(&id, None)).unwrap();
    assert_eq!(whole.iter().filter(|plan| plan.shard_id == plans[0].shard_id).count(), 1);

    go!(client.abort_execution(&id)).expect("nothing to do is no error");
    go!(client.drop_execution(&id)).unwrap();
    for error in [
        go!(client.get_results(&id)).unwrap_err(),
        go!(client.get_results_blocking(&id)).unwrap_err(),
        go!(client.get_execution(&id, None)).unwrap_err(),
        go!(client.drop_execution(&id)).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Server);
        assert_eq!(error.raw(), Some("execution plan does not exist"));
        assert!(error.to_string().contains("MaxExecutions"), "{error}");
    }
    let error = go!(client.abort_execution(&id)).unwrap_err();
    assert_eq!(error.raw(), Some("execution does not exist"));
}}

story! { $ go running_execution_is_aborted(server, client) {
    let _ = server;
    let script = Script::from_source(
        "import time\n\
         def work(shard):\n    \
             for _ in range(6000):\n        \
                 time.sleep(0.01)\n\
         GB('ShardsIDReader').foreach(work).run()",
    );
    let started = go!(client.py_execute_unblocking(&script)).unwrap();
    let id = started.id().unwrap().clone();
    let error = go!(client.get_results(&id)).unwrap_err();
    assert_eq!(error.raw(), Some("execution is still running"));
    let error = go!(client.drop_execution(&id)).unwrap_err();
    assert!(error.to_string().contains("abort it first"), "{error}");
    go!(client.abort_execution(&id)).unwrap();
    let plans = go!(client.get_execution(&id, Some(Locality::Shard))).unwrap();
    assert!(plans[0].plan.status.is_finished());
    go!(client.drop_execution(&id)).unwrap();
}}

story! { $ go script_is_executed_and_tells_what_came(server, client) {
    let _ = server;
    let done = go!(client.py_execute(&Script::from_source("x = 1"))).unwrap();
    assert_eq!(done, Executed::Done);
    let script = Script::from_source("GB('ShardsIDReader').count().run()").returning::<i64>();
    let ran = go!(client.py_execute(&script)).unwrap();
    assert!(ran.id().is_none());
    assert!(ran.into_results().into_one().unwrap() >= 1);
}}

story! { $ go there_is_no_cluster_to_ask(server, client) {
    let _ = server;
    let started = go!(client.py_execute_unblocking(
        &Script::from_source("GB('ShardsIDReader').run()")
    )).unwrap();
    let id = started.id().unwrap();
    go!(client.get_results_blocking(id)).unwrap();
    if go!(client.info_cluster()).unwrap().is_none() {
        let error = go!(client.get_execution(id, Some(Locality::Cluster))).unwrap_err();
        assert!(error.to_string().contains("Locality::Shard"), "{error}");
    }
    go!(client.drop_execution(id)).unwrap();
}}
