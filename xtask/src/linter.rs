//! Reads our Python with ruff.

use crate::Result;
use crate::process;
use crate::tool::Tool;
use crate::workspace::Workspace;

/// The linter, with its version.
pub(crate) const RUFF: Tool = Tool {
    name: "ruff",
    folder: "linter",
    pin: include_str!("../linter.txt"),
    size: 12,
};

/// Reads every file of Python.
pub(crate) fn check(workspace: &Workspace) -> Result {
    process::run(
        RUFF.command(&workspace.house)?
            .args(["check", "--no-cache", "--quiet"])
            .current_dir(&workspace.root),
    )
}
