use gears_runtime::{Result, gear_command};

#[gear_command(python = "3.7")]
fn lookup(key: &str) -> Result<String> {
    r#"
    def join(a, b, /):
        return a + b
    return join(key, key)
    "#
}

fn main() {}
