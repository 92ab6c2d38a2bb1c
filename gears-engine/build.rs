//! Ties the module to the libpython it was built against, or leaves that to the package that it is installed with.
//!
//! A machine often has several Pythons whose libraries share a soname. The
//! run path makes the loader take the library of the interpreter that was
//! chosen at build time, and the executable's path lets that interpreter find
//! its standard library and site-packages when it starts inside the server.
//!
//! Beside the module comes first: there the Python package of the engine links the libpython of the Python that it
//! is installed in. What is built for such a package (`GEARS_PACKAGED`) names no Python of the machine that built it.

use std::env;

fn main() {
    println!("cargo:rerun-if-env-changed=PYO3_PYTHON");
    println!("cargo:rerun-if-env-changed=PYO3_CONFIG_FILE");
    println!("cargo:rerun-if-env-changed=GEARS_PACKAGED");
    pyo3_build_config::use_pyo3_cfgs();
    let python = pyo3_build_config::get();
    let packaged = env::var_os("GEARS_PACKAGED").is_some_and(|value| !value.is_empty());
    let beside = match env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("macos") => "@loader_path",
        _ => "$ORIGIN",
    };
    println!("cargo:rustc-cdylib-link-arg=-Wl,-rpath,{beside}");
    if let Some(lib_dir) = python.lib_dir().filter(|_| !packaged) {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-rpath,{lib_dir}");
    }
    let version = python.version();
    let executable = match packaged {
        // That of the distribution, whose libpython the loader finds by itself.
        true => format!("/usr/bin/python{version}"),
        false => python.executable().unwrap_or("python3").to_owned(),
    };
    println!("cargo:rustc-env=GEARS_PYTHON_EXECUTABLE={executable}");
    println!("cargo:rustc-env=GEARS_PYTHON_VERSION={version}");
}
