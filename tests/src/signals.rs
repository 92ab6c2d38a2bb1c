//! Signals: which of them programs hear that tests start.

use std::io;
use std::mem;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::ptr;
use std::thread;

/// Those that end a program, or tell it of the end of another.
const HEARD: [libc::c_int; 5] = [
    libc::SIGCHLD,
    libc::SIGHUP,
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGTERM,
];

/// Has a program hear signals: what started the tests may ignore or mask them, as shells do for what
/// runs in the background, and children inherit that.
pub fn hear_signals(command: &mut Command) {
    let hear = || {
        for signal in HEARD {
            // SAFETY: it takes numbers only, and a child may call it before its program begins.
            if unsafe { libc::signal(signal, libc::SIG_DFL) } == libc::SIG_ERR {
                return Err(io::Error::last_os_error());
            }
        }
        mask(&[])
    };
    // SAFETY: it makes system calls that are allowed between fork and exec, and nothing else.
    unsafe { command.pre_exec(hear) };
}

/// Does something on a thread that masks the signals that [`hear_signals`] lets through, as programs
/// do that have another thread wait for them.
///
/// # Panics
///
/// When that panics.
pub fn deaf<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let deaf = || {
        let also = [libc::SIGALRM];
        mask(&[&HEARD[..], &also].concat()).unwrap();
        work()
    };
    thread::scope(|scope| scope.spawn(deaf).join()).unwrap()
}

/// Masks these signals, and no others, for this thread and the programs that it starts.
fn mask(signals: &[libc::c_int]) -> io::Result<()> {
    // SAFETY: a set of signals is plain data, which `sigemptyset` makes valid, and the calls change
    // the mask of this thread alone.
    let failed = unsafe {
        let mut set = mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in signals {
            libc::sigaddset(&raw mut set, *signal);
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const set, ptr::null_mut())
    };
    match failed {
        0 => Ok(()),
        code => Err(io::Error::from_raw_os_error(code)),
    }
}
