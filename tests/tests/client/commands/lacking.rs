//! Servers that lack something.

use gears_runtime::data::SessionQuery;
use gears_runtime::embedded::Server;
use gears_runtime::redis;
use gears_runtime::{AsyncGearsCommands, ErrorKind, Gears, GearsCommands, Result, Runtime, Script};
use gears_tests::{Client, TestServer};

/// Sends every command, and collects the errors by the command's name.
macro_rules! every {
    ($client:expr $(, $wait:tt)?) => {
        vec![
            ("RG.PYEXECUTE", failure($client.py_execute(&Script::from_source("1"))$(.$wait)?)),
            ("RG.PYEXECUTE", failure($client.py_execute_unblocking(&Script::from_source("1"))$(.$wait)?)),
            ("RG.TRIGGER", failure($client.trigger("t", ["a"])$(.$wait)?)),
            ("RG.TRIGGERONKEY", failure($client.trigger_on_key("t", "k", ["a"])$(.$wait)?)),
            ("RG.DUMPEXECUTIONS", failure($client.dump_executions()$(.$wait)?)),
            ("RG.GETEXECUTION", failure($client.get_execution("x", None)$(.$wait)?)),
            ("RG.GETRESULTS", failure($client.get_results("x")$(.$wait)?)),
            ("RG.GETRESULTSBLOCKING", failure($client.get_results_blocking("x")$(.$wait)?)),
            ("RG.ABORTEXECUTION", failure($client.abort_execution("x")$(.$wait)?)),
            ("RG.DROPEXECUTION", failure($client.drop_execution("x")$(.$wait)?)),
            ("RG.DUMPREGISTRATIONS", failure($client.dump_registrations()$(.$wait)?)),
            ("RG.UNREGISTER", failure($client.unregister("x")$(.$wait)?)),
            ("RG.UNREGISTER", failure($client.unregister_abort_pending("x")$(.$wait)?)),
            ("RG.PAUSEREGISTRATIONS", failure($client.pause_registrations("x")$(.$wait)?)),
            ("RG.UNPAUSEREGISTRATIONS", failure($client.unpause_registrations("x")$(.$wait)?)),
            ("RG.CLEARREGISTRATIONSSTATS", failure($client.clear_registrations_stats()$(.$wait)?)),
            ("RG.CONFIGGET", failure($client.config_get(["x"])$(.$wait)?)),
            ("RG.CONFIGSET", failure($client.config_set([("x", 1)])$(.$wait)?)),
            ("RG.INFOCLUSTER", failure($client.info_cluster()$(.$wait)?)),
            ("RG.REFRESHCLUSTER", failure($client.refresh_cluster()$(.$wait)?)),
            ("RG.PYSTATS", failure($client.py_stats()$(.$wait)?)),
            ("RG.PYDUMPREQS", failure($client.py_dump_reqs()$(.$wait)?)),
            ("RG.PYDUMPSESSIONS", failure($client.py_dump_sessions(&SessionQuery::new())$(.$wait)?)),
            ("RG.PYPROFILE", failure($client.py_profile_stats("x")$(.$wait)?)),
            ("RG.PYPROFILE", failure($client.py_profile_reset("x")$(.$wait)?)),
            ("RG.PYEXPORTREQ", failure($client.py_export_req("x")$(.$wait)?)),
            ("RG.PYIMPORTREQ", failure($client.py_import_req(["x"])$(.$wait)?)),
            ("RG.DUMPPLUGINS", failure($client.dump_plugins()$(.$wait)?)),
            ("RG.HELLO", failure($client.hello()$(.$wait)?)),
            ("RG.NETWORKTEST", failure($client.network_test()$(.$wait)?)),
        ]
    };
}

fn failure<T>(result: Result<T>) -> gears_runtime::Error {
    match result {
        Ok(_) => panic!("a server without the module has done it"),
        Err(error) => error,
    }
}

fn check(errors: Vec<(&str, gears_runtime::Error)>) {
    for (command, error) in errors {
        let lack = error
            .unsupported()
            .unwrap_or_else(|| panic!("{command}: {error}"));
        assert_eq!(lack.feature(), command);
        assert!(lack.server().contains("without the module"), "{error}");
        assert!(error.to_string().contains("loadmodule"), "{error}");
    }
}

#[test]
fn server_without_the_module_lacks_every_command() {
    let server = TestServer::of(Server::builder().plain());
    check(every!(server.gears()));
    let mut connection = redis::Client::open(server.url())
        .unwrap()
        .get_connection()
        .unwrap();
    check(every!(connection));
}

#[tokio::test]
async fn server_without_the_module_lacks_every_command_awaited() {
    let server = TestServer::of(Server::builder().plain());
    let gears = Gears::connect_async(server.url()).await.unwrap().aio();
    check(every!(gears, await));
    let client = redis::Client::open(server.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    check(every!(connection, await));
}

/// Returns how often the server was asked what it is: for its setting, and for its modules.
fn questions(client: &mut Client) -> (u64, u64) {
    let told = client.ask(&[b"INFO", b"commandstats"]);
    let count = |names: &[&str]| {
        let calls = names.iter().find_map(|name| {
            let (_, rest) = told.split_once(&format!("cmdstat_{name}:calls="))?;
            rest.split(',').next()?.parse().ok()
        });
        calls.unwrap_or_else(|| panic!("{names:?} was never asked: {told}"))
    };
    // Redis before 7 does not count subcommands apart.
    (count(&["rg.configget"]), count(&["module|list", "module"]))
}

#[test]
fn server_is_asked_once_per_connection_what_it_is() {
    let server = TestServer::private();
    let mut client = server.client();
    let gears = server.gears();
    assert_eq!(questions(&mut client), (1, 1));
    for _ in 0..20 {
        gears.py_stats().unwrap();
        gears.py_dump_sessions(&SessionQuery::new()).unwrap();
        gears.execute(&Script::from_source("1")).unwrap();
    }
    assert_eq!(questions(&mut client), (1, 1));
}

#[tokio::test]
async fn server_is_asked_once_per_async_connection_what_it_is() {
    let server = TestServer::private();
    let gears = Gears::connect_async(server.url()).await.unwrap().aio();
    for _ in 0..20 {
        gears.py_stats().await.unwrap();
        gears.execute(&Script::from_source("1")).await.unwrap();
    }
    assert_eq!(questions(&mut server.client()), (1, 1));
}

#[test]
fn connections_that_speak_resp3_are_read_too() {
    let server = TestServer::private();
    let separator = if server.url().contains('?') { '&' } else { '?' };
    let gears = Gears::connect(format!("{}{separator}protocol=resp3", server.url())).unwrap();
    gears
        .execute(&Script::from_source(
            "GB('CommandReader').register(trigger='t', mode='sync')\n\
             GB('StreamReader').register('s*')",
        ))
        .unwrap();
    gears.trigger("t", ["a"]).unwrap();
    let registrations = gears.dump_registrations().unwrap();
    for one in &registrations {
        assert!(one.data.avg_run_duration_ms.is_some(), "{one:?}");
    }
    assert_eq!(registrations.len(), 2);
    gears.py_stats().unwrap();
    let script = Script::from_source("GB('ShardsIDReader').count().run()").returning::<i64>();
    let execution = gears.spawn(&script).unwrap();
    let results = execution.wait(gears_tests::DEADLINE).unwrap();
    assert_eq!(results.into_one().unwrap(), 1);
    assert_eq!(gears.dump_executions().unwrap()[0].id, *execution.id());
    assert!(gears.config().max_executions().unwrap() > 0);
}

#[test]
fn user_without_permission_is_told_by_the_server() {
    let server = TestServer::private();
    let mut client = server.client();
    gears_tests::ask!(
        client,
        "ACL",
        "SETUSER",
        "bob",
        "on",
        ">pw",
        "+@all",
        "-rg.pystats"
    );
    let url = server.url().to_owned() + "?user=bob&pass=pw";
    let gears = Gears::connect(url.as_str()).unwrap();
    let error = gears.py_stats().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server, "{error}");
    assert!(error.raw().unwrap().starts_with("NOPERM"), "{error}");
    assert!(error.is_permission() && !error.is_auth(), "{error}");
    gears.py_dump_reqs().unwrap();
}

#[test]
fn replies_of_the_oldest_version_are_read() {
    let server = TestServer::of(Server::builder().engine_args(["ReplyShapes", "1.0"]));
    let gears = server.gears();
    gears
        .execute(&Script::from_source(
            "GB('CommandReader').register(trigger='t')\n\
             GB('KeysReader').register('k*')\n\
             GB('StreamReader').register('s*')",
        ))
        .unwrap();
    let mut registrations = gears.dump_registrations().unwrap();
    registrations.sort_by_key(|one| one.reader.clone());
    let readers: Vec<&str> = registrations
        .iter()
        .map(|one| one.reader.as_str())
        .collect();
    assert_eq!(readers, ["CommandReader", "KeysReader", "StreamReader"]);
    for one in &registrations {
        assert_eq!(one.thread_pool, None);
        assert_eq!(one.data.avg_run_duration_ms, None);
        assert!(one.private.as_ref().unwrap().session().is_some());
        assert!(one.extra().is_empty() && one.data.extra().is_empty());
    }
    assert!(registrations[2].data.status.is_some());
}

#[test]
fn what_a_script_is_given_is_there() {
    let server = TestServer::start();
    let gears = server.gears();
    let key = server.name("key");
    let script = Script::from_source(format!(
        "cmd.set('{key}', 'value')\n\
         GB('ShardsIDReader').map(lambda shard: cmd.get('{key}')).run()"
    ))
    .runtime(Runtime::Commands)
    .returning::<String>();
    assert_eq!(gears.execute(&script).unwrap().into_one().unwrap(), "value");
    let mut connection = gears.client().get_connection().unwrap();
    let ran = GearsCommands::py_execute(&mut connection, &script).unwrap();
    assert_eq!(ran.into_results().into_one().unwrap(), "value");
    let script = Script::from_source("import redis").runtime(Runtime::RedisPy);
    gears.execute(&script).unwrap();
}

#[test]
fn script_is_read_from_a_file() {
    let server = TestServer::start();
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("gear.py");
    std::fs::write(
        &path,
        "# è\nGB('ShardsIDReader').map(lambda s: 'è').run()\n",
    )
    .unwrap();
    let script = Script::from_file(&path).unwrap().returning::<String>();
    let ran = server.gears().execute(&script).unwrap();
    assert_eq!(ran.into_one().unwrap(), "è");

    std::fs::write(&path, b"# \xff\n").unwrap();
    let error = Script::from_file(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("gear.py"), "{error}");
}
