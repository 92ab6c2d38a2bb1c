//! The server that functions in Python are tested on, whatever the other tests run on.

use std::env;
use std::path::{Path, PathBuf};

use gears_runtime::embedded::{Builder, Server};

use super::TestServer;

/// Returns a builder of Valkey servers on which `FCALL` and `EVAL` run Python.
///
/// # Panics
///
/// When set-up has not brought Valkey.
pub fn valkey() -> Builder {
    Server::builder()
        .server_binary(binary())
        .engine_args(["ScriptingEngine", "yes"])
}

/// Starts such a server, for one test.
///
/// # Panics
///
/// As [`valkey`], and when it does not start.
pub fn valkey_server() -> TestServer {
    TestServer::of(valkey())
}

fn binary() -> PathBuf {
    let named = env::var_os("GEARS_VALKEY_SERVER").filter(|path| !path.is_empty());
    let path = named.map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/gears/bin/valkey-server"),
        PathBuf::from,
    );
    assert!(
        path.exists(),
        "{} is not there; run `cargo xtask setup`, or set GEARS_VALKEY_SERVER to a Valkey from 8.1 on",
        path.display()
    );
    path
}
