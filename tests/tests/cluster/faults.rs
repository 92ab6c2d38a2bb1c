//! Shards that hang, die, come back and take each other's place while gears are registered:
//! what was confirmed is everywhere, what was refused is nowhere.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use gears_tests::{Client, TestCluster, ask, until};
use redis::Value;

/// Longer than anything here takes: who waits shall not give up.
pub(super) const PATIENCE: &str = "600000";

/// How long a shard may be silent, in milliseconds: longer than one that works ever is.
pub(super) const LONG: &str = "3000";

pub(super) fn script(trigger: &str) -> String {
    format!(
        "GB('CommandReader').map(lambda r: 'it runs').register(trigger='{trigger}', mode='sync')"
    )
}

pub(super) fn call(cluster: &TestCluster, place: usize, trigger: &str) -> String {
    ask!(cluster.client(place), "RG.TRIGGER", trigger)
}

pub(super) const RUNS: &str = r#"[$"it runs"]"#;
pub(super) const NOT_FOUND: &str = "-ERR subcommand not found";

pub(super) fn set_patience(cluster: &TestCluster, places: &[usize], milliseconds: &str) {
    for place in places {
        let mut client = cluster.client(*place);
        let set = ask!(client, "RG.CONFIGSET", "ClusterPeerTimeout", milliseconds);
        assert_eq!(set, "[+OK]");
    }
}

/// Waits until something waits for a shard that does not take it.
pub(super) fn wait_until_it_waits(cluster: &TestCluster, place: usize, peer: &str) {
    until("a message that waits", || {
        let info = info(cluster, place);
        let row = info.lines().find(|line| line.contains(peer))?;
        (!row.contains("waiting=0")).then_some(())
    });
}

#[test]
fn a_shard_that_hangs_for_a_moment_is_waited_for() {
    let cluster = TestCluster::start();
    cluster.wait_for_the_missing();
    set_patience(&cluster, &[0], PATIENCE);
    cluster.client(0).install(&script("before"));
    let peer = cluster.id(2);
    cluster.stop(2);
    thread::scope(|scope| {
        let registering = scope.spawn(|| cluster.client(0).execute(&script("waited")));
        wait_until_it_waits(&cluster, 0, &peer);
        assert!(!registering.is_finished());
        cluster.go_on(2);
        assert_eq!(registering.join().unwrap(), "+OK");
    });
    for place in 0..3 {
        assert_eq!(call(&cluster, place, "waited"), RUNS);
    }
}

#[test]
fn a_shard_that_hangs_for_ever_is_named_and_nothing_is_half_registered() {
    let cluster = TestCluster::start();
    cluster.wait_for_the_missing();
    cluster.client(0).install(&script("before"));
    set_patience(&cluster, &[0], LONG);
    let peer = cluster.id(2);
    cluster.stop(2);
    let refused = cluster.client(0).execute(&script("refused"));
    assert!(refused.contains(&format!("shard-{peer}")), "{refused}");
    assert!(refused.contains("was lost"), "{refused}");
    for place in 0..2 {
        assert!(call(&cluster, place, "refused").contains("subcommand not found"));
        assert_eq!(call(&cluster, place, "before"), RUNS);
    }
    cluster.go_on(2);
    set_patience(&cluster, &[0], PATIENCE);
    cluster.wait_until_fine();
    // Whatever it heard of the first attempt stands in the way of none.
    cluster.client(0).install(&script("refused"));
    for place in 0..3 {
        assert_eq!(call(&cluster, place, "refused"), RUNS);
    }
}

#[test]
fn what_is_taken_out_while_a_shard_is_away_is_gone_there_too() {
    let mut cluster = TestCluster::start();
    cluster.client(0).install(&script("stays"));
    cluster.client(0).install(&script("goes"));
    assert_eq!(ask!(cluster.client(2), "SAVE"), "+OK");
    let id = cluster.client(0).id("goes").unwrap();
    cluster.wait_for_the_missing();
    set_patience(&cluster, &[0], LONG);
    cluster.stop(2);
    assert_eq!(ask!(cluster.client(0), "RG.UNREGISTER", id), "+OK");
    cluster.go_on(2);
    // It has both in its file.
    cluster.restart(2);
    until("the registration to go", || {
        call(&cluster, 2, "goes")
            .contains("subcommand not found")
            .then_some(())
    });
    assert_eq!(call(&cluster, 2, "stays"), RUNS);
}

/// What was registered, and what was answered.
pub(super) type Answers = Vec<(String, String)>;

/// How many gears were confirmed by now.
#[derive(Default)]
pub(super) struct Progress(AtomicUsize);

impl Progress {
    /// Waits until some more are.
    pub(super) fn wait_for_more(&self) {
        let before = self.0.load(Ordering::Relaxed);
        until("more gears", || {
            (self.0.load(Ordering::Relaxed) > before + 3).then_some(())
        });
    }
}

/// Has one function after another registered on the first shard while `work` goes on.
pub(super) fn while_gears_register(
    cluster: &mut TestCluster,
    work: impl FnOnce(&mut TestCluster, &Progress),
) -> Answers {
    let (done, progress) = (AtomicBool::new(false), Progress::default());
    let url = cluster.server(0).url().to_owned();
    thread::scope(|scope| {
        let registering = scope.spawn(|| {
            let mut client = Client::connect(&url);
            let mut answers = Answers::new();
            while !done.load(Ordering::Relaxed) {
                let trigger = format!("looped.{}", answers.len());
                let answer = client.execute(&script(&trigger));
                progress
                    .0
                    .fetch_add(usize::from(answer == "+OK"), Ordering::Relaxed);
                answers.push((trigger, answer));
                thread::sleep(Duration::from_millis(5));
            }
            answers
        });
        let worked = catch_unwind(AssertUnwindSafe(|| work(cluster, &progress)));
        // The other thread goes on until it is told, whatever happened here.
        done.store(true, Ordering::Relaxed);
        let answers = registering.join().unwrap();
        worked.unwrap_or_else(|panic| resume_unwind(panic));
        answers
    })
}

/// Checks that all `places` have what was confirmed, and none what was refused.
///
/// Who waits while the cluster turns to `fail` is told so by the server itself, and by nobody
/// what became of the registration: there the shards have to agree.
pub(super) fn check(cluster: &TestCluster, places: &[usize], answers: &Answers) {
    let confirmed = answers.iter().filter(|(_, answer)| answer == "+OK");
    assert!(confirmed.count() > 0, "{answers:?}");
    for (trigger, answer) in answers {
        let is_there = answer == "+OK" || answer.contains("the other shards have installed it");
        let is_open = answer.contains("CLUSTERDOWN");
        let first = if is_open {
            call(cluster, places[0], trigger)
        } else {
            String::new()
        };
        let expected = match (is_open, is_there) {
            (true, _) => first.as_str(),
            (false, true) => RUNS,
            (false, false) => NOT_FOUND,
        };
        for place in places {
            until(&format!("{trigger} on {place}: {answer}"), || {
                (call(cluster, *place, trigger) == expected).then_some(())
            });
        }
    }
}

#[test]
fn a_shard_that_crashes_and_comes_back_again_and_again_misses_nothing() {
    let mut cluster = TestCluster::start();
    set_patience(&cluster, &[0], PATIENCE);
    let answers = while_gears_register(&mut cluster, |cluster, progress| {
        for _ in 0..5 {
            progress.wait_for_more();
            cluster.restart(2);
            // It takes part again.
            cluster.wait_until_fine();
            wait_until_up(cluster, 0, 2);
        }
        progress.wait_for_more();
    });
    check(&cluster, &[0, 1, 2], &answers);
}

#[test]
fn a_primary_dies_while_gears_register_and_its_replica_has_them_all() {
    let mut cluster = TestCluster::with_replicas();
    set_patience(&cluster, &[0], "1000");
    let answers = while_gears_register(&mut cluster, |cluster, progress| {
        progress.wait_for_more();
        cluster.kill(2);
        until("its replica to take over", || {
            cluster.is_primary(5).then_some(())
        });
        cluster.wait_until_fine();
        progress.wait_for_more();
    });
    check(&cluster, &[0, 1, 5], &answers);
    cluster.client(5).install(&script("after"));
    check(
        &cluster,
        &[0, 1, 5],
        &vec![("after".to_owned(), "+OK".to_owned())],
    );
}

/// Slots go to and fro between two shards while gears are registered and called.
#[test]
fn slots_move_again_and_again_and_no_gear_is_missed() {
    let mut cluster = TestCluster::start();
    set_patience(&cluster, &[0], PATIENCE);
    cluster.client(2).install(&script("before"));
    let (home, away) = (1, 2);
    let slot = cluster.slot(&cluster.key_at(home, "moved"));
    let answers = while_gears_register(&mut cluster, |cluster, progress| {
        for round in 0..30 {
            let (from, to) = if round % 2 == 0 {
                (home, away)
            } else {
                (away, home)
            };
            cluster.begin_to_move(slot, from, to);
            cluster.end_move(slot, from, to);
            for place in 0..3 {
                assert_eq!(call(cluster, place, "before"), RUNS);
            }
        }
        progress.wait_for_more();
    });
    check(&cluster, &[0, 1, 2], &answers);
}

#[test]
fn who_has_left_is_not_waited_for() {
    let mut cluster = TestCluster::start();
    set_patience(&cluster, &[0], PATIENCE);
    let gone = cluster.join();
    cluster.wait_until_fine();
    cluster.client(0).install(&script("with"));
    assert_eq!(call(&cluster, gone, "with"), RUNS);
    let id = cluster.id(gone);
    assert_eq!(
        ask!(cluster.client(gone), "CLUSTER", "RESET", "HARD"),
        "+OK"
    );
    for place in 0..3 {
        assert_eq!(ask!(cluster.client(place), "CLUSTER", "FORGET", id), "+OK");
    }
    until("the link to end", || {
        (!info(&cluster, 0).contains(&id)).then_some(())
    });
    cluster.client(0).install(&script("without"));
    for place in 0..3 {
        assert_eq!(call(&cluster, place, "without"), RUNS);
        assert_eq!(ask!(cluster.client(place), "RG.NETWORKTEST"), "+OK");
    }
    // It is a cluster of its own now, with what it had.
    assert_eq!(call(&cluster, gone, "with"), RUNS);
    assert_eq!(call(&cluster, gone, "without"), NOT_FOUND);
}

/// Waits until the link to another shard stands.
pub(super) fn wait_until_up(cluster: &TestCluster, place: usize, peer: usize) {
    let peer = cluster.id(peer);
    until("the link", || {
        let info = info(cluster, place);
        let row = info.lines().find(|line| line.contains(&peer))?;
        row.contains("link=up").then_some(())
    });
}

pub(super) fn info(cluster: &TestCluster, place: usize) -> String {
    let answer = cluster.client(place).value(&[b"INFO", b"rg_cluster"]);
    match answer {
        Value::BulkString(text) => String::from_utf8(text).unwrap(),
        Value::VerbatimString { text, .. } => text,
        other => panic!("{other:?}"),
    }
}
