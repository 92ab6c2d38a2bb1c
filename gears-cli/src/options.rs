//! The options that all commands have.

use std::path::PathBuf;

use clap::{ArgAction, Args, ColorChoice, Parser};

use crate::{command::Command, connection::Connection};

/// Runs Python inside Redis and Valkey, and looks after what runs there.
///
/// Exit codes: 0 all went well, 1 the Python or a part of the work failed, 2 the command line
/// or a file makes no sense, 3 the server could not be reached or did not let us in, 4 the
/// server refused or lacks what was asked for, 130 interrupted.
#[derive(Debug, Parser)]
#[command(
    name = "gears",
    version,
    disable_help_flag = true,
    disable_version_flag = true,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Print the version.
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: (),
}

#[derive(Debug, Args)]
pub(crate) struct Global {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Read this file instead of the nearest gears.toml [env: GEARS_CONFIG].
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help_heading = "Output and settings"
    )]
    pub(crate) config: Option<PathBuf>,
    /// Print JSON for programs.
    #[arg(long, global = true, help_heading = "Output and settings")]
    pub(crate) json: bool,
    /// Say when to use colours; NO_COLOR turns them off too.
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value_t = ColorChoice::Auto,
        help_heading = "Output and settings"
    )]
    pub(crate) color: ColorChoice,
    /// Print this help.
    #[arg(long, global = true, action = ArgAction::Help, help_heading = "Output and settings")]
    help: Option<bool>,
}
