//! Packages that are installed together with the engine.

use std::fs;
use std::path::{Path, PathBuf};

use pyo3::prelude::*;

/// Has Python find the packages in a folder, after all that it finds by itself.
///
/// # Errors
///
/// Python's own, when its `site` cannot read the folder.
pub(crate) fn add(py: Python<'_>, folder: &Path) -> PyResult<()> {
    let path: Vec<PathBuf> = py.import("sys")?.getattr("path")?.extract()?;
    // An environment has it, perhaps by a path through links. Its `.pth` files would run twice.
    let real = fs::canonicalize(folder).ok();
    let is_there = |entry: &PathBuf| {
        entry == folder || (real.is_some() && fs::canonicalize(entry).ok() == real)
    };
    if !path.iter().any(is_there) {
        py.import("site")?
            .call_method1("addsitedir", (folder.as_os_str(),))?;
    }
    Ok(())
}
