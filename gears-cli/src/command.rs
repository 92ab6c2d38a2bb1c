//! The commands, a file each.
//!
//! A command is a struct of its options (`clap::Args`) whose doc comment is its help, and that
//! can [`Perform`]. It gets its file and one line in the list below.

use clap::Subcommand;

pub(crate) use self::run::seconds;

use crate::{context::Context, failure::Result};

/// Does what a command is there for.
pub(crate) trait Perform {
    /// Does it, and prints what came of it.
    ///
    /// # Errors
    ///
    /// Whatever ends the process with another code than 0.
    fn perform(self, context: &Context<'_>) -> Result;
}

macro_rules! commands {
    ($($file:ident::$name:ident,)*) => {
        $(mod $file;)*

        #[derive(Debug, Subcommand)]
        pub(crate) enum Command {
            $($name($file::$name),)*
        }

        impl Perform for Command {
            fn perform(self, context: &Context<'_>) -> Result {
                match self {
                    $(Self::$name(command) => command.perform(context),)*
                }
            }
        }
    };
}

commands! {
    setup::Setup,
    serve::Serve,
    run::Run,
    watch::Watch,
    list::List,
    show::Show,
    unregister::Unregister,
    trigger::Trigger,
    pause::Pause,
    resume::Resume,
    executions::Executions,
    results::Results,
    abort::Abort,
    drop::Drop,
    sessions::Sessions,
    check::Check,
    doctor::Doctor,
    new::New,
    requirements::Requirements,
    config::Config,
    stats::Stats,
    top::Top,
    metrics::Metrics,
    slow::Slow,
    cluster::Cluster,
    plan::Plan,
    apply::Apply,
    prune::Prune,
    dump::Dump,
    restore::Restore,
    completions::Completions,
    man::Man,
    reference::Reference,
}
