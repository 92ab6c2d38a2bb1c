use gears_runtime::{Arguments, Result, gear_command};

#[gear_command(hook = "set", trigger = "set")]
fn both(arguments: Arguments) {
    "return call_next(*arguments)"
}

#[gear_command(key_prefix = "person:")]
fn no_hook(person: &str) -> Result<()> {
    "pass"
}

#[gear_command(hook = "", key_prefix = "person:*")]
fn empty(arguments: Arguments) {
    "return call_next(*arguments)"
}

#[gear_command(hook = "set", key = arguments)]
fn routed(arguments: Arguments) {
    "return call_next(*arguments)"
}

#[gear_command(hook = "set", mode = "sync")]
fn awaits(arguments: Arguments) {
    "return await arguments"
}

#[gear_command(hook = "set", name = "a [name]")]
fn brackets(arguments: Arguments) {
    "return call_next(*arguments)"
}

fn main() {}
