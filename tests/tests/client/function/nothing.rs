//! Every operation on no record, on one and on many, with more steps behind it; and counts of
//! whatever is left, which is nothing in some places.

use gears_runtime::function::{
    CommandReader, GearFunction, Generated, KeyType, KeysOnlyReader, KeysReader, Order, PyValue,
    PythonReader, Runs, ShardsIdReader, StreamReader,
};
use gears_runtime::{ErrorKind, py};
use gears_tests::until;

use super::stage::Stage;

type Operation = fn(&GearFunction<i64, Generated>) -> GearFunction<PyValue, Generated>;

/// An operation, and what it makes of each of [`INPUTS`], as Python shows it.
struct Row {
    name: &'static str,
    operation: Operation,
    /// Whether the order of the records is the operation's.
    ordered: bool,
    expected: [&'static [&'static str]; 3],
}

const INPUTS: [&[i64]; 3] = [&[], &[5], &[3, -1, 3, 2]];

macro_rules! rows {
    ($($name:literal $($ordered:ident)?: |$some:ident| $made:expr => $none:expr, $one:expr, $many:expr;)*) => {
        [$(Row {
            name: $name,
            operation: |$some| $made.declare(),
            ordered: rows!(@ $($ordered)?),
            expected: [&$none, &$one, &$many],
        }),*]
    };
    (@) => { false };
    (@ ordered) => { true };
}

fn rows() -> Vec<Row> {
    Vec::from(rows! {
        "map" ordered: |some| some.map(py!("lambda n: n * 2"))
            => [], ["10"], ["6", "-2", "6", "4"];
        "flat_map" ordered: |some| some.flat_map(py!("lambda n: [n] * max(n - 2, 0)"))
            => [], ["5", "5", "5"], ["3", "3"];
        "for_each" ordered: |some| some.for_each(py!("lambda _n: None"))
            => [], ["5"], ["3", "-1", "3", "2"];
        "filter" ordered: |some| some.filter(py!("lambda n: 0 < n < 4"))
            => [], [], ["3", "3", "2"];
        "accumulate": |some| some.accumulate(py!("lambda total, n: (total or 0) + n"))
            => [], ["5"], ["7"];
        "accumulate to what is falsy": |some| some.accumulate(py!("lambda _total, _n: 0"))
            => [], ["0"], ["0"];
        "local_group_by": |some| some
            .local_group_by(py!("lambda n: n % 2"), py!("lambda _key, total, n: (total or 0) + n"))
            => [], ["{'key': '1', 'value': 5}"],
            ["{'key': '0', 'value': 2}", "{'key': '1', 'value': 5}"];
        "group_by": |some| some
            .group_by(py!("lambda n: '' if n < 0 else 'k'"), py!("lambda key, _total, n: key + str(n)"))
            => [], ["{'key': 'k', 'value': 'k5'}"],
            ["{'key': '', 'value': '-1'}", "{'key': 'k', 'value': 'k2'}"];
        "batch_group_by": |some| some
            .batch_group_by(py!("lambda n: n"), py!("lambda key, all: (key, len(all))"))
            => [], ["{'key': '5', 'value': ('5', 1)}"],
            ["{'key': '-1', 'value': ('-1', 1)}", "{'key': '2', 'value': ('2', 1)}",
             "{'key': '3', 'value': ('3', 2)}"];
        "limit" ordered: |some| some.limit(2) => [], ["5"], ["3", "-1"];
        "limit to none" ordered: |some| some.limit(0) => [], [], [];
        "limit_from" ordered: |some| some.limit_from(1, 2) => [], [], ["-1", "3"];
        "limit_per_shard" ordered: |some| some.limit_per_shard(3)
            => [], ["5"], ["3", "-1", "3"];
        "collect": |some| some.collect() => [], ["5"], ["-1", "2", "3", "3"];
        "repartition": |some| some.repartition(py!("lambda n: str(n)"))
            => [], ["5"], ["-1", "2", "3", "3"];
        "aggregate": |some| some
            .aggregate(10, py!("lambda total, n: total + n"), py!("lambda total, n: total + n"))
            => [], ["25"], ["27"];
        "aggregate to what is falsy": |some| some
            .aggregate(9, py!("lambda _total, _n: 0"), py!("lambda _total, n: n"))
            => [], ["0"], ["0"];
        "aggregate_by": |some| some
            .aggregate_by(
                py!("lambda n: n % 2"),
                Vec::<i64>::new(),
                py!("lambda _key, total, n: total + [n]"),
                py!("lambda _key, total, part: total + part"),
            )
            => [], ["{'key': '1', 'value': [5]}"],
            ["{'key': '0', 'value': [2]}", "{'key': '1', 'value': [3, -1, 3]}"];
        "sort, ascending" ordered: |some| some.sort(Order::Ascending)
            => [], ["5"], ["-1", "2", "3", "3"];
        "sort, descending" ordered: |some| some.sort(Order::Descending)
            => [], ["5"], ["3", "3", "2", "-1"];
        "sort_by" ordered: |some| some.sort_by(Order::Ascending, py!("lambda n: -n"))
            => [], ["5"], ["3", "3", "2", "-1"];
        "distinct": |some| some.distinct() => [], ["5"], ["-1", "2", "3"];
        "count": |some| some.count() => ["0"], ["1"], ["4"];
        "count of what is left": |some| some.filter(py!("lambda n: n == 2")).count()
            => ["0"], ["0"], ["1"];
        "count of a count": |some| some.count().filter(py!("lambda n: n == 1")).count()
            => ["0"], ["1"], ["0"];
        "count_by": |some| some.count_by(py!("lambda n: n % 2"))
            => [], ["{'key': '1', 'value': 1}"],
            ["{'key': '0', 'value': 1}", "{'key': '1', 'value': 3}"];
        "count_each": |some| some.count_each()
            => [], ["{'key': '5', 'value': 1}"],
            ["{'key': '-1', 'value': 1}", "{'key': '2', 'value': 1}", "{'key': '3', 'value': 2}"];
        "avg": |some| some.avg(py!("lambda n: n + 1")) => [], ["6.0"], ["2.75"];
        "mean": |some| some.mean() => [], ["5.0"], ["1.75"];
    })
}

fn reading(values: &[i64]) -> GearFunction<i64, Generated> {
    PythonReader::new(py!("lambda: iter(values)", values = values)).declare()
}

#[test]
fn every_operation_has_steps_behind_it() {
    let stage = Stage::new();
    for row in rows() {
        for (input, expected) in INPUTS.iter().zip(row.expected) {
            let made = (row.operation)(&reading(input)).map(py!("lambda record: [record]"));
            let mut shown: Vec<String> = texts(&stage, &made);
            if !row.ordered {
                shown.sort();
            }
            let expected: Vec<String> = expected.iter().map(|text| format!("[{text}]")).collect();
            assert_eq!(shown, expected, "{} of {input:?}", row.name);
        }
    }
}

#[test]
fn whatever_an_operation_leaves_can_be_counted() {
    let stage = Stage::new();
    for row in rows() {
        for (input, expected) in INPUTS.iter().zip(row.expected) {
            let made = (row.operation)(&reading(input));
            let count = expected.len() as i64;
            let last = stage.run(&made.count());
            let between = texts(&stage, &made.count().map(py!("lambda n: -n")));
            // What there is passes the steps before a count as it passes them elsewhere.
            let of_all = made.filter(py!("lambda record: record != '?'")).count();
            let more = texts(&stage, &of_all.map(py!("lambda n: n + 1")));
            assert_eq!(
                (last, between, more),
                (
                    vec![count],
                    vec![(-count).to_string()],
                    vec![(count + 1).to_string()]
                ),
                "{} of {input:?}",
                row.name
            );
        }
    }
}

fn texts<T, R: Runs>(stage: &Stage, function: &GearFunction<T, R>) -> Vec<String> {
    let values: Vec<PyValue> = stage.run(&function.declare());
    values.iter().map(ToString::to_string).collect()
}

/// Returns ten times the count and one more.
fn tenfold<T, R: Runs>(stage: &Stage, function: &GearFunction<T, R>) -> i64 {
    let made = function
        .count()
        .map(py!("lambda n: n * 10 + 1").returns::<i64>());
    let mut all = stage.run(&made);
    assert_eq!(all.len(), 1, "one count");
    all.remove(0)
}

#[test]
fn every_reader_can_read_nothing() {
    let stage = Stage::new();
    let no = stage.name("no-such-key");
    let none = format!("{no}*");
    assert_eq!(tenfold(&stage, &KeysReader::new(&none)), 1);
    assert_eq!(tenfold(&stage, &KeysReader::new(&none).values()), 1);
    assert_eq!(tenfold(&stage, &KeysOnlyReader::new(&none)), 1);
    assert_eq!(tenfold(&stage, &StreamReader::new(&no)), 1);
    assert_eq!(tenfold(&stage, &PythonReader::new(py!("lambda: []"))), 1);
    let shards = ShardsIdReader::new();
    assert!(tenfold(&stage, &shards) > 1);
    assert_eq!(tenfold(&stage, &shards.filter(py!("lambda _id: False"))), 1);
    let counted = KeysReader::new("*")
        .filter(py!("lambda record: record['type'] == 'no such type'"))
        .count()
        .map(py!("lambda n: n + 1").returns::<i64>());
    let one_key = stage.finish(&counted.run().pattern(&no).no_scan());
    assert_eq!(one_key, [1]);
}

#[test]
fn every_reader_reads_as_it_does_without_a_count() {
    let stage = Stage::private();
    stage.tell("SET", &["text", "value"]);
    stage.tell("SET", &["other", "value"]);
    stage.tell("RPUSH", &["list", "-1", "+2"]);
    stage.tell("HSET", &["hash", "field", "value"]);
    stage.tell("SADD", &["set", "member"]);
    stage.tell("ZADD", &["zset", "1", "member"]);
    for id in ["1-1", "2-1", "3-1"] {
        stage.tell("XADD", &["stream", id, "field", "value"]);
    }
    let keys = KeysReader::new("*");
    assert_eq!(tenfold(&stage, &keys), 71);
    assert_eq!(tenfold(&stage, &keys.keys()), 71);
    assert_eq!(
        tenfold(&stage, &keys.of_types([KeyType::Stream, KeyType::Set])),
        21
    );
    // What a reader makes of each key is the same in front of a count.
    let shown = py!("lambda record: sorted(record.items(), key=lambda item: item[0])");
    let all = stage.run(&keys.map(&shown).declare::<PyValue>());
    assert_eq!(all.len(), 7);
    for record in &all {
        let same = py!("lambda other: other == record", record = record);
        assert_eq!(
            tenfold(&stage, &keys.map(&shown).filter(same)),
            11,
            "{record}"
        );
    }
    let counted = keys
        .filter(py!("lambda record: record['value'] is None"))
        .count();
    let plus = counted.map(py!("lambda n: n + 1").returns::<i64>());
    assert_eq!(stage.finish(&plus.run().read_value(false)), [8]);
    assert_eq!(stage.finish(&plus.run().pattern("t*")), [1]);

    let names = KeysOnlyReader::new("*")
        .count()
        .map(py!("lambda n: n + 1").returns::<i64>());
    assert_eq!(stage.finish(&names.run()), [8]);
    assert_eq!(stage.finish(&names.run().scan_count(2).pattern("*e*")), [6]);
    for (key, count) in [("text", 2), ("no", 1)] {
        assert_eq!(stage.finish(&names.run().pattern(key).no_scan()), [count]);
    }
    let chosen = names
        .run()
        .pattern_generator(py!("lambda: ('*set', False)"));
    assert_eq!(stage.finish(&chosen), [3]);

    let entries = StreamReader::new("stream")
        .count()
        .map(py!("lambda n: n + 1").returns::<i64>());
    assert_eq!(stage.finish(&entries.run()), [4]);
    assert_eq!(stage.finish(&entries.run().from_id("1-1")), [3]);
    let error = entries
        .run()
        .key("list")
        .on(&stage.gears)
        .unwrap()
        .into_result();
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Python);
}

#[test]
fn events_of_which_nothing_is_left_are_counted() {
    let stage = Stage::new();
    let trigger = stage.name("count");
    let large = CommandReader::new()
        .args()
        .flat_map(py!("lambda words: words"))
        .filter(py!("lambda word: len(word) > 3"))
        .count();
    large.register_trigger(&trigger).on(&stage.gears).unwrap();
    let call = |words: &[&str]| stage.gears.trigger(&trigger, words).unwrap();
    assert_eq!(call(&["seven", "a", "three"]), [redis_int(2)]);
    assert_eq!(call(&["a"]), [redis_int(0)]);

    let (stream, seen) = (stage.name("stream"), stage.name("seen"));
    let waiting = StreamReader::new(&stream)
        .values()
        .filter(py!("lambda entry: entry['n'] != '0'"))
        .count()
        .for_each(py!("lambda n: cmd.rpush(seen, n)", seen = &seen))
        .register()
        .batch(2);
    waiting.on(&stage.gears).unwrap();
    for n in ["1", "2", "0", "0"] {
        stage.tell("XADD", &[&stream, "*", "n", n]);
    }
    until("count of the second batch", || {
        let counts: Vec<i64> = stage.ask("LRANGE", &[&seen, "0", "-1"]);
        (counts == [2, 0]).then_some(())
    });
    assert_eq!(waiting.unregister_from(&stage.gears).unwrap(), 1);
}

fn redis_int(number: i64) -> gears_runtime::redis::Value {
    gears_runtime::redis::Value::Int(number)
}
