use gears_runtime::{Result, gear_command};

#[gear_command]
fn take(item: &str, n: i64) -> Result<i64> {
    r#"
    return cmd.hincrby("stock", itme, -n)
    "#
}

fn main() {}
