//! `gears setup`.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use gears_tests::Wheelhouse;

use crate::tool::Tool;

/// Calls it for a user who has set nothing up.
fn somebody() -> Tool {
    let tool = Tool::nowhere();
    let caches = tool.folder().join("caches");
    tool.env("XDG_CACHE_HOME", caches.to_str().unwrap())
        .env("PIP_CONFIG_FILE", "/dev/null")
        .env("PIP_NO_INDEX", "1")
}

fn house(tool: &Tool) -> PathBuf {
    tool.folder().join("caches/gears/setup")
}

/// Returns the names of the environments that were made.
fn environments(tool: &Tool) -> Vec<PathBuf> {
    let entries = fs::read_dir(house(tool)).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect()
}

fn utf8(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn the_engine_is_installed_once_from_a_folder() {
    let wheels = Wheelhouse::pack();
    let tool = somebody().env("GEARS_PYTHON", utf8(wheels.python()));
    let from = ["setup", "--from", utf8(wheels.folder())];
    let made = tool.call(from);
    assert!(
        made.err.contains("making an environment of Python 3."),
        "{made:?}"
    );
    let report = made.good();
    let engine = house(&tool).join("engine").canonicalize().unwrap();
    assert!(engine.starts_with(house(&tool).canonicalize().unwrap()));
    assert!(report.contains(utf8(&engine)), "{report}");
    let before = environments(&tool);
    assert_eq!(before.len(), 1);

    // Neither with the folder nor without it is there anything to do.
    for words in [&from[..], &from[..1]] {
        let again = tool.call(words);
        assert!(again.err.contains("nothing to do"), "{again:?}");
        assert_eq!(again.good(), report);
    }
    assert_eq!(environments(&tool), before);
    let told = tool.call(["setup", "--json"]).json();
    assert_eq!(told["engine"], utf8(&engine));
    assert_eq!(told["installed"], false);

    // Of the one before, servers may still run; those before that are in nobody's use.
    let anew = tool
        .call([&from[..], &["--upgrade", "--json"]].concat())
        .json();
    assert_eq!(anew["installed"], true);
    assert_eq!(environments(&tool).len(), 2);
    let current = house(&tool).join("engine").canonicalize().unwrap();
    assert_eq!(anew["engine"], utf8(&current));
    let lost = environments(&tool)
        .into_iter()
        .find(|folder| current.starts_with(folder.canonicalize().unwrap()));
    fs::remove_dir_all(lost.unwrap()).unwrap();
    assert_eq!(tool.call(from).code, Some(0), "what was lost comes back");
    assert_eq!(environments(&tool).len(), 1);
}

#[test]
fn a_folder_that_does_not_do_is_told_with_what_is_in_it() {
    let wheels = Wheelhouse::pack();
    let tool = somebody().env("GEARS_PYTHON", utf8(wheels.python()));
    let refused = |folder: &Path, said: &[&str]| {
        tool.call(["setup", "--from", utf8(folder)]).bad(1, said);
        assert!(!house(&tool).join("engine").exists());
        assert!(!house(&tool).exists() || environments(&tool).is_empty());
    };
    tool.call(["setup", "--from", "/no/such/folder"])
        .bad(2, &["/no/such/folder cannot be read", "target/wheels"]);
    let folder = tempfile::tempdir().unwrap();
    refused(folder.path(), &["holds no wheel", "cargo xtask wheel"]);
    let wheel = |name: &str| fs::write(folder.path().join(name), "").unwrap();
    wheel("redis-7.0.1-py3-none-any.whl");
    refused(
        folder.path(),
        &["which holds redis-7.0.1", "cargo xtask wheel"],
    );
    wheel("gears_engine-0.1.0-cp38-cp38-manylinux_2_28_x86_64.whl");
    refused(
        folder.path(),
        &["no wheel for cp3", "gears_engine-0.1.0-cp38", "--python"],
    );

    // What the engine asks for is not there.
    let alone = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(wheels.folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.starts_with("gears_engine") {
            symlink(&path, alone.path().join(name)).unwrap();
        }
    }
    refused(
        alone.path(),
        &["the engine asks for ", "pip download --dest"],
    );
}

#[test]
fn what_the_machine_lacks_is_told_with_what_brings_it() {
    let tool = somebody();
    tool.call(["setup", "--python", "/no/such/python"])
        .bad(1, &["/no/such/python is no Python that runs", "--python"]);
    // No index, as on a machine without a network.
    let told = tool.call(["setup"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.err.contains("gears-engine"), "{told:?}");
    let homeless = Tool::nowhere().env("XDG_CACHE_HOME", "").env("HOME", "");
    homeless
        .call(["setup"])
        .bad(2, &["no folder for caches", "XDG_CACHE_HOME"]);
    let file = tool.file("file", "");
    let tool = Tool::nowhere().env("XDG_CACHE_HOME", utf8(&file));
    tool.call(["setup"])
        .bad(1, &["cannot be written", "XDG_CACHE_HOME"]);
}

#[test]
fn the_server_is_that_of_the_engines_package() {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let package = fs::read_to_string(checkout.join("gears-engine/wheel/pyproject.toml")).unwrap();
    let ours =
        fs::read_to_string(checkout.join("gears-cli/src/command/setup/environment.rs")).unwrap();
    let extra = package
        .lines()
        .find(|line| line.starts_with("server = "))
        .unwrap();
    let asked = extra.split(['"', ';']).nth(1).unwrap();
    assert!(ours.contains(&format!("\"{asked}\"")), "{asked}");
}
