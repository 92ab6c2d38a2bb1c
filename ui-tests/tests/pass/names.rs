//! Names that the expansion might trip over: parameters like its locals, functions like its items and like those of std.
// Warnings about the Python are told as uses of something deprecated.
#![allow(deprecated, non_snake_case)]

use gears_runtime::gear_command;

type Answer<T> = gears_runtime::Result<T>;

#[gear_command]
fn parameters(
    args: u8,
    gear: u8,
    gears: u8,
    error: u8,
    __gears: u8,
    __call: u8,
    __error: u8,
    call: u8,
) -> Answer<u8> {
    "return args + gear + gears + error + __gears + __call + __error + call"
}

#[gear_command]
fn more(more: u8, on: u8, bound: u8, cmd: u8, _x: u8, f: u8, GEAR: u8) -> Answer<u8> {
    "return more + on + bound + cmd + _x + f + GEAR"
}

// A keyword of Python: nobody there has to write the name.
#[gear_command]
fn del(key: &str) -> Answer<()> {
    "cmd.delete(key)"
}

mod std_like {
    use super::{Answer, gear_command};

    #[gear_command]
    pub fn vec(x: u8) -> Answer<Vec<u8>> {
        "return b''"
    }
    #[gear_command]
    pub fn Ok() -> Answer<()> {
        "pass"
    }
    #[gear_command]
    pub fn Err(x: u8) -> Answer<()> {
        "pass"
    }
    #[gear_command]
    pub fn Some() -> Answer<Option<u8>> {
        "pass"
    }
    #[gear_command]
    pub fn core() -> Answer<()> {
        "pass"
    }
    #[gear_command]
    pub fn std() -> Answer<String> {
        "return ''"
    }
    #[gear_command]
    pub fn gears_runtime() -> Answer<String> {
        "return ''"
    }
    #[gear_command]
    pub fn drop(x: u8) -> Answer<u8> {
        "return x"
    }
}

mod ours {
    use super::{Answer, gear_command};

    #[gear_command]
    pub fn call() -> Answer<()> {
        "pass"
    }
    #[gear_command]
    pub fn on() -> Answer<()> {
        "pass"
    }
    #[gear_command]
    pub fn Bound() -> Answer<()> {
        "pass"
    }
    #[gear_command]
    pub fn GEAR() -> Answer<()> {
        "pass"
    }
    #[gear_command]
    pub fn __private0() -> Answer<()> {
        "pass"
    }
}

fn main() {
    assert_eq!(del::GEAR.trigger(), "del");
    let _ = (
        std_like::vec::GEAR.body(),
        std_like::core::GEAR.body(),
        ours::GEAR::GEAR.body(),
    );
    let _ = |gears: &gears_runtime::Gears| ours::on::on(gears).call();
    assert!(!more::GEAR.uses_cmd());
}
