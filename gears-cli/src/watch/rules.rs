//! What is watched and how, with nothing left open.

use std::{path::Path, time::Duration};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use regex::Regex;

use super::{choices::Choices, log::LogConfig};
use crate::failure::{Failure, Result};

/// The manual of RedGrease, chapter 12, has this delay too.
const DELAY: Duration = Duration::from_secs(5);
const RESCAN: Duration = Duration::from_secs(10);
const SCRIPTS: &str = "*.py";
const REQUIREMENTS: &str = "requirements*.txt";

/// What is watched and how.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) index_prefix: String,
    pub(super) recursive: bool,
    /// How long a file must rest before it is taken.
    pub(super) delay: Duration,
    /// How often the folders are looked through without a sign that anything changed.
    pub(super) rescan: Duration,
    pub(super) log: LogConfig,
    scripts: GlobSet,
    requirements: GlobSet,
    ignored: GlobSet,
    unblocking: Option<Regex>,
}

/// Says what a file is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Script,
    Requirements,
}

impl Rules {
    /// Lays layers over each other, the weakest first; a list of patterns counts as one thing.
    ///
    /// # Errors
    ///
    /// A pattern or a log configuration that makes no sense.
    pub(super) fn of<'a>(layers: impl IntoIterator<Item = &'a Choices>) -> Result<Self> {
        let mut all = Choices::default();
        for layer in layers {
            let layer = layer.clone();
            all = Choices {
                index_prefix: layer.index_prefix.or(all.index_prefix),
                recursive: layer.recursive.or(all.recursive),
                scripts: stronger(layer.scripts, all.scripts),
                requirements: stronger(layer.requirements, all.requirements),
                unblocking_pattern: layer.unblocking_pattern.or(all.unblocking_pattern),
                ignore: stronger(layer.ignore, all.ignore),
                delay: layer.delay.or(all.delay),
                rescan: layer.rescan.or(all.rescan),
                log_config: layer.log_config.or(all.log_config),
                log: layer.log.or(all.log),
            };
        }
        let rescan = all.rescan.unwrap_or(RESCAN);
        if rescan.is_zero() {
            return Err(
                Failure::usage("no time at all cannot lie between two looks (--rescan)")
                    .advice("give a number of seconds above 0"),
            );
        }
        let log = match &all.log_config {
            Some(path) => LogConfig::read(path)?,
            None => all.log.unwrap_or_default(),
        };
        Ok(Self {
            index_prefix: all.index_prefix.unwrap_or_default(),
            recursive: all.recursive.unwrap_or_default(),
            delay: all.delay.unwrap_or(DELAY),
            rescan,
            log,
            scripts: globs("--script-pattern", &all.scripts, SCRIPTS)?,
            requirements: globs("--requirements-pattern", &all.requirements, REQUIREMENTS)?,
            ignored: globs("--ignore", &all.ignore, "")?,
            unblocking: all.unblocking_pattern.as_deref().map(regex).transpose()?,
        })
    }

    /// Tells what a file is; `name` is its path below the folder that is watched.
    pub(super) fn kind(&self, name: &Path) -> Option<Kind> {
        let is_python = name.extension().is_some_and(|kind| kind == "py");
        match (fits(&self.scripts, name), fits(&self.requirements, name)) {
            // A wide pattern, such as `*`, means no lists of packages.
            (true, true) if !is_python => Some(Kind::Requirements),
            (true, _) => Some(Kind::Script),
            (false, true) => Some(Kind::Requirements),
            (false, false) => None,
        }
    }

    /// Tells whether a file or a folder is passed over: what is hidden, what Python compiled, and
    /// what somebody named.
    pub(super) fn passes_over(&self, name: &Path) -> bool {
        let last = name.file_name().unwrap_or_default();
        last.as_encoded_bytes().starts_with(b".")
            || last == "__pycache__"
            || fits(&self.ignored, name)
    }

    /// Tells whether a script is not waited for.
    pub(super) fn is_unblocking(&self, path: &Path) -> bool {
        let unblocking = self.unblocking.as_ref();
        unblocking.is_some_and(|pattern| pattern.is_match(&path.to_string_lossy()))
    }
}

fn stronger(ours: Vec<String>, theirs: Vec<String>) -> Vec<String> {
    if ours.is_empty() { theirs } else { ours }
}

/// A pattern is about the name; one with a slash is about the path below the folder.
fn fits(globs: &GlobSet, name: &Path) -> bool {
    globs.is_match(name) || name.file_name().is_some_and(|last| globs.is_match(last))
}

fn globs(option: &str, patterns: &[String], default: &str) -> Result<GlobSet> {
    let default = [default.to_owned()];
    let patterns = if patterns.is_empty() {
        &default
    } else {
        patterns
    };
    let mut set = GlobSetBuilder::new();
    for pattern in patterns.iter().filter(|pattern| !pattern.is_empty()) {
        let glob = GlobBuilder::new(pattern).literal_separator(true).build();
        set.add(glob.map_err(|error| nonsense(option, pattern, error.kind()))?);
    }
    set.build()
        .map_err(|error| nonsense(option, "these patterns", error.kind()))
}

fn regex(pattern: &str) -> Result<Regex> {
    Regex::new(pattern).map_err(|error| nonsense("--unblocking-pattern", pattern, error))
}

fn nonsense(option: &str, pattern: &str, why: impl std::fmt::Display) -> Failure {
    Failure::usage(format!("{option}: `{pattern}` makes no sense: {why}"))
        .advice("guide/pages/cli.md says how patterns are written")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(edit: impl FnOnce(&mut Choices)) -> Result<Rules> {
        let mut choices = Choices::default();
        edit(&mut choices);
        Rules::of([&Choices::default(), &choices])
    }

    #[test]
    fn defaults_are_those_of_the_manual() {
        let rules = rules(|_| {}).unwrap();
        assert_eq!(rules.delay, Duration::from_secs(5));
        assert!(!rules.recursive);
        assert_eq!(rules.kind(Path::new("a.py")), Some(Kind::Script));
        assert_eq!(rules.kind(Path::new("deep/er/a.py")), Some(Kind::Script));
        let requirements = Some(Kind::Requirements);
        assert_eq!(rules.kind(Path::new("requirements.txt")), requirements);
        assert_eq!(rules.kind(Path::new("x/requirements-2.txt")), requirements);
        assert_eq!(rules.kind(Path::new("a.pyc")), None);
        assert!(!rules.is_unblocking(Path::new("/a.py")));
    }

    #[test]
    fn wide_patterns_tell_scripts_from_requirements() {
        let rules = rules(|choices| {
            choices.scripts = vec!["*".into()];
            choices.requirements = vec!["*".into()];
        })
        .unwrap();
        assert_eq!(rules.kind(Path::new("a.py")), Some(Kind::Script));
        let requirements = Some(Kind::Requirements);
        assert_eq!(rules.kind(Path::new("requirements.txt")), requirements);
    }

    #[test]
    fn patterns_are_about_names_or_paths() {
        let rules = rules(|choices| {
            choices.scripts = vec!["*.{gear,py}".into()];
            choices.ignore = vec!["old".into(), "drafts/*.py".into()];
            choices.unblocking_pattern = Some("slow|async".into());
        })
        .unwrap();
        assert_eq!(rules.kind(Path::new("x.gear")), Some(Kind::Script));
        for passed in [
            "old",
            "a/old",
            "drafts/x.py",
            ".git",
            "a/.x.py",
            "__pycache__",
        ] {
            assert!(rules.passes_over(Path::new(passed)), "{passed}");
        }
        for taken in ["old.py", "x.py", "a/drafts/x.py", "drafts"] {
            assert!(!rules.passes_over(Path::new(taken)), "{taken}");
        }
        // Searched for anywhere in the path, as in the manual.
        assert!(rules.is_unblocking(Path::new("/srv/very-slow/x.py")));
    }

    #[test]
    fn stronger_layers_win_part_by_part() {
        let file = Choices {
            scripts: vec!["*.gear".into()],
            delay: Some(Duration::from_secs(1)),
            ..Choices::default()
        };
        let line = Choices {
            delay: Some(Duration::ZERO),
            ..Choices::default()
        };
        let rules = Rules::of([&file, &line]).unwrap();
        assert_eq!(rules.delay, Duration::ZERO);
        assert_eq!(rules.kind(Path::new("x.py")), None);
    }

    #[test]
    fn nonsense_is_refused() {
        for failure in [
            rules(|choices| choices.scripts = vec!["[".into()]).unwrap_err(),
            rules(|choices| choices.unblocking_pattern = Some("(".into())).unwrap_err(),
            rules(|choices| choices.rescan = Some(Duration::ZERO)).unwrap_err(),
            rules(|choices| choices.log_config = Some("/no/such.toml".into())).unwrap_err(),
        ] {
            assert!(failure.to_string().contains("; "), "{failure}");
        }
    }
}
