//! Writes the name of the hidden module that generated code calls.
//!
//! The name carries the patch version, and `gears-macros` emits the same one
//! from its own version: nobody can lean on the module, and a macro and a
//! runtime of different releases fail to compile rather than misunderstand
//! each other.

use std::{env, fs, path::Path};

fn main() {
    let patch = env::var("CARGO_PKG_VERSION_PATCH").expect("cargo sets the version");
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    let text = format!(
        "#[doc(hidden)]\npub mod __private{patch} {{\n    pub use crate::private::*;\n}}\n"
    );
    fs::write(Path::new(&out).join("private.rs"), text).expect("OUT_DIR is writable");
    println!("cargo:rerun-if-changed=build.rs");
}
