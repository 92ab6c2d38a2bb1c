//! `cargo xtask stub`: writes the stub of the names that functions find, for editors.

use std::process::Command;

use crate::Result;
use crate::process;
use crate::setup;
use crate::stage::stage;
use crate::venv;
use crate::workspace::Workspace;

/// The type checker that looks the stub over, in an environment of its own: nothing else needs it.
const CHECKER: &str = "mypy==2.4.1";

pub(crate) fn run(workspace: &Workspace) -> Result {
    let kit = setup::run(workspace)?;
    let folder = workspace.root.join("editors/python");
    process::run(
        Command::new(&kit.python)
            .args(["-B", "generate.py"])
            .current_dir(&folder),
    )?;
    let house = workspace.house.join("checker");
    let python = venv::interpreter(&house);
    if !python.exists() {
        stage("a type checker", "about 30 s, once", || {
            process::run(
                Command::new(&kit.python)
                    .args(["-I", "-m", "venv"])
                    .arg(house.join("python")),
            )?;
            process::run(venv::pip(&house).args(["install", "--quiet", CHECKER]))
        })?;
    }
    process::run(
        Command::new(python)
            .args([
                "-m",
                "mypy",
                "--strict",
                "--allow-any-generics",
                "--cache-dir=/dev/null",
            ])
            .args(["gears.pyi", "redisgears.pyi", "rg.pyi", "__builtins__.pyi"])
            .current_dir(&folder),
    )
}
