//! Python packages that scripts ask for, installed with pip.
//!
//! Their wheels are kept, so that they can be exported to other servers and
//! installed again without a network. Each set of requirements gets a folder of
//! its own, its environment, which is named after what is asked for, never
//! changes, and is shared by sessions and servers that ask for the same. The
//! interpreter that the module was built for is left as it was; its packages
//! count as installed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::package::{Imported, Package, wheels_in};
use super::packages;
use super::pip::pip;
use crate::api::{LogLevel, log};
use crate::engine;

/// What RedisGears answers when pip fails; pip's message follows it here.
const FAILED: &str = "Could not satisfy requirements (look at redis log file for more information)";

/// The requirements of this server, by their strings with names as pip compares
/// them.
#[derive(Default)]
pub(crate) struct Requirements {
    installed: Mutex<BTreeMap<String, Package>>,
    /// The sets that Python sees.
    active: Mutex<BTreeSet<String>>,
    /// Held while pip runs, so that nothing is fetched twice at once.
    installing: Mutex<()>,
}

impl Requirements {
    /// Returns the requirements that were installed.
    pub(crate) fn all(&self) -> Vec<Package> {
        lock(&self.installed).values().cloned().collect()
    }

    /// Finds an installed requirement.
    pub(crate) fn find(&self, requirement: &str) -> Option<Package> {
        lock(&self.installed).get(&normal(requirement)).cloned()
    }

    /// Says whether Python sees all of these.
    pub(crate) fn are_installed(&self, requirements: &[String]) -> bool {
        lock(&self.active).contains(&set_of(requirements))
    }

    /// Uses what is on disk or brought by Python, without pip; says whether
    /// that is all.
    ///
    /// # Errors
    ///
    /// When another version of a package is in use.
    pub(crate) fn use_present(&self, requirements: &[String]) -> Result<bool, String> {
        if self.are_installed(requirements) {
            return Ok(true);
        }
        let named = requirements.join(", ");
        let present = self
            .look_for(requirements)
            .map_err(|reason| failed(&named, &reason))?;
        if present {
            self.note(requirements);
        }
        Ok(present)
    }

    fn look_for(&self, requirements: &[String]) -> Result<bool, String> {
        for requirement in requirements {
            check_name(requirement)?;
        }
        let environment = environment_of(requirements);
        if environment.is_dir() && packages::activate(&environment)? {
            return Ok(true);
        }
        let Some(elsewhere) = packages::use_satisfied(requirements)? else {
            return Ok(false);
        };
        if !elsewhere.is_empty() {
            // After a restart it finds the same versions, whoever comes first.
            let scratch = Scratch::new()?;
            let made = scratch.0.join("environment");
            create(&made)?;
            write_also(&made, &elsewhere)?;
            put_in_place(&made, &environment, true)?;
        }
        Ok(true)
    }

    fn note(&self, requirements: &[String]) {
        let mut installed = lock(&self.installed);
        for requirement in requirements {
            installed.entry(normal(requirement)).or_insert_with(|| {
                let folder = folder_of(requirement);
                if wheels_in(&folder).is_empty() {
                    Package::without_wheels(requirement)
                } else {
                    Package {
                        name: requirement.clone(),
                        folder,
                    }
                }
            });
        }
        drop(installed);
        lock(&self.active).insert(set_of(requirements));
    }

    /// Installs what is missing. Takes long; holds neither Redis lock nor GIL.
    ///
    /// # Errors
    ///
    /// The text for the client, with what pip said.
    pub(crate) fn install(&self, requirements: &[String], force: bool) -> Result<(), String> {
        refuse_if_switched_off()?;
        // What is there does not wait for other clients' pip.
        if !force && self.use_present(requirements)? {
            return Ok(());
        }
        let _one_at_a_time = lock(&self.installing);
        if !force && self.use_present(requirements)? {
            return Ok(());
        }
        let mut wheels = Vec::new();
        for requirement in requirements {
            // What Python has needs no wheels, be it alone or among others.
            let alone = std::slice::from_ref(requirement);
            let present = !force
                && check_name(requirement)
                    .and_then(|()| packages::use_satisfied(alone))
                    .map_err(|reason| failed(requirement, &reason))?
                    .is_some();
            if !present {
                let folder =
                    wheels_of(requirement, force).map_err(|reason| failed(requirement, &reason))?;
                wheels.extend(wheels_in(&folder));
            }
        }
        let named = requirements.join(", ");
        build(requirements, wheels, force).map_err(|reason| failed(&named, &reason))?;
        self.note(requirements);
        Ok(())
    }

    /// Installs what another server exported; needs no network.
    ///
    /// # Errors
    ///
    /// As for [`install`](Self::install).
    pub(crate) fn import(&self, imported: &Imported) -> Result<(), String> {
        refuse_if_switched_off()?;
        let _one_at_a_time = lock(&self.installing);
        let name = &imported.name;
        let requirements = std::slice::from_ref(name);
        keep_imported(imported)
            .and_then(|folder| build(requirements, wheels_in(&folder), true))
            .map_err(|reason| failed(name, &reason))?;
        lock(&self.installed).remove(&normal(name));
        self.note(requirements);
        Ok(())
    }

    /// Makes sure that a requirement's wheels are there: those of a package
    /// that Python brings were never fetched.
    ///
    /// # Errors
    ///
    /// As for [`install`](Self::install).
    pub(crate) fn with_wheels(&self, package: &Package) -> Result<Package, String> {
        if !package.wheels().is_empty() {
            return Ok(package.clone());
        }
        refuse_if_switched_off()?;
        let _one_at_a_time = lock(&self.installing);
        let name = &package.name;
        let folder = wheels_of(name, false).map_err(|reason| failed(name, &reason))?;
        let package = Package {
            name: name.clone(),
            folder,
        };
        lock(&self.installed).insert(normal(name), package.clone());
        Ok(package)
    }
}

/// Writes a requirement as pip compares it: `Six` and `six` are one name, and
/// so are `python_dateutil` and `python-dateutil` (PEP 503).
pub(crate) fn normal(requirement: &str) -> String {
    let requirement = requirement.trim();
    let is_file =
        |text: &str| text.starts_with('.') || text.contains(['/', '\\']) || text.ends_with(".whl");
    let (named, rest) = requirement.split_at(
        requirement
            .find(|letter: char| !letter.is_ascii_alphanumeric() && !"-_.".contains(letter))
            .unwrap_or(requirement.len()),
    );
    let is_url = rest.trim_start().starts_with('@');
    if is_file(requirement) && !is_url {
        return requirement.to_owned();
    }
    let name = named.to_ascii_lowercase();
    let parts: Vec<_> = name
        .split(['-', '_', '.'])
        .filter(|part| !part.is_empty())
        .collect();
    if is_url || rest.contains([';', '"', '\'']) || rest.contains(" --") {
        return format!("{}{rest}", parts.join("-"));
    }
    // Blanks mean nothing between the parts of a version.
    let rest: String = rest
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .collect();
    format!("{}{rest}", parts.join("-"))
}

/// Writes a set of requirements in one way, whatever their order.
fn set_of(requirements: &[String]) -> String {
    let set: BTreeSet<_> = requirements.iter().map(|each| normal(each)).collect();
    set.into_iter().collect::<Vec<_>>().join("\n")
}

/// Where the environment of a set of requirements is, for this Python.
fn environment_of(requirements: &[String]) -> PathBuf {
    let interpreter = &engine::get().interpreter;
    let version = interpreter.version.split_whitespace().next().unwrap_or("");
    let asked = format!(
        "{}\n{version}\n{}",
        set_of(requirements),
        interpreter.executable
    );
    let name = if let [only] = requirements {
        readable(&normal(only))
    } else {
        format!("{}_packages", requirements.len())
    };
    home()
        .join("environments")
        .join(format!("{name}_{version}_{:016x}", digest(&asked)))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn refuse_if_switched_off() -> Result<(), String> {
    if engine::get().config.allows_pip() {
        Ok(())
    } else {
        Err(format!(
            "{FAILED}: installing is switched off on this server (PipInstall 0)"
        ))
    }
}

fn failed(requirement: &str, reason: &str) -> String {
    log(
        LogLevel::Warning,
        &format!("the requirement {requirement} cannot be installed: {reason}"),
    );
    format!("{FAILED}: {requirement}: {reason}")
}

/// The folder for packages, which servers may share.
fn home() -> PathBuf {
    engine::get().config.installation_dir()
}

/// A folder for what is not kept, removed when it is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self, String> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        // Other servers, maybe of other containers, may use the same home.
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |now| now.as_nanos());
        let name = format!("scratch-{}-{now:x}-{number}", std::process::id());
        let folder = home().join("requirements").join(name);
        create(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn create(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder)
        .map_err(|error| format!("the folder {} cannot be made: {error}", folder.display()))
}

/// An argument of pip must not be taken for an option, nor bring a second line
/// into a requirements file.
fn check_name(requirement: &str) -> Result<(), String> {
    if requirement.starts_with('-')
        || requirement.trim().is_empty()
        || requirement.contains(['\n', '\r', '\0'])
    {
        return Err("it is not the name of a package".to_owned());
    }
    Ok(())
}

/// Returns the folder with a requirement's wheels, fetched by this or an earlier
/// life of the server, or now.
fn wheels_of(requirement: &str, force: bool) -> Result<PathBuf, String> {
    check_name(requirement)?;
    let kept = folder_of(requirement);
    if !force && !wheels_in(&kept).is_empty() {
        return Ok(kept);
    }
    let scratch = Scratch::new()?;
    let wheels = fetch(
        std::slice::from_ref(&requirement.to_owned()),
        &[],
        &scratch.0,
    )?;
    put_in_place(&wheels, &kept, force)?;
    Ok(kept)
}

fn keep_imported(imported: &Imported) -> Result<PathBuf, String> {
    check_name(&imported.name)?;
    let scratch = Scratch::new()?;
    let wheels = scratch.0.join("wheels");
    create(&wheels)?;
    for (name, content) in &imported.wheels {
        fs::write(wheels.join(name), content)
            .map_err(|error| format!("the wheel {name} cannot be written: {error}"))?;
    }
    let folder = folder_of(&imported.name);
    put_in_place(&wheels, &folder, true)?;
    Ok(folder)
}

fn run_pip(arguments: &[String], scratch: &Path) -> Result<super::pip::Output, String> {
    let engine = engine::get();
    let idle = engine.config.install_max_idle();
    pip(&engine.interpreter.executable, arguments, scratch, idle)
}

/// Fetches or builds the wheels of requirements and what they need.
fn fetch(requirements: &[String], places: &[PathBuf], scratch: &Path) -> Result<PathBuf, String> {
    let wheels = scratch.join("wheels");
    let mut arguments: Vec<_> = ["--verbose", "wheel", "--wheel-dir"]
        .map(str::to_owned)
        .into();
    arguments.push(wheels.to_string_lossy().into_owned());
    arguments.extend(engine::get().config.pip_arguments());
    for place in places {
        arguments.push("--find-links".to_owned());
        arguments.push(place.to_string_lossy().into_owned());
    }
    if requirements.iter().any(|each| each.contains(" --hash=")) {
        // pip takes hashes only in files.
        let file = scratch.join("requirements.txt");
        fs::write(&file, requirements.join("\n"))
            .map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
        arguments.push("--requirement".to_owned());
        arguments.push(file.to_string_lossy().into_owned());
    } else {
        arguments.extend_from_slice(requirements);
    }
    run_pip(&arguments, scratch)?.checked()?;
    Ok(wheels)
}

/// Moves a finished folder to where it stays; all at once, so that a folder that
/// is there has everything. Another server may have been faster.
fn put_in_place(made: &Path, folder: &Path, replace: bool) -> Result<(), String> {
    let wrong = |error| format!("{} cannot be made: {error}", folder.display());
    if let Some(parent) = folder.parent() {
        create(parent)?;
    }
    let aside = made.with_extension("replaced");
    for _ in 0..10 {
        match fs::rename(made, folder) {
            Ok(()) => return Ok(()),
            // The former one goes to the scratch folder, and away with that.
            Err(_) if folder.exists() => {
                if !replace {
                    return Ok(());
                }
                let _ = fs::remove_dir_all(&aside);
                let _ = fs::rename(folder, &aside);
            }
            Err(error) => return Err(wrong(error)),
        }
    }
    fs::rename(made, folder).map_err(wrong)
}

fn digest(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |digest, byte| {
            (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

/// A requirement as far as it can be the name of a folder.
fn readable(requirement: &str) -> String {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "._=<>~!-".contains(letter);
    requirement
        .chars()
        .map(|letter| if allowed(letter) { letter } else { '_' })
        .take(80)
        .collect()
}

/// Where a requirement's wheels are kept: its name, and a number that tells
/// those apart that look alike.
fn folder_of(requirement: &str) -> PathBuf {
    let requirement = normal(requirement);
    let name = readable(&requirement);
    home().join("requirements").join(format!(
        "{name}_{:010x}",
        digest(&requirement) & 0xff_ffff_ffff
    ))
}

/// Makes the environment of a set of requirements and lets Python see it.
fn build(requirements: &[String], mut wheels: Vec<PathBuf>, force: bool) -> Result<(), String> {
    let scratch = Scratch::new()?;
    if has_two_versions(&wheels) {
        // Each was looked at alone; together they need other versions, or none do.
        let places: BTreeSet<_> = wheels.iter().filter_map(|wheel| wheel.parent()).collect();
        let places: Vec<_> = places.into_iter().map(Path::to_owned).collect();
        wheels = wheels_in(&fetch(requirements, &places, &scratch.0)?);
    }
    wheels.sort();
    wheels.dedup_by(|one, other| one.file_name() == other.file_name());
    let (chosen, also) = packages::choose(requirements, &wheels, force)?;
    let made = scratch.0.join("environment");
    create(&made)?;
    if !chosen.is_empty() {
        let mut arguments: Vec<_> = ["install", "--no-index", "--no-deps", "--target"]
            .map(str::to_owned)
            .into();
        arguments.push(made.to_string_lossy().into_owned());
        arguments.extend(
            chosen
                .iter()
                .map(|path| path.to_string_lossy().into_owned()),
        );
        run_pip(&arguments, &scratch.0)?.checked()?;
    }
    write_also(&made, &also)?;
    let environment = environment_of(requirements);
    put_in_place(&made, &environment, force)?;
    if packages::activate(&environment)? {
        return Ok(());
    }
    // What was there needs others that are gone.
    put_in_place(&made, &environment, true)?;
    if packages::activate(&environment)? {
        Ok(())
    } else {
        Err("an environment that it needs was removed".to_owned())
    }
}

/// Notes the environments that have the rest of what this one needs.
fn write_also(environment: &Path, others: &[PathBuf]) -> Result<(), String> {
    if others.is_empty() {
        return Ok(());
    }
    let mut names = String::new();
    for name in others.iter().filter_map(|other| other.file_name()) {
        names.push_str(&name.to_string_lossy());
        names.push('\n');
    }
    let path = environment.join("gears-also.txt");
    fs::write(&path, names)
        .map_err(|error| format!("{} cannot be written: {error}", path.display()))
}

/// Says whether a package is there in several versions: the file's name begins
/// with the package's and the version.
fn has_two_versions(wheels: &[PathBuf]) -> bool {
    let mut versions = BTreeMap::new();
    wheels.iter().any(|wheel| {
        let file = wheel.file_name().unwrap_or_default().to_string_lossy();
        let mut parts = file.split('-');
        let name = normal(parts.next().unwrap_or_default());
        let version = parts.next().unwrap_or_default().to_owned();
        *versions.entry(name).or_insert_with(|| version.clone()) != version
    })
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn names_are_compared_as_pip_does() {
        for same in ["Six", "six", " six "] {
            assert_eq!(normal(same), "six");
        }
        for same in [
            "python_dateutil >= 2",
            "Python.-Dateutil>=2",
            "python-dateutil>=2",
        ] {
            assert_eq!(normal(same), "python-dateutil>=2");
        }
        assert_eq!(normal("A_b[X]==1.0"), "a-b[X]==1.0");
        for file in [
            "/srv/A_b-1-py3-none-any.whl",
            "./A_b",
            "A_b-1-py3-none-any.whl",
        ] {
            assert_eq!(normal(file), file);
        }
        assert_eq!(normal("A_b @ file:///srv/A_b"), "a-b @ file:///srv/A_b");
        assert_eq!(normal("A_b==1 --hash=sha256:AB"), "a-b==1 --hash=sha256:AB");
    }
}
