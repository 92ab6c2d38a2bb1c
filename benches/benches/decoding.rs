//! Decoding 100,000 results of a script against `redis::from_redis_value` into the same type.
//!
//! No server takes part: both begin with the reply as redis-rs parsed it. The aim is a ratio of
//! at most 1.

use gears_benches::compare_prepared;
use gears_runtime::{
    data::ExecutionResult,
    redis::{self, FromRedisValue, ParsingError, Value},
};
use serde::{Deserialize, de::DeserializeOwned};

const RECORDS: usize = 100_000;

/// A record as scripts write it: JSON.
#[derive(Deserialize, PartialEq, Debug)]
struct Person {
    name: String,
    age: u32,
}

/// What one writes by hand for redis-rs.
impl FromRedisValue for Person {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        match &value {
            Value::BulkString(json) => {
                serde_json::from_slice(json).map_err(|error| ParsingError::from(error.to_string()))
            }
            _ => Err(ParsingError::from("not a bulk string")),
        }
    }
}

fn main() {
    // Without the word this is `cargo test --benches`, which wants no figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    println!(
        "{:<32} {:>10} {:>10} {:>6}",
        "100,000 results", "redis-rs", "ours", "ratio"
    );
    let bulk = |text: String| Value::BulkString(text.into_bytes());
    measure::<String>("text of 32 bytes", |number| bulk(format!("{number:032}")));
    measure::<Vec<u8>>("32 bytes", |number| bulk(format!("{number:032}")));
    measure::<i64>("integers", Value::Int);
    measure::<i64>("integers as text", |number| bulk(number.to_string()));
    measure::<f64>("floats as text", |number| bulk(format!("{number}.25")));
    measure::<Option<i64>>("integers or nil", |number| match number % 2 {
        0 => Value::Nil,
        _ => Value::Int(number),
    });
    measure::<Person>("a struct in JSON", |number| {
        bulk(format!(r#"{{"name": "person {number}", "age": 42}}"#))
    });
}

fn measure<T: DeserializeOwned + FromRedisValue + 'static>(
    name: &str,
    record: impl Fn(i64) -> Value,
) {
    let records: Vec<Value> = (0..).take(RECORDS).map(record).collect();
    let comparison = compare_prepared(
        || records.clone(),
        |records| {
            let read: Vec<T> = redis::from_redis_value(Value::Array(records)).expect("it fits");
            assert_eq!(read.len(), RECORDS);
            read
        },
        |records| {
            let read = ExecutionResult::from(records)
                .decode::<T>()
                .expect("it fits");
            assert_eq!(read.results().len(), RECORDS);
            read
        },
    );
    println!(
        "{name:<32} {:>10.1?} {:>10.1?} {:>6.3}",
        comparison.bare, comparison.ours, comparison.ratio
    );
}
