//! How much a thread works.

use std::time::Duration;

/// A thread's own clock, which stands while the thread waits.
pub(super) struct Clock(#[cfg(target_os = "linux")] libc::clockid_t);

#[cfg(target_os = "linux")]
impl Clock {
    pub(super) fn mine() -> Self {
        let mut clock = 0;
        // SAFETY: the thread lives and the place for its clock is ours.
        unsafe { libc::pthread_getcpuclockid(libc::pthread_self(), &raw mut clock) };
        Self(clock)
    }

    /// Reads the clock; zero when the thread is gone.
    pub(super) fn read(&self) -> Duration {
        let mut time = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: the structure is ours; the id is a number of the kernel's, which
        // refuses those of threads that are gone.
        if unsafe { libc::clock_gettime(self.0, &raw mut time) } != 0 {
            return Duration::ZERO;
        }
        Duration::new(
            time.tv_sec.unsigned_abs(),
            time.tv_nsec.unsigned_abs() as u32,
        )
    }
}

#[cfg(not(target_os = "linux"))]
impl Clock {
    pub(super) fn mine() -> Self {
        Self()
    }

    pub(super) fn read(&self) -> Duration {
        Duration::ZERO
    }
}
