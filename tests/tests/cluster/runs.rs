//! Functions that run once, over the keys of all shards.

use std::thread;
use std::time::Duration;

use gears_tests::{Client, ClusterPlan, TestCluster, ask, until};

use super::faults::LONG;

/// Puts `count` keys on each shard: their values are the numbers from 0 on.
pub(super) fn fill(cluster: &TestCluster, count: usize) {
    for place in 0..3 {
        let mut client = cluster.client(place);
        let tag = cluster.key_at(place, "tag");
        for number in 0..count {
            let set = ask!(
                client,
                "SET",
                format!("k:{number}:{{{tag}}}"),
                number.to_string()
            );
            assert_eq!(set, "+OK");
        }
    }
}

#[test]
fn every_operation_is_over_the_records_of_all_shards() {
    let cluster = TestCluster::start();
    fill(&cluster, 10);
    let values = "GB().map(lambda r: int(r['value']))";
    for (steps, expected) in [
        ("GB().count()".to_owned(), r#"[[$"30"], []]"#),
        (
            "GB('KeysOnlyReader').count()".to_owned(),
            r#"[[$"30"], []]"#,
        ),
        (format!("{values}.avg()"), r#"[[$"4.5"], []]"#),
        (
            format!("{values}.aggregate(0, lambda a, r: a + r, lambda a, r: a + r)"),
            r#"[[$"135"], []]"#,
        ),
        (
            format!("{values}.filter(lambda v: v > 7).sort()"),
            r#"[[$"8", $"8", $"8", $"9", $"9", $"9"], []]"#,
        ),
        (format!("{values}.distinct().count()"), r#"[[$"10"], []]"#),
        (
            format!(
                "{values}.countby(lambda v: v % 2).map(lambda r: (r['key'], r['value'])).sort()"
            ),
            r#"[[$"('0', 15)", $"('1', 15)"], []]"#,
        ),
        (
            format!(
                "{values}.groupby(lambda v: v % 2, lambda k, a, v: (a or 0) + v)\
                 .map(lambda r: (r['key'], r['value'])).sort()"
            ),
            r#"[[$"('0', 60)", $"('1', 75)"], []]"#,
        ),
        (
            format!(
                "{values}.batchgroupby(lambda v: 'all', lambda k, all: sum(all)).map(lambda r: r['value'])"
            ),
            r#"[[$"135"], []]"#,
        ),
        // For each shard apart.
        (format!("{values}.limit(2).count()"), r#"[[$"6"], []]"#),
        (
            format!("{values}.collect().limit(2).count()"),
            r#"[[$"2"], []]"#,
        ),
        (
            "GB('ShardsIDReader').map(lambda r: r == execute('CLUSTER', 'MYID'))".to_owned(),
            r#"[[$"True", $"True", $"True"], []]"#,
        ),
    ] {
        for place in 0..3 {
            let pattern = if steps.contains("ShardsID") {
                ""
            } else {
                "'k:*'"
            };
            let answer = cluster
                .client(place)
                .execute(&format!("{steps}.run({pattern})"));
            assert_eq!(answer, expected, "{steps} on {place}");
        }
    }
    let own = cluster.client(1).execute("GB().run('k:*', collect=False)");
    assert_eq!(own.matches("'value'").count(), 10, "{own}");
    let local = cluster
        .client(1)
        .execute("GB().count().run('k:*', mode='async_local')");
    assert_eq!(local, r#"[[$"10"], []]"#);
}

#[test]
fn records_go_where_their_key_is() {
    let cluster = TestCluster::start();
    fill(&cluster, 6);
    let script = "def put(v):\n    execute('INCRBY', 'sum:{%d}' % v, v)\n\
         GB().map(lambda r: int(r['value'])).repartition(lambda v: '{%d}' % v).foreach(put)\
         .count().run('k:*')";
    assert_eq!(cluster.client(0).execute(script), r#"[[$"18"], []]"#);
    for number in 0..6 {
        let key = format!("sum:{{{number}}}");
        let slot = cluster.slot(&key);
        let place = (0..3)
            .find(|place| TestCluster::first_slots(*place, 3).contains(&slot))
            .unwrap();
        let sum = (number * 3).to_string();
        assert_eq!(ask!(cluster.client(place), "GET", key), format!("${sum:?}"));
    }
}

#[test]
fn what_is_no_plain_value_is_an_error_of_its_record() {
    let cluster = TestCluster::start();
    let script = "GB('ShardsIDReader').map(lambda r: (lambda: 0)).collect().map(lambda r: str(r))\
                  .run(convertToStr=False)";
    let answer = cluster.client(0).execute(script);
    assert_eq!(
        answer.matches("unmarshallable object").count(),
        2,
        "{answer}"
    );
    assert_eq!(answer.matches("<function").count(), 1, "{answer}");
    let rich = "GB('ShardsIDReader').map(lambda r: {'a': (1, 2.5, b'x', None, 1 << 80, {3}), \
                '\\udcff': [True, 1j, frozenset()]}).distinct().count().run()";
    assert_eq!(cluster.client(2).execute("GB('ShardsIDReader').map(lambda r: [1 << 80, '\\udcff', (None, 2.5j)]).map(lambda r: repr(r)).distinct().count().run()"), r#"[[$"1"], []]"#);
    assert!(cluster.client(2).execute(rich).contains("unhashable"));
}

#[test]
fn a_shard_that_hangs_is_named_and_nothing_runs_anywhere() {
    let cluster = TestCluster::start();
    cluster.wait_for_the_missing();
    fill(&cluster, 1);
    assert_eq!(
        ask!(
            cluster.client(0),
            "RG.CONFIGSET",
            "ExecutionMaxIdleTime",
            LONG
        ),
        "[+OK]"
    );
    let script = "GB().foreach(lambda r: execute('SET', r['key'], 'ran')).count().run('k:*')";
    let peer = cluster.id(2);
    cluster.stop(2);
    let answer = cluster.client(0).execute(script);
    cluster.go_on(2);
    assert!(
        answer.starts_with(r#"[[], [$"Execution max idle reached: "#),
        "{answer}"
    );
    assert!(answer.contains(&peer), "{answer}");
    cluster.wait_until_fine();
    for place in 0..3 {
        let key = format!("k:0:{{{}}}", cluster.key_at(place, "tag"));
        assert_eq!(ask!(cluster.client(place), "GET", key), r#"$"0""#);
    }
    until("the shard to take part again", || {
        (cluster.client(0).execute("GB().count().run('k:*')") == r#"[[$"3"], []]"#).then_some(())
    });
}

#[test]
fn a_shard_that_dies_in_the_middle_is_an_error_beside_what_came() {
    let mut cluster = TestCluster::start();
    cluster.wait_for_the_missing();
    let url = cluster.server(0).url().to_owned();
    let limit = ask!(
        cluster.client(0),
        "RG.CONFIGSET",
        "ExecutionMaxIdleTime",
        LONG
    );
    assert_eq!(limit, "[+OK]");
    let dying = cluster.id(2);
    let script = format!(
        "import time\n\
         def wait(r):\n    \
             execute('SET', 'begun:{{%s}}' % hashtag(), '1')\n    \
             while r == '{dying}': time.sleep(0.01)\n    \
             return r\n\
         GB('ShardsIDReader').map(wait).run()"
    );
    let answer = thread::scope(|scope| {
        let running = scope.spawn(|| {
            let client = Client::connect(&url);
            client.wait_at_most(Duration::from_secs(120));
            let mut client = client;
            client.execute(&script)
        });
        until("the shard to be at it", || {
            (ask!(cluster.client(2), "DBSIZE") == ":1").then_some(())
        });
        cluster.kill(2);
        running.join().unwrap()
    });
    assert!(answer.contains("Execution max idle reached"), "{answer}");
    assert!(answer.contains(&dying), "{answer}");
    // On a busy machine the other one may have been too late as well.
    let own = format!(r#"[[$"{}""#, cluster.id(0));
    assert!(answer.starts_with(&own), "{answer}");
}

/// Where no more work can wait, whoever asks is told.
#[test]
fn calls_beyond_the_queue_are_refused_on_every_shard() {
    let cluster = ClusterPlan::default()
        .engine_args(&["ExecutionThreads", "1", "ExecutionQueue", "1"])
        .start();
    cluster.client(0).install(
        "import time\n\
         GB('CommandReader').foreach(lambda r: time.sleep(0.05)).register(trigger='slow')",
    );
    let answers: Vec<String> = thread::scope(|scope| {
        let calls: Vec<_> = (0..12)
            .map(|call| {
                let mut client = cluster.client(call % 3);
                scope.spawn(move || ask!(client, "RG.TRIGGER", "slow"))
            })
            .collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    assert!(
        answers.iter().all(|answer| !answer.is_empty()),
        "{answers:?}"
    );
    // Nobody waits for ever, and nothing is left behind.
    for place in 0..3 {
        until("executions to end", || {
            (ask!(cluster.client(place), "RG.DUMPEXECUTIONS") == "[]").then_some(())
        });
    }
}
