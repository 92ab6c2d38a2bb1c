use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    class Limits:
        most = 10
        def get(self):
            return most
    return key[:Limits().get()]
    "#
}

fn main() {}
