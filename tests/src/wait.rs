//! Waiting for something that happens elsewhere.

use std::thread;
use std::time::{Duration, Instant};

/// How long a test waits for what should happen soon, on a busy machine too.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// How long a test waits for what keeps a processor busy for seconds, such as pip.
pub const LONG_DEADLINE: Duration = Duration::from_secs(600);

/// Asks again and again until there is an answer, and returns it.
///
/// # Panics
///
/// After [`DEADLINE`], saying what did not come.
pub fn until<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    until_within(DEADLINE, what, ask)
}

/// As [`until`], for what takes longer.
///
/// # Panics
///
/// After `limit`, saying what did not come.
pub fn until_within<T>(limit: Duration, what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "in {limit:?} came no {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
