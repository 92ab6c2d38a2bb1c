//! `gears new`.

mod name;
mod source;

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use clap::{Args, ValueHint};
use serde_json::json;

use self::source::Source;
use super::Perform;
use crate::{
    context::Context,
    failure::{Code, Failure, Result},
    interrupt,
};

const MANIFEST: &str = include_str!("new/manifest.toml");
const MAIN: &str = include_str!("new/main.rs.txt");
const OWN_WORKSPACE: &str = "
# It stands in the folder of another workspace. To make it a member of that one, name it there and
# take this out.
[workspace]
";

/// Makes a crate with one gear and one test, ready for cargo run.
///
/// The crate is made in the current folder. It depends on the gears-runtime of this version: that of
/// the registry, or of a checkout or a folder of packed crates (--path, or those that this program
/// was built from, as long as they are there). Its test needs the engine, which gears setup brings.
#[derive(Args, Debug)]
pub(crate) struct New {
    /// The name of the crate, and of its folder.
    name: String,
    /// Depend on the checkout of gears in this folder, or on the packed crates there.
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    path: Option<PathBuf>,
}

impl Perform for New {
    fn perform(self, context: &Context<'_>) -> Result {
        if let Some(why) = name::refuse(&self.name) {
            return Err(Failure::usage(format!("`{}` names no crate: {why}", self.name))
                .advice("take letters, digits, - and _, such as my-gears"));
        }
        let folder = Path::new(&self.name);
        if fs::symlink_metadata(folder).is_ok() {
            return Err(Failure::usage(format!("{} is there already", self.name))
                .advice("choose another name, or move it out of the way"));
        }
        let workspace = workspace()?;
        let source = match &self.path {
            Some(path) => Source::of(path)?,
            None => Source::of_this_program(),
        };
        let manifest = self.manifest(&source, workspace.is_some());
        // What is half made is not left behind by Ctrl-C either.
        interrupt::watch()?;
        create(folder, &manifest).map_err(|error| {
            Failure::usage(format!("{} cannot be made: {error}", self.name))
                .advice("go to a folder that you may write to, with space on its disk")
        })?;
        self.report(context, &source)
    }
}

impl New {
    fn manifest(&self, source: &Source, is_below_workspace: bool) -> String {
        let runtime = source.requirement();
        let mut manifest = MANIFEST
            .replace("{name}", &self.name)
            .replace("{rust}", env!("CARGO_PKG_RUST_VERSION"))
            .replace("{runtime}", &format!("{{ {runtime} }}"))
            .replace("{embedded}", &format!("{{ {runtime}, features = [\"embedded\"] }}"));
        if is_below_workspace {
            manifest.push_str(OWN_WORKSPACE);
        }
        manifest.push_str(&source.patch());
        manifest
    }

    fn report(&self, context: &Context<'_>, source: &Source) -> Result {
        let output = &context.output;
        if output.is_json() {
            return output.json(&json!({
                "name": self.name,
                "folder": std::path::absolute(&self.name)?,
                "checkout": source.folder(),
            }));
        }
        output.line(format_args!("made {}", self.name))?;
        // In a checkout the engine is built.
        let setup = match source {
            Source::Checkout(_) => "",
            Source::Registry | Source::Packed(_) => "gears setup           # once: brings the engine\n      ",
        };
        output.advice(&format!(
            "{setup}gears serve &         # a server, unless there is one\n      cd {0} && cargo run\n      cargo test",
            self.name
        ));
        Ok(())
    }
}

/// Returns the manifest of the workspace that the current folder belongs to.
///
/// # Errors
///
/// There is no cargo, without which the crate is of no use.
fn workspace() -> Result<Option<PathBuf>> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let asked = Command::new(&cargo)
        .args(["locate-project", "--workspace", "--message-format", "plain"])
        .stdin(Stdio::null())
        .output();
    let answer = asked.map_err(|error| {
        Failure::new(Code::Failed, format!("cargo cannot be run: {error}"))
            .advice("install Rust from https://rustup.rs, or set CARGO to the path of cargo")
    })?;
    let manifest = String::from_utf8_lossy(&answer.stdout);
    Ok((answer.status.success() && !manifest.trim().is_empty()).then(|| manifest.trim().into()))
}

/// Writes the crate: all of it, or nothing.
fn create(folder: &Path, manifest: &str) -> io::Result<()> {
    let made = tempfile::Builder::new()
        .prefix(".gears-new-")
        .tempdir_in(".")?;
    fs::create_dir(made.path().join("src"))?;
    fs::write(made.path().join("Cargo.toml"), manifest)?;
    fs::write(made.path().join("src/main.rs"), MAIN)?;
    fs::write(made.path().join(".gitignore"), "/target\n")?;
    // Folders of its kind are for their owner alone; this one is like any other.
    let like_any_other = fs::metadata(made.path().join("src"))?.permissions();
    fs::set_permissions(made.path(), like_any_other)?;
    // What somebody may have made there meanwhile is refused, unless it is empty.
    fs::rename(made.path(), folder)?;
    // It has its name, and is no longer to be taken away.
    let _ = made.keep();
    Ok(())
}
