use gears_runtime::{Record, gear_on_keys};

#[gear_on_keys(prefix = "order:*")]
fn syntax(record: Record) {
    r#"
    if record["key"]
        pass
    "#
}

#[gear_on_keys]
fn keyword(lambda: Record) {
    "pass"
}

fn main() {}
