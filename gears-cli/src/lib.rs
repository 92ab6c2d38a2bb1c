//! The command line of gears, as a library: `gears` is ten lines around it.
//!
//! An application that links this crate gets the same commands over its own gears, which
//! `gears plan` and `gears apply` then show and register:
//!
//! ```no_run
//! use gears_runtime::{Result, gear_command};
//!
//! /// Adds two numbers.
//! #[gear_command]
//! fn add(left: i64, right: i64) -> Result<i64> {
//!     "return left + right"
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     gears_cli::main_for_this_binary()
//! }
//! ```
//!
//! [`command_line`] is the definition of all options, for those who make pages and completions
//! of it. Each command is a file of `command`; all of them reach the server through
//! `gears_runtime` alone.

#![warn(clippy::expect_used, clippy::unwrap_used)]

mod change;
mod command;
mod completion;
mod connection;
mod context;
mod count;
mod deploy;
mod dump;
mod duration;
mod ending;
mod execution;
mod failure;
mod file;
mod identity;
mod interrupt;
mod json;
mod library;
mod link;
mod load;
mod loading;
mod meant;
mod options;
mod output;
mod pickled;
mod place;
mod placed;
mod redgrease;
mod reference;
mod refusal;
mod registration;
mod restoration;
mod results;
mod settings;
mod shard;
mod source;
mod stream;
mod watch;
mod wire;
mod work;

use std::{ffi::OsString, io::Write as _, process::ExitCode};

use clap::{CommandFactory as _, Parser as _};

use crate::{command::Perform as _, context::Context, options::Options};

/// Runs the command that the process was called with, over the gears of this binary.
///
/// Returns the exit code that `guide/pages/cli.md` promises. A process that a shell asks for
/// completions answers them and ends here.
///
/// # Examples
///
/// ```no_run
/// use my_gears as _; // a crate with gears, which the linker drops unless it is named
/// # mod my_gears {}
///
/// fn main() -> std::process::ExitCode {
///     gears_cli::main_for_this_binary()
/// }
/// ```
pub fn main_for_this_binary() -> ExitCode {
    completion::answer();
    main_with(std::env::args_os())
}

/// Runs the command of these words, the first of which is the name of the program.
///
/// # Examples
///
/// ```
/// use std::process::ExitCode;
///
/// let words = |line: &str| line.split(' ').map(Into::into).collect::<Vec<_>>();
/// assert_eq!(gears_cli::main_with(words("gears --version")), ExitCode::SUCCESS);
/// assert_ne!(gears_cli::main_with(words("gears no-such-command")), ExitCode::SUCCESS);
/// ```
pub fn main_with(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let options = match Options::try_parse_from(words) {
        Ok(options) => options,
        Err(error) => {
            // Nobody reads it when this fails.
            let _ = error.print();
            if let Some(hint) = redgrease::hint(&error) {
                let _ = writeln!(std::io::stderr(), "\nhelp: {hint}");
            }
            let code = if error.use_stderr() {
                failure::Code::Usage
            } else {
                failure::Code::Success
            };
            return code.into();
        }
    };
    let context = Context::new(&options.global);
    match options.command.perform(&context) {
        Ok(()) => failure::Code::Success.into(),
        Err(failure) => {
            failure.print(&context.output);
            failure.code().into()
        }
    }
}

/// Returns the definition of all commands and options.
///
/// # Examples
///
/// ```
/// let gears = gears_cli::command_line();
/// let plan = gears.find_subcommand("plan").unwrap();
/// assert!(plan.get_about().is_some());
/// ```
pub fn command_line() -> clap::Command {
    Options::command()
}
