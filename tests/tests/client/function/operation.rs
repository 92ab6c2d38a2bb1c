//! Every operation, on records that a generator makes.

use gears_runtime::Gears;
use gears_runtime::function::{
    BatchFunction, GearFunction, Generated, Group, Order, PyValue, PythonReader,
};
use gears_runtime::py;
use gears_tests::TestServer;
use serde::de::DeserializeOwned;

/// A server and a connection to it.
struct Stage {
    gears: Gears,
    _server: TestServer,
}

impl Stage {
    fn new() -> Self {
        let server = TestServer::start();
        Self {
            gears: server.gears(),
            _server: server,
        }
    }

    /// Runs a function to its end, without any error.
    fn run<T: DeserializeOwned>(&self, function: &GearFunction<T, Generated>) -> Vec<T> {
        self.finish(&function.run())
    }

    fn finish<T: DeserializeOwned, R>(&self, function: &BatchFunction<T, R>) -> Vec<T> {
        function.on(&self.gears).unwrap().complete().unwrap()
    }
}

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
