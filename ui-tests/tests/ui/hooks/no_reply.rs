use gears_runtime::{Arguments, gear_command};

#[gear_command(hook = "set")]
fn no_reply(arguments: Arguments) {
    "call_next(*arguments)"
}

fn main() {}
