//! RedGrease's client 0.3.30 as its users have it, on a server that answers it in the shapes of RedisGears 1.0.
//!
//! The client reads no others. The scripts beside this file are run with it by the engine's Python; each ends at the
//! first thing that is not as its manual says.

use std::path::Path;
use std::process::Command;

use gears_runtime::embedded::Server;
use gears_tests::{ClusterPlan, TestServer};

use crate::shelf;

/// The shapes of replies that the client reads.
const SHAPES: [&str; 2] = ["ReplyShapes", "1.0"];

/// Runs a script against a server of its own.
fn run(script: &str) {
    let server = TestServer::of(Server::builder().tcp().engine_args(SHAPES));
    run_at(server.port(), script);
}

/// Runs a script against the server at that port.
fn run_at(port: u16, script: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/field/redgrease");
    let ended = Command::new(shelf::python())
        // Nothing of the user's; the client's packages come before those of the engine.
        .arg("-s")
        .arg("-B")
        .arg(folder.join(script))
        .arg(port.to_string())
        .env("PYTHONPATH", shelf::folder("redgrease"))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{told}");
}

#[test]
fn every_command_is_answered_as_the_client_reads_it() {
    run("commands.py");
}

#[test]
fn every_setting_is_a_property() {
    run("settings.py");
}

#[test]
fn functions_are_sent_and_their_results_unpickled() {
    run("functions.py");
}

#[test]
fn functions_wait_for_keys_entries_and_commands() {
    run("events.py");
}

#[test]
fn functions_run_over_all_shards_of_a_cluster() {
    let cluster = ClusterPlan::default().engine_args(&SHAPES).start();
    run_at(cluster.server(0).port().unwrap(), "cluster.py");
}

#[test]
fn client_of_the_page_for_those_who_move_runs() {
    run("../../../../examples/moving/client.py");
}
