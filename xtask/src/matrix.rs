//! `cargo xtask matrix PATH…`: does the engine load and serve in these servers, and beside itself with these Pythons?

mod pythons;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use self::pythons::{is_python, try_python};
use crate::Result;
use crate::kit::Kit;
use crate::process;
use crate::resp::{Connection, Reply};
use crate::setup;
use crate::stage::stage;
use crate::workspace::{Profile, Workspace};

/// How long a server may take to answer its first PING, and any later command.
const LIMIT: Duration = Duration::from_secs(30);

/// Registers a trigger that shows its argument and the Python behind it.
const SCRIPT: &str = "\
import sys
GB('CommandReader').map(lambda record: '%s %d.%d' % ((record[1],) + sys.version_info[:2])).register(trigger='matrix')
";

/// The word by which all tests that need a server are run on each of them.
const TESTS: &str = "--tests";

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result {
    let (words, paths): (Vec<_>, Vec<_>) = arguments.iter().partition(|word| *word == TESTS);
    if paths.is_empty() {
        return Err("`matrix` needs the paths of the servers and Pythons to try".into());
    }
    let kit = setup::run(workspace)?;
    stage(
        "building the engine",
        "about 120 s the first time, seconds later",
        || {
            process::run(&mut kit.cargo(
                workspace,
                Profile::Debug,
                &["build", "--package", "gears-engine"],
            ))
        },
    )?;
    let mut failed = 0;
    for path in &paths {
        // Absolute, because the server starts in a folder of its own.
        let program = std::path::absolute(path)?;
        let tried =
            match is_python(&program) {
                true => try_python(workspace, &kit, &program),
                false => try_server(&program, &workspace.engine(Profile::Debug)).and_then(|told| {
                    match words.is_empty() {
                        true => Ok(told),
                        false => test(workspace, &kit, &program).map(|()| told),
                    }
                }),
            };
        match tried {
            Ok(words) => println!("pass  {path}  {words}"),
            Err(error) => {
                println!("FAIL  {path}  {error}");
                failed += 1;
            }
        }
    }
    if failed == 0 {
        Ok(())
    } else {
        Err(format!("{failed} of {} failed", paths.len()).into())
    }
}

/// Runs the tests of the engine and of clusters on a server.
fn test(workspace: &Workspace, kit: &Kit, server: &Path) -> Result {
    let kit = Kit {
        server: server.to_owned(),
        ..kit.clone()
    };
    let words = [
        "test",
        "--package",
        "gears-tests",
        "--all-features",
        "--no-fail-fast",
        "--test",
        "engine",
        "--test",
        "cluster",
    ];
    process::run(&mut kit.cargo(workspace, Profile::Debug, &words))
}

/// Starts the server, calls a trigger, and says which versions answered.
fn try_server(program: &Path, engine: &Path) -> Result<String> {
    let server = Server::start(program, engine)?;
    match talk(&server) {
        Ok(words) => Ok(words),
        Err(error) => Err(format!("{error}\n{}", server.log()).into()),
    }
}

fn talk(server: &Server) -> Result<String> {
    let mut connection = Connection::open(&server.socket(), LIMIT)?;
    let version = match connection.call(&["INFO", "server"])? {
        Reply::Bulk(text) => version(&String::from_utf8_lossy(&text)),
        other => return Err(format!("INFO answered {other}").into()),
    };
    match connection.call(&["RG.PYEXECUTE", SCRIPT])? {
        Reply::Status(status) if status == "OK" => {}
        other => return Err(format!("{version}: RG.PYEXECUTE answered {other}").into()),
    }
    let answer = connection.call(&["RG.TRIGGER", "matrix", "hello"])?;
    if let Reply::Array(items) = &answer
        && let [Reply::Bulk(text)] = items.as_slice()
        && let Some(python) = String::from_utf8_lossy(text).strip_prefix("hello ")
    {
        return Ok(format!("{version}, Python {python}"));
    }
    Err(format!("{version}: RG.TRIGGER answered {answer}").into())
}

/// Reads the name and version of the server out of INFO. Valkey calls itself
/// Redis 7.2.4 there too, for old clients, so its own line comes first.
fn version(info: &str) -> String {
    for (line, name) in [("valkey_version:", "Valkey"), ("redis_version:", "Redis")] {
        if let Some(version) = info.lines().find_map(|text| text.strip_prefix(line)) {
            return format!("{name} {}", version.trim());
        }
    }
    "unknown server".to_owned()
}

/// A server of our own, ended and cleaned up when dropped.
struct Server {
    child: Child,
    dir: PathBuf,
}

impl Server {
    fn start(program: &Path, engine: &Path) -> Result<Self> {
        // A short path: unix sockets allow about 100 bytes.
        let dir = env::temp_dir().join(format!("gears-matrix-{}", std::process::id()));
        fs::create_dir_all(&dir)?;
        let child = Command::new(program)
            .current_dir(&dir)
            .args(["--port", "0", "--unixsocket", "socket", "--logfile", "log"])
            .args(["--save", "", "--appendonly", "no", "--daemonize", "no"])
            .arg("--loadmodule")
            .arg(engine)
            .arg("PythonInstallationDir")
            .arg(dir.join("python"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let child = match child {
            Ok(child) => child,
            Err(error) => {
                let _ = fs::remove_dir_all(&dir);
                return Err(format!("cannot start it: {error}").into());
            }
        };
        let mut server = Self { child, dir };
        match server.wait() {
            Ok(()) => Ok(server),
            Err(error) => Err(format!("{error}\n{}", server.log()).into()),
        }
    }

    fn wait(&mut self) -> Result {
        let deadline = Instant::now() + LIMIT;
        loop {
            let poll = Instant::now() + Duration::from_millis(50);
            if let Some(status) = process::wait_until(&mut self.child, poll)? {
                return Err(format!("the server ended: {status}").into());
            }
            let answer = Connection::open(&self.socket(), LIMIT)
                .and_then(|mut connection| connection.call(&["PING"]));
            if matches!(answer, Ok(Reply::Status(_))) {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(format!("no answer within {} s", LIMIT.as_secs()).into());
            }
        }
    }

    fn socket(&self) -> PathBuf {
        self.dir.join("socket")
    }

    /// The end of the server's log, indented.
    fn log(&self) -> String {
        let text = fs::read(self.dir.join("log")).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..]
            .iter()
            .map(|line| format!("      {line}\n"))
            .collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.dir);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_named() {
        assert_eq!(
            version("# Server\r\nredis_version:7.0.15\r\n"),
            "Redis 7.0.15"
        );
        let valkey = "redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.1.0\r\n";
        assert_eq!(version(valkey), "Valkey 9.1.0");
        assert_eq!(version(""), "unknown server");
    }

    #[test]
    fn a_program_that_is_no_server_fails_with_a_reason() {
        let error = try_server(Path::new("/no/such/server"), Path::new("/no/engine")).unwrap_err();
        assert!(error.to_string().contains("cannot start"), "{error}");
        let error = try_server(Path::new("/bin/sh"), Path::new("/no/engine")).unwrap_err();
        assert!(error.to_string().contains("ended"), "{error}");
    }
}
