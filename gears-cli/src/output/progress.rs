//! How far long work has come, on terminals alone.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Shows on the standard error how far something has come; nothing where that is no terminal.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Shows that something goes on.
    pub(crate) fn spinner(message: impl Into<String>) -> Self {
        let bar = ProgressBar::new_spinner().with_message(message.into());
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar }
    }

    /// Shows how many of `count` are done.
    pub(crate) fn of(count: usize, message: impl Into<String>) -> Self {
        let bar = ProgressBar::new(u64::try_from(count).unwrap_or(u64::MAX));
        if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len}") {
            bar.set_style(style.progress_chars("=> "));
        }
        Self {
            bar: bar.with_message(message.into()),
        }
    }

    /// Says that one more is done.
    pub(crate) fn step(&self) {
        self.bar.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
