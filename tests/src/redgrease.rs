//! The genuine Python package `redgrease`, which set-up installs.
//!
//! Its client needs a redis-py that is long gone, so scripts are made with the part of it that
//! the client itself uses, in the engine's own Python.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::Client;

/// Runs the package in the engine's Python.
pub struct RedGrease {
    python: PathBuf,
}

impl RedGrease {
    /// Asks a server for its Python.
    pub fn of(client: &mut Client) -> Self {
        Self::at(client.info("rg_engine", "rg_python_executable").as_ref())
    }

    /// Takes the Python that set-up has installed the package for.
    pub fn at(python: &Path) -> Self {
        Self {
            python: python.to_owned(),
        }
    }

    /// Makes the script that the package's client would send for a function.
    pub fn script(&self, function: &str) -> String {
        self.run(&format!(
            "from redgrease.gearialization import serialize_gear_function\n\
             def numbers():\n    \
                 yield from [3, 1, 2]\n\
             print(serialize_gear_function({function}))"
        ))
    }

    /// Runs statements after all names of the package have been imported, and returns what they print.
    pub fn run(&self, statements: &str) -> String {
        let program = format!(
            "import sys, types\n\
             # Its module for use inside a server, which does not go with today's redis-py.\n\
             inside = types.ModuleType('redgrease.runtime_client')\n\
             inside.cmd = None\n\
             sys.modules['redgrease.runtime_client'] = inside\n\
             import redgrease\n\
             from redgrease import *\n\
             {statements}"
        );
        let made = Command::new(&self.python)
            .args(["-c", &program])
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "is redgrease installed? `cargo xtask setup`: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        String::from_utf8(made.stdout).unwrap()
    }
}
