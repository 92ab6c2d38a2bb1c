//! How the gears of this binary are registered: what `gears plan` and `gears apply` are told.

use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};
use gears_runtime::{Options, Prune};

use crate::command::seconds;

/// What becomes of what an application has no more.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Pruning {
    /// Versions stay that a process has called within the time of --keep.
    Unused,
    /// All of it goes, whoever calls it.
    All,
}

impl From<Pruning> for Prune {
    fn from(pruning: Pruning) -> Self {
        match pruning {
            Pruning::Unused => Self::Unused,
            Pruning::All => Self::All,
        }
    }
}

/// Whose gears are meant, and under which names.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Owner {
    /// Name the application, by which its registrations are told from those of others [default: the name of this program].
    #[arg(long, value_name = "NAME")]
    pub(crate) application: Option<String>,
    /// Put this before triggers, names and patterns of keys, as the application does with `with_prefix`.
    #[arg(long, value_name = "PREFIX")]
    pub(crate) prefix: Option<String>,
    /// How long an older version stays that nobody calls, in seconds [default: 3600].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) keep: Option<Duration>,
}

/// What is the same for all gears of the binary.
#[derive(Args, Clone, Debug)]
pub(crate) struct Deploy {
    /// Take over triggers that somebody else holds; with =false, leave them and call what is there. A gear that says `replace`
    /// itself is left alone.
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        action = ArgAction::Set
    )]
    replace: Option<bool>,
    /// Remove what this application registered once and has no more.
    #[arg(
        long,
        value_name = "WHAT",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "unused"
    )]
    prune: Option<Pruning>,
    #[command(flatten)]
    owner: Owner,
    /// Have stubs call the newest version of a function instead of the one that they were compiled with.
    #[arg(long)]
    no_pinned: bool,
}

impl Owner {
    /// Adds what was said to options.
    pub(crate) fn apply(&self, mut options: Options) -> Options {
        if let Some(application) = &self.application {
            options = options.application(application);
        }
        if let Some(prefix) = &self.prefix {
            options = options.prefix(prefix);
        }
        if let Some(keep) = self.keep {
            options = options.keep(keep);
        }
        options
    }
}

impl Deploy {
    /// Returns what was said.
    pub(crate) fn options(&self) -> Options {
        let mut options = self.owner.apply(Options::new());
        if let Some(replace) = self.replace {
            options = options.replace(replace);
        }
        if let Some(pruning) = self.prune {
            options = options.prune(pruning.into());
        }
        if self.no_pinned {
            options = options.pinned(false);
        }
        options
    }
}
