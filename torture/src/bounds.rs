//! What a server may not do to the machine.

#[cfg(target_os = "linux")]
use std::io::Error;
use std::io::Result;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Bytes of addresses: enough for an honest server, and less than would have others suffer.
const ADDRESSES: libc::rlim_t = 6 << 30;

/// Bounds the memory of a program, and where the system can, has it end with us, however we end.
pub(crate) fn set(command: &mut Command) {
    // SAFETY: the function only makes system calls, which is allowed between fork and exec.
    unsafe { command.pre_exec(bound) };
}

fn bound() -> Result<()> {
    let limit = libc::rlimit {
        rlim_cur: ADDRESSES,
        rlim_max: ADDRESSES,
    };
    // SAFETY: the limit is a valid one and outlives the call. macOS may refuse it, which is no reason to stop.
    unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) };
    #[cfg(target_os = "linux")]
    // SAFETY: the call takes numbers only.
    if unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) } != 0 {
        return Err(Error::last_os_error());
    }
    Ok(())
}

/// Bounds the addresses of a process that runs, or takes the bound back; does nothing where the system cannot.
pub(crate) fn change(process: u32, bytes: Option<u64>) {
    #[cfg(target_os = "linux")]
    if let Ok(process) = libc::pid_t::try_from(process) {
        let limit = libc::rlimit {
            rlim_cur: bytes.unwrap_or(ADDRESSES).min(ADDRESSES),
            rlim_max: ADDRESSES,
        };
        // SAFETY: the limit is a valid one and outlives the call, which writes nothing.
        unsafe {
            libc::prlimit(
                process,
                libc::RLIMIT_AS,
                &raw const limit,
                std::ptr::null_mut(),
            )
        };
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (process, bytes);
}
