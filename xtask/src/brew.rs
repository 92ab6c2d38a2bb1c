//! Installs with Homebrew.

use std::process::Command;

use crate::Result;
use crate::need::Need;
use crate::process;

/// Tells whether this machine has Homebrew.
pub(crate) fn is_here() -> bool {
    process::find_program("brew").is_some()
}

/// Installs what is needed, after saying so.
pub(crate) fn install(needs: &[Need]) -> Result {
    let names: Vec<_> = needs
        .iter()
        .flat_map(|need| need.brew_packages())
        .copied()
        .collect();
    eprintln!(
        "set-up: installing {} with brew, about {} s …",
        names.join(" "),
        60 * needs.len()
    );
    process::run(
        Command::new("brew")
            .args(["install", "--quiet"])
            .args(names)
            .env("HOMEBREW_NO_AUTO_UPDATE", "1"),
    )
}
