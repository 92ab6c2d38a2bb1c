//! Durations that the server keeps for those who run it.

use std::ffi::CStr;
use std::time::Duration;

use crate::{BlockedClient, raw};

/// Adds a sample for `LATENCY`; the server drops those below its threshold.
///
/// Less than a millisecond is nothing that it could show.
pub fn note_latency(event: &CStr, took: Duration) {
    let milliseconds = took.as_millis();
    if milliseconds == 0 {
        return;
    }
    // SAFETY: looking at an optional function pointer; the caller holds the
    // Redis lock, and the server copies the name.
    unsafe {
        if let Some(add) = raw::RedisModule_LatencyAddSample {
            add(
                event.as_ptr(),
                i64::try_from(milliseconds).unwrap_or(i64::MAX),
            );
        }
    }
}

impl BlockedClient {
    /// Counts from now on as the time that the command takes, which the slow
    /// log and the command statistics show; until the client is answered.
    pub fn begin_measuring(&mut self) {
        if self.raw.is_null() {
            return;
        }
        // SAFETY: looking at an optional function pointer; the handle is live,
        // and the function only writes to it.
        unsafe {
            if let Some(start) = raw::RedisModule_BlockedClientMeasureTimeStart {
                self.measured = start(self.raw) == raw::REDISMODULE_OK as i32;
            }
        }
    }

    /// Ends what [`begin_measuring`](Self::begin_measuring) began.
    pub(crate) fn end_measuring(&mut self) {
        if !std::mem::take(&mut self.measured) {
            return;
        }
        // SAFETY: as above.
        unsafe {
            if let Some(end) = raw::RedisModule_BlockedClientMeasureTimeEnd {
                end(self.raw);
            }
        }
    }
}
