//! Runs over many records, many keys and many at once.

use std::thread;

use gears_tests::{Client, LONG_DEADLINE, TestCluster, ask, until};
use redis::Value;

use super::run_faults::{all_is_well, nothing_is_left};
use super::runs::fill;

#[test]
fn many_runs_at_once_from_every_shard_are_all_right() {
    let cluster = TestCluster::start();
    fill(&cluster, 10);
    let script = "GB().map(lambda r: int(r['value'])).repartition(lambda v: '{%d}' % v)\
                  .groupby(lambda v: v % 5, lambda k, a, v: (a or 0) + v)\
                  .map(lambda r: r['value']).sort().run('k:*')";
    thread::scope(|scope| {
        for call in 0..150 {
            let mut client = cluster.client(call % 3);
            client.wait_at_most(LONG_DEADLINE);
            scope.spawn(move || {
                let answer = client.execute(script);
                assert_eq!(answer, r#"[[$"15", $"21", $"27", $"33", $"39"], []]"#);
            });
        }
    });
    all_is_well(&cluster, &[0, 1, 2]);
}

/// Steps behind `repartition` that take nothing more until the gate of their shard is open: more
/// is sent to them than may be on its way.
const STUCK: &str = "import time\n\
    def wait(r):\n    \
        execute('SET', 'begun:{%s}' % hashtag(), '1')\n    \
        while not int(execute('EXISTS', 'gate:{%s}' % hashtag())): time.sleep(0.01)\n\
    def many(r):\n    \
        return [str(n) + 'x' * 1000 for n in range(5000)]\n\
    GB('ShardsIDReader').flatmap(many).repartition(lambda r: r).foreach(wait).count().run()";

#[test]
fn a_run_whose_steps_wait_for_room_is_aborted_from_every_shard() {
    let cluster = TestCluster::start();
    for place in 0..3 {
        let mut driver = cluster.client(0);
        let Value::BulkString(id) =
            driver.value(&[b"RG.PYEXECUTE", STUCK.as_bytes(), b"UNBLOCKING"])
        else {
            panic!("no id");
        };
        for other in 0..3 {
            until("the steps to be stuck", || {
                (ask!(cluster.client(other), "DBSIZE") == ":1").then_some(())
            });
        }
        let mut client = cluster.client(place);
        assert_eq!(client.ask(&[b"RG.ABORTEXECUTION", &id]), "+OK");
        until("the end of the run", || {
            let shown = driver.ask(&[b"RG.GETEXECUTION", &id]);
            shown.contains("aborted").then_some(())
        });
        until("the run to be dropped", || {
            (client.ask(&[b"RG.DROPEXECUTION", &id]) == "+OK").then_some(())
        });
        nothing_is_left(&cluster, &[0, 1, 2]);
        for other in 0..3 {
            assert_eq!(ask!(cluster.client(other), "FLUSHALL"), "+OK");
        }
    }
    all_is_well(&cluster, &[0, 1, 2]);
}

#[test]
fn many_distinct_keys_of_groups_come_together() {
    let cluster = TestCluster::start();
    let script = "GB('ShardsIDReader').flatmap(lambda r: list(range(100000)))\
                  .groupby(lambda v: v, lambda k, a, v: (a or 0) + 1)\
                  .filter(lambda r: r['value'] == 3).count().run()";
    let answer = patient(&cluster, 1).execute(script);
    assert_eq!(answer, r#"[[$"100000"], []]"#);
}

/// The shard that drives the run stops at its first error; the others read on.
#[test]
fn of_many_errors_a_thousand_are_told_and_how_many_more() {
    let cluster = TestCluster::start();
    let script = "def fail(v): raise ValueError('no %d' % v)\n\
                  GB('ShardsIDReader').flatmap(lambda r: list(range(20000)))\
                  .repartition(lambda v: v).foreach(fail).count().run()";
    let Value::Array(answer) = patient(&cluster, 0).value(&[b"RG.PYEXECUTE", script.as_bytes()])
    else {
        panic!("no answer of two parts");
    };
    assert_eq!(gears_tests::show(&answer[0]), "[]");
    let Value::Array(errors) = &answer[1] else {
        panic!("no errors");
    };
    let errors: Vec<String> = errors.iter().map(gears_tests::show).collect();
    let left_out: Vec<&String> = errors
        .iter()
        .filter(|error| error.contains("more errors are not shown"))
        .collect();
    let told = errors.len() - left_out.len();
    let left_out = left_out.into_iter().map(|error| {
        let digits = error.chars().filter(char::is_ascii_digit);
        digits.collect::<String>().parse::<usize>().unwrap()
    });
    assert_eq!((told, told + left_out.sum::<usize>()), (1000, 60000));
    all_is_well(&cluster, &[0, 1, 2]);
}

/// A client that waits long enough for a slow build on a busy machine.
fn patient(cluster: &TestCluster, place: usize) -> Client {
    let client = cluster.client(place);
    client.wait_at_most(LONG_DEADLINE);
    client
}

#[test]
fn records_of_many_megabytes_cross_whole() {
    let cluster = TestCluster::start();
    let sender = cluster.id(1);
    for megabytes in [10, 100] {
        let script = format!(
            "def big(r):\n    \
                 return ['ab' * ({megabytes} << 19)] if r == '{sender}' else []\n\
             GB('ShardsIDReader').flatmap(big)\
             .repartition(lambda r: {:?}).map(lambda r: r + 'c')\
             .collect().map(lambda r: (len(r), r.count('ab'), r[-1])).run()",
            cluster.key_at(2, "big")
        );
        let answer = patient(&cluster, 0).execute(&script);
        let bytes = megabytes << 20;
        let expected = format!(r#"[[$"({}, {}, 'c')"], []]"#, bytes + 1, bytes / 2);
        assert_eq!(answer, expected);
    }
    all_is_well(&cluster, &[0, 1, 2]);
}
