//! The packages that set-up keeps for tests.

use std::{
    env,
    path::{Path, PathBuf},
};

/// Names the Python of set-up.
pub fn python() -> PathBuf {
    match env::var_os("PYO3_PYTHON").filter(|value| !value.is_empty()) {
        Some(python) => python.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/gears/python/bin/python3"),
    }
}

/// Names a folder of packages that set-up keeps beside its Python.
///
/// # Panics
///
/// When it is not there.
pub fn folder(name: &str) -> PathBuf {
    let folder = python().ancestors().nth(3).unwrap().join(name);
    assert!(
        folder.join("made-for").exists(),
        "there is no {}: run `cargo xtask setup`",
        folder.display()
    );
    folder
}
