//! What shells ask when somebody presses Tab.

use clap::CommandFactory as _;
use clap_complete::CompleteEnv;

use crate::options::Options;

/// Answers a shell that asks for completions, and ends the process; else does nothing.
pub(crate) fn answer() {
    CompleteEnv::with_factory(Options::command).complete();
}
