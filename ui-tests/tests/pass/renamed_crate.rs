//! The runtime may go by another name, or be seen through another crate.

pub extern crate gears_runtime as renamed;

mod facade {
    pub mod inner {
        pub use renamed as runtime;
    }
}

// With these in the way, `gears_runtime` by itself leads nowhere.
mod gears_runtime {}

#[renamed::gear_command(crate = renamed)]
fn first() -> renamed::Result<()> {
    "pass"
}

#[renamed::gear_command(crate = crate::facade::inner::runtime)]
async fn second() -> renamed::Result<()> {
    "pass"
}

#[renamed::gear_command(crate = ::renamed)]
fn third() -> renamed::Result<()> {
    "pass"
}

mod nested {
    #[renamed::gear_command(crate = crate::facade::inner::runtime)]
    pub fn fourth() -> renamed::Result<()> {
        "pass"
    }
}

fn main() {
    assert_eq!(nested::fourth::GEAR.trigger(), "fourth");
    let _ = (first, second, third);
}
