use gears_runtime::{function::KeysReader, gear_fn};

#[gear_fn]
fn broken(record: i64) -> i64 {
    r#"
    return (record
    "#
}

#[gear_fn]
fn missing(record: i64) -> i64 {}

#[gear_fn]
fn two(key: String, record: i64) -> i64 {
    "return record"
}

fn main() {
    let _ = KeysReader::new("*").map(broken).map(missing).map(two);
    two(1);
}
