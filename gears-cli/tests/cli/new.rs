//! `gears new`.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use gears_runtime::embedded::Server;

use crate::tool::Tool;

/// Returns the checkout that is tested.
fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Returns the folder that the tests were built in, which has most of what the crate depends on.
fn target() -> PathBuf {
    let binary = Path::new(env!("CARGO_BIN_EXE_gears"));
    binary.ancestors().nth(2).unwrap().to_owned()
}

fn cargo(folder: &Path, word: &str, url: &str) -> Output {
    Command::new(env!("CARGO"))
        // What there is has been loaded already.
        .args([word, "--offline", "--quiet"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target())
        // As dependencies of the workspace have it, so that what was built for that fits.
        .env("CARGO_PROFILE_DEV_DEBUG", "false")
        .env("CARGO_PROFILE_DEV_BUILD_OVERRIDE_DEBUG", "false")
        .env("GEARS_URL", url)
        .output()
        .unwrap()
}

#[test]
fn crate_runs_and_passes_its_test() {
    let server = Server::start().unwrap();
    let tool = Tool::nowhere();
    let made = tool.call(["new", "first-gears"]);
    assert!(made.err.contains("cargo run"), "{made:?}");
    assert_eq!(made.good(), "made first-gears\n");
    let folder = tool.folder().join("first-gears");
    // The versions of the workspace: no network is needed to choose any.
    std::fs::copy(checkout().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    for number in 1..3 {
        let ran = cargo(&folder, "run", server.url());
        let out = String::from_utf8_lossy(&ran.stdout);
        let greeting = format!("Hello, world! This is greeting number {number}.\n");
        assert_eq!(out, greeting, "{ran:?}");
    }
    let tested = cargo(&folder, "test", "redis://nowhere.invalid/");
    let out = String::from_utf8_lossy(&tested.stdout);
    assert!(
        tested.status.success() && out.contains("1 passed"),
        "{tested:?}"
    );
    let ours = ["src", "Cargo.toml", "Cargo.lock", ".gitignore"];
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name();
        assert!(ours.iter().any(|one| name == *one), "{name:?}");
    }
    // Nothing else is left behind.
    assert_eq!(std::fs::read_dir(tool.folder()).unwrap().count(), 1);
}

#[test]
fn manifest_names_the_checkout_and_other_workspaces() {
    let tool = Tool::nowhere();
    let path = checkout().to_str().unwrap();
    let made = tool.call(["new", "one", "--path", path, "--json"]).json();
    assert_eq!(made["name"], "one");
    assert_eq!(made["checkout"], path);
    let manifest = |name: &str| {
        let path = tool.folder().join(name).join("Cargo.toml");
        std::fs::read_to_string(path).unwrap()
    };
    assert!(manifest("one").contains(&format!("path = \"{path}/gears-runtime\"")));
    assert!(!manifest("one").contains("[workspace]"));
    tool.file("Cargo.toml", "[workspace]\nmembers = []\n");
    tool.call(["new", "two"]).good();
    assert!(manifest("two").contains("\n[workspace]\n"));
    let metadata = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--offline",
            "--no-deps",
            "--format-version",
            "1",
        ])
        .current_dir(tool.folder().join("two"))
        .output()
        .unwrap();
    assert!(metadata.status.success(), "{metadata:?}");
}

#[test]
fn manifest_takes_packed_crates_until_there_is_a_release() {
    let tool = Tool::nowhere();
    let version = env!("CARGO_PKG_VERSION");
    let packed = tool.folder().join("packed");
    let crates = ["gears-runtime", "gears-macros", "gears-python"];
    for name in crates {
        let folder = packed.join(format!("{name}-{version}"));
        std::fs::create_dir_all(folder.join("src")).unwrap();
        std::fs::write(folder.join("src/lib.rs"), "").unwrap();
        let manifest = format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\n");
        std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    }
    let made = tool.call(["new", "one", "--path", "packed"]);
    assert!(made.err.contains("gears setup"), "{made:?}");
    assert_eq!(made.good(), "made one\n");
    let folder = tool.folder().join("one");
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    assert!(manifest.contains("[patch.crates-io]") && manifest.contains("Take this out then"));
    let wanted = format!("gears-runtime = {{ version = \"{version}\" }}");
    assert!(manifest.contains(&wanted), "{manifest}");
    let packed = packed.canonicalize().unwrap();
    for name in crates {
        let path = packed.join(format!("{name}-{version}"));
        let line = format!("{name} = {{ path = {path:?} }}\n");
        assert!(manifest.contains(&line), "{line} in {manifest}");
    }
    // One that is missing makes it a folder like any other.
    std::fs::remove_dir_all(packed.join(format!("gears-macros-{version}"))).unwrap();
    tool.call(["new", "two", "--path", "packed"])
        .bad(2, &["no checkout of gears", "packed crates"]);
}

#[test]
fn what_cannot_be_made_is_told_and_nothing_is_left() {
    let tool = Tool::nowhere();
    for (name, said) in [
        ("async", "keyword"),
        ("1st", "letter"),
        ("a b", "` `"),
        ("up/there", "path"),
        ("test", "meaning"),
        ("", "has a name"),
    ] {
        tool.call(["new", name]).bad(2, &[said, "my-gears"]);
    }
    tool.call(["new", "one", "--path", "none"])
        .bad(2, &["no checkout of gears", "gears-runtime"]);
    tool.call(["new"]).bad(2, &["<NAME>"]);
    let tool = tool.env("CARGO", "/no/such/cargo");
    tool.call(["new", "one"]).bad(1, &["cargo", "rustup"]);
    assert_eq!(std::fs::read_dir(tool.folder()).unwrap().count(), 0);
}

#[test]
fn what_is_there_stays() {
    let tool = Tool::nowhere();
    tool.file("file", "mine");
    std::fs::create_dir(tool.folder().join("folder")).unwrap();
    std::os::unix::fs::symlink("nowhere", tool.folder().join("link")).unwrap();
    for name in ["file", "folder", "link"] {
        tool.call(["new", name]).bad(2, &["is there already"]);
    }
    assert_eq!(std::fs::read(tool.folder().join("file")).unwrap(), b"mine");
    assert_eq!(std::fs::read_dir(tool.folder()).unwrap().count(), 3);
}
