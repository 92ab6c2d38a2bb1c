//! What Python takes for the environment of the process.

use std::ffi::CStr;
use std::os::raw::c_char;

use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Gives Python the environment that the server has.
///
/// Valkey opens modules with `RTLD_DEEPBIND`. libpython then finds the variable
/// `environ` of the C library, which nobody fills where the program brings one of
/// its own, and takes the environment for empty. The loader knows the program's.
///
/// # Errors
///
/// Python's own, when `os` does not have what it always had.
pub(crate) fn complete(py: Python<'_>) -> PyResult<()> {
    let seen = py.import("os")?.getattr("environb")?;
    if !seen.is_empty()? {
        return Ok(());
    }
    for entry in entries() {
        if let Some(at) = entry.iter().position(|byte| *byte == b'=') {
            let (name, value) = (&entry[..at], &entry[at + 1..]);
            // Python refuses to set a variable without a name, which others may have set.
            if !name.is_empty() {
                seen.set_item(PyBytes::new(py, name), PyBytes::new(py, value))?;
            }
        }
    }
    Ok(())
}

/// Copies the entries of the program's environment, `NAME=value` each.
fn entries() -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    // SAFETY: without a name, `dlopen` only hands out the program itself, which
    // stays. By POSIX, `environ` is a null-terminated array of pointers to C
    // strings, or null. The module is being loaded, by the only thread that
    // could change it, and all is copied before anything else runs.
    unsafe {
        // Not `RTLD_DEFAULT`, which looks where this module looks.
        let program = libc::dlopen(std::ptr::null(), libc::RTLD_LAZY);
        if program.is_null() {
            return entries;
        }
        let environ = libc::dlsym(program, c"environ".as_ptr()).cast::<*const *const c_char>();
        if environ.is_null() || (*environ).is_null() {
            return entries;
        }
        let mut next = *environ;
        while !(*next).is_null() {
            entries.push(CStr::from_ptr(*next).to_bytes().to_vec());
            next = next.add(1);
        }
    }
    entries
}
