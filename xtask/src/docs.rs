//! `cargo xtask docs`: the documentation without warnings, and with an example for each item.

use crate::Result;
use crate::kit::Kit;
use crate::process;
use crate::setup;
use crate::stage::stage;
use crate::workspace::{Profile, Workspace};

/// The crates of which every public item has to show a tested example.
const WITH_EXAMPLES: &str = "gears_cli,gears_macros";

/// The flag that rustdoc needs for its JSON. It also keeps cargo from taking for done what was
/// documented without a look at the examples.
const FLAGS: &str = "--deny warnings -Zunstable-options";

/// Sets up and checks.
pub(crate) fn run(workspace: &Workspace) -> Result {
    let kit = setup::run(workspace)?;
    stage("documentation", "about 20 s", || check(workspace, &kit))
}

/// Documents the workspace, with [`doc-examples`](../doc-examples) in the place of rustdoc.
pub(crate) fn check(workspace: &Workspace, kit: &Kit) -> Result {
    process::run(&mut workspace.cargo(&["build", "--quiet", "--package", "doc-examples"]))?;
    let stand_in = workspace
        .target
        .join(Profile::Debug.folder())
        .join(format!("doc-examples{}", std::env::consts::EXE_SUFFIX));
    let mut doc = kit.cargo(workspace, Profile::Debug, &["doc"]);
    process::run(
        doc.args(crate::check::EVERYTHING)
            .arg("--no-deps")
            .env("RUSTDOC", stand_in)
            .env("RUSTDOCFLAGS", FLAGS)
            .env("DOC_EXAMPLES_FOR", WITH_EXAMPLES),
    )
}
