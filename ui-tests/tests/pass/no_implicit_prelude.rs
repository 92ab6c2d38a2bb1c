//! Nothing in the expansion leans on the prelude.
#![no_implicit_prelude]
#![allow(dead_code)]

#[::gears_runtime::gear_command(mode = "sync")]
fn add(a: i64, b: ::core::option::Option<i64>) -> ::gears_runtime::Result<i64> {
    "return a + (b or 0)"
}

#[::gears_runtime::gear_command(mode = "async")]
async fn everywhere() -> ::gears_runtime::Result<::gears_runtime::PerShard<::std::string::String>> {
    "return 'x'"
}

fn main() {}
