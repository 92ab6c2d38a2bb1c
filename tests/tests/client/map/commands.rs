//! Section 3.2: commands, and what is done with their replies.

use std::fs;

use gears_runtime::data::{ExecutionStatus, RegistrationMode, SessionQuery};
use gears_runtime::embedded::Server;
use gears_runtime::{Gears, PipelineGearsCommands, Script};
use gears_tests::{TestServer, ask, wheel};

/// Runs scripts, each of which leaves something in a list.
fn run(gears: &Gears, sources: &[&str]) {
    for source in sources {
        gears
            .execute(&Script::from_source((*source).to_owned()))
            .unwrap();
    }
}

#[test]
fn executions_are_found_by_status_and_by_where_they_come_from() {
    let server = TestServer::private();
    let gears = server.gears();
    run(
        &gears,
        &["GB('CommandReader').register(trigger='t', mode='async_local')"],
    );
    gears.trigger("t", ["a"]).unwrap();
    gears.trigger("t", []).unwrap();
    let script = Script::from_source("GB('ShardsIDReader').run()");
    let done = gears.spawn(&script).unwrap();
    gears.get_results_blocking(done.id()).unwrap();
    let endless = gears
        .spawn(&Script::from_source(
            "import time\nGB('ShardsIDReader').foreach(lambda _: [time.sleep(0.01) for _ in range(9999)]).run()",
        ))
        .unwrap();
    let all = gears.dump_executions().unwrap();
    let of_clients: Vec<_> = all.iter().filter(|one| !one.registered).collect();
    let finished: Vec<_> = of_clients
        .iter()
        .filter(|one| one.status == ExecutionStatus::Done)
        .map(|one| &one.id)
        .collect();
    assert_eq!(of_clients.len(), 2, "{all:?}");
    assert_eq!(finished, [done.id()]);
    endless.abort().unwrap();
}

#[test]
fn registrations_are_found_by_reader_description_mode_key_and_trigger() {
    let server = TestServer::private();
    let gears = server.gears();
    run(
        &gears,
        &[
            "GB('CommandReader', desc='adds all').register(trigger='add', mode='sync')",
            "GB('KeysReader', desc='looks').register('key:*', mode='async_local')",
            "GB('StreamReader').register('orders')",
        ],
    );
    let all = gears.dump_registrations().unwrap();
    assert_eq!(
        all.iter()
            .filter(|one| one.reader == "StreamReader")
            .count(),
        1
    );
    let described = |wanted: &str| {
        let found = all
            .iter()
            .filter(|one| one.description.as_deref() == Some(wanted));
        found.count()
    };
    assert_eq!((described("adds all"), described("adds")), (1, 0));
    let sync = all
        .iter()
        .filter(|one| one.data.mode == RegistrationMode::Sync);
    assert_eq!(sync.count(), 1);
    assert_eq!(all.iter().filter(|one| one.watches("key:1")).count(), 1);
    assert_eq!(all.iter().filter(|one| one.watches("orders")).count(), 1);
    let triggers: Vec<_> = all.iter().filter_map(|one| one.trigger()).collect();
    assert_eq!(triggers, ["add"]);
}

#[test]
fn requirements_are_found_by_package_and_by_what_became_of_them() {
    let server = TestServer::private();
    let gears = server.gears();
    for requirement in ["redis", "cloudpickle>=2"] {
        let script = Script::from_source("1").requirements([requirement]);
        gears.execute(&script).unwrap();
    }
    let all = gears.py_dump_reqs().unwrap();
    let found: Vec<_> = all
        .iter()
        .filter(|one| one.package() == "cloudpickle")
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(found, ["cloudpickle>=2"]);
    assert_eq!(all.iter().filter(|one| one.is_installed).count(), 2);
    // Python brings them: nothing was downloaded.
    assert_eq!(all.iter().filter(|one| one.is_downloaded).count(), 0);
}

#[test]
fn requirements_are_installed_once_more_when_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = wheel(folder.path(), "gears_again", "1", "ANSWER = 1\n");
    let server = TestServer::of(
        Server::builder()
            .packages_dir(folder.path().join("packages"))
            .env("PIP_NO_INDEX", "1")
            .env("PIP_CONFIG_FILE", "/dev/null"),
    );
    let gears = server.gears();
    let script = Script::from_source("1").requirements([path.to_str().unwrap()]);
    gears.execute(&script).unwrap();
    // It is there: nobody looks for the file.
    fs::remove_file(&path).unwrap();
    gears.execute(&script).unwrap();
    let again = script.force_reinstall_requirements();
    let error = gears.execute(&again).unwrap_err();
    assert!(error.requirement().is_some(), "{error}");
    wheel(folder.path(), "gears_again", "1", "ANSWER = 2\n");
    gears.execute(&again).unwrap();
}

#[test]
fn commands_that_are_gone_say_so() {
    let server = TestServer::private();
    let mut client = server.client();
    for command in ["RG.PYEXECUTEREMOTE", "RG.PYFREEINTERPRETER"] {
        let reply = ask!(client, command);
        assert!(reply.contains("not longer supported"), "{reply}");
    }
}

#[test]
fn every_command_whose_reply_has_one_type_goes_into_a_pipeline() {
    let mut pipeline = redis::pipe();
    pipeline
        .trigger("t", [])
        .trigger_on_key("t", "k", [])
        .dump_executions()
        .get_execution("0-1", None)
        .get_results("0-1")
        .get_results_blocking("0-1")
        .abort_execution("0-1")
        .drop_execution("0-1")
        .dump_registrations()
        .unregister("0-1")
        .unregister_abort_pending("0-1")
        .pause_registrations("0-1")
        .unpause_registrations("0-1")
        .clear_registrations_stats()
        .refresh_cluster()
        .hello()
        .network_test()
        .py_stats()
        .dump_plugins()
        .py_dump_sessions(&SessionQuery::new())
        .py_profile_stats("s")
        .py_profile_reset("s")
        .py_dump_reqs()
        .py_export_req("redis")
        .py_import_req([b"chunk"]);
    let packed = String::from_utf8(pipeline.get_packed_pipeline()).unwrap();
    let names: Vec<&str> = packed
        .lines()
        .filter(|line| line.starts_with("RG."))
        .collect();
    assert_eq!(names.len(), 25, "{names:?}");
}
