//! What is told to `tracing`.

use std::time::Instant;

#[cfg(feature = "aio")]
use tracing::Instrument as _;
use tracing::{Span, debug, debug_span, info, info_span, level_filters::LevelFilter, warn};

use super::Changes;
use crate::{
    error::{Error, Result},
    gear::descriptor::Gear,
};

/// A span, and when it began if anybody listens.
pub(super) struct Watch {
    span: Span,
    began: Option<Instant>,
}

impl Watch {
    fn new(span: Span) -> Self {
        Self {
            span,
            began: (LevelFilter::current() != LevelFilter::OFF).then(Instant::now),
        }
    }

    pub(super) fn call(gear: &Gear) -> Self {
        let (trigger, mode) = (gear.trigger(), gear.mode().as_str());
        Self::new(debug_span!("gear.call", trigger, mode))
    }

    pub(super) fn pipe(gear: &Gear) -> Self {
        let (trigger, mode) = (gear.trigger(), gear.mode().as_str());
        Self::new(debug_span!("gear.pipe", trigger, mode))
    }

    pub(super) fn registration(task: &'static str) -> Self {
        Self::new(info_span!("gears.registration", task))
    }

    pub(super) fn run<T>(self, run: impl FnOnce() -> Result<T>) -> Result<T> {
        let result = self.enter(run);
        self.end_call(result.as_ref().err());
        result
    }

    #[cfg(feature = "aio")]
    pub(super) async fn wait<T>(self, run: impl Future<Output = Result<T>>) -> Result<T> {
        let result = self.around(run).await;
        self.end_call(result.as_ref().err());
        result
    }

    pub(super) fn enter<T>(&self, run: impl FnOnce() -> T) -> T {
        self.span.in_scope(run)
    }

    #[cfg(feature = "aio")]
    pub(super) fn around<F: Future>(&self, run: F) -> impl Future<Output = F::Output> + use<F> {
        run.instrument(self.span.clone())
    }

    fn end_call(self, error: Option<&Error>) {
        let duration_us = self.microseconds();
        self.enter(|| match error {
            None => debug!(duration_us, outcome = "ok", "gear called"),
            Some(error) => {
                let outcome = outcome(error);
                // The type of an exception is the program's, its message may hold data.
                let exception = error.python().map(|python| python.exception());
                warn!(duration_us, outcome, exception, "gear failed");
            }
        });
    }

    pub(super) fn end_pipe(self, calls: usize, failed: usize) {
        let duration_us = self.microseconds();
        self.enter(|| {
            if failed == 0 {
                debug!(
                    duration_us,
                    calls,
                    failed,
                    outcome = "ok",
                    "gear called many times"
                );
            } else {
                warn!(
                    duration_us,
                    calls,
                    failed,
                    outcome = "failed",
                    "gear called many times"
                );
            }
        });
    }

    pub(super) fn end_registration(self, result: &Result<impl Changes>) {
        let duration_us = self.microseconds();
        self.enter(|| match result {
            Ok(report) => {
                let changes = report.changes();
                let gears = changes.len();
                for (gear, change) in changes {
                    let (trigger, kind) = (gear.trigger(), gear.cause().kind());
                    debug!(trigger, kind, %change, "gear");
                }
                info!(duration_us, gears, outcome = "ok", "gears looked after");
            }
            Err(error) => {
                let trigger = error.trigger();
                warn!(
                    duration_us,
                    outcome = outcome(error),
                    trigger,
                    "gears not looked after"
                );
            }
        });
    }

    fn microseconds(&self) -> Option<u64> {
        let duration = self.began?.elapsed();
        Some(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
    }
}

/// Returns the kind of an error as a word.
fn outcome(error: &Error) -> String {
    format!("{:?}", error.kind())
}
