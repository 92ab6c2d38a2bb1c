//! Runs other programs and turns their failures into readable errors.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;

/// Runs a command to its end with this program's own input and output.
pub(crate) fn run(command: &mut Command) -> Result {
    let status = command
        .status()
        .map_err(|error| format!("cannot start `{}`: {error}", describe(command)))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{}` failed: {status}", describe(command)).into())
    }
}

/// Runs a command to its end and returns what it wrote to standard output; what
/// it wrote to standard error becomes part of the error when it fails.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot start `{}`: {error}", describe(command)))?;
    finish(command, &output)
}

/// Runs a command to its end and returns what it wrote to standard error, such as warnings.
pub(crate) fn capture_errors(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot start `{}`: {error}", describe(command)))?;
    finish(command, &output)?;
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Runs a command to its end, quietly when it succeeds; it may still ask for a
/// password on the terminal. What it wrote becomes part of the error.
pub(crate) fn quietly(command: &mut Command) -> Result {
    let output = command
        .stdin(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot start `{}`: {error}", describe(command)))?;
    finish(command, &output).map(drop)
}

fn finish(command: &Command, output: &Output) -> Result<String> {
    let words = String::from_utf8_lossy(&output.stdout);
    if output.status.success() {
        return Ok(words.into_owned());
    }
    Err(format!(
        "`{}` failed: {}\n{words}{}",
        describe(command),
        output.status,
        String::from_utf8_lossy(&output.stderr),
    )
    .into())
}

/// Waits for a child until the deadline; `None` means that it still runs.
pub(crate) fn wait_until(child: &mut Child, deadline: Instant) -> Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// The path that a variable names, when it is set to something.
pub(crate) fn named_path(variable: &str) -> Option<PathBuf> {
    env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

/// Finds a program on the PATH.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    find_in(&env::var_os("PATH")?, name)
}

fn find_in(path: &std::ffi::OsStr, name: &str) -> Option<PathBuf> {
    env::split_paths(path)
        .filter(|dir| dir.is_absolute())
        .map(|dir| dir.join(name))
        .find(|file| is_executable(file))
}

/// Tells whether this is a file that may be run.
pub(crate) fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;

    file.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Shows a command as one would type it.
fn describe(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|part| part.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_on_the_path_only_when_they_can_run() {
        let path = std::ffi::OsStr::new("/nowhere:relative:/bin");
        assert_eq!(find_in(path, "sh"), Some("/bin/sh".into()));
        assert_eq!(find_in(path, "passwd-that-is-not-there"), None);
        assert_eq!(find_in(std::ffi::OsStr::new("/"), "bin"), None);
    }

    #[test]
    fn a_failure_names_the_command_and_shows_its_words() {
        let error = capture(Command::new("sh").args(["-c", "echo why >&2; exit 3"])).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("sh -c") && text.contains("why"), "{text}");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = run(&mut Command::new("/no/such/program")).unwrap_err();
        assert!(error.to_string().contains("/no/such/program"));
    }

    #[test]
    fn waiting_ends_at_the_deadline() {
        let mut child = Command::new("sleep").arg("30").spawn().unwrap();
        let deadline = Instant::now() + Duration::from_millis(50);
        assert!(wait_until(&mut child, deadline).unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
