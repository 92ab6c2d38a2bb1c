//! Keeps panics on our side of `extern "C"`.
//!
//! Unwinding into the server would be undefined behaviour and an abort would
//! take everybody's data with it. So every function that the server calls runs
//! its work through [`shield`].

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `work`; a panic becomes the text of its message.
///
/// The state that `work` touches is either dropped with it or guarded by
/// mutexes whose poison we ignore on purpose: their critical sections only
/// move plain values.
pub fn shield<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| describe(&*panic))
}

fn describe(panic: &(dyn Any + Send)) -> String {
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    format!("ERR internal error in the gears engine, please report it: {message}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message() {
        let caught = shield(|| -> () { panic!("{} went wrong", "this") });
        assert!(caught.unwrap_err().ends_with("this went wrong"));
    }

    #[test]
    fn a_value_passes() {
        assert_eq!(shield(|| 5), Ok(5));
    }
}
