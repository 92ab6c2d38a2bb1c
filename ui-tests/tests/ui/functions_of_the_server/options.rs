use gears_runtime::{Result, gear_function};

#[gear_function]
fn no_library() -> Result<()> {
    "pass"
}

#[gear_function(lib = "my shop", name = "a-b", flags(no_write, no_writes, no_writes))]
fn no_names() -> Result<()> {
    "pass"
}

#[gear_function(lib = "shop", flags = ["no_writes"])]
fn no_list() -> Result<()> {
    "pass"
}

#[gear_function(lib = "shop", trigger = "price")]
fn no_trigger() -> Result<()> {
    "pass"
}

#[gear_function(lib = "shop", mode = "sync")]
fn no_mode() -> Result<()> {
    "pass"
}

#[gear_function(lib = "shop")]
fn größe() -> Result<()> {
    "pass"
}

fn main() {
    let _ = (no_library(), no_names(), no_list(), no_trigger(), no_mode(), größe());
}
