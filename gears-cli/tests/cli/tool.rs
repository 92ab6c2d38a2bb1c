//! Calls the binary.

use std::{
    ffi::OsStr,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use gears_tests::{hear_signals, until};
use serde_json::Value as Json;
use tempfile::TempDir;

/// The binary, called in a folder of its own with an environment of its own.
pub(crate) struct Tool {
    url: Option<String>,
    envs: Vec<(String, String)>,
    folder: TempDir,
}

/// What came of a call.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Tool {
    /// Calls it against this server.
    pub(crate) fn at(url: &str) -> Self {
        Self {
            url: Some(url.to_owned()),
            ..Self::nowhere()
        }
    }

    /// Calls it with no server said.
    pub(crate) fn nowhere() -> Self {
        Self {
            url: None,
            envs: Vec::new(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Sets a variable of its environment.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.envs.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Writes a file into its folder.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Makes the call, to be started by the test.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gears"));
        command.args(words).current_dir(self.folder.path());
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            let ours = name.starts_with("GEARS_")
                && name != "GEARS_ENGINE"
                && name != "GEARS_REDIS_SERVER";
            let looks = [
                "NO_COLOR",
                "CLICOLOR",
                "CLICOLOR_FORCE",
                "COLUMNS",
                "REDISCLI_AUTH",
            ];
            if ours || looks.contains(&name.as_str()) {
                command.env_remove(name);
            }
        }
        if let Some(url) = &self.url {
            command.env("GEARS_URL", url);
        }
        command.envs(self.envs.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null());
        hear_signals(&mut command);
        command
    }

    /// Calls it and waits.
    pub(crate) fn call<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Outcome {
        self.command(words).output().unwrap().into()
    }

    /// Calls it with something on the standard input.
    pub(crate) fn feed<S: AsRef<OsStr>>(
        &self,
        words: impl IntoIterator<Item = S>,
        input: impl AsRef<[u8]>,
    ) -> Outcome {
        let mut child = self.spawn(words, Stdio::piped());
        let mut stdin = child.stdin.take().unwrap();
        // It may end before it has read all.
        let _ = stdin.write_all(input.as_ref());
        drop(stdin);
        child.wait_with_output().unwrap().into()
    }

    /// Starts it.
    pub(crate) fn spawn<S: AsRef<OsStr>>(
        &self,
        words: impl IntoIterator<Item = S>,
        stdin: Stdio,
    ) -> Child {
        self.command(words)
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Runs a script that must go well.
    pub(crate) fn run(&self, script: &str) -> String {
        self.feed(["run", "-"], script).good()
    }
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Outcome {
    /// Checks that all went well, and returns what was printed.
    #[track_caller]
    pub(crate) fn good(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }

    /// Checks that all went well, and reads the JSON that was printed.
    #[track_caller]
    pub(crate) fn json(self) -> Json {
        let out = self.good();
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
    }

    /// Checks that it ended with this code, printed no result, and said all of these.
    #[track_caller]
    pub(crate) fn bad(self, code: i32, said: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.out, "", "{self:?}");
        for said in said {
            assert!(self.err.contains(said), "no `{said}` in {self:?}");
        }
    }
}

/// Waits until a process that the test started ends; returns its code and what it said on the
/// standard error.
pub(crate) fn end(child: &mut Child) -> (Option<i32>, String) {
    let status = until("end of gears", || child.try_wait().unwrap());
    let mut said = String::new();
    let mut stderr = child.stderr.take().unwrap();
    stderr.read_to_string(&mut said).unwrap();
    (status.code(), said)
}

/// Sends a signal to a process that the test started.
pub(crate) fn signal(child: &Child, signal: libc::c_int) {
    let pid = libc::pid_t::try_from(child.id()).unwrap();
    // SAFETY: it takes numbers only, and the child was not waited for yet, so the id is its own.
    let sent = unsafe { libc::kill(pid, signal) };
    assert_eq!(sent, 0);
}
