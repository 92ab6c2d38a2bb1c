//! The command `gears`.

#![warn(clippy::expect_used, clippy::unwrap_used)]

use std::process::ExitCode;

fn main() -> ExitCode {
    gears_cli::main_for_this_binary()
}
