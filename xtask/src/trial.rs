//! A server that is started for a trial, and what it answers.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;
use crate::process;
use crate::resp::{Connection, Reply};

/// How long a server may take to answer its first PING, and any later command.
const LIMIT: Duration = Duration::from_secs(60);

/// Registers a trigger that shows its argument and the Python behind it.
pub(crate) const SCRIPT: &str = "\
import sys
GB('CommandReader').map(lambda record: '%s %d.%d' % ((record[1],) + sys.version_info[:2])).register(trigger='trial')
";

/// Registers a trigger that shows the same, and uses a package with native code.
pub(crate) const NUMPY_SCRIPT: &str = "\
def told(record):
    import sys, numpy
    assert numpy.arange(5).sum() == 10
    return '%s %d.%d, numpy %s' % ((record[1],) + sys.version_info[:2] + (numpy.__version__,))
GB('CommandReader').map(told).register(trigger='trial')
";

/// A server of our own, ended and cleaned up when dropped.
pub(crate) struct Server {
    child: Child,
    folder: PathBuf,
}

/// What a server that runs functions says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// Its name and version.
    pub(crate) server: String,
    /// The Python, and what the script adds to it.
    pub(crate) python: String,
}

impl Server {
    /// Starts a server binary that loads a module file.
    pub(crate) fn start(program: &Path, engine: &Path) -> Result<Self> {
        Self::start_with(program, engine, &[], &[])
    }

    /// Starts it with more arguments of the module, and with variables.
    pub(crate) fn start_with(
        program: &Path,
        engine: &Path,
        arguments: &[&str],
        variables: &[(&str, &Path)],
    ) -> Result<Self> {
        let folder = scratch()?;
        let mut command = Command::new(program);
        command
            .current_dir(&folder)
            .envs(variables.iter().copied())
            .args(settings(Path::new("")))
            .arg("--loadmodule")
            .arg(engine)
            .arg("PythonInstallationDir")
            .arg(folder.join("python"))
            .args(arguments);
        Self::spawn(command, folder)
    }

    /// Starts a server by a command that has the `settings` of this folder, and removes the folder in the end.
    pub(crate) fn spawn(mut command: Command, folder: PathBuf) -> Result<Self> {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let child = match child {
            Ok(child) => child,
            Err(error) => {
                let _ = fs::remove_dir_all(&folder);
                return Err(format!("cannot start it: {error}").into());
            }
        };
        let mut server = Self { child, folder };
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

    /// The process that was started: the server, or what runs it.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Registers the trigger of a script, calls it, and says which versions answered.
    pub(crate) fn ask(&self, script: &str) -> Result<Told> {
        self.register(script)
            .and_then(|()| self.call())
            .map_err(|error| format!("{error}\n{}", self.log()).into())
    }

    /// Connects to it.
    pub(crate) fn connect(&self) -> Result<Connection> {
        Ok(Connection::open(&self.socket(), LIMIT)?)
    }

    /// Has it end by itself, as after a signal it would leave undone what it does in the end.
    pub(crate) fn shut_down(mut self, mut connection: Connection) -> Result {
        // The connection ends with the server, without a reply.
        let _ = connection.call(&["SHUTDOWN", "NOSAVE"]);
        match process::wait_until(&mut self.child, Instant::now() + LIMIT)? {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(format!("the server ended: {status}\n{}", self.log()).into()),
            None => Err(format!("it has not ended within {} s", LIMIT.as_secs()).into()),
        }
    }

    fn register(&self, script: &str) -> Result {
        match self.connect()?.call(&["RG.PYEXECUTE", script])? {
            Reply::Status(status) if status == "OK" => Ok(()),
            other => Err(format!("RG.PYEXECUTE answered {other}").into()),
        }
    }

    /// Calls the trigger of a script that was registered.
    pub(crate) fn call(&self) -> Result<Told> {
        let mut connection = self.connect()?;
        let server = match connection.call(&["INFO", "server"])? {
            Reply::Bulk(text) => version(&String::from_utf8_lossy(&text)),
            other => return Err(format!("INFO answered {other}").into()),
        };
        let answer = connection.call(&["RG.TRIGGER", "trial", "hello"])?;
        if let Reply::Array(items) = &answer
            && let [Reply::Bulk(text)] = items.as_slice()
            && let Some(python) = String::from_utf8_lossy(text).strip_prefix("hello ")
        {
            return Ok(Told {
                server,
                python: python.to_owned(),
            });
        }
        Err(format!("{server}: RG.TRIGGER answered {answer}").into())
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }

    /// The end of the server's log, indented.
    fn log(&self) -> String {
        let text = fs::read(self.folder.join("log")).unwrap_or_default();
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
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Makes a folder for a server; its path is short, as unix sockets allow about 100 bytes.
fn scratch() -> Result<PathBuf> {
    let folder = env::temp_dir().join(format!("gears-trial-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// What a server is told so that nobody else meets it, with a folder as it sees that.
pub(crate) fn settings(folder: &Path) -> Vec<String> {
    let alone = [
        "--port",
        "0",
        "--save",
        "",
        "--appendonly",
        "no",
        "--daemonize",
        "no",
    ];
    let mut words = alone.map(str::to_owned).to_vec();
    words.extend(places(folder));
    words
}

/// What a server is told so that it is found here, with a folder as it sees that.
pub(crate) fn places(folder: &Path) -> [String; 4] {
    let place = |name| folder.join(name).display().to_string();
    let (socket, log) = (place("socket"), place("log"));
    [
        "--unixsocket".to_owned(),
        socket,
        "--logfile".to_owned(),
        log,
    ]
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
        let error = |program: &str| match Server::start(Path::new(program), Path::new("/engine")) {
            Ok(_) => panic!("{program} is a server"),
            Err(error) => error.to_string(),
        };
        let told = error("/no/such/server");
        assert!(told.contains("cannot start"), "{told}");
        let told = error("/bin/sh");
        assert!(told.contains("ended"), "{told}");
    }
}
