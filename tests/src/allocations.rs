//! How often a thread asks for memory.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

thread_local! {
    static ASKED: Cell<usize> = const { Cell::new(0) };
}

/// The system's memory, for a program that counts how often each of its threads asks for some.
///
/// The program makes it its `#[global_allocator]`.
pub struct CountingAllocator;

/// Returns how often this thread has asked for memory so far, more for what has some included.
pub fn allocations() -> usize {
    ASKED.get()
}

fn count() {
    ASKED.set(ASKED.get() + 1);
}

// SAFETY: the system's allocator keeps the promises; counting asks for no memory, and a constant cell without a
// destructor is there for as long as its thread.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: as the caller promises.
        unsafe { System.realloc(place, layout, size) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(place, layout) }
    }
}
