//! Runs pip, and ends it when it hangs.

use std::fs;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use super::Scratch;

/// No installation takes longer, whatever it prints.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// How a program ended.
pub(crate) struct Output {
    status: ExitStatus,
    complained: Vec<u8>,
}

/// Runs `python -m pip` in a scratch folder. It is ended when for `idle` long
/// it neither prints anything nor writes to that folder.
///
/// # Errors
///
/// When it cannot be run, or had to be ended.
pub(crate) fn pip(
    python: &str,
    arguments: &[String],
    scratch: &Scratch,
    idle: Duration,
) -> Result<Output, String> {
    let mut command = Command::new(python);
    command
        .stdin(scratch.input())
        .args(["-m", "pip", "--no-input", "--disable-pip-version-check"])
        .args(arguments);
    run(&mut command, scratch.path(), idle)
}

/// Runs a program in the same way.
///
/// # Errors
///
/// As for [`pip`].
pub(crate) fn run(command: &mut Command, scratch: &Path, idle: Duration) -> Result<Output, String> {
    let program = command.get_program().display().to_string();
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .env("TMPDIR", scratch)
        // The packages of scripts are none of pip's business.
        .env_remove("PYTHONPATH")
        // A group of its own, so that what it starts ends with it.
        .process_group(0)
        .spawn()
        .map_err(|error| format!("{program} cannot be run: {error}"))?;
    let (sender, received) = mpsc::channel();
    forward(child.stdout.take(), false, sender.clone())?;
    forward(child.stderr.take(), true, sender)?;
    let started = Instant::now();
    let mut size = folder_size(scratch);
    let mut complained = Vec::new();
    loop {
        match received.recv_timeout(idle) {
            Ok((true, part)) => complained.extend(part),
            Ok((false, _)) => {}
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                let now = folder_size(scratch);
                if now == size {
                    end(&mut child);
                    return Err(format!(
                        "pip did nothing for {} ms (PythonInstallReqMaxIdleTime) and was ended",
                        idle.as_millis()
                    ));
                }
                size = now;
            }
        }
        if started.elapsed() > LONGEST {
            end(&mut child);
            return Err(format!(
                "pip ran longer than {} minutes and was ended",
                LONGEST.as_secs() / 60
            ));
        }
    }
    let status = child
        .wait()
        .map_err(|error| format!("{program} is lost: {error}"))?;
    Ok(Output { status, complained })
}

fn forward(
    from: Option<impl Read + Send + 'static>,
    complaint: bool,
    to: Sender<(bool, Vec<u8>)>,
) -> Result<(), String> {
    let Some(mut from) = from else {
        return Ok(());
    };
    thread::Builder::new()
        .name("gears-pip-output".to_owned())
        .spawn(move || {
            let mut part = [0; 4096];
            while let Ok(length @ 1..) = from.read(&mut part) {
                if to.send((complaint, part[..length].to_vec())).is_err() {
                    return;
                }
            }
        })
        .map(drop)
        .map_err(|error| format!("no thread to read what pip prints: {error}"))
}

/// Ends the program and what it started.
fn end(child: &mut Child) {
    if let Ok(group) = i32::try_from(child.id()) {
        // SAFETY: sends a signal to the group that the child leads; it has not
        // been waited for, so its number is not taken by another.
        unsafe { libc::kill(-group, libc::SIGKILL) };
    }
    let _ = child.wait();
}

pub(crate) fn folder_size(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(data) if data.is_dir() => 1 + folder_size(&entry.path()),
            Ok(data) => 1 + data.len(),
            Err(_) => 0,
        })
        .sum()
}

impl Output {
    /// Says whether the program succeeded.
    pub(crate) fn succeeded(&self) -> bool {
        self.status.success()
    }

    /// Picks pip's own errors out of what it printed.
    pub(crate) fn complaint(&self) -> String {
        let printed = String::from_utf8_lossy(&self.complained);
        let errors: Vec<_> = printed
            .lines()
            .filter(|line| line.starts_with("ERROR:"))
            .collect();
        if errors.is_empty() {
            let tail: Vec<_> = printed.lines().rev().take(5).collect();
            tail.into_iter().rev().collect::<Vec<_>>().join(" ")
        } else {
            errors.join(" ")
        }
    }

    /// Turns failure into an error.
    pub(crate) fn checked(self) -> Result<Self, String> {
        if self.succeeded() {
            Ok(self)
        } else {
            Err(self.complaint())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    /// What must happen happens within this, on a busy machine too.
    const DEADLINE: Duration = Duration::from_secs(60);

    fn shell(script: &str, stdin: impl Into<Stdio>, idle: u64) -> Result<Output, String> {
        let scratch = std::env::temp_dir().join(format!("gears-pip-{}-{idle}", std::process::id()));
        fs::create_dir_all(&scratch).unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(stdin);
        let output = run(&mut command, &scratch, Duration::from_millis(idle));
        fs::remove_dir_all(scratch).unwrap();
        output
    }

    #[test]
    fn output_and_failure_are_told_apart() {
        let script = "echo found; echo ERROR: no >&2; exit 1";
        let output = shell(script, Stdio::null(), 60_001).unwrap();
        assert!(!output.succeeded());
        assert_eq!(output.complaint(), "ERROR: no");
    }

    #[test]
    fn a_program_that_hangs_is_ended_with_its_children() {
        let (mut held, holds) = io::pipe().unwrap();
        let script = "exec 3<&0; sleep 600 & sleep 600";
        let failure = shell(script, holds, 201).err().unwrap();
        assert!(failure.contains("201 ms"), "{failure}");
        // There is an end to read when nobody has the other end of the pipe any more.
        let (sender, ended) = mpsc::channel();
        thread::spawn(move || sender.send(held.read(&mut [0]).unwrap()));
        assert_eq!(ended.recv_timeout(DEADLINE), Ok(0));
    }

    #[test]
    fn a_program_that_writes_files_is_not_idle() {
        // It prints nothing for longer than it may be idle, and writes all the time.
        let script = "(sleep 1.5; : > $TMPDIR/over) &
            until [ -e $TMPDIR/over ]; do echo x >> $TMPDIR/file; done";
        assert!(shell(script, Stdio::null(), 1_000).unwrap().succeeded());
    }
}
