//! Servers that are unlike the usual ones: without the module, in another environment, or
//! started again at the same place.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::{Client, until};

/// Says how a server shall be started.
#[derive(Default)]
pub struct Launch {
    plain: bool,
    folder: Option<TempDir>,
    environment: Vec<(OsString, OsString)>,
    options: Vec<OsString>,
    module_options: Vec<OsString>,
}

impl Launch {
    /// Prepares a server with the engine.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves the engine out.
    #[must_use]
    pub fn plain(mut self) -> Self {
        self.plain = true;
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Adds an option of the server, such as `--maxmemory` and its value.
    #[must_use]
    pub fn option(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.options.extend([name.into(), value.into()]);
        self
    }

    /// Adds an argument of the module and its value.
    #[must_use]
    pub fn module_option(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.module_options.extend([name.into(), value.into()]);
        self
    }

    /// Uses the folder, and so the socket, of a server that has ended.
    #[must_use]
    pub fn in_place_of(mut self, ended: Process) -> Self {
        self.folder = Some(ended.end());
        self
    }

    /// Starts the server and waits until it answers.
    ///
    /// # Panics
    ///
    /// When that fails, naming set-up.
    pub fn start(self) -> Process {
        let folder = self.folder.unwrap_or_else(|| TempDir::new().unwrap());
        let socket = folder.path().join("s");
        let log = folder.path().join("log");
        let mut command = Command::new(server_binary());
        command
            .current_dir(folder.path())
            .args(["--port", "0", "--save", "", "--appendonly", "no"])
            .args(["--proto-max-bulk-len", "1gb"])
            .arg("--unixsocket")
            .arg(&socket)
            .args(&self.options);
        if !self.plain {
            command
                .arg("--loadmodule")
                .arg(engine())
                .arg("PythonInstallationDir")
                .arg(folder.path().join("python"))
                .args(&self.module_options);
        }
        let child = command
            .envs(self.environment)
            .stdin(Stdio::null())
            .stdout(File::create(&log).unwrap())
            .stderr(File::options().append(true).open(&log).unwrap())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}; run `cargo xtask setup`"));
        let mut process = Process {
            child,
            folder: Some(folder),
        };
        until("server on its socket", || {
            if let Some(status) = process.child.try_wait().unwrap() {
                panic!(
                    "the server ended with {status}; `cargo xtask setup` and `cargo build -p \
                     gears-engine` bring what it needs. It said:\n{}",
                    process.log()
                );
            }
            std::os::unix::net::UnixStream::connect(&socket).ok()
        });
        process
    }
}

/// A server that ends when dropped.
pub struct Process {
    child: Child,
    folder: Option<TempDir>,
}

impl Process {
    /// Returns the URL of the server.
    pub fn url(&self) -> String {
        format!("unix://{}", self.folder().join("s").display())
    }

    /// Connects a plain client.
    pub fn client(&self) -> Client {
        Client::connect(&self.url())
    }

    /// Returns what the server has written so far.
    pub fn log(&self) -> String {
        let bytes = fs::read(self.folder().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Ends the server at once, as a crash would.
    ///
    /// # Panics
    ///
    /// When the system refuses.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn folder(&self) -> &Path {
        self.folder.as_ref().expect("kept until the end").path()
    }

    fn end(mut self) -> TempDir {
        self.kill();
        let _ = fs::remove_file(self.folder().join("s"));
        self.folder.take().expect("kept until the end")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn server_binary() -> PathBuf {
    if let Some(wish) = env::var_os("GEARS_REDIS_SERVER").filter(|value| !value.is_empty()) {
        return wish.into();
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = ["redis-server", "valkey-server"]
        .iter()
        .flat_map(|name| env::split_paths(&path).map(move |folder| folder.join(name)))
        .find(|program| program.is_file());
    on_path
        .or_else(|| beside_this_program("gears/bin/redis-server"))
        .expect("there is no redis-server and no valkey-server; run `cargo xtask setup`")
}

fn engine() -> PathBuf {
    if let Some(wish) = env::var_os("GEARS_ENGINE").filter(|value| !value.is_empty()) {
        return wish.into();
    }
    let suffix = if cfg!(target_os = "macos") {
        "dylib"
    } else {
        "so"
    };
    beside_this_program(format!("libgears_engine.{suffix}")).expect(
        "there is no libgears_engine beside the tests; run `cargo xtask setup`, then `cargo build \
         -p gears-engine`",
    )
}

/// Finds a file in the folders above this program: cargo's target folder is one of them.
fn beside_this_program(name: impl AsRef<OsStr>) -> Option<PathBuf> {
    let program = env::current_exe().ok()?;
    program
        .ancestors()
        .skip(1)
        .map(|folder| folder.join(name.as_ref()))
        .find(|file| file.is_file())
}
