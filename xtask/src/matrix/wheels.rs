//! The engine's Python package, for each Python in each server.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::pythons::is_python;
use super::verdict;
use crate::Result;
use crate::kit::Kit;
use crate::process;
use crate::python::{self, Interpreter};
use crate::stage::stage;
use crate::trial::{self, Server};
use crate::venv;
use crate::wheel;
use crate::workspace::Workspace;

/// What came of it: a row for each Python, a column for each server.
pub(super) struct Table {
    /// The names of the servers, by their paths until one has told its version.
    servers: Vec<String>,
    /// The Python of each row, and what each server said, or nothing when it did not serve.
    rows: Vec<(String, Vec<Option<String>>)>,
}

/// Installs the package for each Python among the paths in a new environment with numpy, and has each server among
/// them serve a trigger that imports that. A wheel among them is taken for the Python that it is for; for others the
/// engine is built and packed. Failures are told at once.
pub(super) fn try_wheels(workspace: &Workspace, kit: &Kit, paths: &[PathBuf]) -> Result<Table> {
    let (pythons, rest): (Vec<_>, Vec<_>) = paths.iter().partition(|path| is_python(path));
    let (wheels, servers): (Vec<&PathBuf>, Vec<&PathBuf>) =
        rest.into_iter().partition(|path| wheel::is_wheel(path));
    if pythons.is_empty() || servers.is_empty() {
        return Err("`--wheels` needs the paths of Pythons and of servers".into());
    }
    let mut table = Table {
        servers: servers
            .iter()
            .map(|path| path.display().to_string())
            .collect(),
        rows: Vec::new(),
    };
    for path in pythons {
        let base = python::wished(path)?;
        let wheel = match wheels.iter().find(|wheel| wheel::is_for(wheel, &base)) {
            Some(wheel) => (*wheel).clone(),
            None => wheel::make(workspace, kit, &base)?,
        };
        let module = stage("installing it with numpy", "about 20 s", || {
            install(&workspace.target.join("wheel-trial"), &base, &wheel)
        })?;
        let mut row = Vec::new();
        for (program, name) in servers.iter().zip(&mut table.servers) {
            let told = Server::start(program, &module).and_then(|it| it.ask(trial::NUMPY_SCRIPT));
            row.push(match told {
                Ok(told) => {
                    *name = told.server;
                    Some(told.python)
                }
                Err(error) => {
                    eprintln!("FAIL  {} in {}  {error}", base.version(), program.display());
                    None
                }
            });
        }
        table.rows.push((base.version(), row));
    }
    Ok(table)
}

/// Installs a wheel and numpy in a new environment, and returns the module's path as the package prints it.
fn install(folder: &Path, base: &Interpreter, wheel: &Path) -> Result<PathBuf> {
    let python = venv::fresh(folder, base)?;
    process::capture(
        Command::new(&python)
            .args(["-I", "-m", "pip", "install", "--quiet", "numpy"])
            .arg(wheel),
    )?;
    let printed = process::capture(Command::new(&python).args(["-I", "-m", "gears_engine"]))?;
    Ok(printed.trim().into())
}

impl Table {
    /// Is an error when some server did not serve with some Python.
    pub(super) fn verdict(&self) -> Result {
        let cells = || self.rows.iter().flat_map(|(_, row)| row);
        verdict(
            cells().filter(|cell| cell.is_none()).count(),
            cells().count(),
        )
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "| Python | {} |", self.servers.join(" | "))?;
        writeln!(formatter, "| --- |{}", " --- |".repeat(self.servers.len()))?;
        for (python, row) in &self.rows {
            write!(formatter, "| {python} |")?;
            for cell in row {
                // Which Python it is stands at the head of the row.
                let told = cell.as_deref().and_then(|told| told.split_once(", "));
                write!(
                    formatter,
                    " {} |",
                    told.map_or("fails", |(_, packages)| packages)
                )?;
            }
            writeln!(formatter)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_markdown_and_tells_failures() {
        let table = Table {
            servers: vec!["Redis 7.0.15".to_owned(), "/opt/valkey".to_owned()],
            rows: vec![(
                "3.11.7".to_owned(),
                vec![Some("3.11, numpy 2.4.6".to_owned()), None],
            )],
        };
        assert_eq!(
            table.to_string(),
            "| Python | Redis 7.0.15 | /opt/valkey |\n| --- | --- | --- |\n\
             | 3.11.7 | numpy 2.4.6 | fails |\n"
        );
        assert_eq!(table.verdict().unwrap_err().to_string(), "1 of 2 failed");
    }
}
