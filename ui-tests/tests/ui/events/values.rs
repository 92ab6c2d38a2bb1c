use gears_runtime::{Record, gear_on_keys, gear_on_stream};

#[gear_on_keys(prefix = "", events = [], key_types = ["text"])]
fn nothing(record: Record) {
    "pass"
}

#[gear_on_keys(prefix = "order:*:done", events = ["set", "SET", "h set"], read_value = "no")]
fn patterns(record: Record) {
    "pass"
}

#[gear_on_keys(on_full = "wiat")]
fn ways(record: Record) {
    "pass"
}

#[gear_on_keys(mode = "sync", on_full = "wait")]
fn never_full(record: Record) {
    "pass"
}

#[gear_on_stream(on_failed = "ignore", batch = 0, trim = 1)]
fn policies(record: Record) {
    "pass"
}

fn main() {}
