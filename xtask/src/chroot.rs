//! A small Debian in a folder, to try packages where nothing else is installed.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::process;
use crate::stage::stage;
use crate::workspace::Workspace;

/// The Debian that packages are tried in, and the version of its Python.
pub(crate) const SUITE: &str = "bookworm";
pub(crate) const PYTHON: &str = "3.11";

/// What it has beside the least: its Python with a shared library and environments, and no compiler.
const PACKAGES: &str = "python3,python3-venv,libpython3.11";

/// Where this machine says whence it has Debian's packages; elsewhere it is Debian's usual mirror.
const SOURCES: &str = "/etc/apt/sources.list.d/debian.sources";

/// Whether a command in it has a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    None,
    /// One that nobody else is in, so that all ports are free.
    Own,
    /// That of this machine.
    Host,
}

/// A Debian of our own, removed when dropped.
pub(crate) struct Chroot {
    root: PathBuf,
}

impl Chroot {
    /// Makes one. What it consists of is kept below the target folder, so that the next takes seconds.
    pub(crate) fn make(workspace: &Workspace) -> Result<Self> {
        needs()?;
        let kept = workspace.target.join("chroot");
        fs::create_dir_all(&kept)?;
        let archive = kept.join(format!("{SUITE}.tar"));
        if !archive.exists() {
            stage("making a Debian", "about 60 s", || bootstrap(&archive))?;
        }
        // A short path, as there are sockets in it.
        let root = env::temp_dir().join(format!("gears-chroot-{}", std::process::id()));
        fs::create_dir_all(&root)?;
        let chroot = Self { root };
        process::capture(
            Command::new("tar")
                .arg("xf")
                .arg(&archive)
                .current_dir(&chroot.root),
        )?;
        // Names are looked up as on this machine.
        fs::copy("/etc/resolv.conf", chroot.path("/etc/resolv.conf"))?;
        // Nobody starts what packages install but whoever tries them.
        let policy = chroot.path("/usr/sbin/policy-rc.d");
        fs::write(&policy, "#!/bin/sh\nexit 101\n")?;
        process::capture(Command::new("chmod").arg("755").arg(&policy))?;
        Ok(chroot)
    }

    /// Says where a path inside is, seen from outside.
    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside.trim_start_matches('/'))
    }

    /// Makes a folder for everybody inside, and says where it is, seen from outside.
    pub(crate) fn folder(&self, inside: &str) -> Result<PathBuf> {
        let folder = self.path(inside);
        fs::create_dir_all(&folder)?;
        process::capture(Command::new("chmod").arg("777").arg(&folder))?;
        Ok(folder)
    }

    /// Prepares a command in it: as its root, with a /proc of its own, and no variable of this machine. It ends with
    /// the process that is started here.
    pub(crate) fn command(&self, network: Network, words: &[&str]) -> Command {
        let mut command = Command::new("unshare");
        if network != Network::Host {
            command.arg("--net");
        }
        command
            .args(["--mount", "--pid", "--fork", "--kill-child"])
            .arg(format!("--mount-proc={}", self.path("/proc").display()));
        if network == Network::Own {
            command.args(["sh", "-c", "ip link set lo up && exec \"$@\"", "sh"]);
        }
        command.args(self.words(words));
        command
    }

    /// Says how a command is run in it, when nothing else is to be its own.
    pub(crate) fn words(&self, words: &[&str]) -> Vec<OsString> {
        let mut all = vec!["chroot".into(), self.root.clone().into_os_string()];
        let clean = [
            "env",
            "-i",
            "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME=/root",
        ];
        let quiet = ["LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"];
        all.extend(clean.iter().chain(&quiet).chain(words).map(Into::into));
        all
    }

    /// Runs a line of the shell in it, and returns what that prints.
    pub(crate) fn run(&self, network: Network, line: &str) -> Result<String> {
        process::capture(&mut self.command(network, &["sh", "-euc", line]))
    }
}

impl Drop for Chroot {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

/// Tells whether this user of this machine can make one.
pub(crate) fn is_possible() -> bool {
    needs().is_ok()
}

/// Says what is missing on this machine to make one, and how to have it.
fn needs() -> Result {
    let id = process::capture(Command::new("id").arg("-u"))?;
    let mut missing = Vec::new();
    if id.trim() != "0" {
        missing.push("root, who alone may change what the root of a process is");
    }
    if process::find_program("mmdebstrap").is_none() {
        missing.push("mmdebstrap: `apt-get install mmdebstrap`");
    }
    if process::find_program("ip").is_none() {
        missing.push("ip: `apt-get install iproute2`");
    }
    match missing.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "a trial in a Debian of its own needs {}",
            missing.join("; ")
        )
        .into()),
    }
}

/// Has Debian's packages fetched and unpacked.
fn bootstrap(archive: &Path) -> Result {
    // It has its name when it is whole. The kind of archive is told by the end of the name.
    let fresh = archive.with_extension("fresh.tar");
    let mut command = Command::new("mmdebstrap");
    command
        .args(["--variant=apt", "--include"])
        .arg(PACKAGES)
        .arg(SUITE)
        .arg(&fresh);
    if Path::new(SOURCES).exists() {
        command.arg(SOURCES);
    }
    process::capture(&mut command)?;
    fs::rename(fresh, archive)?;
    Ok(())
}
