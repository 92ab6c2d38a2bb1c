//! The future of an async gear can go to another thread, and descriptors and bound gears are shared freely.
// Warnings about the Python are told as uses of something deprecated.
#![allow(deprecated)]

use gears_runtime::{Gears, Result, gear_command};

#[gear_command]
async fn greet(name: &str, times: Vec<u8>) -> Result<String> {
    "return name"
}

fn is_send<T: Send>(_: T) {}
fn is_shared<T: Send + Sync + Clone + std::fmt::Debug + 'static>() {}

fn calls(gears: &Gears) {
    is_send(greet("x", vec![1]));
    is_send(greet::on(gears).call("x", vec![1]));
}

fn main() {
    let _ = calls;
    is_shared::<greet::Bound>();
    let gear: &'static gears_runtime::Gear = &greet::GEAR;
    is_send(gear);
}
