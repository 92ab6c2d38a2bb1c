use gears_runtime::{Record, gear_on_keys, gear_on_stream};

#[gear_on_stream(on_failed = "retry", mode = "sync")]
fn sync(record: Record) {
    "pass"
}

#[gear_on_stream(retry_interval_ms = 1000)]
fn never_again(record: Record) {
    "pass"
}

#[gear_on_stream(on_failed = "retry", retry_interval_ms = 1500)]
fn half_seconds(record: Record) {
    "pass"
}

#[gear_on_stream(duration_ms = 10)]
fn waits_for_nothing(record: Record) {
    "pass"
}

#[gear_on_keys(mode = "sync")]
fn awaits(record: Record) {
    "await runCoroutine(record)"
}

fn main() {}
