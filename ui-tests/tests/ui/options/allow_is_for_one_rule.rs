use gears_runtime::{Result, gear_command};

#[gear_command(allow = ["unbound-local"])]
fn lookup(key: &str) -> Result<String> {
    r#"
    value = cmd.get(kye)
    return valeu
    "#
}

fn main() {}
