//! The packages that set-up keeps for these tests.

use std::env;
use std::path::{Path, PathBuf};

use gears_runtime::embedded::{Builder, Server};

/// Names the Python of set-up.
pub(crate) fn python() -> PathBuf {
    match env::var_os("PYO3_PYTHON").filter(|value| !value.is_empty()) {
        Some(python) => python.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/gears/python/bin/python3"),
    }
}

/// Names a folder of packages that set-up keeps beside its Python.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = python().ancestors().nth(3).unwrap().join(name);
    assert!(
        folder.join("made-for").exists(),
        "there is no {}: run `cargo xtask setup`",
        folder.display()
    );
    folder
}

/// Begins a server whose pip finds the packages of that folder, and no others; what it has installed is there
/// the next time.
pub(crate) fn offline(name: &str) -> Builder {
    Server::builder()
        .packages_dir(folder(name).join("installed"))
        .env("PIP_NO_INDEX", "1")
        .env("PIP_FIND_LINKS", folder(name))
        .env("PIP_CONFIG_FILE", "/dev/null")
}
