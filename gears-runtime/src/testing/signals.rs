//! Which signals reach a program that is started.

use std::{io, mem, os::unix::process::CommandExt as _, process::Command, ptr};

/// Programs inherit what their parent ignores: with this one they would wait for children in vain, with that one
/// never hear that they are to end. Others are left alone, as shells ignore them for what runs in the background.
const NEEDED: [libc::c_int; 2] = [libc::SIGCHLD, libc::SIGTERM];

/// Has a program hear signals, whatever this one does: the mask of the thread that starts it would be its own.
pub(super) fn hear(command: &mut Command) {
    let hear = || {
        // SAFETY: a set of signals is plain data, which `sigemptyset` makes valid; the calls change the mask of the
        // only thread of the child and what its own process ignores, and may be made between fork and exec.
        unsafe {
            let mut none = mem::zeroed();
            libc::sigemptyset(&raw mut none);
            if libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut()) != 0 {
                return Err(io::Error::last_os_error());
            }
            for signal in NEEDED {
                if libc::signal(signal, libc::SIG_DFL) == libc::SIG_ERR {
                    return Err(io::Error::last_os_error());
                }
            }
        }
        Ok(())
    };
    // SAFETY: it makes system calls that are allowed between fork and exec, allocates nothing, and takes no lock.
    unsafe { command.pre_exec(hear) };
}
