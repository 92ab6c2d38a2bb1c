use gears_runtime::gear_command;

#[gear_command]
fn f() -> Result<u8, String> {
    "return 1"
}

fn main() {}
