//! Versions of a trigger on all shards: the same one is the newest everywhere, one that is called
//! on any shard stays on all, and one that nobody calls goes from all.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use gears_tests::{Client, TestCluster, ask, show, until};

const NOT_FOUND: &str = "-ERR subcommand not found";

/// Registers a version of a trigger, whose answer is its version.
fn script(trigger: &str, version: &str, more: &str) -> String {
    format!(
        "GB('CommandReader').map(lambda r: '{version}').register(\
         trigger='{trigger}', version='{version}', mode='sync'{more})"
    )
}

fn deploy(client: &mut Client, session: &str, script: &str) -> String {
    ask!(client, "RG.PYEXECUTE", script, "ID", session, "UPGRADE")
}

fn answer(version: &str) -> String {
    format!(r#"[$"{version}"]"#)
}

/// Looks on each shard what answers to a name.
fn assert_everywhere(cluster: &TestCluster, places: &[usize], name: &str, version: &str) {
    for place in places {
        let reply = cluster.client(*place).trigger(name, &[]);
        assert_eq!(reply, answer(version), "{name} on {place}");
    }
}

/// Says whether a version is listed on a shard, without a call of it.
fn is_listed(client: &mut Client, version: &str) -> bool {
    let version = format!(r#"$"version", $"{version}""#);
    let entries = client.registrations();
    entries
        .iter()
        .map(show)
        .any(|entry| entry.contains(&version))
}

#[test]
fn every_shard_answers_to_both_names() {
    let mut cluster = TestCluster::start();
    let all = [0, 1, 2];
    for (place, version) in [(0, "1"), (1, "2"), (2, "3")] {
        let script = script("q", version, "");
        let reply = deploy(&mut cluster.client(place), &format!("q-{version}"), &script);
        assert_eq!(reply, "+OK");
        // No wait: it was confirmed by all.
        assert_everywhere(&cluster, &all, "q", version);
        assert_everywhere(&cluster, &all, &format!("q@{version}"), version);
    }
    assert_everywhere(&cluster, &all, "q@1", "1");
    // Back to the first one, from another shard.
    let first = script("q", "1", "");
    assert_eq!(deploy(&mut cluster.client(1), "q-1", &first), "+OK");
    assert_everywhere(&cluster, &all, "q", "1");
    let aside = script("q", "4", ", newest=False");
    assert_eq!(deploy(&mut cluster.client(2), "q-4", &aside), "+OK");
    assert_everywhere(&cluster, &all, "q", "1");
    assert_everywhere(&cluster, &all, "q@4", "4");
    for script in [
        "GB('CommandReader').register(trigger='q')",
        "GB('CommandReader').register(trigger='q@2')",
        &script("q", "2", ""),
    ] {
        let refused = cluster.client(0).execute(script);
        assert!(refused.contains("trigger already registered"), "{refused}");
    }
    // A shard that joins and one that was away.
    let joined = cluster.join();
    cluster.wait_until_fine();
    until("the versions on the newcomer", || {
        (cluster.client(joined).registrations().len() == 4).then_some(())
    });
    cluster.restart(1);
    until("the versions on who was away", || {
        (cluster.client(1).registrations().len() == 4).then_some(())
    });
    let all = [0, 1, 2, joined];
    cluster.wait_until_fine();
    for (name, version) in [
        ("q", "1"),
        ("q@1", "1"),
        ("q@2", "2"),
        ("q@3", "3"),
        ("q@4", "4"),
    ] {
        assert_everywhere(&cluster, &all, name, version);
    }
    // Of those that remain.
    let first = cluster
        .client(joined)
        .registrations()
        .iter()
        .find_map(|entry| {
            let told = show(entry);
            told.contains(r#"$"version", $"1""#).then(|| told.clone())
        });
    let id = first.unwrap().split('"').nth(3).unwrap().to_owned();
    assert_eq!(ask!(cluster.client(joined), "RG.UNREGISTER", id), "+OK");
    assert_everywhere(&cluster, &all, "q", "3");
    for place in all {
        // One that was away says `TRYAGAIN` until it knows what the others have.
        until("the end of the version", || {
            (cluster.client(place).trigger("q@1", &[]) == NOT_FOUND).then_some(())
        });
    }
}

/// Ends those who call until somebody is done, or has panicked.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn neither_name_is_ever_missing_on_any_shard_while_versions_come() {
    const VERSIONS: usize = 12;
    let cluster = TestCluster::start();
    let deploy = |version: usize| {
        let (session, script) = (
            format!("q-{version}"),
            script("q", &version.to_string(), ""),
        );
        let mut client = cluster.client(version % 3);
        assert_eq!(deploy(&mut client, &session, &script), "+OK");
    };
    deploy(0);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for place in 0..3 {
            let (cluster, done) = (&cluster, &done);
            scope.spawn(move || {
                let mut client = cluster.client(place);
                let mut latest = 0;
                while !done.load(Ordering::Relaxed) {
                    assert_eq!(client.trigger("q@0", &[]), answer("0"));
                    let reply = client.trigger("q", &[]);
                    let mut versions = latest..=VERSIONS;
                    let version = versions.find(|version| reply == answer(&version.to_string()));
                    latest = version.unwrap_or_else(|| panic!("{reply} after {latest}"));
                }
            });
        }
        let _done = Done(&done);
        (1..=VERSIONS).for_each(deploy);
    });
    assert_everywhere(&cluster, &[0, 1, 2], "q", &VERSIONS.to_string());
}

#[test]
fn versions_that_come_on_several_shards_at_once_are_all_there() {
    let cluster = TestCluster::start();
    for round in 0..10 {
        let trigger = format!("raced.{round}");
        thread::scope(|scope| {
            for place in 0..3 {
                let (cluster, trigger) = (&cluster, &trigger);
                scope.spawn(move || {
                    let version = format!("of-{place}");
                    let script = script(trigger, &version, "");
                    assert_eq!(cluster.client(place).execute(&script), "+OK");
                });
            }
        });
        for place in 0..3 {
            let version = format!("of-{place}");
            let name = format!("{trigger}@{version}");
            assert_everywhere(&cluster, &[0, 1, 2], &name, &version);
        }
        let newest = cluster.client(0).trigger(&trigger, &[]);
        for place in 1..3 {
            assert_eq!(cluster.client(place).trigger(&trigger, &[]), newest);
        }
    }
}

/// The same version at once, and one without a version: one of them is there, on all shards.
#[test]
fn of_those_who_need_a_name_alone_at_most_one_gets_it() {
    let cluster = TestCluster::start();
    for round in 0..10 {
        let trigger = format!("raced.{round}");
        let whole = format!(
            "GB('CommandReader').map(lambda r: 'whole').register(trigger='{trigger}', mode='sync')"
        );
        let version = script(&trigger, "1", "");
        let replies = cluster.execute_at_once(&[whole, version.clone(), version]);
        let winners = replies.iter().filter(|reply| *reply == "+OK").count();
        assert!(winners <= 1, "{replies:?}");
        let first = cluster.client(0).trigger(&trigger, &[]);
        assert_eq!(first == NOT_FOUND, winners == 0, "{replies:?}");
        for place in 1..3 {
            assert_eq!(cluster.client(place).trigger(&trigger, &[]), first);
        }
    }
}

#[test]
fn what_one_shard_calls_stays_on_all_and_goes_from_all() {
    const KEEP: Duration = Duration::from_secs(2);
    let cluster = TestCluster::start();
    let keep = format!(", keep={}", KEEP.as_millis());
    for (place, version) in [(0, "unused"), (1, "used"), (2, "newest")] {
        let script = script("q", version, &keep);
        assert_eq!(deploy(&mut cluster.client(place), version, &script), "+OK");
    }
    // One of them decides; what the others call stays as well.
    let mut last = Instant::now();
    for place in 0..3 {
        let mut client = cluster.client(place);
        let begun = Instant::now();
        while begun.elapsed() < KEEP + KEEP / 2 {
            last = Instant::now();
            assert_eq!(client.trigger("q@used", &[]), answer("used"));
        }
    }
    for place in 0..3 {
        assert!(is_listed(&mut cluster.client(place), "used"));
        until("the end of what nobody calls", || {
            (!is_listed(&mut cluster.client(place), "unused")).then_some(())
        });
    }
    for place in 0..3 {
        until("the end of the other one", || {
            (!is_listed(&mut cluster.client(place), "used")).then_some(())
        });
        // The engine counts whole milliseconds.
        assert!(last.elapsed() + Duration::from_millis(2) >= KEEP);
    }
    assert_everywhere(&cluster, &[0, 1, 2], "q", "newest");
    // One of them has taken it out, the others have followed.
    let logs = (0..3).map(|place| cluster.server(place).log());
    let logs: Vec<String> = logs.collect();
    let lines = |cause: &str| {
        let end = format!("cause={cause}");
        let lines = logs.iter().flat_map(|log| log.lines());
        lines
            .filter(|line| line.contains("name=q@used") && line.contains(&end))
            .count()
    };
    assert_eq!((lines("idle"), lines("cluster")), (1, 2));
}

/// The replica of a primary that is gone has its versions, and they go from those that are left.
#[test]
fn versions_outlive_their_primary() {
    let mut cluster = TestCluster::with_replicas();
    for (version, more) in [("1", ", keep=1000"), ("2", "")] {
        let script = script("q", version, more);
        assert_eq!(deploy(&mut cluster.client(0), version, &script), "+OK");
    }
    // It comes after the first, which may have gone by then where the machine is busy.
    until("the versions on the replica", || {
        is_listed(&mut cluster.client(3), "2").then_some(())
    });
    cluster.kill(0);
    until("the new primary", || cluster.is_primary(3).then_some(()));
    cluster.wait_until_fine();
    assert_everywhere(&cluster, &[1, 2, 3], "q", "2");
    for place in 1..4 {
        until("the end of what nobody calls", || {
            (!is_listed(&mut cluster.client(place), "1")).then_some(())
        });
    }
    assert_everywhere(&cluster, &[1, 2, 3], "q@2", "2");
}
