use gears_runtime::{Result, gear_command};

type Page = String;

#[gear_command]
fn Page(x: u8) -> Result<Page> {
    "return ''"
}

fn main() {}
