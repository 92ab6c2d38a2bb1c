//! Wheels that are stored with the functions that need them.

use std::fs;

use gears_runtime::embedded::Server;
use gears_tests::{Client, LONG_DEADLINE, TestServer, ask, until_within, wheel};
use tempfile::TempDir;

const NEEDS: &str = "import gears_kept\n\
     GB('CommandReader').map(lambda r: gears_kept.VERSION).register(trigger='version')";

/// A server that finds wheels in a folder, and nowhere else.
fn server(wheels: &TempDir, settings: &[&str], own: &[&str]) -> TestServer {
    let places = format!(" --no-index --find-links {}", wheels.path().display());
    let arguments = ["PipArguments", &places];
    TestServer::of(
        Server::builder()
            .tcp()
            .server_args(own)
            .engine_args(arguments.iter().chain(settings))
            .env("PIP_CONFIG_FILE", "/dev/null"),
    )
}

fn connect(server: &TestServer) -> Client {
    let client = server.client();
    client.wait_at_most(LONG_DEADLINE);
    client
}

fn register(client: &mut Client) -> String {
    let words = ["RG.PYEXECUTE", NEEDS, "REQUIREMENTS", "gears_kept==1.0"];
    ask!(client, words[0], words[1], words[2], words[3])
}

/// Makes a package.
fn with_wheels() -> TempDir {
    let folder = TempDir::new().unwrap();
    let source = "VERSION = '1.0'\n";
    wheel(folder.path(), "gears_kept", "1.0", source);
    folder
}

fn remove_wheels(folder: &TempDir) {
    for file in fs::read_dir(folder.path()).unwrap() {
        fs::remove_file(file.unwrap().path()).unwrap();
    }
}

fn stored(client: &mut Client) -> i64 {
    client.number("rg_stored", "rg_requirements")
}

fn until_it_runs(client: &mut Client) {
    until_within(LONG_DEADLINE, "function", || {
        (client.trigger("version", &[]) == r#"[$"1.0"]"#).then_some(())
    });
}

#[test]
fn replicas_need_no_index() {
    let wheels = with_wheels();
    let nothing = TempDir::new().unwrap();
    let master = server(&wheels, &["StoreWheels", "1"], &[]);
    let mut at_master = connect(&master);
    let early = server(&nothing, &[], &[]);
    let mut at_early = connect(&early);
    at_early.follow(master.port());
    assert_eq!(register(&mut at_master), "+OK");
    assert_eq!(stored(&mut at_master), 1);
    remove_wheels(&wheels);
    // This one follows from now on and gets all at once.
    let late = server(&nothing, &[], &[]);
    let mut at_late = connect(&late);
    at_late.follow(master.port());
    for replica in [&mut at_early, &mut at_late] {
        until_it_runs(replica);
        assert_eq!(stored(replica), 1);
        let exported = ask!(replica, "RG.PYEXPORTREQ", "gears_kept==1.0");
        assert!(
            exported.contains("gears_kept-1.0-py3-none-any.whl"),
            "{exported}"
        );
    }
    // With the function, they are not needed any more.
    let id = at_master.id("version").unwrap();
    assert_eq!(ask!(at_master, "RG.UNREGISTER", id), "+OK");
    assert_eq!(stored(&mut at_master), 0);
    for replica in [&mut at_early, &mut at_late] {
        until_within(LONG_DEADLINE, "end of wheels", || {
            (stored(replica) == 0).then_some(())
        });
    }
}

#[test]
fn files_bring_them_to_another_host() {
    let aof: &[&str] = &["--appendonly", "yes", "--appendfsync", "always"];
    for own in [&[][..], aof] {
        let wheels = with_wheels();
        let mut server = server(&wheels, &["StoreWheels", "1"], own);
        let mut client = connect(&server);
        assert_eq!(register(&mut client), "+OK");
        if own.is_empty() {
            assert_eq!(ask!(client, "SAVE"), "+OK");
        }
        for _ in 0..2 {
            server.private_mut().kill();
            // As on a host that has the file and nothing else.
            let folder = server.private_mut().folder().join("python");
            fs::remove_dir_all(folder).unwrap();
            remove_wheels(&wheels);
            server.private_mut().restart().unwrap();
            let mut client = connect(&server);
            until_it_runs(&mut client);
            assert_eq!(stored(&mut client), 1);
        }
    }
}

#[test]
fn wheels_that_cannot_be_had_are_an_error() {
    let wheels = with_wheels();
    let server = server(&wheels, &[], &[]);
    let mut client = connect(&server);
    // The interpreter brings it, and nobody has its wheel.
    let function = "GB('CommandReader').map(lambda r: 1).register(trigger='t')";
    let words = ["RG.PYEXECUTE", function, "REQUIREMENTS", "redis"];
    assert_eq!(ask!(client, words[0], words[1], words[2], words[3]), "+OK");
    assert_eq!(stored(&mut client), 0);
    let id = client.id("t").unwrap();
    assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
    assert_eq!(ask!(client, "RG.CONFIGSET", "StoreWheels", "1"), "[+OK]");
    let reply = ask!(client, words[0], words[1], words[2], words[3]);
    assert!(
        reply.starts_with("-the wheels of redis cannot be stored"),
        "{reply}"
    );
    assert_eq!(client.registrations().len(), 0);
    // What registers nothing needs none.
    assert_eq!(
        ask!(client, words[0], "import redis", words[2], words[3]),
        "+OK"
    );
    // A callback cannot wait for them.
    let later = "def later(r):\n    \
                     GB('CommandReader').map(lambda r: 2).register(trigger='second')\n\
                 GB('ShardsIDReader').foreach(later).run()";
    let reply = ask!(client, words[0], later, words[2], words[3]);
    assert!(
        reply.contains("the wheels of redis cannot be stored"),
        "{reply}"
    );
    assert_eq!(client.registrations().len(), 0);
    let later = later.replace("second", "third");
    let reply = ask!(client, words[0], later, words[2], "gears_kept==1.0");
    assert_eq!(reply, r#"[[$"1"], []]"#);
    assert_eq!(stored(&mut client), 1);
}

#[test]
fn functions_that_share_a_requirement_share_its_wheels() {
    let wheels = with_wheels();
    let server = server(&wheels, &["StoreWheels", "1"], &[]);
    let mut client = connect(&server);
    assert_eq!(register(&mut client), "+OK");
    let second = NEEDS.replace("'version'", "'second'");
    let words = ["RG.PYEXECUTE", &second, "REQUIREMENTS", "Gears.Kept == 1.0"];
    assert_eq!(ask!(client, words[0], words[1], words[2], words[3]), "+OK");
    assert_eq!(stored(&mut client), 1);
    for (trigger, left) in [("version", 1), ("second", 0)] {
        let id = client.id(trigger).unwrap();
        assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
        assert_eq!(stored(&mut client), left);
    }
}
