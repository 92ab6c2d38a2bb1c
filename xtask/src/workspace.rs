//! Where things are: the checkout, cargo's target folder, and set-up's own folder.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::process;

/// The folders that every command works in.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// The root of the checkout.
    pub(crate) root: PathBuf,
    /// Where cargo puts what it builds.
    pub(crate) target: PathBuf,
    /// Where set-up puts the Python environment and downloaded binaries. Always
    /// below the checkout, whatever the target folder is, because
    /// `.cargo/config.toml` names it.
    pub(crate) house: PathBuf,
}

/// The two profiles that this program builds with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    Debug,
    Release,
}

impl Profile {
    /// Names the folder that cargo uses for the profile.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "release",
        }
    }
}

impl Workspace {
    /// Finds the checkout that this program was built from and asks cargo for the rest.
    pub(crate) fn discover() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .ok_or("the xtask package has no parent folder")?
            .to_owned();
        let mut metadata = Command::new(cargo_program());
        metadata
            .args([
                "metadata",
                "--no-deps",
                "--offline",
                "--format-version",
                "1",
            ])
            .current_dir(&root);
        let text = process::capture(&mut metadata)?;
        let target = json_text(&text, "target_directory")
            .ok_or("cargo metadata names no target_directory")?
            .into();
        let house = match env::var_os("GEARS_SETUP_DIR") {
            // For trials of set-up itself, beside a set-up that is in use.
            Some(dir) => env::current_dir()?.join(dir),
            None => root.join("target").join("gears"),
        };
        Ok(Self {
            root,
            target,
            house,
        })
    }

    /// Names the engine's library as cargo builds it.
    pub(crate) fn engine(&self, profile: Profile) -> PathBuf {
        let name = format!(
            "{}gears_engine{}",
            env::consts::DLL_PREFIX,
            env::consts::DLL_SUFFIX
        );
        self.target.join(profile.folder()).join(name)
    }

    /// Names a program of the workspace as cargo builds it without optimisation.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.target.join(Profile::Debug.folder()).join(name)
    }

    /// Prepares a cargo command in the checkout, without the variables that
    /// `cargo run` set for this program and that would reach build scripts.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(cargo_program());
        command.args(arguments).current_dir(&self.root);
        for (name, _) in env::vars_os() {
            let name_text = name.to_string_lossy();
            if name_text.starts_with("CARGO_PKG_") || name_text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        command
    }
}

fn cargo_program() -> std::ffi::OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Reads one text member out of compact JSON, which is all that is needed of
/// `cargo metadata`: the member's name stands in no other text of its output.
fn json_text(json: &str, member: &str) -> Option<String> {
    let marker = format!("\"{member}\":\"");
    let start = json.find(&marker)? + marker.len();
    let mut text = String::new();
    let mut characters = json[start..].chars();
    loop {
        match characters.next()? {
            '"' => return Some(text),
            '\\' => match characters.next()? {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'u' => {
                    let code: String = characters.by_ref().take(4).collect();
                    text.push(char::from_u32(u32::from_str_radix(&code, 16).ok()?)?);
                }
                other => text.push(other),
            },
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_text_undoes_escapes() {
        let json = r#"{"packages":[],"target_directory":"/a \"b\"\\c\u0041","x":"y"}"#;
        assert_eq!(
            json_text(json, "target_directory").as_deref(),
            Some(r#"/a "b"\cA"#)
        );
        assert_eq!(json_text(json, "x").as_deref(), Some("y"));
    }

    #[test]
    fn json_text_without_the_member_is_none() {
        assert_eq!(json_text(r#"{"a":"b"}"#, "target_directory"), None);
        assert_eq!(json_text(r#"{"a":"unfinished"#, "a"), None);
    }

    #[test]
    fn the_engine_lies_beside_the_binaries_of_its_profile() {
        let workspace = Workspace {
            root: "/r".into(),
            target: "/t".into(),
            house: "/h".into(),
        };
        let engine = workspace.engine(Profile::Release);
        assert!(engine.starts_with("/t/release"));
        assert!(engine.to_string_lossy().contains("gears_engine."));
    }
}
