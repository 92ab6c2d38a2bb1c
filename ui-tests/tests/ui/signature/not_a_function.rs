use gears_runtime::gear_command;

#[gear_command]
struct Gear;

fn main() {}
