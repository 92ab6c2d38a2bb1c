//! Ties the module to the one libpython it was built against.
//!
//! A machine often has several Pythons whose libraries share a soname. The
//! run path makes the loader take the library of the interpreter that was
//! chosen at build time, and the executable's path lets that interpreter find
//! its standard library and site-packages when it starts inside the server.

fn main() {
    println!("cargo:rerun-if-env-changed=PYO3_PYTHON");
    println!("cargo:rerun-if-env-changed=PYO3_CONFIG_FILE");
    pyo3_build_config::use_pyo3_cfgs();
    let python = pyo3_build_config::get();
    if let Some(lib_dir) = python.lib_dir() {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-rpath,{lib_dir}");
    }
    let executable = python.executable().unwrap_or("python3");
    println!("cargo:rustc-env=GEARS_PYTHON_EXECUTABLE={executable}");
    println!("cargo:rustc-env=GEARS_PYTHON_VERSION={}", python.version());
}
