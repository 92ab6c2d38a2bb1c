use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    try:
        return str(int(key))
    except ValueError:
        log("no number")
    "#
}

fn main() {}
