use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    try:
        return str(int(key))
    except ValueError as error:
        log("no number")
    return str(error)
    "#
}

fn main() {}
