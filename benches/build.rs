//! Writes the gears that benchmarks of registration register: a thousand.

use std::{env, fmt::Write as _, fs, path::Path};

/// How many are measured.
const GEARS: usize = 1000;

/// How many show whether the benchmarks still compile. A thousand take the compiler half a minute.
const GEARS_UNMEASURED: usize = 10;

fn main() {
    let measured = env::var_os("PROFILE").is_some_and(|profile| profile == "release");
    let gears = if measured { GEARS } else { GEARS_UNMEASURED };
    let mut text = String::new();
    for number in 0..gears {
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
