use gears_runtime::{Result, gear_command};

#[gear_command]
fn f(key: &str, times: u8) -> Result<String> {
    "return key * times"
}

fn main() {
    let _ = f("a");
}
