use gears_runtime::{Record, gear_on_keys, gear_on_stream};

#[gear_on_keys(prefx = "order:*")]
fn misspelled(record: Record) {
    "pass"
}

#[gear_on_keys(prefix = "order:*", batch = 5)]
fn of_streams(record: Record) {
    "pass"
}

#[gear_on_keys(no_scan = true)]
fn no_scan(record: Record) {
    "pass"
}

#[gear_on_stream(trigger = "orders")]
fn trigger(record: Record) {
    "pass"
}

#[gear_on_stream(prefix = "a*", prefix = "b*")]
fn duplicate(record: Record) {
    "pass"
}

fn main() {}
