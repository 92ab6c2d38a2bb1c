use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    if cmd.exists(key):
        return cmd.get(key).decode()
    "#
}

fn main() {}
