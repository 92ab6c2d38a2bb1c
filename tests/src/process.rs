//! Processes, as their numbers tell.

use std::process::Command;

/// Tells whether a process runs; one that has ended and was not waited for does not.
///
/// # Panics
///
/// Where there is no `ps`.
pub fn lives(process: u32) -> bool {
    let told = Command::new("ps")
        .args(["-o", "stat=", "-p", &process.to_string()])
        .output()
        .unwrap();
    let status = String::from_utf8(told.stdout).unwrap();
    // The process is over when its last thread is: the first may be a zombie
    // (`Zl`) while another still holds the sockets.
    let status = status.trim();
    !status.is_empty() && (!status.starts_with('Z') || status.contains('l'))
}

/// Ends a process as nothing can keep it from.
///
/// # Panics
///
/// When there is no such process.
pub fn kill(process: u32) {
    let killed = Command::new("kill")
        .args(["-KILL", &process.to_string()])
        .status();
    assert!(killed.unwrap().success());
}
