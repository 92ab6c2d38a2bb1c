//! Brings a machine to the point where everything builds and runs.
//!
//! Looks first and touches nothing that is there; says what it does before it
//! does it; does nothing when nothing changed since the last time.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::Result;
use crate::apt::{self, Privilege};
use crate::binary;
use crate::brew;
use crate::clang::{self, Clang};
use crate::guide::MDBOOK;
use crate::kit::{self, Kit};
use crate::linter::RUFF;
use crate::need::{self, Need};
use crate::process;
use crate::python::{self, Choice, Interpreter};
use crate::server;
use crate::shelf;
use crate::tool::Tool;
use crate::valkey;
use crate::venv;
use crate::workspace::Workspace;

/// What tests use beside what builds.
const TOOLS: [Tool; 2] = [RUFF, MDBOOK];

/// What was found on the machine.
struct Found {
    server: Option<PathBuf>,
    clang: Option<Clang>,
    python: Choice,
}

impl Found {
    fn look(house: &Path) -> Result<Self> {
        Ok(Self {
            server: server::find(house)?,
            clang: clang::find(house),
            python: python::choose(python::wish().as_deref()),
        })
    }

    fn needs(&self) -> Vec<Need> {
        let mut needs = Vec::new();
        if self.server.is_none() {
            needs.push(Need::Server);
        }
        if self.clang.is_none() {
            needs.push(Need::Clang);
        }
        if matches!(self.python, Choice::Missing(_)) {
            needs.push(Need::Python);
        }
        needs
    }
}

/// Sets the machine up as far as needed and returns the tools to use.
pub(crate) fn run(workspace: &Workspace) -> Result<Kit> {
    let house = &workspace.house;
    let inputs = inputs();
    let standing = || {
        Kit::load(house)
            .filter(|kit| kit.inputs == inputs && kit.stands())
            .filter(|_| shelf::is_stocked(house) && TOOLS.iter().all(|tool| tool.is_here(house)))
            .filter(|_| valkey::is_here(house))
    };
    if let Some(kit) = standing() {
        return Ok(kit);
    }
    fs::create_dir_all(house)?;
    let lock = File::create(house.join("lock"))?;
    if lock.try_lock().is_err() {
        eprintln!("set-up: waiting for another set-up of this checkout …");
        lock.lock()?;
        if let Some(kit) = standing() {
            return Ok(kit);
        }
    }
    let kit = set_up(workspace, inputs)?;
    kit.save(house)?;
    eprintln!("set-up: complete; the next time there is nothing to do");
    Ok(kit)
}

fn set_up(workspace: &Workspace, inputs: String) -> Result<Kit> {
    let house = &workspace.house;
    eprintln!("set-up: looking for a Redis or Valkey server, libclang and a Python, about 2 s …");
    let mut notes = Vec::new();
    let mut found = Found::look(house)?;
    if let (Some(wish), Choice::Missing(faults)) = (python::wish(), &found.python) {
        // A wish is fulfilled or refused, never replaced by something else.
        return Err(format!("GEARS_PYTHON={}: {}", wish.display(), faults.join("; ")).into());
    }
    if !found.needs().is_empty() {
        if let Err(error) = install(&found.needs()) {
            notes.push(error.to_string());
        }
        found = Found::look(house)?;
    }
    if let Choice::Found(base) = &found.python {
        make_environment(workspace, base)?;
        shelf::stock(house)?;
        for tool in TOOLS {
            tool.install(house)?;
        }
        for need in found.needs() {
            if binary::exists_for(need)
                && let Err(error) = binary::install(house, need)
            {
                notes.push(error.to_string());
            }
        }
        found = Found::look(house)?;
    }
    let needs = found.needs();
    match (found.server, found.clang, found.python) {
        (Some(server), Some(clang), Choice::Found(base)) => {
            eprintln!("set-up: server {}", server.display());
            valkey::bring(house, &server)?;
            eprintln!(
                "set-up: Python {} at {}",
                base.version(),
                base.executable.display()
            );
            let kit = Kit {
                inputs,
                python: venv::interpreter(house),
                library: base.shared_library(),
                server,
                clang: clang.folder,
                headers: clang.headers,
            };
            let variables = kit.clang_variables();
            if !variables.is_empty() {
                eprintln!("set-up: builds without xtask need these in their environment:");
            }
            for (name, value) in variables {
                eprintln!("    export {name}='{value}'");
            }
            Ok(kit)
        }
        (_, _, python) => {
            if let Choice::Missing(faults) = python {
                notes.extend(faults);
            }
            Err(need::missing_text(&needs, &notes).into())
        }
    }
}

/// Installs with the package manager of this machine, when there is one that
/// this user may use.
fn install(needs: &[Need]) -> Result {
    if env::var_os("GEARS_SETUP_WITHOUT_ROOT").is_some() {
        Err("GEARS_SETUP_WITHOUT_ROOT is set, so nothing was installed with apt-get or brew".into())
    } else if cfg!(target_os = "macos") && brew::is_here() {
        brew::install(needs)
    } else if !apt::is_here() {
        Err("there is neither apt-get nor brew to install packages with".into())
    } else if let Some(privilege) = Privilege::of_this_user() {
        apt::install(privilege, needs)
    } else {
        Err("apt-get needs root, and sudo is not available without a password".into())
    }
}

/// Makes the environment unless it was made for the same interpreter and pins.
fn make_environment(workspace: &Workspace, base: &Interpreter) -> Result {
    let house = &workspace.house;
    let record = venv::record(house);
    let made_for = format!(
        "{} {}\n{}",
        base.executable.display(),
        base.version(),
        venv::PINS
    );
    if venv::interpreter(house).exists()
        && fs::read_to_string(&record).is_ok_and(|text| text == made_for)
    {
        return Ok(());
    }
    eprintln!(
        "set-up: making a Python {} environment in {} with redis and cloudpickle, about 15 s …",
        base.version(),
        house.join("python").display()
    );
    venv::make(house, base)?;
    forget_python(workspace);
    fs::write(record, made_for)?;
    Ok(())
}

/// Makes cargo build the Python binding again: it looks at the path of the
/// interpreter only, and that stays the same whatever Python is behind it.
fn forget_python(workspace: &Workspace) {
    for profile in ["dev", "release"] {
        let built = match profile {
            "dev" => workspace.target.join("debug"),
            _ => workspace.target.join("release"),
        };
        if !built.join("build").exists() {
            continue;
        }
        let mut clean = workspace.cargo(&["clean", "--quiet", "--offline", "--profile", profile]);
        for package in ["pyo3-build-config", "pyo3-ffi", "pyo3", "gears-engine"] {
            clean.args(["-p", package]);
        }
        // Fails when the packages were never fetched, and then nothing is built.
        let _ = process::capture(&mut clean);
    }
}

/// Everything that decides what set-up does.
fn inputs() -> String {
    let values =
        ["GEARS_PYTHON", "GEARS_REDIS_SERVER", "LIBCLANG_PATH"].map(|name| env::var(name).ok());
    kit::digest(&values.each_ref().map(|value| value.as_deref()))
}
