//! Every operation, on records that a generator makes.

use std::collections::BTreeMap;

use gears_runtime::function::{
    GearFunction, Generated, Group, Order, PyValue, PythonReader, RawPython,
};
use gears_runtime::{gear_fn, py};

use gears_tests::unless_lacking;

use super::stage::Stage;

/// Reads those values.
fn reading(values: &[PyValue]) -> PythonReader {
    PythonReader::new(py!("lambda: iter(values)", values = values))
}

fn numbers(values: &[i64]) -> GearFunction<i64, Generated> {
    let values: Vec<PyValue> = values.iter().copied().map(PyValue::Int).collect();
    reading(&values).declare()
}

#[test]
fn map_makes_other_values() {
    let stage = Stage::new();
    let halves = numbers(&[1, 2, -3]).map(py!("lambda n: n / 2").returns::<f64>());
    assert_eq!(stage.run(&halves), [0.5, 1.0, -1.5]);
    // A function that is no lambda, which servers do not take by themselves.
    let texts = numbers(&[1, -2]).map(py!("str").returns::<String>());
    assert_eq!(stage.run(&texts), ["1", "-2"]);
}

#[test]
fn flat_map_keeps_the_order() {
    let stage = Stage::new();
    let twice = numbers(&[1, 2]).flat_map(py!("lambda n: [n, -n, [n]]"));
    let texts: Vec<String> = stage.run(&twice).iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["1", "-1", "[1]", "2", "-2", "[2]"]);
    let lazy = numbers(&[2, 3]).flat_map(py!("range").returns::<Vec<i64>>());
    assert_eq!(stage.run(&lazy), [0, 1, 0, 1, 2]);
    let whole = numbers(&[1]).flat_map(py!("lambda n: 'text'"));
    assert_eq!(stage.run(&whole), [PyValue::from("text")]);
}

#[test]
fn sort_says_what_it_does() {
    let stage = Stage::new();
    let some = numbers(&[5, -3, 9, 1]);
    assert_eq!(stage.run(&some.sort(Order::Ascending)), [-3, 1, 5, 9]);
    assert_eq!(stage.run(&some.sort(Order::Descending)), [9, 5, 1, -3]);
    let by = |order| stage.run(&numbers(&[-1, 2, 1]).sort_by(order, py!("abs")));
    assert_eq!(by(Order::Ascending), [-1, 1, 2]);
    assert_eq!(by(Order::Descending), [2, -1, 1]);
}

#[test]
fn count_of_nothing_is_zero() {
    let stage = Stage::new();
    assert_eq!(stage.run(&numbers(&[]).count()), [0]);
    assert_eq!(stage.run(&numbers(&[7, 7]).count()), [2]);
}

#[test]
fn groups_have_keys_and_values() {
    let stage = Stage::new();
    let mut counted = stage.run(&numbers(&[1, 2, 3]).count_by(py!("lambda n: n % 2")));
    counted.sort_by(|one, other| one.key.cmp(&other.key));
    let group = |key: &str, value| Group {
        key: key.to_owned(),
        value,
    };
    assert_eq!(counted, [group("0", 1), group("1", 2)]);
}

#[test]
fn for_each_and_filter_pass_records_on() {
    let stage = Stage::new();
    let key = stage.name("seen");
    let some = numbers(&[3, -1, 4])
        .for_each(py!("lambda n: cmd.rpush(key, n)", key = &key))
        .filter(py!("lambda n: n > 0"));
    assert_eq!(stage.run(&some), [3, 4]);
    let seen: Vec<i64> = stage.ask("LRANGE", &[&key, "0", "-1"]);
    assert_eq!(seen, [3, -1, 4]);
    // The records themselves say whether they stay.
    let some = reading(&[PyValue::None, PyValue::from("x"), PyValue::Int(0)]);
    assert_eq!(stage.run(&some.filter(py!("bool"))), [PyValue::from("x")]);
}

#[test]
fn totals_may_be_falsy() {
    let stage = Stage::new();
    let some = numbers(&[5, -5, 7]);
    let sum = py!("lambda total, n: total + n").returns::<i64>();
    assert_eq!(stage.run(&some.aggregate(0, &sum, &sum)), [7]);
    // Servers by themselves would begin from 10 again wherever the total is 0.
    let last = py!("lambda total, n: n").returns::<i64>();
    let zeroed = numbers(&[0, 0]).aggregate(10, &last, py!("lambda total, n: (total, n)"));
    let pair = zeroed.declare::<(i64, i64)>();
    assert_eq!(stage.run(&pair), [(10, 0)]);
    let all = py!("lambda total, n: (total or []) + [n]").returns::<Vec<i64>>();
    assert_eq!(stage.run(&some.accumulate(all)), [vec![5, -5, 7]]);
    assert!(stage.run(&numbers(&[]).aggregate(0, &sum, &sum)).is_empty());
}

#[test]
fn what_a_total_begins_with_may_be_python() {
    let stage = Stage::new();
    let union = py!("lambda some, n: some | {n}").returns::<Vec<i64>>();
    let both = py!("lambda some, others: some | others").returns::<Vec<i64>>();
    for function in [
        numbers(&[2, 1, 2]).aggregate(py!("set()"), &union, &both),
        numbers(&[2, 1, 2]).aggregate(RawPython::new_unchecked("set()"), &union, &both),
    ] {
        let mut unique = stage.run(&function.map(py!("sorted").returns::<Vec<i64>>()));
        assert_eq!(unique.pop().unwrap(), [1, 2]);
    }
}

#[test]
fn groups_are_reduced_in_every_way() {
    let stage = Stage::new();
    let some = numbers(&[1, 2, 3, 4, 6]);
    let parity = py!("lambda n: 'odd' if n % 2 else 'even'");
    let sum = py!("lambda key, total, n: (total or 0) + n").returns::<i64>();
    let expected = BTreeMap::from([("even".to_owned(), 12), ("odd".to_owned(), 4)]);
    for function in [
        some.local_group_by(&parity, &sum),
        some.group_by(&parity, &sum),
        some.aggregate_by(&parity, 0, &sum, &sum),
        some.batch_group_by(&parity, py!("lambda key, all: sum(all)").returns::<i64>()),
    ] {
        let groups: BTreeMap<String, i64> = stage.run(&function).into_iter().collect();
        assert_eq!(groups, expected);
    }
    // A falsy total stays what it is, for each key.
    let last = py!("lambda key, total, n: n - n").returns::<i64>();
    let kept = py!("lambda key, total, n: total + n").returns::<i64>();
    let zeros = some.aggregate_by(&parity, 7, &last, kept);
    let zeros: BTreeMap<String, i64> = stage.run(&zeros).into_iter().collect();
    assert_eq!(zeros.into_values().collect::<Vec<_>>(), [7, 7]);
}

#[test]
fn limits_are_of_all_shards() {
    let stage = Stage::new();
    let some = numbers(&[1, 2, 3, 4, 5]);
    assert_eq!(stage.run(&some.limit(2)), [1, 2]);
    assert_eq!(stage.run(&some.limit_from(3, 9)), [4, 5]);
    assert_eq!(stage.run(&some.limit_per_shard(1)), [1]);
    assert!(stage.run(&some.limit(0)).is_empty());
    assert_eq!(stage.run(&some.limit(usize::MAX)).len(), 5);
    assert_eq!(stage.run(&some.collect().repartition(py!("str"))).len(), 5);
}

#[test]
fn distinct_records_numbers_and_averages() {
    let stage = Stage::new();
    let some = numbers(&[2, 2, -4, 2]);
    let mut distinct = stage.run(&some.distinct());
    distinct.sort_unstable();
    assert_eq!(distinct, [-4, 2]);
    assert_eq!(stage.run(&some.mean()), [0.5]);
    assert_eq!(stage.run(&some.avg(py!("lambda n: -n"))), [-0.5]);
    assert!(stage.run(&numbers(&[]).mean()).is_empty());
    let counts: BTreeMap<String, i64> = stage.run(&some.count_each()).into_iter().collect();
    assert_eq!(counts["2"], 3);
}

#[gear_fn]
fn slowly(number: i64) -> i64 {
    r#"
    import asyncio
    await asyncio.sleep(0)
    return 10 * number
    "#
}

#[gear_fn]
fn slow_pair(number: i64) -> Vec<i64> {
    r#"
    import asyncio
    await asyncio.sleep(0)
    return [number, 10 * number]
    "#
}

#[gear_fn]
fn slow_sum(total: i64, number: i64) -> i64 {
    r#"
    import asyncio
    await asyncio.sleep(0)
    return total + number
    "#
}

#[test]
fn functions_may_be_coroutines() {
    let stage = Stage::new();
    let some = numbers(&[1, 2]);
    let ran = some.map(slowly).run().on(&stage.gears);
    let Some(ran) = unless_lacking(ran, "`await`") else {
        return;
    };
    assert_eq!(ran.into_result().unwrap(), [10, 20]);
    assert_eq!(stage.run(&some.flat_map(slow_pair)), [1, 10, 2, 20]);
    assert_eq!(stage.run(&some.aggregate(0, slow_sum, slow_sum)), [3]);
}

#[test]
fn a_function_can_begin_several_others() {
    let stage = Stage::new();
    let some = numbers(&[1, 2, 3]);
    let (sum, count) = (py!("lambda a, n: a + n").returns::<i64>(), some.count());
    let large = some.filter(py!("lambda n: n > 1"));
    assert_eq!(stage.run(&some.aggregate(0, &sum, &sum)), [6]);
    assert_eq!(stage.run(&large.aggregate(0, &sum, &sum)), [5]);
    assert_eq!(stage.run(&count), [3]);
    assert_eq!(stage.run(&large.count()), [2]);
    assert_eq!(stage.run(&some), [1, 2, 3]);
}

#[test]
fn long_functions_are_no_trouble() {
    let stage = Stage::new();
    let mut function = numbers(&[0]);
    for _ in 0..200 {
        function = function.map(py!("lambda n: n + 1")).declare();
    }
    assert_eq!(stage.run(&function), [200]);
    // Taking one apart takes no stack.
    for _ in 0..200_000 {
        function = function.collect();
    }
    drop(function);
}
