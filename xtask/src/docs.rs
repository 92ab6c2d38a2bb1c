//! `cargo xtask docs`: the documentation without warnings, and with an example for each item.

use crate::Result;
use crate::kit::Kit;
use crate::process;
use crate::setup;
use crate::stage::stage;
use crate::workspace::{Profile, Workspace};

/// The crates of which every public item has to show a tested example.
const WITH_EXAMPLES: [&str; 4] = ["gears_cli", "gears_macros", "gears_python", "gears_runtime"];

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
    // rustdoc needs the second flag for its JSON. Together they also keep cargo from taking for
    // done what was documented without a look at the examples.
    let mut flags = "--deny warnings -Zunstable-options".to_owned();
    for name in WITH_EXAMPLES {
        flags.push_str(&format!(" --cfg examples_of=\"{name}\""));
    }
    let mut doc = kit.cargo(workspace, Profile::Debug, &["doc"]);
    process::run(
        doc.args(crate::check::EVERYTHING)
            .arg("--no-deps")
            .env("RUSTDOC", stand_in)
            .env("RUSTDOCFLAGS", flags),
    )
}
