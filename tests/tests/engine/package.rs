//! The engine as a Python package: packed, installed by pip, and run.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use gears_runtime::embedded::Server;
use gears_tests::{Client, LONG_DEADLINE, TestServer, ask, until_within};
use tempfile::TempDir;

/// Shows which Python runs and that it has packages, those of the package's own and one with native code.
const SCRIPT: &str = "\
def told(record):
    import sys, cloudpickle, numpy, redis
    return ' '.join([sys.prefix, str(int(numpy.arange(5).sum()))])
GB('CommandReader').map(told).register(trigger='packaged')
";

/// Shows whence a package comes that the environment of the tests does not have.
const BESIDE: &str = "\
def told(record):
    import gears_engine
    return gears_engine.__file__
GB('CommandReader').map(told).register(trigger='beside')
";

/// What a server of the tests says about what it was started with.
struct Kit {
    /// Set-up's folder.
    house: PathBuf,
    server: PathBuf,
    engine: PathBuf,
}

impl Kit {
    fn look() -> Self {
        let server = TestServer::private();
        let mut client = server.client();
        let python = told(&mut client, "rg_engine", "python_executable:");
        let program = told(&mut client, "server", "executable:");
        let engine = env::var_os("GEARS_ENGINE").map_or_else(
            || {
                let folder = env::current_exe().unwrap();
                let folder = folder.ancestors().nth(2).unwrap();
                let (start, end) = (env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
                folder.join(format!("{start}gears_engine{end}"))
            },
            PathBuf::from,
        );
        Self {
            house: Path::new(&python).ancestors().nth(3).unwrap().to_owned(),
            server: program.into(),
            engine,
        }
    }
}

/// Returns what `INFO` has behind a name.
fn told(client: &mut Client, section: &str, name: &str) -> String {
    let redis::Value::BulkString(info) = client.value(&[b"INFO", section.as_bytes()]) else {
        panic!("INFO {section} is no text");
    };
    let info = String::from_utf8(info).unwrap();
    let line = info.lines().find_map(|line| line.split_once(name));
    line.unwrap_or_else(|| panic!("no {name} in {info}"))
        .1
        .trim()
        .to_owned()
}

/// A version that no release has.
const NEWER: &str = "999.1.0";

/// The checkout.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The source of the package.
fn source() -> PathBuf {
    root().join("gears-engine/wheel")
}

fn output(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

/// Runs a command, and returns what it prints.
fn run(command: &mut Command) -> String {
    let output = output(command);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// An environment with the package.
struct Package {
    folder: TempDir,
    kit: Kit,
}

impl Package {
    fn install() -> Self {
        let kit = Kit::look();
        let folder = tempfile::tempdir().unwrap();
        let package = Self { folder, kit };
        package.pack(&source());
        run(Command::new(package.base())
            .args(["-I", "-m", "venv"])
            .arg(package.folder.path().join("venv")));
        package.pip(&["gears-engine", "numpy"]);
        package
    }

    /// The Python that packs, and makes the environment.
    fn base(&self) -> PathBuf {
        self.kit.house.join("python/bin/python3")
    }

    fn pack(&self, source: &Path) {
        run(Command::new(self.base())
            .args(["-B", "-m", "hatchling", "build", "--target", "wheel"])
            .arg("--directory")
            .arg(self.folder.path().join("wheels"))
            .env("PYTHONPATH", self.kit.house.join("packer"))
            .env("GEARS_ENGINE", &self.kit.engine)
            .current_dir(source));
    }

    /// Packs the package as that of a later release, out of a checkout that differs in nothing else.
    fn pack_newer(&self) {
        let checkout = self.folder.path().join("newer");
        let source = checkout.join("gears-engine/wheel");
        fs::create_dir_all(source.parent().unwrap()).unwrap();
        run(Command::new("cp")
            .arg("-RL")
            .arg(self::source())
            .arg(&source));
        let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
        let version = format!("version = \"{}\"", env!("CARGO_PKG_VERSION"));
        let newer = manifest.replacen(&version, &format!("version = \"{NEWER}\""), 1);
        fs::write(checkout.join("Cargo.toml"), newer).unwrap();
        self.pack(&source);
    }

    /// Installs without a network.
    fn pip(&self, words: &[&str]) {
        let mut pip = self.python();
        pip.args(["-I", "-m", "pip", "install", "--quiet", "--no-index"]);
        let kept = ["package", "wheels"].map(|shelf| self.kit.house.join(shelf));
        for folder in kept.iter().chain([&self.folder.path().join("wheels")]) {
            pip.arg("--find-links").arg(folder);
        }
        run(pip.args(words));
    }

    /// Prepares a command of the environment's Python.
    fn python(&self) -> Command {
        let mut command = Command::new(self.folder.path().join("venv/bin/python"));
        command
            .env("GEARS_REDIS_SERVER", &self.kit.server)
            // What this machine says for its own installs.
            .env("PIP_CONFIG_FILE", "/dev/null")
            .current_dir(self.folder.path());
        command
    }

    /// Returns the path that the package prints.
    fn module(&self) -> PathBuf {
        let printed = run(self.python().args(["-m", "gears_engine"]));
        PathBuf::from(printed.trim())
    }

    fn serve(&self) -> Served {
        let socket = self.folder.path().join("socket");
        let mut command = self.python();
        command.args(["-m", "gears_engine", "serve", "--"]);
        command.args(["--port", "0", "--save", "", "--logfile", "log"]);
        let errors = File::create(self.folder.path().join("errors")).unwrap();
        command.arg("--unixsocket").arg(&socket).stderr(errors);
        let child = command.spawn().unwrap();
        let mut served = Served { child, socket };
        until_within(LONG_DEADLINE, "server of the package", || {
            let status = served.child.try_wait().unwrap();
            assert!(status.is_none(), "it ended: {status:?}: {}", self.log());
            let client = redis::Client::open(served.url()).unwrap();
            let mut connection = client.get_connection().ok()?;
            redis::cmd("PING").exec(&mut connection).ok()
        });
        served
    }

    /// Returns what the package and the server said.
    fn log(&self) -> String {
        ["errors", "log"]
            .map(|name| fs::read_to_string(self.folder.path().join(name)).unwrap_or_default())
            .concat()
    }

    /// Installs into a folder that is no environment, and has a server find what is in it.
    fn check_folder(&self) {
        let target = self.folder.path().join("target");
        self.pip(&[
            "--no-deps",
            "--target",
            target.to_str().unwrap(),
            "gears-engine",
        ]);
        let printed = run(Command::new(self.base())
            .args(["-B", "-m", "gears_engine"])
            .env("PYTHONPATH", &target));
        assert!(Path::new(&printed).starts_with(&target), "{printed}");
        let server = Server::builder().engine(printed.trim()).start().unwrap();
        let mut client = Client::connect(server.url());
        assert_eq!(ask!(client, "RG.PYEXECUTE", BESIDE), "+OK");
        let reply = ask!(client, "RG.TRIGGER", "beside");
        assert!(reply.contains(target.to_str().unwrap()), "{reply}");
    }

    /// Upgrades below a server, and has it find its functions after a restart.
    fn check_upgrade(&self) {
        let mut served = self.serve();
        self.check(Client::connect(&served.url()));
        let module = self.module();
        self.pack_newer();
        self.pip(&["--upgrade", "gears-engine"]);
        let version = "import importlib.metadata as it; print(it.version('gears-engine'))";
        let installed = run(self.python().args(["-I", "-c", version]));
        assert_eq!(installed.trim(), NEWER);
        // The server still runs the file that was there before.
        self.check_registered(Client::connect(&served.url()));
        // It ends when it has saved, and answers nothing.
        let client = redis::Client::open(served.url()).unwrap();
        let ended = redis::cmd("SHUTDOWN")
            .arg("SAVE")
            .exec(&mut client.get_connection().unwrap());
        assert!(ended.is_err(), "it runs on");
        served.child.wait().unwrap();
        drop(served);
        let served = self.serve();
        self.check_registered(Client::connect(&served.url()));
        // A server that names the path in its settings does not ask the package again.
        let server = Server::builder().engine(module).start().unwrap();
        self.check(Client::connect(server.url()));
    }

    /// Has a server register a function that shows the environment, and call it.
    fn check(&self, mut client: Client) {
        assert_eq!(ask!(client, "RG.PYEXECUTE", SCRIPT), "+OK");
        self.check_registered(client);
    }

    /// Has a server call the function that it has.
    fn check_registered(&self, mut client: Client) {
        let venv = self.folder.path().join("venv");
        let expected = format!("{} 10", venv.display());
        let reply = ask!(client, "RG.TRIGGER", "packaged");
        assert!(reply.contains(&expected), "{reply}");
        let executable = told(&mut client, "rg_engine", "python_executable:");
        assert!(Path::new(&executable).starts_with(&venv), "{executable}");
        // The library of this environment's Python, and not one that the build named.
        let library = told(&mut client, "rg_engine", "python_library:");
        assert!(
            cfg!(target_os = "macos") || Path::new(&library).starts_with(&venv),
            "{library}"
        );
    }
}

/// A server that the package runs; it ends with the test.
struct Served {
    child: Child,
    socket: PathBuf,
}

impl Served {
    fn url(&self) -> String {
        format!("redis+unix://{}", self.socket.display())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_package_runs_with_what_is_installed_beside_it_and_is_upgraded_below_a_server() {
    let package = Package::install();
    // A server of one's own loads the file as it is.
    let server = Server::builder().engine(package.module()).start().unwrap();
    package.check(Client::connect(server.url()));
    drop(server);
    package.check_upgrade();
    package.check_folder();
}

#[test]
fn what_is_missing_is_told_with_a_way_out() {
    let kit = Kit::look();
    let python = || {
        let mut command = Command::new(kit.house.join("python/bin/python3"));
        command
            .arg("-B")
            .env("PYTHONPATH", source())
            .env("PATH", "/nowhere")
            .env_remove("GEARS_REDIS_SERVER");
        command
    };
    // The source has no module beside it.
    let told = output(python().args(["-m", "gears_engine"]));
    let errors = String::from_utf8(told.stderr).unwrap();
    assert!(errors.contains("there is no module in "), "{errors}");
    assert!(errors.contains("pip install --force-reinstall"), "{errors}");
    assert_eq!(told.status.code(), Some(1));
    let server = ["-c", "import gears_engine; gears_engine.server_path()"];
    let told = output(python().args(server));
    let errors = String::from_utf8(told.stderr).unwrap();
    assert!(
        errors.contains("no server found") && errors.contains("gears-engine[server]"),
        "{errors}"
    );
    let told = output(python().args(server).env("GEARS_REDIS_SERVER", "/no/such"));
    let errors = String::from_utf8(told.stderr).unwrap();
    assert!(
        errors.contains("GEARS_REDIS_SERVER=/no/such is no program"),
        "{errors}"
    );
    let told = output(python().args(["-m", "gears_engine", "serve", "--port", "1"]));
    let errors = String::from_utf8(told.stderr).unwrap();
    assert!(errors.contains("usage: "), "{errors}");
    assert_eq!(told.status.code(), Some(2));
}
