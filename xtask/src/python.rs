//! Chooses the Python that the engine embeds.
//!
//! The `python3` on the PATH is often not the interpreter whose libpython the
//! loader finds (pyenv shims, virtual environments), so every candidate is asked
//! for the real interpreter behind it and for where its library lies.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process;

/// The minor versions that the engine's Python binding supports.
const MINORS: std::ops::RangeInclusive<u32> = 9..=15;

/// Answers with one `name=value` line per fact.
const PROBE: &str = "\
import os, sys, sysconfig
get = sysconfig.get_config_var
def has(name):
    try:
        __import__(name)
        return 1
    except Exception:
        return 0
facts = {
    'executable': os.path.realpath(getattr(sys, '_base_executable', None) or sys.executable)
        if sys.platform != 'darwin' else getattr(sys, '_base_executable', None) or sys.executable,
    'implementation': sys.implementation.name,
    'major': sys.version_info[0],
    'minor': sys.version_info[1],
    'micro': sys.version_info[2],
    'libdir': get('LIBDIR') or '',
    'library': get('LDLIBRARY') or '',
    'framework': get('PYTHONFRAMEWORK') or '',
    'shared': get('Py_ENABLE_SHARED') or 0,
    'free_threaded': get('Py_GIL_DISABLED') or 0,
    'pip': has('venv') and has('ensurepip'),
}
for name, value in facts.items():
    print('%s=%s' % (name, value))
";

/// A Python interpreter and what it said about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Interpreter {
    /// The real interpreter, behind shims and virtual environments.
    pub(crate) executable: PathBuf,
    implementation: String,
    version: (u32, u32, u32),
    libdir: PathBuf,
    library: String,
    framework: bool,
    shared: bool,
    free_threaded: bool,
    pip: bool,
}

/// The outcome of the search.
#[derive(Debug)]
pub(crate) enum Choice {
    Found(Interpreter),
    /// Why each candidate was passed over; empty when there was none.
    Missing(Vec<String>),
}

impl Interpreter {
    /// Asks an interpreter about itself; an error says why it cannot be asked.
    pub(crate) fn probe(program: &Path) -> Result<Self, String> {
        // Isolated, so that the user's PYTHONPATH and site packages stay out of it.
        let text = process::capture(Command::new(program).args(["-I", "-c", PROBE]))
            .map_err(|error| error.to_string().lines().next().unwrap_or("").to_owned())?;
        Self::parse(&text).ok_or_else(|| "it gave no sensible answer".to_owned())
    }

    fn parse(text: &str) -> Option<Self> {
        let fact = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
        };
        let number = |name: &str| fact(name)?.parse().ok();
        Some(Self {
            executable: fact("executable")?.into(),
            implementation: fact("implementation")?.to_owned(),
            version: (number("major")?, number("minor")?, number("micro")?),
            libdir: fact("libdir")?.into(),
            library: fact("library")?.to_owned(),
            framework: !fact("framework")?.is_empty(),
            shared: fact("shared")? == "1",
            free_threaded: fact("free_threaded")? == "1",
            pip: fact("pip")? == "1",
        })
    }

    /// Writes the version as Python does.
    pub(crate) fn version(&self) -> String {
        let (major, minor, micro) = self.version;
        format!("{major}.{minor}.{micro}")
    }

    /// Writes the version as the names of wheels do.
    pub(crate) fn tag(&self) -> String {
        let (major, minor, _) = self.version;
        format!("cp{major}{minor}")
    }

    /// Names the shared library that the engine links, where it should be.
    pub(crate) fn shared_library(&self) -> PathBuf {
        let (major, minor, _) = self.version;
        if self.framework {
            self.libdir.join(format!("libpython{major}.{minor}.dylib"))
        } else {
            self.libdir.join(&self.library)
        }
    }

    /// Says why the engine cannot use this interpreter, `None` when it can.
    fn fault(&self, exists: impl Fn(&Path) -> bool) -> Option<String> {
        let (major, minor, _) = self.version;
        let version = self.version();
        if self.implementation != "cpython" {
            Some(format!("it is {}, not CPython", self.implementation))
        } else if major != 3 || minor < *MINORS.start() {
            Some(format!(
                "Python {version} is older than 3.{}",
                MINORS.start()
            ))
        } else if minor > *MINORS.end() {
            Some(format!(
                "Python {version} is newer than 3.{}, the newest that the engine knows",
                MINORS.end()
            ))
        } else if self.free_threaded {
            Some(format!("Python {version} is a free-threaded build"))
        } else if !self.framework && !self.shared {
            Some(format!(
                "Python {version} was built without a shared libpython"
            ))
        } else if !exists(&self.shared_library()) {
            Some(format!(
                "Python {version} lacks {}",
                self.shared_library().display()
            ))
        } else if !self.pip {
            Some(format!(
                "Python {version} lacks the modules venv and ensurepip"
            ))
        } else {
            None
        }
    }
}

/// Finds the first Python that the engine can use. `wish` is the value of
/// `GEARS_PYTHON`: when it is given, nothing else is looked at.
pub(crate) fn choose(wish: Option<&Path>) -> Choice {
    let mut faults: Vec<String> = Vec::new();
    let mut seen: Vec<PathBuf> = Vec::new();
    for program in candidates(wish) {
        let (place, fault) = match Interpreter::probe(&program) {
            Ok(interpreter) if seen.contains(&interpreter.executable) => continue,
            Ok(interpreter) => match interpreter.fault(Path::exists) {
                None => return Choice::Found(interpreter),
                Some(fault) => {
                    seen.push(interpreter.executable.clone());
                    (interpreter.executable, fault)
                }
            },
            // Shims of Python versions that are not switched on end here.
            Err(fault) if wish.is_some() => (program, fault),
            Err(_) => continue,
        };
        faults.push(format!("{}: {fault}", place.display()));
    }
    Choice::Missing(faults)
}

fn candidates(wish: Option<&Path>) -> Vec<PathBuf> {
    if let Some(wish) = wish {
        let named = wish.to_str().and_then(process::find_program);
        return vec![named.unwrap_or_else(|| wish.to_owned())];
    }
    let mut names = vec!["python3".to_owned()];
    names.extend(MINORS.rev().map(|minor| format!("python3.{minor}")));
    let mut programs: Vec<PathBuf> = names
        .iter()
        .filter_map(|name| process::find_program(name))
        .collect();
    programs.extend(
        ["/usr/bin/python3", "/opt/homebrew/bin/python3"]
            .into_iter()
            .map(PathBuf::from)
            .filter(|program| process::is_executable(program)),
    );
    programs
}

/// Takes the Python that somebody names, and no other.
pub(crate) fn wished(program: &Path) -> crate::Result<Interpreter> {
    match choose(Some(program)) {
        Choice::Found(interpreter) => Ok(interpreter),
        Choice::Missing(faults) => Err(faults.join("; ").into()),
    }
}

/// The value of `GEARS_PYTHON`, when it is set to something.
pub(crate) fn wish() -> Option<PathBuf> {
    process::named_path("GEARS_PYTHON")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(changes: &[(&str, &str)]) -> Interpreter {
        let mut text = String::new();
        for (name, value) in [
            ("executable", "/usr/bin/python3.11"),
            ("implementation", "cpython"),
            ("major", "3"),
            ("minor", "11"),
            ("micro", "2"),
            ("libdir", "/usr/lib/x86_64-linux-gnu"),
            ("library", "libpython3.11.so"),
            ("framework", ""),
            ("shared", "1"),
            ("free_threaded", "0"),
            ("pip", "1"),
        ] {
            let changed = changes.iter().find(|(changed, _)| *changed == name);
            let value = changed.map_or(value, |(_, value)| value);
            text.push_str(&format!("{name}={value}\n"));
        }
        Interpreter::parse(&text).unwrap()
    }

    fn fault(changes: &[(&str, &str)]) -> String {
        answer(changes).fault(|_| true).unwrap_or_default()
    }

    #[test]
    fn a_complete_interpreter_has_no_fault() {
        let interpreter = answer(&[]);
        assert_eq!(interpreter.fault(|_| true), None);
        assert_eq!(interpreter.version(), "3.11.2");
        assert_eq!(interpreter.tag(), "cp311");
        assert_eq!(
            interpreter.shared_library(),
            Path::new("/usr/lib/x86_64-linux-gnu/libpython3.11.so")
        );
    }

    #[test]
    fn each_fault_is_named() {
        assert!(fault(&[("implementation", "pypy")]).contains("not CPython"));
        assert!(fault(&[("minor", "8")]).contains("older than 3.9"));
        assert!(fault(&[("minor", "99")]).contains("newer than"));
        assert!(fault(&[("free_threaded", "1")]).contains("free-threaded"));
        assert!(fault(&[("shared", "0")]).contains("shared libpython"));
        assert!(fault(&[("pip", "0")]).contains("ensurepip"));
        assert_eq!(
            answer(&[]).fault(|_| false).unwrap(),
            "Python 3.11.2 lacks /usr/lib/x86_64-linux-gnu/libpython3.11.so"
        );
    }

    #[test]
    fn a_framework_build_has_its_library_under_another_name() {
        let interpreter = answer(&[
            ("framework", "Python"),
            ("shared", "0"),
            ("library", "Python.framework/Versions/3.11/Python"),
        ]);
        assert!(
            interpreter
                .shared_library()
                .ends_with("libpython3.11.dylib")
        );
        assert_eq!(interpreter.fault(|_| true), None);
    }

    #[test]
    fn half_an_answer_is_none() {
        assert_eq!(Interpreter::parse("executable=/usr/bin/python3\n"), None);
        assert_eq!(Interpreter::parse(""), None);
    }

    #[test]
    fn a_wish_is_the_only_candidate() {
        let wish = Path::new("/no/such/python");
        assert_eq!(candidates(Some(wish)), [wish]);
        let Choice::Missing(faults) = choose(Some(wish)) else {
            panic!("found a Python that is not there");
        };
        assert_eq!(faults.len(), 1);
        assert!(faults[0].contains("/no/such/python"), "{faults:?}");
    }
}
