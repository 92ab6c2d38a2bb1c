//! How far long work has come, on terminals alone.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

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
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} [{bar:24}] {pos}/{len}") {
            bar.set_style(style.progress_chars("=> "));
        }
        let bar = bar.with_message(message.into());
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar }
    }

    /// Shows on one of several lines how many records are done, and how quickly; of how many is said later.
    pub(super) fn records_on(lines: &MultiProgress, message: impl Into<String>) -> Self {
        let bar = lines
            .add(ProgressBar::new_spinner())
            .with_message(message.into());
        if let Ok(style) = ProgressStyle::with_template(
            "{spinner} {msg}  {human_pos} records  {per_sec}  {elapsed}",
        ) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar }
    }

    /// Says how many are done, and of how many where that is known.
    pub(crate) fn reach(&self, done: u64, all: Option<u64>) {
        if let Some(all) = all
            && self.bar.length() != Some(all)
        {
            let template =
                "{spinner} {msg} [{bar:24}] {human_pos}/{human_len} records  {per_sec}  {eta} left";
            if let Ok(style) = ProgressStyle::with_template(template) {
                self.bar.set_style(style.progress_chars("=> "));
            }
            self.bar.set_length(all);
        }
        self.bar.set_position(done);
    }

    /// Says what goes on now.
    pub(crate) fn say(&self, message: impl Into<String>) {
        self.bar.set_message(message.into());
    }

    /// Tells whether somebody can see it.
    pub(crate) fn is_seen(&self) -> bool {
        !self.bar.is_hidden()
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
