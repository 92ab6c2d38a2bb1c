//! What the log tells of registrations.

use std::fs;

use gears_runtime::embedded::Server;
use gears_tests::{Client, TestServer, ask, until};

/// Returns the lines about registrations that were written behind the first
/// `seen` bytes of the log, without their ids and sessions.
fn events(server: &TestServer, seen: usize) -> Vec<String> {
    let log = server.log().unwrap();
    log[seen..]
        .lines()
        .filter_map(|line| Some(line.split_once("gears event=")?.1))
        .map(|line| {
            let parts = line.split(' ');
            let told = ["id=", "session=", "user=", "reader="];
            let parts = parts.filter(|part| !told.iter().any(|start| part.starts_with(start)));
            parts.collect::<Vec<_>>().join(" ")
        })
        .collect()
}

fn length(server: &TestServer) -> usize {
    server.log().unwrap().len()
}

/// Registers a function in place of the one that was there.
fn upgrade(client: &mut Client, answer: &str) -> String {
    let script = format!("GB('CommandReader').map(lambda r: {answer}).register(trigger='kept')");
    ask!(client, "RG.PYEXECUTE", script, "ID", "session", "UPGRADE")
}

const OTHERS: &str = "GB('KeysReader').foreach(lambda r: r).register('k:*', mode='sync')\n\
     GB('StreamReader').foreach(lambda r: r).register('s', mode='async_local')";

#[test]
fn functions_that_a_file_brings_are_logged_as_loaded() {
    for settings in [&[][..], &["--appendonly", "yes", "--appendfsync", "always"]] {
        let mut server = TestServer::of(Server::builder().server_args(settings));
        let mut client = server.client();
        assert_eq!(upgrade(&mut client, "0"), "+OK");
        assert_eq!(upgrade(&mut client, "1"), "+OK");
        client.install("GB('CommandReader').register(trigger='gone')");
        let gone = client.id("gone").unwrap();
        assert_eq!(ask!(client, "RG.UNREGISTER", gone), "+OK");
        client.install(OTHERS);
        assert_eq!(
            events(&server, 0),
            [
                "register name=kept mode=async",
                "unregister name=kept cause=replaced",
                "register name=kept mode=async",
                "register name=gone mode=async",
                "unregister name=gone cause=command",
                "register name=k:* mode=sync",
                "register name=s mode=async_local",
            ]
        );
        if settings.is_empty() {
            assert_eq!(ask!(client, "SAVE"), "+OK");
        }
        server.private_mut().kill();
        let seen = length(&server);
        server.private_mut().restart().unwrap();
        assert_eq!(server.client().registrations().len(), 3);
        let mut loaded = events(&server, seen);
        loaded.sort();
        assert_eq!(
            loaded,
            [
                "load name=k:* mode=sync state=running",
                "load name=kept mode=async state=running",
                "load name=s mode=async_local state=running",
            ],
            "{settings:?}"
        );
    }
}

#[test]
fn functions_that_do_not_run_any_more_are_logged_as_broken() {
    let mut server = TestServer::private();
    let mut client = server.client();
    // Neither the pickle nor the script does without it.
    let needed = server.private_mut().folder().join("needed");
    fs::write(&needed, "").unwrap();
    let script = "import os\n\
         class Needy:\n    \
             def __reduce__(self): return (os.stat, ('PATH',))\n\
         os.stat('PATH')\n\
         needy = Needy()\n\
         GB('CommandReader').map(lambda r: str(needy)).register(trigger='once')";
    client.install(&script.replace("PATH", needed.to_str().unwrap()));
    assert_eq!(ask!(client, "SAVE"), "+OK");
    server.private_mut().kill();
    fs::remove_file(needed).unwrap();
    let seen = length(&server);
    server.private_mut().restart().unwrap();
    assert!(server.client().trigger("once", &[]).contains("cannot run"));
    assert_eq!(
        events(&server, seen),
        ["load name=once mode=async state=broken"]
    );
}

#[test]
fn what_a_master_brings_and_takes_is_logged() {
    let master = TestServer::of(Server::builder().tcp());
    let mut at_master = master.client();
    assert_eq!(upgrade(&mut at_master, "1"), "+OK");
    let replica = TestServer::of(Server::builder().tcp());
    let mut at_replica = replica.client();
    at_replica.install("GB('CommandReader').register(trigger='own')");
    let seen = length(&replica);
    at_replica.follow(master.port());
    until("the master's function", || at_replica.id("kept"));
    assert_eq!(upgrade(&mut at_master, "2"), "+OK");
    until("the second function", || {
        (at_replica.id("kept") == at_master.id("kept")).then_some(())
    });
    let id = at_master.id("kept").unwrap();
    assert_eq!(ask!(at_master, "RG.UNREGISTER", id), "+OK");
    until("no function", || {
        at_replica.registrations().is_empty().then_some(())
    });
    assert_eq!(
        events(&replica, seen),
        [
            "unregister name=own cause=loading",
            "load name=kept mode=async state=running",
            "unregister name=kept cause=replaced",
            "load name=kept mode=async state=running",
            "unregister name=kept cause=master",
        ]
    );
}
