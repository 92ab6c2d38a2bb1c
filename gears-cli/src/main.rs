//! The command `gears`.

use std::process::ExitCode;

fn main() -> ExitCode {
    gears_cli::main_for_this_binary()
}
