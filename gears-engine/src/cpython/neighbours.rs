//! Packages that are installed together with the engine.

use std::fs;
use std::os::unix::fs::MetadataExt;
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
    let place = place(folder);
    if !path
        .iter()
        .any(|entry| entry == folder || (place.is_some() && self::place(entry) == place))
    {
        py.import("site")?
            .call_method1("addsitedir", (folder.as_os_str(),))?;
    }
    Ok(())
}

/// Tells which folder a path leads to, by whatever names.
fn place(folder: &Path) -> Option<(u64, u64)> {
    let told = fs::metadata(folder).ok()?;
    Some((told.dev(), told.ino()))
}
