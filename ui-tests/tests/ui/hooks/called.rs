use gears_runtime::{Arguments, gear_command};

#[gear_command(hook = "set")]
fn hook(arguments: Arguments) {
    "return call_next(*arguments)"
}

fn main() {
    hook("key");
}
