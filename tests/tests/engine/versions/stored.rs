//! Versions in files, and on replicas.

use super::*;

/// Versions and which one is the newest are as they were.
fn assert_all_there(client: &mut Client) {
    for (name, version) in [("q", "2"), ("q@1", "1"), ("q@2", "2"), ("q@3", "3")] {
        assert_newest(client, name, version);
    }
    assert_eq!(client.registrations().len(), 3);
}

fn deploy_three(client: &mut Client) {
    // The newest one has neither the last id nor the last name.
    for (session, script) in [
        ("c", sync("q", "1")),
        ("b", sync("q", "2")),
        ("a", script("q", "3", ", mode='sync', newest=False")),
    ] {
        assert_eq!(deploy(client, session, &script), "+OK");
    }
}

#[test]
fn versions_survive_a_restart() {
    for with_aof in [false, true] {
        let settings: &[&str] = if with_aof {
            &["--appendonly", "yes", "--appendfsync", "always"]
        } else {
            &[]
        };
        let mut server = TestServer::of(Server::builder().server_args(settings));
        let mut client = server.client();
        deploy_three(&mut client);
        if !with_aof {
            assert_eq!(ask!(client, "SAVE"), "+OK");
        }
        server.private_mut().kill();
        server.private_mut().restart().unwrap();
        let mut client = server.client();
        assert_all_there(&mut client);
        // The next one is newer than all of them.
        assert_eq!(deploy(&mut client, "d", &sync("q", "4")), "+OK");
        assert_newest(&mut client, "q", "4");
    }
}

#[test]
fn that_a_version_has_gone_is_in_the_files_too() {
    let settings = ["--appendonly", "yes", "--appendfsync", "always"];
    let mut server = TestServer::of(Server::builder().server_args(settings));
    let mut client = server.client();
    client.install(&script("q", "gone", ", keep=1"));
    client.install(&sync("q", "stays"));
    wait_for_end(&mut client, "gone");
    server.private_mut().kill();
    server.private_mut().restart().unwrap();
    let mut client = server.client();
    assert_eq!(client.registrations().len(), 1);
    assert_newest(&mut client, "q", "stays");
}

/// A script that runs again, as there is no pickle of its functions, makes the same versions.
#[test]
fn scripts_make_their_versions_again() {
    let mut server = TestServer::private();
    let mut client = server.client();
    let script = |version: &str| {
        format!(
            "import threading\nheld = None\ndef answer(record):\n\
             \x20   return [record[0], '{version}', held is None][:2]\n\
             GB('CommandReader').map(answer).register(convertToStr=False, trigger='q', \
             version='{version}', mode='sync')\n\
             held = threading.Lock()"
        )
    };
    assert_eq!(deploy(&mut client, "b", &script("1")), "+OK");
    assert_eq!(deploy(&mut client, "a", &script("2")), "+OK");
    let log = server.log().unwrap();
    assert!(log.contains("cannot be pickled together"), "{log}");
    assert_eq!(ask!(client, "SAVE"), "+OK");
    server.private_mut().kill();
    server.private_mut().restart().unwrap();
    let mut client = server.client();
    assert_newest(&mut client, "q", "2");
    assert_newest(&mut client, "q@1", "1");
}

#[test]
fn replicas_follow_and_remove_nothing_themselves() {
    let primary = TestServer::of(Server::builder().tcp());
    let mut at_primary = primary.client();
    deploy_three(&mut at_primary);
    let replica = TestServer::of(Server::builder().tcp());
    let mut at_replica = replica.client();
    at_replica.follow(primary.port());
    until("the versions on the replica", || {
        (at_replica.registrations().len() == 3).then_some(())
    });
    assert_all_there(&mut at_replica);
    // What is called on the primary stays on both, though nobody calls it on the replica.
    let keep = ", mode='sync', keep=2000";
    assert_eq!(deploy(&mut at_primary, "c", &script("q", "1", keep)), "+OK");
    assert_eq!(deploy(&mut at_primary, "b", &sync("q", "2")), "+OK");
    let deployed = Instant::now();
    while deployed.elapsed() < Duration::from_secs(3) {
        assert_newest(&mut at_primary, "q@1", "1");
    }
    assert_eq!(at_replica.registrations().len(), 3);
    assert_all_there(&mut at_primary);
    wait_for_end(&mut at_primary, r#"$"version", $"1""#);
    until("its end on the replica", || {
        (at_replica.registrations().len() == 2).then_some(())
    });
    let log = replica.log().unwrap();
    assert!(
        !log.contains("cause=idle") && log.contains("cause=master"),
        "{log}"
    );
    // It counts from then on when it is the primary.
    assert_eq!(deploy(&mut at_primary, "c", &script("q", "1", keep)), "+OK");
    assert_eq!(deploy(&mut at_primary, "b", &sync("q", "2")), "+OK");
    until("time without a call on the replica", || {
        assert_newest(&mut at_primary, "q@1", "1");
        let told = arguments(&mut at_replica, "1")?;
        (number(&told, "newest") == 0 && number(&told, "idleFor") > 1500).then_some(())
    });
    let promoted = Instant::now();
    assert_eq!(ask!(at_replica, "REPLICAOF", "NO", "ONE"), "+OK");
    wait_for_end(&mut at_replica, r#"$"version", $"1""#);
    assert!(promoted.elapsed() >= Duration::from_millis(1900));
    assert_newest(&mut at_replica, "q", "2");
}
