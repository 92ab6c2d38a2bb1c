use gears_runtime::{Result, gear_command};

#[gear_command]
fn f(key: &str, times: u8) -> Result<String> {
    "return key * times"
}

#[deny(unused_must_use)]
fn main() {
    f("a", 1);
}
