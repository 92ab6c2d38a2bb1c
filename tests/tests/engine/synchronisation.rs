//! Full synchronisations that break in the middle of the registrations.

use std::thread;

use gears_runtime::embedded::Server;
use gears_tests::{Client, CutFront, TestServer, ask, stored_records, until};

const NAMES: [&str; 3] = ["one", "two", "three"];

fn server(arguments: &[&str]) -> TestServer {
    // Replicas come at once, and dumps are what they are on disk.
    let mut all = vec!["--repl-diskless-sync-delay", "0", "--rdbcompression", "no"];
    all.extend(arguments);
    TestServer::of(Server::builder().tcp().server_args(all))
}

fn wait_for_link(replica: &mut Client) {
    until("link", || {
        ask!(replica, "INFO", "replication")
            .contains("master_link_status:up")
            .then_some(())
    });
}

#[test]
fn replica_survives_a_link_that_breaks_among_the_registrations() {
    let primary = server(&[]);
    let mut client = primary.client();
    for name in NAMES {
        client.install(&format!(
            "GB('CommandReader').map(lambda r: '{name}').register(trigger='{name}', mode='sync')"
        ));
        ask!(client, "SET", name, "value");
    }
    let port = primary.port();
    thread::scope(|scope| {
        for load in ["swapdb", "on-empty-db", "disabled"] {
            scope.spawn(move || break_links(port, load));
        }
    });
}

/// Breaks the link of replicas that load like this, in several places, and mends it.
fn break_links(primary: u16, load: &str) {
    let front = CutFront::open(primary);
    let start = || server(&["--repl-diskless-load", load]);
    // The whole, to know where our part is.
    let replica = start();
    let mut client = replica.client();
    client.follow(front.port());
    wait_for_link(&mut client);
    let dump = front.dump();
    let records = stored_records(&dump);
    assert_eq!(records.len(), NAMES.len());
    let (begin, end) = (records[0].start, records[2].end);
    drop(replica);

    for cut in [
        // In the mark of our part, in its head, in records and between them.
        begin - 12,
        begin - 4,
        begin - 1,
        begin + 9,
        records[1].start - 2,
        records[1].start + 50,
        end - 1,
        end,
    ] {
        // One that never had the data type, as servers before Redis 7.2 make it late.
        let mut replica = start();
        let mut client = replica.client();
        front.cut_after(cut);
        client.follow(front.port());
        until("cut", || front.was_cut().then_some(()));
        until("end of the synchronisation", || {
            let info = ask!(client, "INFO", "replication");
            (info.contains("master_link_status:down") && info.contains("master_sync_in_progress:0"))
                .then_some(())
        });
        assert!(replica.private_mut().is_running(), "{load} {cut}");
        assert_eq!(client.registrations().len(), 0, "{load} {cut}");
        front.let_in();
        wait_for_link(&mut client);
        for name in NAMES {
            assert_eq!(client.trigger(name, &[]), format!("[${name:?}]"));
            assert_eq!(ask!(client, "GET", name), "$\"value\"");
        }
    }
}

#[test]
fn replica_keeps_its_functions_with_its_data_when_a_synchronisation_fails() {
    let primary = server(&[]);
    let mut at_primary = primary.client();
    at_primary.install("GB('CommandReader').map(lambda r: 'new').register(trigger='new')");
    let front = CutFront::open(primary.port());
    let other = server(&[]);
    let mut client = other.client();
    client.follow(front.port());
    wait_for_link(&mut client);
    let record = stored_records(&front.dump())[0].clone();

    let replica = server(&["--repl-diskless-load", "swapdb"]);
    let mut client = replica.client();
    for cut in [record.start + 20, record.end + 1, record.start - 1] {
        client.install(
            "GB('CommandReader').map(lambda r: execute('GET', 'key')).register(\
             trigger='old', mode='sync')",
        );
        assert_eq!(ask!(client, "SET", "key", "value"), "+OK");
        front.cut_after(cut);
        client.follow(front.port());
        until("cut", || front.was_cut().then_some(()));
        until("end of the synchronisation", || {
            let info = ask!(client, "INFO", "replication");
            (info.contains("master_link_status:down") && info.contains("master_sync_in_progress:0"))
                .then_some(())
        });
        // The server has put its own data back.
        assert_eq!(client.trigger("old", &[]), r#"[$"value"]"#, "{cut}");
        front.let_in();
        wait_for_link(&mut client);
        assert_eq!(client.trigger("new", &[]), r#"[$"new"]"#);
        assert_eq!(client.id("old"), None);
        // As it was, for the next cut.
        assert_eq!(ask!(client, "REPLICAOF", "NO", "ONE"), "+OK");
    }
}
