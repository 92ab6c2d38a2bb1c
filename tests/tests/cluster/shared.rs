//! One registry on all shards: what is registered, replaced and taken out on one is so on all.

use gears_tests::{TestCluster, ask, until};

/// Registers a function whose answer tells what it is and where it runs.
fn script(trigger: &str, answer: &str) -> String {
    format!(
        "GB('CommandReader').map(lambda r: '{answer} ' + execute('CLUSTER', 'MYID'))\
         .register(trigger='{trigger}', mode='sync')"
    )
}

fn call(cluster: &TestCluster, place: usize, trigger: &str) -> String {
    ask!(cluster.client(place), "RG.TRIGGER", trigger)
}

/// What a call on that shard answers.
fn answer(cluster: &TestCluster, place: usize, answer: &str) -> String {
    format!(r#"[$"{answer} {}"]"#, cluster.id(place))
}

fn wait_for(cluster: &TestCluster, place: usize, trigger: &str, expected: &str) {
    until("the registration on another shard", || {
        (call(cluster, place, trigger) == expected).then_some(())
    });
}

const NOT_FOUND: &str = "-ERR subcommand not found";

#[test]
fn what_one_shard_registers_runs_on_all_of_them_under_one_id() {
    let cluster = TestCluster::start();
    for from in 0..3 {
        let trigger = format!("from.{from}");
        cluster.client(from).install(&script(&trigger, "here"));
        // No wait: it was confirmed by all.
        for place in 0..3 {
            assert_eq!(
                call(&cluster, place, &trigger),
                answer(&cluster, place, "here")
            );
        }
        let id = cluster.client(from).id(&trigger).unwrap();
        assert!(id.starts_with(&cluster.id(from)), "{id}");
        for place in 0..3 {
            assert_eq!(cluster.client(place).id(&trigger), Some(id.clone()));
        }
        // Whoever it is told to.
        let other = (from + 1) % 3;
        assert_eq!(ask!(cluster.client(other), "RG.UNREGISTER", id), "+OK");
        for place in 0..3 {
            assert_eq!(call(&cluster, place, &trigger), NOT_FOUND);
        }
    }
}

#[test]
fn names_and_sessions_are_taken_on_all_shards() {
    let cluster = TestCluster::start();
    cluster.client(0).install(&script("taken", "first"));
    let refused = cluster.client(1).execute(&script("taken", "second"));
    assert!(refused.contains("trigger already registered"), "{refused}");

    let first = script("in.session", "first");
    assert_eq!(
        ask!(cluster.client(1), "RG.PYEXECUTE", first, "ID", "s"),
        "+OK"
    );
    let again = ask!(cluster.client(2), "RG.PYEXECUTE", first, "ID", "s");
    assert!(again.contains("Session s already exists"), "{again}");
    let second = script("in.session", "second");
    let upgraded = ask!(
        cluster.client(2),
        "RG.PYEXECUTE",
        second,
        "ID",
        "s",
        "UPGRADE"
    );
    assert_eq!(upgraded, "+OK");
    for place in 0..3 {
        assert_eq!(
            call(&cluster, place, "in.session"),
            answer(&cluster, place, "second")
        );
    }
    let third = script("in.session", "third");
    let replaced = ask!(
        cluster.client(0),
        "RG.PYEXECUTE",
        third,
        "ID",
        "t",
        "REPLACE_WITH",
        "s"
    );
    assert_eq!(replaced, "+OK");
    for place in 0..3 {
        assert_eq!(
            call(&cluster, place, "in.session"),
            answer(&cluster, place, "third")
        );
        assert_eq!(cluster.client(place).registrations().len(), 2);
    }
}

/// Shards that register the same at the same moment: one of them wins, all agree on it, and
/// nothing else stays.
#[test]
fn of_those_who_register_the_same_at_once_at_most_one_wins() {
    let cluster = TestCluster::start();
    for round in 0..10 {
        let trigger = format!("raced.{round}");
        let scripts = [0, 1, 2].map(|place| script(&trigger, &format!("of {place}")));
        let replies = cluster.execute_at_once(&scripts);
        let winners: Vec<_> = (0..3).filter(|place| replies[*place] == "+OK").collect();
        assert!(winners.len() <= 1, "{replies:?}");
        for place in 0..3 {
            let expected = match winners.first() {
                Some(winner) => answer(&cluster, place, &format!("of {winner}")),
                None => NOT_FOUND.to_owned(),
            };
            assert_eq!(call(&cluster, place, &trigger), expected, "{replies:?}");
        }
    }
}

#[test]
fn shards_that_join_and_those_that_were_away_catch_up() {
    let mut cluster = TestCluster::start();
    cluster.client(0).install(&script("early", "early"));
    let newest = cluster.join();
    wait_for(
        &cluster,
        newest,
        "early",
        &answer(&cluster, newest, "early"),
    );
    // It takes itself for down until it has heard of the others.
    cluster.wait_until_fine();
    cluster.client(newest).install(&script("late", "late"));
    for place in [0, 1, 2, newest] {
        assert_eq!(
            call(&cluster, place, "late"),
            answer(&cluster, place, "late")
        );
    }
}

/// Two clusters that have registered different things under one name become one.
#[test]
fn the_later_one_keeps_a_name_that_two_sides_have_registered() {
    let mut cluster = TestCluster::start();
    let apart = cluster.launch_apart();
    cluster.client(apart).install(&script("both", "apart"));
    cluster
        .client(apart)
        .install(&script("only.apart", "apart"));
    for version in 0..3 {
        let more = script(&format!("more.{version}"), "more");
        cluster.client(0).install(&more);
    }
    // Of a later version than the other.
    cluster.client(0).install(&script("both", "cluster"));
    cluster.admit(apart);
    for place in [0, 1, 2, apart] {
        wait_for(&cluster, place, "both", &answer(&cluster, place, "cluster"));
        wait_for(
            &cluster,
            place,
            "only.apart",
            &answer(&cluster, place, "apart"),
        );
        wait_for(&cluster, place, "more.2", &answer(&cluster, place, "more"));
    }
}

#[test]
fn a_function_in_mode_async_runs_on_every_shard() {
    let cluster = TestCluster::start();
    let execute = "GB('CommandReader').map(lambda r: r[1] + execute('CLUSTER', 'MYID'))";
    cluster
        .client(0)
        .install(&format!("{execute}.register(trigger='each')"));
    cluster
        .client(0)
        .install("GB('CommandReader').count().register(trigger='count')");
    cluster.client(0).install(&format!(
        "{execute}.collect().map(lambda r: execute('CLUSTER', 'MYID')).register(trigger='back')"
    ));
    let failing = format!(
        "def fail(r):\n    if execute('CLUSTER', 'MYID') == '{}': raise ValueError('there')\n    \
         return r\nGB('CommandReader').map(fail).register(trigger='fail')",
        cluster.id(2)
    );
    cluster.client(0).install(&failing);
    cluster.client(0).install(
        "GB('CommandReader').map(lambda r: len).register(trigger='odd')\n\
         GB('CommandReader').map(lambda r: {'a': (1, 2.5, b'x', None, 1 << 80)})\
         .collect().map(lambda r: len(r['a'])).register(trigger='rich')",
    );
    for place in 0..3 {
        let each = call_with(&cluster, place, "each");
        // The caller's comes first.
        assert!(
            each.starts_with(&format!(r#"[$"x{}""#, cluster.id(place))),
            "{each}"
        );
        for other in 0..3 {
            assert!(
                each.contains(&format!(r#"$"x{}""#, cluster.id(other))),
                "{each}"
            );
        }
        assert_eq!(call(&cluster, place, "count"), r#"[$"3"]"#);
        let own = format!(r#"$"{}""#, cluster.id(place));
        assert_eq!(
            call_with(&cluster, place, "back"),
            format!("[{own}, {own}, {own}]")
        );
        assert!(call(&cluster, place, "fail").contains("ValueError: there"));
        assert_eq!(call(&cluster, place, "rich"), r#"[$"5", $"5", $"5"]"#);
    }
    // Counted once, where it was called.
    for place in 0..3 {
        let registration = cluster.client(place).registration("count").unwrap();
        let told = format!("{registration:?}");
        assert!(told.contains("numTriggered"), "{told}");
    }
}

fn call_with(cluster: &TestCluster, place: usize, trigger: &str) -> String {
    ask!(cluster.client(place), "RG.TRIGGER", trigger, "x")
}
