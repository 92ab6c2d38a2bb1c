//! Spans and events for `tracing`, where the feature of that name is on.
//!
//! They hold triggers, modes, durations and kinds of outcomes. Arguments,
//! results, messages of exceptions, addresses and passwords stay out: logs
//! go to other places than data.

#[cfg(feature = "tracing")]
mod spans;

use crate::{error::Result, gear::descriptor::Gear};

/// Makes one call under a span of its own.
#[inline]
pub(crate) fn call<T>(gear: &Gear, run: impl FnOnce() -> Result<T>) -> Result<T> {
    #[cfg(feature = "tracing")]
    return spans::Watch::call(gear).run(run);
    #[cfg(not(feature = "tracing"))]
    {
        let _ = gear;
        run()
    }
}

/// Awaits one call under a span of its own.
#[cfg(feature = "aio")]
#[inline]
pub(crate) async fn call_async<T>(gear: &Gear, run: impl Future<Output = Result<T>>) -> Result<T> {
    #[cfg(feature = "tracing")]
    return spans::Watch::call(gear).wait(run).await;
    #[cfg(not(feature = "tracing"))]
    {
        let _ = gear;
        run.await
    }
}

/// Notes the end of many calls in one go.
pub(crate) struct Pipe {
    #[cfg(feature = "tracing")]
    watch: spans::Watch,
}

impl Pipe {
    #[inline]
    pub(crate) fn begin(gear: &Gear) -> Self {
        let _ = gear;
        Self {
            #[cfg(feature = "tracing")]
            watch: spans::Watch::pipe(gear),
        }
    }

    /// Ends it; `failed` calls of `calls` had an error reply or none.
    #[inline]
    pub(crate) fn end(self, calls: usize, failed: usize) {
        let _ = (calls, failed);
        #[cfg(feature = "tracing")]
        self.watch.end_pipe(calls, failed);
    }
}

/// What came of a look at a server, or of a change, for each gear.
pub(crate) trait Changes {
    #[cfg(feature = "tracing")]
    fn changes(&self) -> impl ExactSizeIterator<Item = (&'static Gear, impl std::fmt::Display)>;
}

/// Looks at what a server has, or changes it, under a span of its own.
#[inline]
pub(crate) fn registration<R: Changes>(
    task: &'static str,
    run: impl FnOnce() -> Result<R>,
) -> Result<R> {
    #[cfg(feature = "tracing")]
    {
        let watch = spans::Watch::registration(task);
        let result = watch.enter(run);
        watch.end_registration(&result);
        result
    }
    #[cfg(not(feature = "tracing"))]
    {
        let _ = task;
        run()
    }
}

/// Looks at what a server has, or changes it, under a span of its own.
#[cfg(feature = "aio")]
#[inline]
pub(crate) async fn registration_async<R: Changes>(
    task: &'static str,
    run: impl Future<Output = Result<R>>,
) -> Result<R> {
    #[cfg(feature = "tracing")]
    {
        let watch = spans::Watch::registration(task);
        let result = watch.around(run).await;
        watch.end_registration(&result);
        result
    }
    #[cfg(not(feature = "tracing"))]
    {
        let _ = task;
        run.await
    }
}
