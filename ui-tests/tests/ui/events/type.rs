use gears_runtime::gear_on_keys;

#[gear_on_keys]
fn of_text(record: &str) {
    "pass"
}

fn main() {}
