//! Where our memory comes from, and what happens when there is none.

use std::alloc::{GlobalAlloc, Layout, System};

/// The system's memory.
///
/// Without any, the standard library tells so, perhaps with a backtrace. Both want memory
/// and a lock, and want them again when that fails: the server would hang rather than end.
/// So what is too small to be refused for its size ends the process here.
struct OrEnd;

#[global_allocator]
static ALLOCATOR: OrEnd = OrEnd;

/// In bytes: where even this cannot be had, no message can be made either. Beyond, whoever
/// asks may know what to do without.
const SMALL: usize = 1 << 16;

// SAFETY: the system's allocator keeps the promises; that this one may end the process
// instead of returning nothing breaks none.
unsafe impl GlobalAlloc for OrEnd {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        or_end(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        or_end(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as the caller promises.
        or_end(unsafe { System.realloc(place, layout, size) }, size)
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(place, layout) }
    }
}

fn or_end(place: *mut u8, size: usize) -> *mut u8 {
    if place.is_null() && size <= SMALL {
        end();
    }
    place
}

/// Ends the process with one line and no more memory.
#[cold]
fn end() -> ! {
    const MESSAGE: &[u8] = b"gears engine: the system gives no more memory\n";
    // SAFETY: writes bytes that live for ever; nothing is to be done when it fails.
    unsafe { libc::write(libc::STDERR_FILENO, MESSAGE.as_ptr().cast(), MESSAGE.len()) };
    // The server's report of a crash wants memory too: it would begin again and again.
    // SAFETY: ends the process, by the signal as the system handles it.
    unsafe {
        libc::signal(libc::SIGABRT, libc::SIG_DFL);
        libc::abort()
    }
}
