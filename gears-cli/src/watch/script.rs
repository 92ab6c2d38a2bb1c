//! A script as it is now: its text, what it requires, and whether it is Python at all.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use gears_python::{Body, Checker, Origin, PythonVersion};

use super::{
    folder::{Place, Root, Scene, Stamp, hash},
    rules::Rules,
};
use crate::{failure::Failure, source};

/// The parser takes no more than this at once; the server judges larger ones.
const CHECKED: usize = 1 << 20;

/// A script that can be run.
#[derive(Clone, Debug)]
pub(super) struct Content {
    pub(super) path: PathBuf,
    /// Where it was read, and what it looked like then.
    read: (PathBuf, Stamp),
    pub(super) text: String,
    pub(super) requirements: Vec<String>,
    /// Tells it from every other script and every other set of requirements.
    pub(super) digest: String,
    pub(super) unblocking: bool,
}

/// What there is in the place of a script.
pub(super) enum Reading {
    Script(Box<Content>),
    /// Nothing but blanks: somebody is about to write it.
    Empty,
    /// It cannot be run.
    Broken(Failure),
    /// It is not there.
    Gone,
    /// It changed while it was read.
    Restless,
}

impl Reading {
    /// Reads a script and what it requires.
    pub(super) fn of(place: &Place, roots: &[Root], scene: &Scene, rules: &Rules) -> Self {
        let Some(found) = scene.files.get(place) else {
            return Self::Gone;
        };
        let root = &roots[place.root];
        let path = root.path.join(&place.name);
        let text = match steadily(&path, found.stamp, || source::read_script(&path)) {
            Steady::Is(Ok(text)) => text,
            Steady::Is(Err(failure)) => return Self::Broken(failure),
            Steady::Restless => return Self::Restless,
        };
        if text.trim().is_empty() {
            return Self::Empty;
        }
        let mut requirements = Vec::new();
        for (place, found) in scene.requirements_for(place) {
            let path = root.path.join(&place.name);
            let read = || source::read_requirements(std::slice::from_ref(&path));
            match steadily(&path, found.stamp, read) {
                Steady::Is(Ok(more)) => requirements.extend(more),
                Steady::Is(Err(failure)) => return Self::Broken(failure),
                Steady::Restless => return Self::Restless,
            }
        }
        if let Some(failure) = check(&text, &place.name) {
            return Self::Broken(failure);
        }
        let mut parts = vec![text.as_bytes()];
        parts.extend(requirements.iter().map(String::as_bytes));
        let digest = hash(&parts);
        Self::Script(Box::new(Content {
            unblocking: rules.is_unblocking(&path),
            read: (path, found.stamp),
            // Where the server remembers it to be.
            path: root.home.join(&place.name),
            digest,
            requirements,
            text,
        }))
    }
}

impl Content {
    /// Returns the same script, whose results nobody waits for.
    pub(super) fn left_alone(&self) -> Self {
        Self {
            unblocking: true,
            ..self.clone()
        }
    }

    /// Tells whether the file has changed since it was read.
    pub(super) fn is_outdated(&self) -> bool {
        let (path, stamp) = &self.read;
        fs::metadata(path).map_or(true, |now| Stamp::of(&now) != *stamp)
    }
}

enum Steady<T> {
    Is(T),
    Restless,
}

/// Reads something that must look the same before and after.
fn steadily<T>(path: &Path, stamp: Stamp, read: impl FnOnce() -> T) -> Steady<T> {
    let is_same = || match fs::metadata(path) {
        Ok(metadata) => Stamp::of(&metadata) == stamp,
        // Whoever may not look is told so by reading.
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    };
    if !is_same() {
        return Steady::Restless;
    }
    let read = read();
    if is_same() {
        Steady::Is(read)
    } else {
        Steady::Restless
    }
}

/// Says where a text is no Python.
fn check(text: &str, name: &str) -> Option<Failure> {
    if text.len() > CHECKED {
        return None;
    }
    let newest = PythonVersion::all()
        .last()
        .unwrap_or(PythonVersion::DEFAULT);
    let body = Body::new(text, Origin::exact(name, 1, 1));
    let report = Checker::new(newest).syntax_only().check_file(&body);
    let problem = report.diagnostics().first()?;
    let mut failure = Failure::usage(problem.to_string());
    if let Some(help) = problem.help() {
        failure = failure.advice(help);
    }
    Some(failure)
}
