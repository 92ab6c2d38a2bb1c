//! The packages that set-up keeps for these tests.

use gears_runtime::embedded::{Builder, Server};

pub(crate) use gears_tests::shelf::{folder, python};

/// Begins a server whose pip finds the packages of that folder, and no others; what it has installed is there
/// the next time.
pub(crate) fn offline(name: &str) -> Builder {
    Server::builder()
        .packages_dir(folder(name).join("installed"))
        .env("PIP_NO_INDEX", "1")
        .env("PIP_FIND_LINKS", folder(name))
        .env("PIP_CONFIG_FILE", "/dev/null")
}
