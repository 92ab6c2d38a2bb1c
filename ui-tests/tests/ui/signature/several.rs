use gears_runtime::{Result, gear_command};

#[gear_command]
unsafe fn f<T>((a, b): (u8, T), _: u8, x: impl Copy) {
    "pass"
}

fn main() {}
