//! Whether a server of this machine loads a module file.

use std::path::Path;

use gears_runtime::{Error, ErrorKind, Gears, embedded::Server};

use super::{examination::Examination, facts::Facts, module};
use crate::{
    failure::{Failure, Result},
    loading::Obstacle,
    wire::Wire,
};

/// Starts a private server with it, and looks at the two.
///
/// # Errors
///
/// There is no such file, or no server.
pub(super) fn examine(file: &Path, examination: &mut Examination<'_>) -> Result {
    if !file.is_file() {
        return examination.fail(
            "engine",
            format!("{} is no file", file.display()),
            "`python3 -m gears_engine` prints the path of the module that the package brings, and `gears setup` \
             brings one",
        );
    }
    let started = Server::builder().engine(file).start();
    let server = match started {
        Ok(server) => server,
        Err(error) => return refused(&error, examination),
    };
    let gears = Gears::connect(server.url()).map_err(Failure::from)?;
    let facts = Facts::of(&mut Wire::open(&gears, super::PATIENCE)?);
    let (name, version) = facts.server().unwrap_or(("the server", ""));
    let message = format!("{} loads in {name} {version} of this machine", file.display());
    examination.ok("engine", message)?;
    module::examine(&facts, examination)?;
    Ok(())
}

fn refused(error: &Error, examination: &mut Examination<'_>) -> Result {
    let said = error.to_string();
    match Obstacle::of(&said) {
        Some(Obstacle { what, mend }) => examination.fail("engine", what, mend),
        None if error.kind() == ErrorKind::Configuration => {
            examination.fail("engine", said, "install redis-server or valkey-server, or run `gears setup`")
        }
        None => examination.fail(
            "engine",
            said,
            "if the server was ended by a signal, the file is damaged: `python3 -m pip install --force-reinstall \
             gears-engine`",
        ),
    }
}
