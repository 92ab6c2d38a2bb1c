//! A PostgreSQL for one test.

use std::env;
use std::fs::{self, File};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use gears_tests::{hear_signals, until};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// The only user and database; nobody but who may enter the folder reaches the socket.
const USER: &str = "gears";

/// A server that listens on a socket in a folder of its own, which ends with it.
pub(crate) struct Postgres {
    programs: Programs,
    /// Whose the server is: it refuses to be root's.
    owner: Option<(u32, u32)>,
    server: Option<Child>,
    folder: TempDir,
}

/// The programs of PostgreSQL.
struct Programs {
    initdb: PathBuf,
    postgres: PathBuf,
    psql: PathBuf,
}

impl Programs {
    /// Looks for them where programs are, and where Debian has them.
    fn find() -> Option<Self> {
        let path = env::var_os("PATH").unwrap_or_default();
        let mut folders: Vec<PathBuf> = env::split_paths(&path).collect();
        if let Ok(versions) = fs::read_dir("/usr/lib/postgresql") {
            let versions = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
            folders.extend(versions);
        }
        let find = |name: &str| {
            let mut files = folders.iter().map(|folder| folder.join(name));
            files.find(|file| file.is_file())
        };
        let postgres = find("postgres")?;
        // Where it is the same file elsewhere, its own folder has what goes with it.
        let own = fs::canonicalize(&postgres).ok()?;
        let beside = |name: &str| {
            let file = own.parent()?.join(name);
            file.is_file().then_some(file).or_else(|| find(name))
        };
        Some(Self {
            initdb: beside("initdb")?,
            psql: beside("psql")?,
            postgres: own,
        })
    }
}

/// Returns user and group of somebody who is not root, if we are.
fn somebody_else() -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let ids = |name: &str| {
        let line = users.lines().find(|line| line.starts_with(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    let ids = ids("postgres:").or_else(|| ids("nobody:"));
    Some(ids.expect("a user who is not root"))
}

impl Postgres {
    /// Makes a database and starts the server; `None` where there is no PostgreSQL.
    pub(super) fn make() -> Option<Self> {
        let programs = Programs::find()?;
        let folder = TempDir::new().unwrap();
        let owner = somebody_else();
        if let Some((user, group)) = owner {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let mut database = Self {
            programs,
            owner,
            server: None,
            folder,
        };
        let mut initdb = database.command(&database.programs.initdb);
        initdb
            .arg("--pgdata")
            .arg(database.data())
            .args([
                "--auth=trust",
                "--no-sync",
                "--no-locale",
                "--encoding=UTF8",
            ])
            .args(["--username", USER]);
        let made = initdb.output().unwrap();
        let errors = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "{errors}");
        database.start();
        Some(database)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command.current_dir(self.folder.path());
        command.stdin(Stdio::null());
        command
    }

    /// Starts the server and waits until it answers.
    pub(super) fn start(&mut self) {
        let path = self.folder.path().join("log");
        let log = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .unwrap();
        let mut server = self.command(&self.programs.postgres);
        hear_signals(&mut server);
        let server = server
            .arg("-D")
            .arg(self.data())
            .arg("-k")
            .arg(self.folder.path())
            // A socket alone, and nothing that outlives the machine.
            .args(["-c", "listen_addresses=", "-c", "fsync=off"])
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.server = Some(server);
        until("answer of PostgreSQL", || {
            let ended = self.server.as_mut()?.try_wait().unwrap();
            let log = || fs::read_to_string(&path).unwrap_or_default();
            assert!(ended.is_none(), "PostgreSQL has ended: {}", log());
            self.try_query("select 1").ok()
        });
    }

    /// Ends the server, whose clients lose their connections.
    pub(super) fn stop(&mut self) {
        self.signal(Signal::INT);
    }

    fn signal(&mut self, signal: Signal) {
        if let Some(mut server) = self.server.take() {
            // It may have ended by itself.
            let _ = kill_process(Pid::from_child(&server), signal);
            server.wait().unwrap();
        }
    }

    pub(super) fn connection(&self) -> String {
        let folder = self.folder.path().display();
        format!("PostgresConnection('{USER}', 'any', '/postgres?host={folder}')")
    }

    pub(super) fn query(&self, sql: &str) -> String {
        self.try_query(sql)
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    fn try_query(&self, sql: &str) -> Result<String, String> {
        let ran = Command::new(&self.programs.psql)
            .arg("--host")
            .arg(self.folder.path())
            .args(["--username", USER, "--dbname", "postgres", "--no-psqlrc"])
            .args(["--quiet", "--no-align", "--tuples-only", "--command", sql])
            .output()
            .unwrap();
        if ran.status.success() {
            Ok(String::from_utf8(ran.stdout).unwrap())
        } else {
            Err(String::from_utf8_lossy(&ran.stderr).into_owned())
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // At once: nobody needs the data.
        self.signal(Signal::QUIT);
    }
}
