//! The Python that the engine runs with.

use std::{
    collections::BTreeSet,
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{record::Record, wheels::Wheels};
use crate::failure::{Code, Failure, Result};

const PROBE: &str = include_str!("probe.py");
/// The variable that names the Python, as for gears that run locally.
const VARIABLE: &str = "GEARS_PYTHON";
const OLDEST: u32 = 9;
/// The newest whose name is looked for; `python3` may be a newer one.
const NEWEST: u32 = 15;

/// A Python, and what it says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Interpreter {
    pub(super) executable: PathBuf,
    implementation: String,
    version: (u32, u32, u32),
    has_library: bool,
    is_free_threaded: bool,
    has_pip: bool,
}

/// Why a Python does not do.
#[derive(Debug)]
struct Fault {
    told: String,
    /// The packages of Debian and Ubuntu that mend it.
    packages: Vec<String>,
}

impl Interpreter {
    fn probe(program: &Path) -> Option<Self> {
        let asked = Command::new(program)
            // The user's own paths and packages are for the user's programs.
            .args(["-I", "-c", PROBE])
            .stdin(Stdio::null())
            .output()
            .ok()?;
        Self::parse(str::from_utf8(&asked.stdout).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let fact = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
        };
        let number = |name| fact(name)?.parse().ok();
        Some(Self {
            executable: fact("executable")?.into(),
            implementation: fact("implementation")?.to_owned(),
            version: (number("major")?, number("minor")?, number("micro")?),
            has_library: !fact("library")?.is_empty(),
            is_free_threaded: fact("free_threaded")? != "0",
            has_pip: fact("pip")? == "1",
        })
    }

    pub(super) fn version(&self) -> String {
        let (major, minor, micro) = self.version;
        format!("{major}.{minor}.{micro}")
    }

    /// Returns what wheels for it have in their names.
    pub(super) fn tag(&self) -> String {
        let (major, minor, _) = self.version;
        format!("cp{major}{minor}")
    }

    /// Tells whether that environment was made with this.
    pub(super) fn is_of(&self, record: &Record) -> bool {
        record.tag == self.tag() && Path::new(&record.python) == self.executable
    }

    /// Says why the engine cannot run with it.
    fn fault(&self, wheels: Option<&Wheels>) -> Option<Fault> {
        let (major, minor, _) = self.version;
        let fault = |told: String, packages: &[String]| Fault {
            told,
            packages: packages.to_owned(),
        };
        if self.implementation != "cpython" || self.is_free_threaded {
            let kind = match self.is_free_threaded {
                true => "a free-threaded build",
                false => self.implementation.as_str(),
            };
            return Some(fault(format!("it is {kind}; take the usual CPython"), &[]));
        }
        if major != 3 || minor < OLDEST {
            return Some(fault(format!("it is older than 3.{OLDEST}"), &[]));
        }
        if let Some(wheels) = wheels
            && !wheels.fit(&self.tag())
        {
            let told = format!("there is no wheel for {} in {wheels}", self.tag());
            return Some(fault(told, &[]));
        }
        let library = format!("libpython{major}.{minor}");
        let venv = format!("python{major}.{minor}-venv");
        match (self.has_library, self.has_pip) {
            (true, true) => None,
            (false, true) => Some(fault(
                format!("its shared library, {library}.so.1.0, is not here"),
                &[library],
            )),
            (true, false) => Some(fault("it lacks the module venv or ensurepip".to_owned(), &[
                venv,
            ])),
            (false, false) => Some(fault(
                format!("its shared library, {library}.so.1.0, and the module venv or ensurepip are not here"),
                &[library, venv],
            )),
        }
    }
}

/// Finds the Python to take: the one that is named, or the first that does.
///
/// # Errors
///
/// None does; the error says why of each, and what brings what is missing.
pub(super) fn choose(given: Option<&Path>, wheels: Option<&Wheels>) -> Result<Interpreter> {
    let wish = wish(given);
    let candidates = match &wish {
        Some(wish) => vec![wish.clone()],
        None => usual(),
    };
    let mut seen = BTreeSet::new();
    let mut told = Vec::new();
    let mut packages = Vec::new();
    for program in candidates {
        let Some(interpreter) = Interpreter::probe(&program) else {
            // Shims of versions that are not switched on end here, and so do names that nothing has.
            if wish.is_some() {
                told.push(format!("{} is no Python that runs", program.display()));
            }
            continue;
        };
        if !seen.insert(interpreter.executable.clone()) {
            continue;
        }
        let Some(fault) = interpreter.fault(wheels) else {
            return Ok(interpreter);
        };
        let (version, path) = (interpreter.version(), interpreter.executable.display());
        told.push(format!("Python {version} at {path}: {}", fault.told));
        if packages.is_empty() {
            packages = fault.packages;
        }
    }
    Err(missing(&told, &packages))
}

/// Returns the Python that somebody asks for.
pub(super) fn wish(given: Option<&Path>) -> Option<PathBuf> {
    let variable = || env::var_os(VARIABLE).filter(|value| !value.is_empty());
    given
        .map(Path::to_owned)
        .or_else(|| variable().map(PathBuf::from))
}

fn missing(told: &[String], packages: &[String]) -> Failure {
    let message = match told {
        [] => format!("there is no Python: no python3, and none from python3.{OLDEST} on, is on the PATH"),
        [one] => one.clone(),
        all => format!("no Python does:\n  {}", all.join("\n  ")),
    };
    let advice = match (told, packages) {
        ([], _) => {
            "sudo apt-get install python3 python3-venv libpython3-dev   (Debian, Ubuntu)\n      \
             brew install python@3.13   (macOS)"
                .to_owned()
        }
        (_, []) => format!("name another Python with --python or {VARIABLE}"),
        (_, packages) => format!(
            "sudo apt-get install {}   (Debian, Ubuntu)\n      pyenv has it with \
             PYTHON_CONFIGURE_OPTS=--enable-shared, and uv as it is; --python names another Python",
            packages.join(" ")
        ),
    };
    Failure::new(Code::Failed, message).advice(advice)
}

/// Returns the programs that a machine usually has.
fn usual() -> Vec<PathBuf> {
    let mut programs = vec![PathBuf::from("python3")];
    programs.extend((OLDEST..=NEWEST).rev().map(|minor| format!("python3.{minor}").into()));
    // Behind an environment that is active.
    programs.push("/usr/bin/python3".into());
    programs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(changes: &[(&str, &str)]) -> Option<Fault> {
        let mut text = String::new();
        for (name, value) in [
            ("executable", "/usr/bin/python3"),
            ("implementation", "cpython"),
            ("major", "3"),
            ("minor", "11"),
            ("micro", "2"),
            ("library", "/usr/lib/libpython3.11.so.1.0"),
            ("free_threaded", "0"),
            ("pip", "1"),
        ] {
            let changed = changes.iter().find(|(changed, _)| *changed == name);
            let value = changed.map_or(value, |(_, value)| value);
            text.push_str(&format!("{name}={value}\n"));
        }
        Interpreter::parse(&text).unwrap().fault(None)
    }

    #[test]
    fn each_fault_is_named_with_the_package_that_mends_it() {
        assert!(fault(&[]).is_none());
        for (name, value, told) in [
            ("implementation", "pypy", "it is pypy"),
            ("free_threaded", "1", "free-threaded"),
            ("minor", "8", "older than 3.9"),
        ] {
            let fault = fault(&[(name, value)]).unwrap();
            assert!(fault.told.contains(told), "{fault:?}");
            assert!(fault.packages.is_empty());
        }
        assert_eq!(fault(&[("library", "")]).unwrap().packages, ["libpython3.11"]);
        assert_eq!(fault(&[("pip", "0")]).unwrap().packages, ["python3.11-venv"]);
        let both = fault(&[("library", ""), ("pip", "0")]).unwrap();
        let told = missing(&[both.told], &both.packages).to_string();
        assert!(told.contains("apt-get install libpython3.11 python3.11-venv"), "{told}");
    }

    #[test]
    fn a_machine_without_a_python_is_told_what_brings_one() {
        let told = missing(&[], &[]).to_string();
        assert!(told.contains("there is no Python") && told.contains("apt-get install python3"));
    }

    #[test]
    fn half_an_answer_is_none() {
        assert_eq!(Interpreter::parse("executable=/usr/bin/python3\n"), None);
    }
}
