//! The list of registrations, and what can be done with one.

use gears_runtime::data::{
    FailurePolicy, ReaderArgs, Registration, RegistrationMode, RegistrationStatus,
};
use gears_runtime::{ErrorKind, Script};
use gears_tests::{TestServer, unless_lacking};

use super::story;

/// Registers one of each reader, with what `server` makes their names unique by.
fn one_of_each(server: &TestServer) -> Script {
    Script::from_source(format!(
        "GB('CommandReader', desc='calls').register(trigger='{0}', mode='sync')\n\
         GB('KeysReader').register('{1}*', eventTypes=['set', 'del'], keyTypes=['string'], \
             mode='async_local')\n\
         GB('StreamReader').register('{2}', batch=3, duration=50)\n",
        server.name("trigger"),
        server.name("key:"),
        server.name("stream"),
    ))
}

/// Takes the registrations that `server` made names for out of all, by reader.
fn ours(server: &TestServer, all: Vec<Registration>, reader: &str) -> Registration {
    let prefix = server.name("");
    all.into_iter()
        .find(|one| {
            let name = match &one.data.args {
                ReaderArgs::Command(args) => &args.trigger,
                ReaderArgs::Keys(args) => &args.pattern,
                ReaderArgs::Stream(args) => &args.stream,
                other => panic!("{other:?}"),
            };
            one.reader == reader && name.starts_with(&prefix)
        })
        .unwrap_or_else(|| panic!("no {reader} of ours"))
}

story! { $ go registrations_are_listed_and_taken_away(server, client) {
    go!(client.py_execute(&one_of_each(server))).unwrap();
    let all = go!(client.dump_registrations()).unwrap();
    let command = ours(server, all.clone(), "CommandReader");
    assert_eq!(command.trigger(), Some(server.name("trigger").as_str()));
    assert_eq!(command.description.as_deref(), Some("calls"));
    assert_eq!(command.data.mode, RegistrationMode::Sync);
    assert_eq!((command.data.num_triggered, command.data.num_failures), (0, 0));
    assert!(command.data.last_error.is_none() && command.data.status.is_none());
    assert!(command.extra().is_empty() && command.data.extra().is_empty());
    assert!(command.private.as_ref().unwrap().session().is_some());
    assert!(!command.watches("key"));

    let keys = ours(server, all.clone(), "KeysReader");
    assert_eq!(keys.data.mode, RegistrationMode::AsyncLocal);
    assert!(keys.watches(&server.name("key:7")) && !keys.watches("another"));
    let ReaderArgs::Keys(args) = &keys.data.args else { panic!("{keys:?}") };
    assert_eq!(args.event_types.as_deref(), Some(&["set".to_owned(), "del".to_owned()][..]));
    assert_eq!(args.key_types.as_deref(), Some(&["string".to_owned()][..]));
    assert_eq!(args.hook_commands, None);

    let stream = ours(server, all, "StreamReader");
    let ReaderArgs::Stream(args) = &stream.data.args else { panic!("{stream:?}") };
    assert_eq!((args.batch_size, args.duration_ms), (3, 50));
    if let Some(policy) = &args.on_failed_policy {
        assert_eq!(*policy, FailurePolicy::Continue);
    }
    assert!(stream.watches(&server.name("stream")) && !stream.watches(&server.name("stream2")));

    go!(client.unregister(&command)).unwrap();
    go!(client.unregister_abort_pending(&keys.id)).unwrap();
    go!(client.unregister(stream.id.as_str())).unwrap();
    let left = go!(client.dump_registrations()).unwrap();
    assert!(left.iter().all(|one| ![&command.id, &keys.id, &stream.id].contains(&&one.id)));
    for error in [
        go!(client.unregister(&command)).unwrap_err(),
        go!(client.unregister_abort_pending("x")).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Server);
        assert!(error.raw().unwrap().starts_with("execution "), "{error}");
    }
}}

story! { $ go streams_are_paused_and_go_on(server, client) {
    go!(client.py_execute(&one_of_each(server))).unwrap();
    let all = go!(client.dump_registrations()).unwrap();
    let stream = ours(server, all.clone(), "StreamReader");
    assert_eq!(stream.data.status, Some(RegistrationStatus::Ok));
    let paused = go!(client.pause_registrations(&stream));
    if unless_lacking(paused, "RG.PAUSEREGISTRATIONS").is_some() {
        let all = go!(client.dump_registrations()).unwrap();
        let now = ours(server, all, "StreamReader").data.status;
        assert_eq!(now, Some(RegistrationStatus::Paused));
        go!(client.pause_registrations(&stream)).expect("once more is fine");
        go!(client.unpause_registrations(&stream)).unwrap();
        let all = go!(client.dump_registrations()).unwrap();
        let now = ours(server, all.clone(), "StreamReader").data.status;
        assert_eq!(now, Some(RegistrationStatus::Ok));

        let command = ours(server, all, "CommandReader");
        let error = go!(client.pause_registrations(&command)).unwrap_err();
        assert!(error.to_string().contains("does not support pause"), "{error}");
        let error = go!(client.unpause_registrations("x")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Server, "{error}");
    } else {
        let error = go!(client.unpause_registrations(&stream));
        assert!(unless_lacking(error, "RG.UNPAUSEREGISTRATIONS").is_none());
    }
    let all = go!(client.dump_registrations()).unwrap();
    for reader in ["CommandReader", "KeysReader", "StreamReader"] {
        go!(client.unregister(ours(server, all.clone(), reader))).unwrap();
    }
}}

story! { $ go counters_are_cleared(server, client) {
    go!(client.py_execute(&one_of_each(server))).unwrap();
    let trigger = server.name("trigger");
    go!(client.trigger(&trigger, ["a"])).unwrap();
    let all = go!(client.dump_registrations()).unwrap();
    let data = ours(server, all, "CommandReader").data;
    assert_eq!((data.num_triggered, data.num_success), (1, 1));
    let cleared = go!(client.clear_registrations_stats());
    if unless_lacking(cleared, "RG.CLEARREGISTRATIONSSTATS").is_some() {
        let all = go!(client.dump_registrations()).unwrap();
        let data = ours(server, all, "CommandReader").data;
        assert_eq!((data.num_triggered, data.num_success), (0, 0));
    }
    let all = go!(client.dump_registrations()).unwrap();
    for reader in ["CommandReader", "KeysReader", "StreamReader"] {
        go!(client.unregister(ours(server, all.clone(), reader))).unwrap();
    }
}}
