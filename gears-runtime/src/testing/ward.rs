//! Programs that end with this one, also when it is killed, or forgets them in a `static`.
//!
//! A signal at the parent's death (`PR_SET_PDEATHSIG`) would not do: it comes when the *thread* ends that
//! started the program, and on Linux alone. So a warden waits beside each program: a shell at the other end of
//! a pipe, which the system closes when this process ends, whatever ends it.

use std::{
    io::{self, Write as _},
    os::{
        fd::{AsRawFd as _, RawFd},
        unix::process::CommandExt as _,
    },
    path::Path,
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
};

const SHELL: &str = "/bin/sh";

/// Runs a program that ends with this one.
#[derive(Debug)]
pub(crate) struct Ward {
    child: Child,
    /// Until the program has ended: its number may be somebody else's then.
    warden: Option<Warden>,
}

impl Ward {
    /// Starts a program; `folder` is what it has of its own, and goes with it when this process cannot see to that.
    pub(crate) fn start(command: &mut Command, folder: &Path) -> io::Result<Self> {
        let warden = Warden::start(folder)?;
        warden.is_told_by(command);
        Ok(Self {
            child: command.spawn()?,
            warden: Some(warden),
        })
    }

    #[cfg(feature = "embedded")]
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns how the program ended, if it did.
    pub(crate) fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        let status = self.child.try_wait();
        if !matches!(status, Ok(None)) {
            self.warden = None;
        }
        status
    }
}

impl Drop for Ward {
    fn drop(&mut self) {
        // Either fails only when the process is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ends one program when this process ends.
#[derive(Debug)]
struct Warden {
    shell: Child,
    pipe: ChildStdin,
}

impl Warden {
    fn start(folder: &Path) -> io::Result<Self> {
        let mut shell = Command::new(SHELL)
            .args(["-c", include_str!("warden.sh"), SHELL])
            .arg(folder)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // What ends all that a terminal has in the foreground must not end it.
            .process_group(0)
            .spawn()
            .map_err(|error| io::Error::new(error.kind(), format!("{SHELL}: {error}")))?;
        match shell.stdin.take() {
            Some(pipe) => Ok(Self { shell, pipe }),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// Has a program tell its number: it can from its first moment on, when nobody else knows it.
    fn is_told_by(&self, command: &mut Command) {
        let pipe = self.pipe.as_raw_fd();
        // SAFETY: it makes system calls that are allowed between fork and exec, and does nothing else.
        unsafe { command.pre_exec(move || tell_number(pipe)) };
    }
}

impl Drop for Warden {
    fn drop(&mut self) {
        // It fails when somebody has ended the shell.
        let _ = self.pipe.write_all(b"over\n");
        let _ = self.shell.wait();
    }
}

/// Writes the number of this process, as a line, without allocating.
fn tell_number(pipe: RawFd) -> io::Result<()> {
    // SAFETY: it takes nothing, and cannot fail.
    let mut number = unsafe { libc::getpid() }.unsigned_abs();
    let mut line = [b'\n'; 12];
    let mut start = line.len() - 1;
    while number > 0 {
        start -= 1;
        line[start] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    let line = &line[start..];
    // SAFETY: the line is that long, and the pipe is open: who starts the process holds it.
    let written = unsafe { libc::write(pipe, line.as_ptr().cast(), line.len()) };
    if written < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_is_a_line() {
        let (mut reader, writer) = io::pipe().unwrap();
        tell_number(writer.as_raw_fd()).unwrap();
        drop(writer);
        let told = io::read_to_string(&mut reader).unwrap();
        assert_eq!(told, format!("{}\n", std::process::id()));
    }

    #[test]
    fn program_that_has_ended_leaves_its_folder_alone() {
        let folder = tempfile::tempdir().unwrap();
        let mut ward = Ward::start(&mut Command::new("true"), folder.path()).unwrap();
        while ward.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        drop(ward);
        assert!(folder.path().exists());
    }

    #[test]
    fn program_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = Ward::start(&mut Command::new("/no/such/program"), folder.path()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(folder.path().exists());
    }
}
