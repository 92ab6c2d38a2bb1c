//! The Python package on a Debian that has no compiler and no network.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::Result;
use crate::chroot::{Chroot, Network, PYTHON};
use crate::process;
use crate::python::Interpreter;
use crate::stage::stage;
use crate::trial::{self, Server};
use crate::venv;
use crate::workspace::Workspace;

/// Where the packages are, in that Debian.
const SHELF: &str = "/srv/wheels";

/// Where the server works that is tried there.
const FOLDER: &str = "/srv/trial";

/// Tells whether that Debian's Python is of the same minor version.
pub(crate) fn has(base: &Interpreter) -> bool {
    base.version().starts_with(&format!("{PYTHON}."))
}

/// Fetches what a wheel needs, installs it from a folder, and has the server that it brings serve a trigger with numpy.
/// Returns what answered.
pub(crate) fn try_wheel(workspace: &Workspace, base: &Interpreter, wheel: &Path) -> Result<String> {
    let chroot = Chroot::make(workspace)?;
    let shelf = chroot.folder(SHELF)?;
    stage("fetching what the wheel needs", "about 10 s", || {
        fetch(workspace, base, wheel, &shelf)
    })?;
    stage("installing it without a network", "about 15 s", || {
        chroot.run(
            Network::None,
            &format!(
                "! command -v cc gcc clang\n\
                 python3 -m venv /srv/venv\n\
                 /srv/venv/bin/pip install --quiet --no-index --find-links {SHELF} 'gears-engine[server]' numpy"
            ),
        )
    })?;
    let serve = ["/srv/venv/bin/python", "-m", "gears_engine", "serve", "--"];
    let told = stage("serving a trigger", "about 5 s", || {
        let folder = chroot.folder(FOLDER)?;
        let mut command = chroot.command(Network::None, &serve);
        command.args(trial::settings(Path::new(FOLDER)));
        Server::spawn(command, folder)?.ask(trial::NUMPY_SCRIPT)
    })?;
    without_library(&chroot)?;
    Ok(format!("{}, Python {}", told.server, told.python))
}

/// Fetches a wheel's packages for that Debian's Python, which is of the same minor version as this.
fn fetch(workspace: &Workspace, base: &Interpreter, wheel: &Path, shelf: &Path) -> Result {
    let python = venv::fresh(&workspace.target.join("wheel-trial"), base)?;
    let mut wanted = wheel.as_os_str().to_owned();
    wanted.push("[server]");
    process::capture(
        Command::new(python)
            .args([
                "-I",
                "-m",
                "pip",
                "download",
                "--quiet",
                "--only-binary=:all:",
            ])
            .arg("--dest")
            .arg(shelf)
            .arg(wanted)
            // redis-py asks for the last below Python 3.11.3, which this one may be above and Debian's is not.
            .args(["numpy", "async-timeout"]),
    )?;
    match fs::read_dir(shelf)?.next() {
        Some(_) => Ok(()),
        None => Err("nothing was fetched".into()),
    }
}

/// Looks whether somebody without Python's shared library is told the package that brings it.
fn without_library(chroot: &Chroot) -> Result {
    let package = format!("libpython{PYTHON}");
    let told = chroot.run(
        Network::None,
        &format!("dpkg --remove {package} >&2\n/srv/venv/bin/python -m gears_engine 2>&1 || true"),
    )?;
    match told.contains(&format!("apt-get install {package}")) {
        true => Ok(()),
        false => Err(format!("without {package} nobody is told of it: {told}").into()),
    }
}
