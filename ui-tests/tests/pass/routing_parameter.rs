//! A parameter that only says where the call goes is in use.
#![deny(warnings)]

use gears_runtime::{Result, gear_command};

#[gear_command(key = near)]
fn shard_of(near: &str) -> Result<String> {
    "return hashtag()"
}

fn main() {
    let _ = shard_of;
}
