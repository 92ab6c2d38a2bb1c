use gears_runtime::{Record, gear_on_keys};

#[gear_on_keys]
fn on_keys(record: Record) {
    "pass"
}

fn main() {
    on_keys();
}
