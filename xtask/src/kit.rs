//! What set-up found or made, kept in a small file so that the next run is quick.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::python::Interpreter;
use crate::valkey;
use crate::venv;
use crate::workspace::{Profile, Workspace};

const CLANG_ARGUMENTS: &str = "BINDGEN_EXTRA_CLANG_ARGS";

/// The tools that builds and tests use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kit {
    /// A digest of everything that decides what set-up does.
    pub(crate) inputs: String,
    /// The interpreter of the environment.
    pub(crate) python: PathBuf,
    /// The shared library of the interpreter behind it.
    pub(crate) library: PathBuf,
    pub(crate) server: PathBuf,
    /// For `LIBCLANG_PATH`, where libclang is not in a usual place.
    pub(crate) clang: Option<PathBuf>,
    /// The compiler's headers, where libclang came without its own.
    pub(crate) headers: Option<PathBuf>,
}

impl Kit {
    /// Reads what an earlier set-up left; `None` when there is nothing usable.
    pub(crate) fn load(house: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(Self::file(house)).ok()?)
    }

    /// Keeps it for the next run.
    pub(crate) fn save(&self, house: &Path) -> io::Result<()> {
        fs::write(Self::file(house), self.format())
    }

    /// Tells whether everything is still where it was.
    pub(crate) fn stands(&self) -> bool {
        [&self.python, &self.library, &self.server]
            .into_iter()
            .chain(&self.clang)
            .chain(&self.headers)
            .all(|path| path.exists())
    }

    /// The same tools with another Python, which has no environment.
    pub(crate) fn with(&self, base: &Interpreter) -> Self {
        Self {
            python: base.executable.clone(),
            library: base.shared_library(),
            ..self.clone()
        }
    }

    /// Gives a command the tools: the interpreter to build against, libclang, the
    /// server, and the engine that this workspace builds.
    pub(crate) fn equip(&self, command: &mut Command, workspace: &Workspace, profile: Profile) {
        command
            .env("PYO3_PYTHON", &self.python)
            // Gears that run locally use it too; the user's own choice is behind it.
            .env("GEARS_PYTHON", &self.python)
            .env("GEARS_REDIS_SERVER", &self.server)
            .env("GEARS_VALKEY_SERVER", valkey::housed(&workspace.house))
            .env("GEARS_ENGINE", workspace.engine(profile));
        command.envs(self.clang_variables());
    }

    /// What bindgen must be told where libclang is not in a usual place.
    pub(crate) fn clang_variables(&self) -> Vec<(&'static str, String)> {
        let mut variables = Vec::new();
        if let Some(folder) = &self.clang {
            variables.push(("LIBCLANG_PATH", folder.display().to_string()));
        }
        if let Some(headers) = &self.headers {
            let users = std::env::var(CLANG_ARGUMENTS).unwrap_or_default();
            let ours = format!("-isystem {}", headers.display());
            let both = match users.contains(&ours) {
                true => users,
                false => format!("{users} {ours}").trim().to_owned(),
            };
            variables.push((CLANG_ARGUMENTS, both));
        }
        variables
    }

    /// Prepares an equipped cargo command.
    pub(crate) fn cargo(
        &self,
        workspace: &Workspace,
        profile: Profile,
        arguments: &[&str],
    ) -> Command {
        let mut command = workspace.cargo(arguments);
        self.equip(&mut command, workspace, profile);
        command
    }

    fn file(house: &Path) -> PathBuf {
        house.join("kit")
    }

    fn format(&self) -> String {
        let mut text = format!("inputs={}\n", self.inputs);
        let paths = [
            ("python", Some(&self.python)),
            ("library", Some(&self.library)),
            ("server", Some(&self.server)),
            ("clang", self.clang.as_ref()),
            ("headers", self.headers.as_ref()),
        ];
        for (name, path) in paths {
            if let Some(path) = path {
                text.push_str(&format!("{name}={}\n", path.display()));
            }
        }
        text
    }

    fn parse(text: &str) -> Option<Self> {
        let fact = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
        };
        Some(Self {
            inputs: fact("inputs")?.to_owned(),
            python: fact("python")?.into(),
            library: fact("library")?.into(),
            server: fact("server")?.into(),
            clang: fact("clang").map(PathBuf::from),
            headers: fact("headers").map(PathBuf::from),
        })
    }
}

/// Makes a digest of what set-up depends on. Written out here because the
/// standard library's hasher may differ from one Rust to the next.
pub(crate) fn digest(parts: &[Option<&str>]) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut eat = |byte: u8| {
        hash ^= u64::from(byte);
        hash = hash.wrapping_mul(0x0100_0000_01b3);
    };
    for part in [Some(venv::PINS)].iter().chain(parts) {
        eat(u8::from(part.is_some()));
        part.unwrap_or_default().bytes().for_each(&mut eat);
        eat(0);
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kit() -> Kit {
        Kit {
            inputs: "0123".to_owned(),
            python: "/h/python/bin/python3".into(),
            library: "/usr/lib/libpython3.11.so".into(),
            server: "/usr/bin/redis-server".into(),
            clang: Some("/h/lib with blanks".into()),
            headers: None,
        }
    }

    #[test]
    fn what_is_kept_comes_back() {
        assert_eq!(Kit::parse(&kit().format()), Some(kit()));
    }

    #[test]
    fn a_damaged_file_is_nothing() {
        assert_eq!(Kit::parse(""), None);
        assert_eq!(Kit::parse("inputs=1\npython=/p\n"), None);
    }

    #[test]
    fn a_kit_whose_files_are_gone_does_not_stand() {
        assert!(!kit().stands());
        let here = PathBuf::from("/");
        let whole = Kit {
            python: here.clone(),
            library: here.clone(),
            server: here,
            clang: None,
            headers: None,
            inputs: String::new(),
        };
        assert!(whole.stands());
    }

    #[test]
    fn bindgen_is_told_only_what_it_cannot_find() {
        assert_eq!(
            kit().clang_variables(),
            [("LIBCLANG_PATH", "/h/lib with blanks".to_owned())]
        );
        let headers = Kit {
            clang: None,
            headers: Some("/gcc/include".into()),
            ..kit()
        };
        let variables = headers.clang_variables();
        assert_eq!(variables[0].0, CLANG_ARGUMENTS);
        assert!(variables[0].1.ends_with("-isystem /gcc/include"));
    }

    #[test]
    fn digests_differ_when_inputs_do() {
        assert_eq!(digest(&[None]), digest(&[None]));
        assert_ne!(digest(&[None]), digest(&[Some("")]));
        assert_ne!(digest(&[Some("ab"), None]), digest(&[Some("a"), Some("b")]));
    }
}
