//! Chapter 15: what commands tell, field by field.

use gears_runtime::data::{
    Executed, ExecutionInfo, ExecutionStatus, Locality, PyStats, ReaderArgs, Registration,
    RegistrationMode, RegistrationStatus, SessionLink, SessionQuery,
};
use gears_runtime::redis::{FromRedisValue, Value};
use gears_runtime::{Gears, Script};
use gears_tests::{DEADLINE, ask, until};

use crate::function::stage::Stage;

fn execute(gears: &Gears, source: &'static str) -> Executed<Value> {
    gears.py_execute(&Script::from_source(source)).unwrap()
}

#[test]
fn a_script_is_done_brings_results_or_has_started() {
    let stage = Stage::private();
    assert_eq!(execute(&stage.gears, "x = 1"), Executed::Done);
    let ran = execute(&stage.gears, "GB('ShardsIDReader').run()");
    assert!(matches!(&ran, Executed::Results(result) if result.results().len() == 1));
    let script = Script::from_source("GB('ShardsIDReader').run()");
    let started = stage.gears.py_execute_unblocking(&script).unwrap();
    assert!(matches!(started, Executed::Started(_)));
}

#[test]
fn states_that_nobody_knows_are_kept_by_their_names() {
    let read = |word: &str| {
        let pairs = ["executionId", "0-1", "status", word, "registered"];
        let mut pairs: Vec<Value> = pairs
            .iter()
            .map(|text| Value::BulkString(text.as_bytes().to_vec()))
            .collect();
        pairs.push(Value::Int(1));
        ExecutionInfo::from_redis_value(Value::Array(pairs)).unwrap()
    };
    for (word, status) in [
        ("created", ExecutionStatus::Created),
        ("running", ExecutionStatus::Running),
        ("pending_cluster", ExecutionStatus::PendingCluster),
        ("pending_run", ExecutionStatus::PendingRun),
        ("pending_receive", ExecutionStatus::PendingReceive),
        ("pending_termination", ExecutionStatus::PendingTermination),
        ("done", ExecutionStatus::Done),
        ("aborted", ExecutionStatus::Aborted),
        ("dreaming", ExecutionStatus::Other("dreaming".to_owned())),
    ] {
        let info = read(word);
        assert_eq!((&info.status, info.registered), (&status, true));
        assert_eq!(status.as_str(), word);
    }
}

#[test]
fn a_plan_is_of_the_shard_and_has_its_steps() {
    let stage = Stage::private();
    stage.tell("CONFIG", &["SET", "rg.ProfileExecutions", "1"]);
    let script = Script::from_source(
        "def numbers():\n    yield from (1, 0)\n\
         GB('PythonReader').filter(lambda n: True).map(lambda n: 1 // n).run(numbers)",
    );
    let execution = stage.gears.spawn(&script).unwrap();
    execution.wait(DEADLINE).unwrap();
    let plans = stage
        .gears
        .get_execution(execution.id(), Some(Locality::Shard))
        .unwrap();
    assert_eq!(plans.len(), 1);
    assert_eq!(Some(plans[0].shard_id.as_str()), execution.id().shard_id());
    let plan = &plans[0].plan;
    assert_eq!(plan.status, ExecutionStatus::Done);
    assert_eq!((plan.shards_received, plan.shards_completed), (0, 0));
    assert_eq!((plan.results, plan.errors.len()), (1, 1));
    assert!(plan.errors[0].contains("ZeroDivisionError"));
    assert!(plan.total_duration >= plan.read_duration);
    let kinds: Vec<&str> = plan.steps.iter().map(|step| step.kind.as_str()).collect();
    // The last step is the first one; what the engine adds for the reader may follow.
    assert_eq!(kinds[..4], ["collect", "map", "map", "filter"]);
    assert!(
        plan.steps
            .iter()
            .all(|step| step.duration >= 0 && !step.name.is_empty())
    );
}

#[test]
fn replies_are_read_by_redis_rs_as_well() {
    let stage = Stage::private();
    execute(&stage.gears, "GB('CommandReader').register(trigger='t')");
    let registrations: Vec<Registration> = stage.ask("RG.DUMPREGISTRATIONS", &[]);
    assert_eq!(registrations[0].trigger(), Some("t"));
    let stats: PyStats = stage.ask("RG.PYSTATS", &[]);
    assert!(stats.total_allocated >= stats.current_allocated && stats.peak_allocated > 0);
    let executions: Vec<ExecutionInfo> = stage.ask("RG.DUMPEXECUTIONS", &[]);
    assert!(executions.is_empty());
    let error = PyStats::from_redis_value(Value::Okay).unwrap_err();
    assert!(error.to_string().contains("expected"), "{error}");
}

#[test]
fn a_registration_tells_what_it_is_and_how_it_fares() {
    let stage = Stage::private();
    let source = "GB('CommandReader', desc='divides')\
        .map(lambda words: 1 // int(words[1])).register(trigger='divide', mode='sync')";
    execute(&stage.gears, source);
    stage.gears.trigger("divide", ["1"]).unwrap();
    stage.gears.trigger("divide", ["0"]).unwrap_err();
    let listed = stage.gears.dump_registrations().unwrap();
    let one = &listed[0];
    assert_eq!(one.reader, "CommandReader");
    assert_eq!(one.description.as_deref(), Some("divides"));
    assert_eq!(one.thread_pool.as_deref(), Some("DefaultPool"));
    let data = &one.data;
    assert_eq!(data.mode, RegistrationMode::Sync);
    assert_eq!(
        (data.num_triggered, data.num_success, data.num_failures),
        (2, 1, 1)
    );
    assert_eq!((data.num_aborted, &data.status), (0, &None));
    assert!(
        data.last_error
            .as_ref()
            .unwrap()
            .contains("ZeroDivisionError")
    );
    assert!(matches!(&data.args, ReaderArgs::Command(args) if args.trigger == "divide"));
    assert!(data.extra().is_empty());

    let private = one.private.as_ref().unwrap();
    let session = private.session().unwrap();
    assert_eq!(private.registrations().unwrap(), [one.id.as_str()]);
    assert!(private.dependencies().is_empty());
    assert!(private.raw().contains(session));
}

#[test]
fn durations_and_lags_are_told() {
    let stage = Stage::private();
    execute(
        &stage.gears,
        "GB('StreamReader').foreach(lambda r: r).register('orders', mode='async_local')",
    );
    stage.tell("XADD", &["orders", "*", "a", "b"]);
    let data = until("entry", || {
        let one = stage.gears.dump_registrations().unwrap().remove(0);
        (one.data.num_success >= 1).then_some(one.data)
    });
    assert!(data.total_run_duration_ms >= data.last_run_duration_ms);
    assert!(data.last_run_duration_ms.unwrap() >= 0);
    assert!(data.avg_run_duration_ms.unwrap() >= 0.0);
    assert!(data.last_estimated_lag_ms.unwrap() >= 0);
    assert!(data.avg_estimated_lag_ms.unwrap() >= 0.0);
    assert_eq!(data.status, Some(RegistrationStatus::Ok));
}

#[test]
fn a_requirement_tells_what_is_installed() {
    let stage = Stage::private();
    let script = Script::from_source("1")
        .session("s")
        .requirements(["redis"]);
    stage.gears.execute(&script).unwrap();
    let one = stage.gears.py_dump_reqs().unwrap().remove(0);
    assert_eq!((one.name.as_str(), one.package()), ("redis", "redis"));
    assert_eq!((one.is_downloaded, one.is_installed), (false, true));
    assert!(one.gear_req_version >= 1 && !one.compiled_os.is_empty());
    assert_eq!(one.wheels.files(), None);
    // Nothing that is left needs it.
    assert_eq!((one.ref_count, one.is_in_dictionary), (Some(0), Some(true)));
    assert!(one.path.is_some() && one.extra().is_empty(), "{one:?}");
}

#[test]
fn sessions_tell_what_they_hold() {
    let stage = Stage::private();
    let script = Script::from_source("GB('CommandReader').register(trigger='t')")
        .session("mine")
        .description("one")
        .requirements(["redis"]);
    stage.gears.execute(&script).unwrap();
    let listed = stage
        .gears
        .py_dump_sessions(&SessionQuery::new().verbose().only(["mine", "nobody"]))
        .unwrap();
    let one = &listed.sessions[0];
    assert_eq!(
        (one.id.as_str(), one.description.as_deref()),
        ("mine", Some("one"))
    );
    assert_eq!((&one.linked, one.dead), (&SessionLink::Primary, false));
    assert_eq!(one.requirements[0].full().unwrap().name, "redis");
    assert_eq!(one.registrations[0].full().unwrap().trigger(), Some("t"));
    assert_eq!(listed.missing.len(), 1);
}

#[test]
fn a_server_that_is_alone_has_no_shards_to_tell_of() {
    let stage = Stage::private();
    let mut client = stage.server.client();
    assert_eq!(ask!(client, "RG.INFOCLUSTER"), r#"$"no cluster mode""#);
    assert_eq!(stage.gears.info_cluster().unwrap(), None);
}
