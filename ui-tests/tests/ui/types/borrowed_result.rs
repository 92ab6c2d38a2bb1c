use gears_runtime::{Result, gear_command};

#[gear_command]
fn f() -> Result<&'static str> {
    "return 1"
}

#[gear_command]
fn elided() -> Result<&str> {
    "return 'x'"
}

#[gear_command]
fn of_an_argument(text: &str) -> Result<&str> {
    "return text"
}

#[gear_command]
fn inside(count: usize) -> Result<Option<(&i64, &[u8])>> {
    "return [count, b'x']"
}

fn main() {
    let _ = elided().map(str::len);
}
