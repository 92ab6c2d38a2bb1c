//! How much C stack Python code has, and how deep it may therefore go.
//!
//! Python counts calls and knows nothing of the stack that C code between them
//! takes: `sorted` with a key takes about 2.5 KiB for each call. With Python's
//! own limit of 1,000 calls any stack is large enough; scripts may raise that
//! limit, but not so far that the stack ends first, which ends the server.

use pyo3::prelude::*;

use super::runtime::runtime;

/// C stack of every thread that runs Python, the server's main thread included
/// where the system allows it. Pages that are not touched cost nothing.
pub(crate) const STACK: usize = 32 << 20;

/// What is left for the server's own frames, and for commands of functions that
/// call functions.
const RESERVE: usize = 4 << 20;

/// The most that a call may take through C code.
const CALL: usize = 2_800;

/// Python's own limit, which is never refused.
const USUAL: usize = 1_000;

/// Gives this thread, the server's main one, and threads that Python starts their
/// stack, and scripts a `sys.setrecursionlimit` that keeps within it.
pub(crate) fn bound_recursion(py: Python<'_>) -> PyResult<()> {
    let stack = grow_main_stack().min(STACK);
    py.import("threading")?
        .call_method1("stack_size", (STACK,))?;
    let most = (stack.saturating_sub(RESERVE) / CALL).max(USUAL);
    runtime(py)?
        .call_method1("bound_recursion", (most,))
        .map(drop)
}

/// Lets the stack of the main thread grow to [`STACK`], and returns to what size it
/// can grow: less where the hard limit is lower.
///
/// Linux looks at the limit when the stack grows, and keeps at least 128 MiB of
/// addresses free for it from the start.
fn grow_main_stack() -> usize {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the structure is ours, and as the functions expect it.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_STACK, &raw mut limit) != 0 {
            return 0;
        }
        let wanted = (STACK as libc::rlim_t).min(limit.rlim_max);
        if cfg!(target_os = "linux") && limit.rlim_cur < wanted {
            let more = libc::rlimit {
                rlim_cur: wanted,
                ..limit
            };
            if libc::setrlimit(libc::RLIMIT_STACK, &raw const more) == 0 {
                limit = more;
            }
        }
    }
    usize::try_from(limit.rlim_cur).unwrap_or(usize::MAX)
}
