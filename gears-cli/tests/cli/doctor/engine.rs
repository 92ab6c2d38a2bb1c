//! A module file that a server of this machine does not load.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
};

use gears_tests::TestServer;

use super::{Said, examine};
use crate::tool::Tool;

/// A Python that nobody has, whose name is as long as that of the engine's.
const NOBODYS: &str = "9.9";

/// The engine as its package brings it: in an environment, with its module in the package's folder.
struct Package {
    folder: tempfile::TempDir,
    /// The file that the tests of this machine load.
    original: Vec<u8>,
    /// The version of Python that it asks for.
    python: String,
}

impl Package {
    fn make() -> Self {
        let server = TestServer::private();
        let log = server.log().unwrap();
        let (_, loaded) = log.split_once("Module 'rg' loaded from ").unwrap();
        let original = fs::read(loaded.lines().next().unwrap()).unwrap();
        let mut client = server.client();
        let version = client.info("rg_engine", "rg_python_version");
        let executable = client.info("rg_engine", "rg_python_executable");
        let (major_minor, _) = version.rsplit_once('.').unwrap();
        let package = Self {
            folder: tempfile::tempdir().unwrap(),
            original,
            python: major_minor.to_owned(),
        };
        fs::create_dir_all(package.site()).unwrap();
        fs::create_dir_all(package.environment().join("bin")).unwrap();
        symlink(executable, package.environment().join("bin/python3")).unwrap();
        package
    }

    fn environment(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    fn site(&self) -> PathBuf {
        let site = format!("lib/python{}/site-packages/gears_engine", self.python);
        self.environment().join(site)
    }

    fn module(&self) -> PathBuf {
        self.site().join("libgears_engine.so")
    }

    /// Writes the module with another name in the place of one that it asks the loader for.
    fn write(&self, name: &str, other: &str) {
        assert_eq!(name.len(), other.len(), "places in the file stay");
        let [name, other] = [name, other].map(|name| format!("{name}\0").into_bytes());
        let mut bytes = self.original.clone();
        let places: Vec<usize> = (0..bytes.len() - name.len())
            .filter(|place| bytes[*place..].starts_with(&name))
            .collect();
        assert!(!places.is_empty(), "{}", String::from_utf8_lossy(&name));
        for place in places {
            bytes[place..place + name.len()].copy_from_slice(&other);
        }
        self.install(&self.module(), &bytes);
    }

    fn install(&self, path: &Path, bytes: &[u8]) {
        fs::write(path, bytes).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Has the module ask for a Python that is not there; returns the name of its library.
    fn ask_for_nobodys(&self) -> String {
        let library = |version: &str| format!("libpython{version}.so.1.0");
        // As long as 3.9, or as 3.11.
        let version = format!("{NOBODYS}{}", &"99"[..self.python.len() - NOBODYS.len()]);
        self.write(&library(&self.python), &library(&version));
        library(&version)
    }
}

fn look(module: &Path) -> Said {
    examine(&Tool::nowhere(), &["--engine", module.to_str().unwrap()])
}

#[test]
fn module_that_loads_is_told_with_its_python() {
    let package = Package::make();
    package.install(&package.module(), &package.original);
    let python = package.python.clone();
    let said = look(&package.module());
    said.says(
        "ok",
        "engine",
        &["loads in", package.module().to_str().unwrap()],
    )
    .says("ok", "module", &["gears-engine"])
    .says("ok", "Python", &[&python]);
    said.ends(0);
    let said = look(Path::new("/no/such/module.so"));
    said.says(
        "fail",
        "engine",
        &["/no/such/module.so is no file", "gears setup"],
    );
    said.ends(1);
}

#[test]
fn python_that_is_not_found_is_told_by_what_is_beside_the_module() {
    let package = Package::make();
    let library = package.ask_for_nobodys();
    let python = package.environment().join("bin/python3");
    let links = format!("`{} -m gears_engine`", python.display());
    let says = |words: &[&str]| {
        let said = look(&package.module());
        said.says("fail", "engine", words);
        said.ends(1);
    };
    says(&["was not linked to a Python 9.9", &links]);

    // The package of one Python in the environment of another.
    let other = package
        .site()
        .join(format!("libpython{}.so.1.0", package.python));
    symlink("/usr/lib/any.so", &other).unwrap();
    let linked = format!("linked to Python {}", package.python);
    says(&[
        "is built for Python 9.9",
        &linked,
        "pip install --force-reinstall gears-engine",
    ]);
    fs::remove_file(other).unwrap();

    // Its Python was there and is gone: another one has come, or none.
    symlink("/gone/libpython.so", package.site().join(&library)).unwrap();
    says(&["leads to /gone/libpython.so, which is gone", &links]);
    fs::remove_file(&python).unwrap();
    says(&[
        "which is gone",
        "-m venv --clear",
        "pip install gears-engine",
    ]);

    // A module that is in no package.
    let alone = package.environment().join("m.so");
    fs::rename(package.module(), &alone).unwrap();
    let said = look(&alone);
    said.says(
        "fail",
        "engine",
        &[
            &library,
            "is not on this machine",
            "apt-get install libpython9.9",
        ],
    );
    // Who serves with it is told too.
    let alone = alone.to_str().unwrap();
    Tool::nowhere()
        .call(["serve", "-p", "0", "--engine", alone])
        .bad(
            1,
            &["is not on this machine", "apt-get install libpython9.9"],
        );
}

#[test]
fn glibc_that_is_too_old_is_told() {
    let package = Package::make();
    let text = String::from_utf8_lossy(&package.original).into_owned();
    let versions = text.split("GLIBC_2.").skip(1).filter_map(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        rest[digits.len()..].starts_with('\0').then_some(digits)
    });
    let newest = versions.max_by_key(|version| version.parse::<u32>().unwrap_or(0));
    let newest = newest.unwrap();
    package.write(&format!("GLIBC_2.{newest}"), &format!("GLIBC_9.{newest}"));
    let said = look(&package.module());
    let wants = format!("glibc 9.{newest} or later");
    said.says(
        "fail",
        "engine",
        &[&wants, "--only-binary :all: gears-engine"],
    );
    said.ends(1);
}

#[test]
fn file_that_cannot_be_run_or_read_is_told() {
    let package = Package::make();
    let module = package.module();
    package.install(&module, b"no module");
    look(&module).says(
        "fail",
        "engine",
        &["is damaged", "--force-reinstall gears-engine"],
    );
    fs::set_permissions(&module, fs::Permissions::from_mode(0o644)).unwrap();
    let mends = format!("`chmod a+rx {}`", module.display());
    look(&module).says("fail", "engine", &["may not run", &mends]);
}

#[test]
fn setting_that_the_engine_refuses_is_told_by_serve() {
    let words = ["serve", "-p", "0", "--set", "PythonExecutable=/bin/true"];
    Tool::nowhere().call(words).bad(
        1,
        &["PythonExecutable takes the path of a Python", "loadmodule"],
    );
}

#[test]
fn server_without_the_module_is_told_how_to_find_out_why() {
    let server = gears_runtime::embedded::Server::builder()
        .plain()
        .start()
        .unwrap();
    let tool = Tool::at(server.url());
    examine(&tool, &[]).says(
        "fail",
        "module",
        &["pip install gears-engine", "gears doctor --engine FILE"],
    );
}
