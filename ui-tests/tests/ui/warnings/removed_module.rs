#![deny(warnings)]

use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    import telnetlib
    return telnetlib.Telnet(key).read_all().decode()
    "#
}

fn main() {}
