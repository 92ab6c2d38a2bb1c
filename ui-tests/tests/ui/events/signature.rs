use gears_runtime::{Record, Result, gear_on_keys, gear_on_stream};

#[gear_on_keys]
fn nothing() {
    "pass"
}

#[gear_on_keys]
fn two(record: Record, other: Record) {
    "pass"
}

#[gear_on_keys]
fn returns(record: Record) -> Result<()> {
    "pass"
}

#[gear_on_stream]
async fn awaited(record: Record) {
    "pass"
}

#[gear_on_stream]
struct NoFunction;

fn main() {}
