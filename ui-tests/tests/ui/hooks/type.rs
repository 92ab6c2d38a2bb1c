use gears_runtime::gear_command;

#[gear_command(hook = "set")]
fn of_text(arguments: &[&str]) {
    "return call_next(*arguments)"
}

fn main() {}
