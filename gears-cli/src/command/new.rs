//! `gears new`.

mod name;

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use clap::{Args, ValueHint};
use serde_json::{Value as Json, json};

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
/// the registry, or of a checkout (--path, or the one that this program was built from, as long as it
/// is there).
#[derive(Args, Debug)]
pub(crate) struct New {
    /// The name of the crate, and of its folder.
    name: String,
    /// Depend on the checkout of gears in this folder.
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
        let checkout = match &self.path {
            Some(path) => Some(checkout(path)?),
            None => built_from(),
        };
        let manifest = self.manifest(checkout.as_deref(), workspace.is_some())?;
        // What is half made is not left behind by Ctrl-C either.
        interrupt::watch()?;
        create(folder, &manifest).map_err(|error| {
            Failure::usage(format!("{} cannot be made: {error}", self.name))
                .advice("go to a folder that you may write to, with space on its disk")
        })?;
        self.report(context, checkout.as_deref())
    }
}

impl New {
    fn manifest(&self, checkout: Option<&Path>, is_below_workspace: bool) -> Result<String> {
        let runtime = match checkout {
            Some(checkout) => {
                let path = checkout.join("gears-runtime");
                let Some(path) = path.to_str() else {
                    return Err(Failure::usage(format!(
                        "{} is not UTF-8, so no Cargo.toml can name it",
                        path.display()
                    ))
                    .advice("move the checkout to a folder whose name is"));
                };
                // Texts in quotes are the same in JSON and in TOML.
                format!("path = {}", Json::from(path))
            }
            None => format!("version = \"{}\"", env!("CARGO_PKG_VERSION")),
        };
        let mut manifest = MANIFEST
            .replace("{name}", &self.name)
            .replace("{rust}", env!("CARGO_PKG_RUST_VERSION"))
            .replace("{runtime}", &format!("{{ {runtime} }}"))
            .replace("{embedded}", &format!("{{ {runtime}, features = [\"embedded\"] }}"));
        if is_below_workspace {
            manifest.push_str(OWN_WORKSPACE);
        }
        Ok(manifest)
    }

    fn report(&self, context: &Context<'_>, checkout: Option<&Path>) -> Result {
        let output = &context.output;
        if output.is_json() {
            return output.json(&json!({
                "name": self.name,
                "folder": std::path::absolute(&self.name)?,
                "checkout": checkout,
            }));
        }
        output.line(format_args!("made {}", self.name))?;
        output.advice(&format!(
            "gears serve &         # a server, unless there is one\n      cd {0} && cargo run\n      cargo test",
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

/// Checks that a folder is a checkout of gears, and returns it in full.
fn checkout(folder: &Path) -> Result<PathBuf> {
    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    if folder.join("gears-runtime/Cargo.toml").is_file() {
        return Ok(folder);
    }
    let message = format!("{} is no checkout of gears", folder.display());
    Err(Failure::usage(message).advice("name the folder that holds gears-runtime"))
}

/// Returns the checkout that this program was built from, as long as it is there.
fn built_from() -> Option<PathBuf> {
    checkout(Path::new(env!("CARGO_MANIFEST_DIR")).parent()?).ok()
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
