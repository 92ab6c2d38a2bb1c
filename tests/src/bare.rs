//! A Python that has nothing but its standard library, for servers.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use gears_runtime::embedded::{Builder, Server};
use tempfile::TempDir;

use super::TestServer;

/// A virtual environment of the engine's Python, without a package, or with some that the engine's Python has.
#[derive(Debug)]
pub struct BarePython {
    folder: TempDir,
    usual: PathBuf,
}

impl BarePython {
    /// Makes one.
    ///
    /// # Panics
    ///
    /// When the engine's Python cannot make it.
    pub fn new() -> Self {
        let server = TestServer::private();
        let usual = server.client().info("rg_engine", "rg_python_executable");
        let usual = PathBuf::from(usual);
        let folder = tempfile::tempdir().unwrap();
        run(Command::new(&usual)
            .args(["-I", "-m", "venv", "--without-pip"])
            .arg(folder.path()));
        Self { folder, usual }
    }

    /// Lends it modules of the engine's Python, such as `redis`.
    ///
    /// # Panics
    ///
    /// When that one lacks them.
    pub fn with(self, modules: &[&str]) -> Self {
        let own = packages(&self.executable());
        let usual = packages(&self.usual);
        for module in modules {
            let there = usual.join(module);
            assert!(there.exists(), "the engine's Python has no {module}");
            symlink(there, own.join(module)).unwrap();
        }
        self
    }

    /// Lends it `redis` of the engine's Python, and what that asks for where Python is older than 3.11.3.
    ///
    /// # Panics
    ///
    /// As [`with`](Self::with).
    pub fn with_redis(self) -> Self {
        let asked = "async_timeout";
        match packages(&self.usual).join(asked).exists() {
            true => self.with(&["redis", asked]),
            false => self.with(&["redis"]),
        }
    }

    /// Returns a builder of servers that run this Python.
    pub fn builder(&self) -> Builder {
        let executable = self.executable();
        Server::builder()
            .engine_args(["PythonExecutable".as_ref(), executable.as_os_str()])
            .packages_dir(self.folder.path().join("packages"))
            .env("PIP_NO_INDEX", "1")
            .env("PIP_CONFIG_FILE", "/dev/null")
    }

    /// Starts a server that runs this Python.
    pub fn server(&self) -> TestServer {
        TestServer::of(self.builder())
    }

    /// Returns its interpreter.
    pub fn executable(&self) -> PathBuf {
        self.folder.path().join("bin").join("python3")
    }

    /// Returns the Python that the engine has otherwise.
    pub fn usual(&self) -> &Path {
        &self.usual
    }
}

impl Default for BarePython {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns where a Python has its packages.
fn packages(python: &Path) -> PathBuf {
    let told = run(Command::new(python).args([
        "-I",
        "-c",
        "import sysconfig; print(sysconfig.get_path('purelib'), end='')",
    ]));
    fs::canonicalize(told).unwrap()
}

/// Runs a program and returns what it says.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {told}");
    String::from_utf8(output.stdout).unwrap()
}
