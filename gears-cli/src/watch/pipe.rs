//! Whoever reads the standard output.

use libc::{POLLERR, POLLHUP, STDOUT_FILENO, pollfd};

/// Tells whether a pipe that the standard output goes to is closed at the other end, as `head`
/// closes it when it has seen enough.
pub(super) fn reader_is_gone() -> bool {
    let mut output = pollfd {
        fd: STDOUT_FILENO,
        events: 0,
        revents: 0,
    };
    // SAFETY: it is given one structure, which outlives the call, and does not wait.
    let told = unsafe { libc::poll(&raw mut output, 1, 0) };
    told > 0 && output.revents & (POLLERR | POLLHUP) != 0
}
