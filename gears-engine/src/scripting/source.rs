//! Sources as the server hands them over, and what is wrong with them.

use std::ffi::CString;

use pyo3::exceptions::PySyntaxError;
use pyo3::prelude::*;

use crate::python::failure;

/// Reads a source.
///
/// # Errors
///
/// Says where it cannot be read.
pub(super) fn read(source: &[u8]) -> Result<CString, String> {
    let line = |place: usize| {
        1 + source[..place]
            .iter()
            .filter(|&&byte| byte == b'\n')
            .count()
    };
    if let Err(wrong) = std::str::from_utf8(source) {
        let place = wrong.valid_up_to();
        return Err(format!(
            "line {} holds the byte 0x{:02x}, which is not UTF-8 there",
            line(place),
            source[place]
        ));
    }
    CString::new(source).map_err(|wrong| {
        format!(
            "line {} holds a NUL byte; write it as \\0 in a text",
            line(wrong.nul_position())
        )
    })
}

/// Says why a source does not compile: for what is wrong with its syntax, the file, line and column.
pub(super) fn wrong(py: Python<'_>, exception: &PyErr) -> String {
    let value = exception.value(py);
    if !value.is_instance_of::<PySyntaxError>() {
        return failure::text(py, exception);
    }
    let place = |name| value.getattr(name).ok()?.extract::<usize>().ok();
    let text = |name| value.getattr(name).ok()?.extract::<String>().ok();
    let message = text("msg").unwrap_or_else(|| failure::text(py, exception));
    match (text("filename"), place("lineno"), place("offset")) {
        (Some(file), Some(line), Some(column)) => format!("{file}:{line}:{column}: {message}"),
        (Some(file), Some(line), None) => format!("{file}:{line}: {message}"),
        _ => message,
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn what_cannot_be_read_is_told_with_its_line() {
        assert_eq!(read(b"\nx = 1").unwrap().as_bytes(), b"\nx = 1");
        assert!(read(b"\nx = 1\0").unwrap_err().starts_with("line 2 "));
        assert!(
            read(b"\n\n\xff")
                .unwrap_err()
                .starts_with("line 3 holds the byte 0xff")
        );
    }
}
