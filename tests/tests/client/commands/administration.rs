//! Settings, cluster, and the Python side.

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

use gears_runtime::data::{ConfigChange, ConfigValue, SessionLink, SessionQuery};
use gears_runtime::{ErrorKind, Script};
use gears_tests::{DEADLINE, unless_lacking, wheel};
use tempfile::TempDir;

use super::story;

story! { $ go settings_are_read_and_changed_by_name(server, client) {
    let mine = server.name("setting");
    let values = go!(client.config_get(["SendMsgRetries", mine.as_str()])).unwrap();
    let Some(ConfigValue::Int(retries)) = values["SendMsgRetries"] else { panic!("{values:?}") };
    assert_eq!(values[&mine], None);

    let changes = go!(client.config_set([
        ("SendMsgRetries", ConfigValue::Int(retries)),
        (mine.as_str(), "a b".into()),
        ("ExecutionThreads", 5.into()),
    ]))
    .unwrap();
    assert_eq!(changes["SendMsgRetries"], ConfigChange::Set);
    assert_eq!(changes[&mine], ConfigChange::SetForScripts);
    let ConfigChange::Refused(why) = &changes["ExecutionThreads"] else { panic!("{changes:?}") };
    assert!(why.contains("not modifiable at runtime"), "{why}");
    let values = go!(client.config_get([&mine])).unwrap();
    assert_eq!(values[&mine], Some(ConfigValue::from("a b")));

    let nothing: [&str; 0] = [];
    assert!(go!(client.config_get(nothing)).unwrap().is_empty());
    assert!(go!(client.config_set(BTreeMap::<String, i64>::new())).unwrap().is_empty());
}}

story! { $ go cluster_is_described_and_looked_at_again(server, client) {
    let _ = server;
    go!(client.refresh_cluster()).unwrap();
    if let Some(cluster) = go!(client.info_cluster()).unwrap() {
        assert!(cluster.my_shard().is_some());
        assert_eq!(go!(client.hello()).unwrap().len(), 40);
    } else {
        // RedisGears greets nobody before it knows a cluster.
        match go!(client.hello()) {
            Ok(run_id) => assert!(!run_id.is_empty()),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Server, "{error}"),
        }
    }
    go!(client.network_test()).unwrap();
}}

story! { $ go python_tells_its_memory_and_plugins(server, client) {
    let _ = server;
    let stats = go!(client.py_stats()).unwrap();
    assert!(stats.total_allocated >= stats.current_allocated, "{stats:?}");
    assert!(stats.extra().is_empty());
    let plugins = go!(client.dump_plugins());
    if let Some(plugins) = unless_lacking(plugins, "RG.DUMPPLUGINS") {
        assert!(plugins.iter().any(|plugin| plugin.name == "GearsPythonPlugin"), "{plugins:?}");
        assert!(plugins[0].to_string().ends_with(".0"), "{}", plugins[0]);
    }
}}

story! { $ go sessions_are_listed_by_name_and_in_full(server, client) {
    let (name, trigger) = (server.name("session"), server.name("trigger"));
    let script = Script::from_source(format!(
        "GB('CommandReader').register(trigger='{trigger}', mode='sync')"
    ))
    .session(&name)
    .description("what it is for");
    let Some(_) = unless_lacking(go!(client.py_execute(&script)), "RG.PYEXECUTE") else {
        let listed = go!(client.py_dump_sessions(&SessionQuery::new()));
        assert!(unless_lacking(listed, "RG.PYDUMPSESSIONS").is_none());
        return;
    };
    let query = SessionQuery::new().only([name.clone(), "nobody".to_owned()]);
    let listed = go!(client.py_dump_sessions(&query)).unwrap();
    let session = &listed.sessions[0];
    assert_eq!((session.id.as_str(), session.dead), (name.as_str(), false));
    assert_eq!(session.description.as_deref(), Some("what it is for"));
    assert_eq!(session.linked, SessionLink::Primary);
    assert!(session.requirements.is_empty() && session.extra().is_empty());
    let id = session.registrations[0].name().unwrap().clone();
    assert_eq!(listed.missing, ["Session nobody does not exists"]);

    let listed = go!(client.py_dump_sessions(&query.verbose())).unwrap();
    let full = listed.sessions[0].registrations[0].full().unwrap();
    assert_eq!((full.trigger(), &full.id), (Some(trigger.as_str()), &id));
    assert!(full.private.is_none(), "it would repeat the session");
    let all = go!(client.py_dump_sessions(&SessionQuery::new())).unwrap();
    assert!(all.sessions.iter().any(|session| session.id == name));
    go!(client.py_dump_sessions(&SessionQuery::new().dead())).unwrap();

    let error = go!(client.py_execute(&script)).unwrap_err();
    assert_eq!(error.raw(), Some(format!("Session {name} already exists").as_str()));
    go!(client.py_execute(&script.upgrade())).unwrap();
    let listed = go!(client.dump_registrations()).unwrap();
    let now = listed.iter().find(|one| one.trigger() == Some(&trigger)).unwrap();
    assert_ne!(now.id, id);
    assert_eq!(now.private.as_ref().unwrap().session(), Some(name.as_str()));
    let next = Script::from_source(format!(
        "GB('CommandReader').register(trigger='{trigger}', mode='sync')"
    ))
    .session(format!("{name}-2"))
    .replace_with(&name);
    go!(client.py_execute(&next)).unwrap();
    let listed = go!(client.dump_registrations()).unwrap();
    let now = listed.iter().find(|one| one.trigger() == Some(&trigger)).unwrap();
    let private = now.private.as_ref().unwrap();
    assert_eq!(private.session(), Some(format!("{name}-2").as_str()));
    assert_eq!(private.registrations().unwrap(), [now.id.as_str()]);
    go!(client.unregister(&now.id)).unwrap();
}}

story! { $ go code_is_profiled(server, client) {
    let (name, trigger) = (server.name("profiled"), server.name("trigger"));
    let script = Script::from_source(format!(
        "GB('CommandReader').map(lambda words: words).register(trigger='{trigger}')"
    ))
    .session(&name);
    if unless_lacking(go!(client.py_execute(&script)), "RG.PYEXECUTE").is_none() {
        assert!(unless_lacking(go!(client.py_profile_stats(&name)), "RG.PYPROFILE").is_none());
        assert!(unless_lacking(go!(client.py_profile_reset(&name)), "RG.PYPROFILE").is_none());
        return;
    }
    // On a server that tests share, another one may switch it off in between.
    let deadline = Instant::now() + DEADLINE;
    let stats = loop {
        go!(client.config_set([("ProfileExecutions", 1)])).unwrap();
        go!(client.trigger(&trigger, ["a"])).unwrap();
        let stats = go!(client.py_profile_stats(&name)).unwrap();
        if stats.contains("function calls") {
            break stats;
        }
        assert!(Instant::now() < deadline, "{stats}");
    };
    go!(client.config_set([("ProfileExecutions", 0)])).unwrap();
    assert!(stats.contains("tottime"), "{stats}");
    go!(client.py_profile_reset(&name)).unwrap();
    for error in [
        go!(client.py_profile_stats("nobody")).unwrap_err(),
        go!(client.py_profile_reset("nobody")).unwrap_err(),
    ] {
        assert_eq!(error.raw(), Some("session does not exists"));
    }
    let listed = go!(client.dump_registrations()).unwrap();
    let now = listed.iter().find(|one| one.trigger() == Some(&trigger)).unwrap();
    go!(client.unregister(now)).unwrap();
}}

story! { $ go requirement_is_listed_and_moved(server, client) {
    let folder = TempDir::new().unwrap();
    let path = wheel(folder.path(), "gears_typed", "1", "ANSWER = 1337\n");
    let requirement = path.to_str().unwrap();
    let script = Script::from_source(
        "import gears_typed\nGB('ShardsIDReader').map(lambda shard: gears_typed.ANSWER).run()",
    )
    .requirements([requirement])
    .returning::<i64>();
    let ran = go!(client.py_execute(&script)).unwrap().into_results();
    assert_eq!(ran.results()[0], 1337);
    let listed = go!(client.py_dump_reqs()).unwrap();
    let installed = listed.iter().find(|one| one.name == requirement).expect("it is listed");
    assert!(installed.is_downloaded && installed.is_installed);
    assert_eq!(
        installed.wheels.files(),
        Some(&["gears_typed-1-py3-none-any.whl".to_owned()][..])
    );
    assert!(installed.extra().is_empty(), "{installed:?}");

    let exported = go!(client.py_export_req(requirement)).unwrap();
    assert_eq!(exported.requirement.name, requirement);
    go!(client.py_import_req(&exported.chunks)).unwrap();
    let error = go!(client.py_import_req(["junk"])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server);
    assert!(error.raw().unwrap().starts_with("Bad serialization format"), "{error}");
    let error = go!(client.py_export_req("nothing")).unwrap_err();
    assert_eq!(error.raw(), Some("requirement does not exists"));

    fs::remove_file(&path).unwrap();
    let missing = Script::from_source("1").requirements(["gears-no-such-package==9.9"]);
    let error = go!(client.py_execute(&missing)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Requirement);
    assert_eq!(error.requirement().unwrap().requirements(), ["gears-no-such-package==9.9"]);
}}
