//! Counts what Python allocates, for `RG.PYSTATS` (spec section 1.16).
//!
//! Two places see everything: the raw allocator, from which CPython takes big
//! blocks, and the arena allocator, from which its small-object allocator takes
//! arenas. Counting there costs the hot path nothing.
//!
//! The same places keep the limit (`PythonMemoryLimit`). Beyond it, code that is
//! watched gets no more big blocks, which raises `MemoryError`. CPython copes badly
//! with small blocks that fail in the middle of its own work, and not at all with
//! arenas: its frames are in some, and without one a call ends the process. So
//! these never fail; the watchdog ends the code that asks for them.

use std::os::raw::c_void;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use pyo3::ffi;

use crate::watchdog;

/// Bytes since the start, at the most and now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MemoryUse {
    pub(crate) total: usize,
    pub(crate) peak: usize,
    pub(crate) current: usize,
}

static TOTAL: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static CURRENT: AtomicUsize = AtomicUsize::new(0);

/// How many bytes there may be, and 0 is any number.
static LIMIT: AtomicUsize = AtomicUsize::new(0);

/// From this size on a block can be refused. The biggest object that CPython
/// makes for its own use is much smaller.
const BIG: usize = 256 << 10;

/// Sets how many bytes Python code may have; 0 is any number.
pub(crate) fn set_limit(bytes: i64) {
    LIMIT.store(usize::try_from(bytes).unwrap_or(0), Ordering::Relaxed);
}

/// Says whether code on this thread shall not get `more` bytes.
fn is_too_much(more: usize) -> bool {
    let limit = LIMIT.load(Ordering::Relaxed);
    limit != 0
        && CURRENT.load(Ordering::Relaxed).saturating_add(more) > limit
        && watchdog::is_watching()
}

/// Returns the counts.
pub(crate) fn memory_use() -> MemoryUse {
    MemoryUse {
        total: TOTAL.load(Ordering::Relaxed),
        peak: PEAK.load(Ordering::Relaxed),
        current: CURRENT.load(Ordering::Relaxed),
    }
}

fn grow(bytes: usize) {
    TOTAL.fetch_add(bytes, Ordering::Relaxed);
    let now = CURRENT.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK.fetch_max(now, Ordering::Relaxed);
}

fn shrink(bytes: usize) {
    CURRENT.fetch_sub(bytes, Ordering::Relaxed);
}

/// CPython's own arena allocator, which ours asks.
static ARENAS: AtomicPtr<ffi::PyObjectArenaAllocator> = AtomicPtr::new(ptr::null_mut());

/// Puts the counting allocators in place; once, before Python starts.
pub(crate) fn count_allocations() {
    // SAFETY: Python is not running, as `PyMem_SetAllocator` demands. The raw
    // functions below are malloc's and need no GIL; the structures are copied.
    unsafe {
        let mut raw = ffi::PyMemAllocatorEx {
            ctx: ptr::null_mut(),
            malloc: Some(raw_malloc),
            calloc: Some(raw_calloc),
            realloc: Some(raw_realloc),
            free: Some(raw_free),
        };
        ffi::PyMem_SetAllocator(ffi::PyMemAllocatorDomain::PYMEM_DOMAIN_RAW, &raw mut raw);

        let mut original = ffi::PyObjectArenaAllocator {
            ctx: ptr::null_mut(),
            alloc: None,
            free: None,
        };
        ffi::PyObject_GetArenaAllocator(&raw mut original);
        ARENAS.store(Box::into_raw(Box::new(original)), Ordering::Release);
        let mut arenas = ffi::PyObjectArenaAllocator {
            ctx: ptr::null_mut(),
            alloc: Some(arena_alloc),
            free: Some(arena_free),
        };
        ffi::PyObject_SetArenaAllocator(&raw mut arenas);
    }
}

/// # Safety
///
/// `block` is null or came from malloc and is not freed.
unsafe fn size_of_block(block: *mut c_void) -> usize {
    if block.is_null() {
        return 0;
    }
    // SAFETY: the caller promises a live block of malloc.
    unsafe {
        #[cfg(target_os = "macos")]
        return libc::malloc_size(block);
        #[cfg(not(target_os = "macos"))]
        return libc::malloc_usable_size(block);
    }
}

// CPython asks for distinct blocks also of size 0, hence the `max(1)`.

extern "C" fn raw_malloc(_: *mut c_void, size: usize) -> *mut c_void {
    if size >= BIG && is_too_much(size) {
        return ptr::null_mut();
    }
    // SAFETY: malloc takes any size; the block is fresh or null.
    unsafe {
        let block = libc::malloc(size.max(1));
        grow(size_of_block(block));
        block
    }
}

extern "C" fn raw_calloc(_: *mut c_void, count: usize, size: usize) -> *mut c_void {
    let all = count.saturating_mul(size);
    if all >= BIG && is_too_much(all) {
        return ptr::null_mut();
    }
    // SAFETY: as above; calloc checks the product.
    unsafe {
        let block = libc::calloc(count.max(1), size.max(1));
        grow(size_of_block(block));
        block
    }
}

extern "C" fn raw_realloc(_: *mut c_void, block: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: CPython hands back blocks of this allocator. When realloc fails
    // the old block stays, and so does its count.
    unsafe {
        let before = size_of_block(block);
        // Shrinking must not fail.
        if size >= BIG && size > before && is_too_much(size - before) {
            return ptr::null_mut();
        }
        let moved = libc::realloc(block, size.max(1));
        if !moved.is_null() {
            shrink(before);
            grow(size_of_block(moved));
        }
        moved
    }
}

extern "C" fn raw_free(_: *mut c_void, block: *mut c_void) {
    // SAFETY: CPython hands back blocks of this allocator, once.
    unsafe {
        shrink(size_of_block(block));
        libc::free(block);
    }
}

extern "C" fn arena_alloc(_: *mut c_void, size: usize) -> *mut c_void {
    if is_too_much(size) {
        watchdog::end_for_memory();
    }
    // SAFETY: the original allocator was stored before ours was put in place
    // and is never freed.
    let block = unsafe {
        let original = &*ARENAS.load(Ordering::Acquire);
        match original.alloc {
            Some(alloc) => alloc(original.ctx, size),
            None => ptr::null_mut(),
        }
    };
    if !block.is_null() {
        grow(size);
    }
    block
}

extern "C" fn arena_free(_: *mut c_void, block: *mut c_void, size: usize) {
    // SAFETY: as above; the block came from the original allocator.
    unsafe {
        let original = &*ARENAS.load(Ordering::Acquire);
        if let Some(free) = original.free {
            free(original.ctx, block, size);
        }
    }
    shrink(size);
}
