//! Finds and runs the example programs.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::Result;
use crate::kit::Kit;
use crate::process;
use crate::stage::Seconds;
use crate::workspace::{Profile, Workspace};

/// How long one example may take.
const LIMIT: Duration = Duration::from_secs(120);

/// Names all examples: `examples/examples/*.rs` and `examples/examples/*/main.rs`. What else is in the package is none:
/// cargo builds no program of it.
pub(crate) fn names(root: &Path) -> Result<Vec<String>> {
    let folder = root.join("examples").join("examples");
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(&folder)? {
        names.extend(name(&entry?.path()));
    }
    if names.is_empty() {
        return Err(format!("there are no examples in {}", folder.display()).into());
    }
    Ok(names.into_iter().collect())
}

fn name(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_str()?;
    let is_source = path.extension().is_some_and(|suffix| suffix == "rs") && stem != "build";
    (is_source || path.join("main.rs").is_file()).then(|| stem.to_owned())
}

/// Names the program that cargo builds from an example.
pub(crate) fn program(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.program("examples").join(name)
}

/// Runs every example to its end; the programs must have been built.
pub(crate) fn run_all(workspace: &Workspace, kit: &Kit) -> Result {
    let mut failed = Vec::new();
    for name in names(&workspace.root)? {
        let start = Instant::now();
        match run(workspace, kit, &name) {
            Ok(()) => eprintln!("    example {name}: ok in {}", Seconds(start.elapsed())),
            Err(error) => {
                eprintln!("    example {name}: {error}");
                failed.push(name);
            }
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("examples failed: {}", failed.join(", ")).into())
    }
}

fn run(workspace: &Workspace, kit: &Kit, name: &str) -> Result {
    // A file rather than a pipe, so that a talkative example never waits for us.
    let log = workspace.house.join(format!("example-{name}.log"));
    let output = File::create(&log)?;
    let mut command = Command::new(program(workspace, name));
    command
        .current_dir(&workspace.root)
        .stdin(std::process::Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output);
    kit.equip(&mut command, workspace, Profile::Debug);
    let mut child = command.spawn().map_err(|error| {
        format!(
            "cannot start {}: {error}",
            program(workspace, name).display()
        )
    })?;
    let words = || fs::read_to_string(&log).unwrap_or_default();
    match process::wait_until(&mut child, Instant::now() + LIMIT)? {
        Some(status) if status.success() => {
            let _ = fs::remove_file(&log);
            Ok(())
        }
        Some(status) => Err(format!("failed: {status}\n{}", words()).into()),
        None => {
            // The server that it started would outlive it otherwise.
            let id = child.id().to_string();
            let _ = process::capture(Command::new("pkill").args(["-KILL", "-P", &id]));
            child.kill()?;
            child.wait()?;
            Err(format!("still ran after {}\n{}", Seconds(LIMIT), words()).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_examples_and_the_rest_is_not() {
        assert_eq!(name(Path::new("/x/hello.rs")).as_deref(), Some("hello"));
        assert_eq!(name(Path::new("/x/build.rs")), None);
        assert_eq!(name(Path::new("/x/Cargo.toml")), None);
        assert_eq!(name(Path::new("/x/no_such_folder")), None);
    }

    #[test]
    fn projects_beside_the_examples_are_none() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let names = names(root).unwrap();
        assert!(names.iter().any(|name| name == "hello"), "{names:?}");
        assert!(root.join("examples/moving/main.rs").is_file());
        assert!(!names.iter().any(|name| name == "moving"), "{names:?}");
    }
}
