//! What is configured away leaves nothing behind, and what is there may stand in for it.

use gears_runtime::{Result, gear_command};

#[gear_command(trigger = "one")]
#[cfg(any())]
fn one(x: NoSuchType) -> Result<NoSuchType> {
    "return x"
}

#[cfg(all())]
#[gear_command(trigger = "two")]
fn one(x: u8) -> Result<u8> {
    "return x"
}

#[gear_command]
#[cfg_attr(all(), doc = "Described.")]
#[cfg_attr(any(), no_such_attribute)]
fn two() -> Result<()> {
    "pass"
}

fn main() {
    assert_eq!(one::GEAR.trigger(), "two");
    assert_eq!(two::GEAR.description(), "Described.");
}
