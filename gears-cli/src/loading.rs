//! Why a server did not load the module, as its log says it, and what mends that.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// What keeps the module out, and the command that mends it.
#[derive(Debug, PartialEq)]
pub(crate) struct Obstacle {
    pub(crate) what: String,
    pub(crate) mend: String,
}

impl Obstacle {
    /// Finds it in what was said when a server with a module ended at its start; `None` where it was not the module.
    pub(crate) fn of(said: &str) -> Option<Self> {
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        Self::find(said, &mounts)
    }

    fn find(said: &str, mounts: &str) -> Option<Self> {
        let Some((module, why)) = said.lines().find_map(reason) else {
            return refused_by_itself(said);
        };
        let package = Package::of(module);
        let file = module.display();
        if let Some((library, _)) = why.split_once(": cannot open shared object file") {
            return Some(match library.strip_prefix("libpython") {
                Some(rest) => without_python(library, rest.split(".so").next()?, module, &package),
                None => Self {
                    what: format!("the module needs {library}, which is not on this machine"),
                    mend: format!("install the package of this system that brings {library}"),
                },
            });
        }
        if let Some((_, rest)) = why.split_once("version `GLIBC_") {
            let version = rest.split('\'').next()?;
            return Some(Self {
                what: format!(
                    "the module is built for glibc {version} or later, which this system has not"
                ),
                mend: format!(
                    "`{} -m pip install --force-reinstall --only-binary :all: gears-engine` takes one for this \
                     system, where there is one; else build it here: `cargo build --release -p gears-engine`",
                    package.python()
                ),
            });
        }
        if why.contains("failed to map segment") {
            let folder = noexec(module, mounts);
            let folder = folder.unwrap_or_else(|| "the folder of the module".to_owned());
            return Some(Self {
                what: format!(
                    "{folder} is mounted so that nothing in it may be run (noexec): {file}"
                ),
                mend: format!(
                    "`mount -o remount,exec {folder}` as root, or install the module elsewhere"
                ),
            });
        }
        if why.contains("execute permissions") || why.contains("Permission denied") {
            return Some(Self {
                what: format!("the server may not run {file}: {why}"),
                mend: format!("`chmod a+rx {file}`, and let the server's user enter its folder"),
            });
        }
        if ["invalid ELF header", "wrong ELF class", "file too short"]
            .iter()
            .any(|it| why.contains(it))
        {
            return Some(damaged(module, &package));
        }
        if why.contains("undefined symbol: Py") || why.contains("undefined symbol: _Py") {
            return Some(Self {
                what: format!(
                    "the module finds the library of another Python than it was built for: {why}"
                ),
                mend: format!("`{} -m gears_engine` links the right one", package.python()),
            });
        }
        Some(Self {
            what: format!("the server does not load {file}: {why}"),
            mend: "look at the server's log".to_owned(),
        })
    }
}

/// Returns what a line of the log says of a file that was not loaded.
fn reason(line: &str) -> Option<(&Path, &str)> {
    let (said, why) = line.split_once(" failed to load: ")?;
    let (_, module) = said.split_once("Module ")?;
    Some((Path::new(module), why.trim()))
}

/// Returns what the engine says that has ended its own start.
fn refused_by_itself(said: &str) -> Option<Obstacle> {
    if !said.contains("nitialization failed") && !said.contains("Module not loaded") {
        return None;
    }
    let (_, what) = said
        .lines()
        .rev()
        .find_map(|line| line.split_once("<rg> "))?;
    Some(Obstacle {
        what: what.to_owned(),
        mend: "correct what is said behind the module's path in the `loadmodule` line".to_owned(),
    })
}

/// Says that the file is no module that this machine can load.
fn damaged(module: &Path, package: &Package) -> Obstacle {
    Obstacle {
        what: format!(
            "{} is damaged, or made for another kind of machine",
            module.display()
        ),
        mend: format!(
            "`{} -m pip install --force-reinstall gears-engine`",
            package.python()
        ),
    }
}

/// Says why the library of Python was not found.
fn without_python(library: &str, version: &str, module: &Path, package: &Package) -> Obstacle {
    let link = module.with_file_name(library);
    let python = package.python();
    if let Ok(target) = link.read_link() {
        let mend = match &package.environment {
            Some(environment) if !package.has_python() => format!(
                "make the environment anew: `python{version} -m venv --clear {0}`, then `{0}/bin/pip install \
                 gears-engine` and `{0}/bin/python3 -m gears_engine`",
                environment.display()
            ),
            _ => format!("`{python} -m gears_engine` links the Python that is there now"),
        };
        return Obstacle {
            what: format!(
                "{} leads to {}, which is gone",
                link.display(),
                target.display()
            ),
            mend,
        };
    }
    if let Some(other) = linked_version(module, version) {
        return Obstacle {
            what: format!("the module is built for Python {version}, and linked to Python {other}"),
            mend: format!(
                "`{python} -m pip install --force-reinstall gears-engine`, then `{python} -m gears_engine`"
            ),
        };
    }
    if package.environment.is_some() {
        return Obstacle {
            what: format!("the module was not linked to a Python {version} yet"),
            mend: format!(
                "`{python} -m gears_engine` links it, or says which package brings {library}"
            ),
        };
    }
    Obstacle {
        what: format!("{library}, the shared library of Python {version}, is not on this machine"),
        mend: format!(
            "`apt-get install libpython{version}` on Debian and Ubuntu, `dnf install python3-libs` on Fedora, \
             `PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install --force {version}` with pyenv"
        ),
    }
}

/// Returns the version of Python that links beside the module lead to, when it is another one.
fn linked_version(module: &Path, version: &str) -> Option<String> {
    let entries = fs::read_dir(module.parent()?).ok()?;
    let mut names = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.find_map(|name| {
        let other = name.strip_prefix("libpython")?.split(".so").next()?;
        (other != version).then(|| other.to_owned())
    })
}

/// Returns the mount of a file, when nothing in it may be run.
fn noexec(module: &Path, mounts: &str) -> Option<String> {
    let fields = mounts
        .lines()
        .map(|line| line.split(' ').collect::<Vec<_>>());
    let around = fields.filter(|fields| fields.len() > 3 && module.starts_with(fields[1]));
    // The innermost; of several on one folder the last.
    let mount = around.max_by_key(|fields| fields[1].len())?;
    let is_noexec = mount[3].split(',').any(|option| option == "noexec");
    is_noexec.then(|| mount[1].to_owned())
}

/// The Python package that the module is in.
struct Package {
    /// The environment that it is installed in; `None` for a module that is in no package.
    environment: Option<PathBuf>,
}

impl Package {
    fn of(module: &Path) -> Self {
        // ENVIRONMENT/lib/python3.11/site-packages/gears_engine/MODULE
        let folder = module
            .parent()
            .filter(|folder| folder.ends_with("gears_engine"));
        let environment = folder.and_then(|folder| folder.ancestors().nth(4));
        Self {
            environment: environment.map(Path::to_owned),
        }
    }

    fn has_python(&self) -> bool {
        let environment = self.environment.as_deref();
        environment.is_some_and(|environment| environment.join("bin/python3").exists())
    }

    /// Names its Python, as one types it.
    fn python(&self) -> String {
        match &self.environment {
            Some(environment) if self.has_python() => {
                environment.join("bin/python3").display().to_string()
            }
            _ => "python3".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODULE: &str = "/srv/m.so";

    /// What a server said that did not load the module.
    fn find(why: &str, mounts: &str) -> Obstacle {
        let log = format!("7:M # Module {MODULE} failed to load: {why}\n7:M # Can't load module");
        Obstacle::find(&log, mounts).unwrap()
    }

    #[test]
    fn folder_without_execution_is_named() {
        let why = "/srv/m.so: failed to map segment from shared object";
        let mounts = "/dev/a / ext4 rw 0 0\ntmpfs /srv tmpfs rw,nosuid,noexec,relatime 0 0\n";
        let found = find(why, mounts);
        assert!(found.what.contains("/srv is mounted"), "{found:?}");
        assert!(
            found.mend.contains("mount -o remount,exec /srv"),
            "{found:?}"
        );
        let found = find(why, "/dev/a / ext4 rw 0 0\n");
        assert!(found.what.contains("the folder of the module"), "{found:?}");
    }

    #[test]
    fn what_is_not_the_modules_is_nothing() {
        let said = "Could not create server TCP listening socket: Address already in use";
        assert_eq!(Obstacle::find(said, ""), None);
    }

    #[test]
    fn what_the_loader_says_else_is_told_as_it_is() {
        let found = find("undefined symbol: strange", "");
        assert!(
            found.what.contains("undefined symbol: strange"),
            "{found:?}"
        );
        let found = find(
            "libx.so.1: cannot open shared object file: No such file or directory",
            "",
        );
        assert!(found.mend.contains("brings libx.so.1"), "{found:?}");
        let found = find("/lib/libpython3.11.so.1.0: undefined symbol: PyNothing", "");
        assert!(found.mend.contains("python3 -m gears_engine"), "{found:?}");
        let found = find("/srv/m.so: invalid ELF header", "");
        assert!(found.what.contains("damaged"), "{found:?}");
    }
}
