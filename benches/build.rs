//! Writes a thousand gears for the benchmark of registration.

use std::{env, fmt::Write as _, fs, path::Path};

const GEARS: usize = 1000;

fn main() {
    let mut text = String::new();
    for number in 0..GEARS {
        writeln!(
            text,
            "/// Adds {number} to `value`.\n\
             #[::gears_runtime::gear_command]\n\
             pub fn add_{number}(value: i64) -> ::gears_runtime::Result<i64> {{\n    \
                 \"return value + {number}\"\n\
             }}"
        )
        .expect("a string takes text");
    }
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("gears.rs"), text).expect("OUT_DIR is writable");
    println!("cargo:rerun-if-changed=build.rs");
}
