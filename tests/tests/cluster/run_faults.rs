//! Shards that die, hang and change while a run is under way: it is answered whole or with an
//! error, and leaves nothing behind.

use std::io::Write;
use std::net::TcpStream;
use std::thread;

use gears_tests::{Client, TestCluster, ask, until};

use super::faults::{LONG, wait_until_it_waits};
use super::runs::fill;

/// Steps that all records of all shards pass, those of the shards with these ids not before their
/// gate is open.
fn gated(ids: &[String]) -> String {
    format!(
        "import time\n\
         def pass_gate(r):\n    \
             execute('SET', 'begun:{{%s}}' % hashtag(), '1')\n    \
             while execute('CLUSTER', 'MYID') in {ids:?}:\n        \
                 if int(execute('EXISTS', 'gate:{{%s}}' % hashtag())): break\n        \
                 time.sleep(0.01)\n    \
             return r\n\
         GB().map(pass_gate).repartition(lambda r: r['value']).count().run('k:*')"
    )
}

/// Does something with a key of a shard's own, on that shard.
fn on_own_key(cluster: &TestCluster, place: usize, command: &str, key: &str) -> String {
    cluster.client(place).execute(&format!(
        "GB('ShardsIDReader').map(lambda r: execute('{command}', '{key}:{{%s}}' % hashtag()))\
         .run(mode='async_local')"
    ))
}

fn wait_until_begun(cluster: &TestCluster, place: usize) {
    until("the run to be at it", || {
        (on_own_key(cluster, place, "EXISTS", "begun") == r#"[[$"1"], []]"#).then_some(())
    });
}

fn open_gate(cluster: &TestCluster, place: usize) {
    let opened = on_own_key(cluster, place, "INCR", "gate");
    assert_eq!(opened, r#"[[$"1"], []]"#);
}

fn set_idle_time(cluster: &TestCluster, places: &[usize], milliseconds: &str) {
    for place in places {
        let mut client = cluster.client(*place);
        let set = ask!(client, "RG.CONFIGSET", "ExecutionMaxIdleTime", milliseconds);
        assert_eq!(set, "[+OK]");
    }
}

/// Waits until nothing is left of any run, and sees that runs work from all of these places.
pub(super) fn all_is_well(cluster: &TestCluster, places: &[usize]) {
    nothing_is_left(cluster, places);
    let run = "GB('ShardsIDReader').repartition(lambda r: r).count().run()";
    let expected = format!(r#"[[$"{}"], []]"#, places.len());
    for place in places {
        until("a run over all shards", || {
            (cluster.client(*place).execute(run) == expected).then_some(())
        });
    }
    nothing_is_left(cluster, places);
}

/// Waits until nothing is left of any run.
pub(super) fn nothing_is_left(cluster: &TestCluster, places: &[usize]) {
    for place in places {
        until("the end of all runs", || {
            let mut client = cluster.client(*place);
            let mut is_none = |section, name| client.number(section, name) == 0;
            let is_over = is_none("rg_cluster", "rg_runs")
                && is_none("rg_executions", "rg_executions_created")
                && is_none("rg_executions", "rg_executions_running")
                && is_none("rg_executions", "rg_workers_busy");
            is_over.then_some(())
        });
        assert_eq!(ask!(cluster.client(*place), "RG.DUMPEXECUTIONS"), "[]");
    }
}

#[test]
fn a_shard_that_crashes_and_comes_back_is_an_error_and_leaves_nothing() {
    let mut cluster = TestCluster::start();
    fill(&cluster, 5);
    let dying = cluster.id(2);
    let script = gated(std::slice::from_ref(&dying));
    let mut client = cluster.client(0);
    let answer = thread::scope(|scope| {
        let running = scope.spawn(|| client.execute(&script));
        wait_until_begun(&cluster, 2);
        cluster.restart(2);
        running.join().unwrap()
    });
    assert!(answer.contains("Execution max idle reached"), "{answer}");
    assert!(answer.contains(&dying), "{answer}");
    cluster.wait_until_fine();
    all_is_well(&cluster, &[0, 1, 2]);
}

/// The code that ran for it on the other shards is ended, which would never end by itself.
#[test]
fn the_end_of_the_shard_that_drives_a_run_ends_it_on_the_others() {
    let mut cluster = TestCluster::start();
    fill(&cluster, 1);
    let ids: Vec<String> = (0..3).map(|place| cluster.id(place)).collect();
    let command = redis::cmd("RG.PYEXECUTE")
        .arg(gated(&ids))
        .get_packed_command();
    let port = cluster.server(0).port().unwrap();
    let mut raw = TcpStream::connect(("127.0.0.1", port)).unwrap();
    raw.write_all(&command).unwrap();
    for place in 0..3 {
        wait_until_begun(&cluster, place);
    }
    cluster.restart(0);
    nothing_is_left(&cluster, &[0, 1, 2]);
    cluster.wait_until_fine();
    all_is_well(&cluster, &[0, 1, 2]);
}

#[test]
fn a_shard_whose_place_is_taken_is_an_error() {
    let cluster = TestCluster::with_replicas();
    // Nodes have been told by then which of them are replicas.
    all_is_well(&cluster, &[0, 1, 2]);
    fill(&cluster, 2);
    let script = gated(&[cluster.id(2)]);
    let mut client = cluster.client(0);
    let answer = thread::scope(|scope| {
        let running = scope.spawn(|| client.execute(&script));
        wait_until_begun(&cluster, 2);
        fail_over(&cluster, 2, 5);
        running.join().unwrap()
    });
    // That it was lost, or that it writes no more.
    assert!(!answer.ends_with(", []]"), "{answer}");
    nothing_is_left(&cluster, &[2]);
    all_is_well(&cluster, &[0, 1, 5]);
}

#[test]
fn a_run_ends_where_it_was_driven_when_its_place_is_taken() {
    let cluster = TestCluster::with_replicas();
    // Nodes have been told by then which of them are replicas.
    all_is_well(&cluster, &[0, 1, 2]);
    fill(&cluster, 2);
    let ids: Vec<String> = (0..3).map(|place| cluster.id(place)).collect();
    let script = gated(&ids);
    let mut client = cluster.client(0);
    let answer = thread::scope(|scope| {
        let running = scope.spawn(|| client.execute(&script));
        for place in 0..3 {
            wait_until_begun(&cluster, place);
        }
        fail_over(&cluster, 0, 3);
        running.join().unwrap()
    });
    // The server itself lets go of who waits on a node that is a replica now.
    assert!(
        answer.starts_with("-UNBLOCKED") || answer.contains("was lost"),
        "{answer}"
    );
    nothing_is_left(&cluster, &[0]);
    all_is_well(&cluster, &[1, 2, 3]);
}

/// It has the keys of one shard, and would take those for all.
#[test]
fn a_replica_does_not_answer_for_all_shards() {
    let cluster = TestCluster::with_replicas();
    all_is_well(&cluster, &[0, 1, 2]);
    fill(&cluster, 2);
    cluster
        .client(0)
        .install("GB('CommandReader').count().register(trigger='all')");
    until("the function on the replica", || {
        cluster.client(3).id("all")
    });
    let mut replica = cluster.client(3);
    for answer in [
        replica.execute("GB().count().run('k:*')"),
        ask!(replica, "RG.TRIGGER", "all"),
    ] {
        assert!(
            answer.contains("this node is a replica of shard"),
            "{answer}"
        );
    }
    let own = replica.execute("GB('ShardsIDReader').count().run(mode='async_local')");
    assert_eq!(own, r#"[[$"1"], []]"#);
}

fn fail_over(cluster: &TestCluster, primary: usize, replica: usize) {
    assert_eq!(ask!(cluster.client(replica), "CLUSTER", "FAILOVER"), "+OK");
    until("the replica to take over", || {
        let taken = cluster.is_primary(replica) && !cluster.is_primary(primary);
        taken.then_some(())
    });
}

#[test]
fn a_shard_that_hangs_for_a_moment_in_a_run_is_waited_for() {
    let cluster = TestCluster::start();
    fill(&cluster, 5);
    cluster.wait_for_the_missing();
    set_idle_time(&cluster, &[0, 1, 2], "600000");
    let hanging = cluster.id(2);
    let script = gated(&[cluster.id(0), cluster.id(1)]);
    let mut client = cluster.client(0);
    let answer = thread::scope(|scope| {
        let running = scope.spawn(|| client.execute(&script));
        for place in 0..3 {
            wait_until_begun(&cluster, place);
        }
        cluster.stop(2);
        for place in 0..2 {
            open_gate(&cluster, place);
            wait_until_it_waits(&cluster, place, &hanging);
        }
        cluster.go_on(2);
        running.join().unwrap()
    });
    assert_eq!(answer, r#"[[$"15"], []]"#);
    all_is_well(&cluster, &[0, 1, 2]);
}

#[test]
fn a_shard_that_hangs_in_a_run_is_named() {
    let cluster = TestCluster::start();
    fill(&cluster, 5);
    cluster.wait_for_the_missing();
    set_idle_time(&cluster, &[0, 1, 2], LONG);
    let hanging = cluster.id(2);
    let script = gated(std::slice::from_ref(&hanging));
    let mut client = cluster.client(0);
    let answer = thread::scope(|scope| {
        let running = scope.spawn(|| client.execute(&script));
        wait_until_begun(&cluster, 2);
        cluster.stop(2);
        let answer = running.join().unwrap();
        cluster.go_on(2);
        answer
    });
    assert!(answer.contains("Execution max idle reached"), "{answer}");
    assert!(answer.contains(&hanging), "{answer}");
    cluster.wait_until_fine();
    all_is_well(&cluster, &[0, 1, 2]);
}

/// The slot has no keys, so that nothing is read twice or missed; records go there.
#[test]
fn slots_that_move_disturb_no_run() {
    let cluster = TestCluster::start();
    fill(&cluster, 5);
    let slot = cluster.slot(&cluster.key_at(1, "moved"));
    let script = format!(
        "GB().groupby(lambda r: {:?}, lambda k, a, r: (a or 0) + 1).map(lambda r: r['value'])\
         .run('k:*')",
        cluster.key_at(1, "moved")
    );
    for round in 0..20 {
        let (from, to) = if round % 2 == 0 { (1, 2) } else { (2, 1) };
        let mut clients: Vec<Client> = (0..3).map(|place| cluster.client(place)).collect();
        thread::scope(|scope| {
            for client in &mut clients {
                let script = &script;
                scope.spawn(move || assert_eq!(client.execute(script), r#"[[$"15"], []]"#));
            }
            cluster.begin_to_move(slot, from, to);
            cluster.end_move(slot, from, to);
        });
    }
    all_is_well(&cluster, &[0, 1, 2]);
}

#[test]
fn a_run_whose_client_has_gone_leaves_nothing() {
    let cluster = TestCluster::start();
    fill(&cluster, 1);
    let ids: Vec<String> = (0..3).map(|place| cluster.id(place)).collect();
    let command = redis::cmd("RG.PYEXECUTE")
        .arg(gated(&ids))
        .get_packed_command();
    for place in 0..3 {
        let port = cluster.server(place).port().unwrap();
        let mut raw = TcpStream::connect(("127.0.0.1", port)).unwrap();
        raw.write_all(&command).unwrap();
        for place in 0..3 {
            wait_until_begun(&cluster, place);
        }
        drop(raw);
        for place in 0..3 {
            open_gate(&cluster, place);
        }
        nothing_is_left(&cluster, &[0, 1, 2]);
        for place in 0..3 {
            for key in ["begun", "gate"] {
                on_own_key(&cluster, place, "DEL", key);
            }
        }
    }
    all_is_well(&cluster, &[0, 1, 2]);
}

#[test]
fn a_shard_without_memory_for_writes_refuses_those_and_the_run_goes_on() {
    let cluster = TestCluster::start();
    fill(&cluster, 3);
    let limit = |place: usize, bytes: &str| {
        let set = ask!(cluster.client(place), "CONFIG", "SET", "maxmemory", bytes);
        assert_eq!(set, "+OK");
    };
    limit(2, "1");
    let read = "GB().map(lambda r: r['value']).count().run('k:*')";
    let write = "GB().foreach(lambda r: execute('SET', r['key'], 'new')).count().run('k:*')";
    assert_eq!(cluster.client(0).execute(read), r#"[[$"9"], []]"#);
    let answer = cluster.client(0).execute(write);
    assert!(answer.starts_with(r#"[[$"6"], ["#), "{answer}");
    assert_eq!(
        answer.matches("OOM command not allowed").count(),
        3,
        "{answer}"
    );
    limit(2, "0");
    assert_eq!(cluster.client(2).execute(write), r#"[[$"9"], []]"#);
    all_is_well(&cluster, &[0, 1, 2]);
}
