use gears_runtime::{Arguments, Result, gear_command};

#[gear_command(hook = "set")]
fn returns(arguments: Arguments) -> Result<String> {
    "return 'OK'"
}

#[gear_command(hook = "set")]
fn nothing() {
    "return 'OK'"
}

#[gear_command(hook = "set")]
async fn awaited(arguments: Arguments) {
    "return 'OK'"
}

fn main() {}
