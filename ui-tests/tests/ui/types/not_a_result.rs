use gears_runtime::gear_command;

#[gear_command]
fn f() -> String {
    "return 1"
}

fn main() {}
