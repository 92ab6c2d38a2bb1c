//! Processes, as their numbers tell.

use rustix::process::{Pid, Signal, kill_process};

/// Tells whether a process runs; one that has ended and was not waited for does not.
///
/// # Panics
///
/// Where there is neither Linux' `/proc` nor a `ps`.
pub fn lives(process: u32) -> bool {
    // The process is over when its last thread is: the first may be a zombie
    // while another still holds the sockets.
    state(process).is_some_and(|(state, threads)| state != 'Z' || threads)
}

/// Returns the state of a process, and whether it has several threads.
#[cfg(target_os = "linux")]
fn state(process: u32) -> Option<(char, bool)> {
    let told = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name stands in brackets, and may have some itself; the number of threads is the 20th field of all.
    let (_, fields) = told.rsplit_once(") ")?;
    let mut fields = fields.split(' ');
    let state = fields.next()?.chars().next()?;
    Some((state, fields.nth(16)? != "1"))
}

/// Returns the state of a process, and whether it has several threads.
#[cfg(not(target_os = "linux"))]
fn state(process: u32) -> Option<(char, bool)> {
    let told = std::process::Command::new("ps")
        .args(["-o", "stat=", "-p", &process.to_string()])
        .output()
        .unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    Some((told.chars().next()?, told.contains('l')))
}

/// Ends a process as nothing can keep it from.
///
/// # Panics
///
/// When there is no such process.
pub fn kill(process: u32) {
    send(process, Signal::KILL);
}

/// Asks a process to end.
///
/// # Panics
///
/// When there is no such process.
pub fn terminate(process: u32) {
    send(process, Signal::TERM);
}

fn send(process: u32, signal: Signal) {
    let process = i32::try_from(process).ok().and_then(Pid::from_raw);
    kill_process(process.unwrap(), signal).unwrap();
}
