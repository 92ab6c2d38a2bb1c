//! The folders that are watched, and what is in them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, Metadata},
    io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use super::rules::{Kind, Rules};
use crate::failure::{Failure, Result};

/// A folder that somebody named.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Root {
    /// How it was named, made absolute: what it means may change while it is watched.
    pub(super) path: PathBuf,
    /// Where it was when watching began, which is what the server remembers it by.
    pub(super) home: PathBuf,
    /// A few digits of that and of the prefix of the index.
    pub(super) id: String,
}

/// A file below one of the folders.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) root: usize,
    /// Its path below the folder.
    pub(super) name: String,
}

/// What a file looks like from outside: another look is another content, or may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) device: u64,
    pub(super) inode: u64,
    pub(super) length: u64,
    pub(super) modified: (i64, i64),
    pub(super) changed: (i64, i64),
}

/// A file as it was found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) stamp: Stamp,
    pub(super) kind: Kind,
}

/// All that is there at one moment.
#[derive(Debug, Default)]
pub(super) struct Scene {
    pub(super) files: BTreeMap<Place, Found>,
    /// The folders, with device and inode: another one may have taken the place of a name.
    pub(super) folders: BTreeMap<PathBuf, (u64, u64)>,
    /// What could not be looked into, with the reason; what was there is not taken for gone.
    pub(super) hidden: BTreeMap<Place, String>,
}

impl Root {
    /// Finds the folders that were named.
    ///
    /// # Errors
    ///
    /// One of them is not there, or no folder.
    pub(super) fn all(paths: &[PathBuf], prefix: &str) -> Result<Vec<Self>> {
        let mut roots: Vec<Self> = Vec::new();
        for path in paths {
            let refuse = |why: &dyn std::fmt::Display| {
                Failure::usage(format!("{} cannot be watched: {why}", path.display()))
                    .advice("name a folder that holds scripts")
            };
            let home = fs::canonicalize(path).map_err(|error| refuse(&error))?;
            // It is listed once, so that what nobody may read is said at once.
            fs::read_dir(&home).map_err(|error| refuse(&error))?;
            let path = std::path::absolute(path).map_err(|error| refuse(&error))?;
            if roots.iter().any(|root| root.home == home) {
                continue;
            }
            let hash = hash(&[prefix.as_bytes(), home.as_os_str().as_encoded_bytes()]);
            let id = hash[..10].to_owned();
            roots.push(Self { path, home, id });
        }
        Ok(roots)
    }

    /// Names the session of a script: the same for whoever watches the same folder.
    pub(super) fn session(&self, name: &str) -> String {
        let legible: String = name
            .chars()
            .map(|char| {
                if char.is_ascii_alphanumeric() {
                    char
                } else {
                    '_'
                }
            })
            .take(60)
            .collect();
        let hash = hash(&[name.as_bytes()]);
        format!("watch-{}-{legible}-{}", self.id, &hash[..8])
    }
}

impl Place {
    pub(super) fn new(root: usize, name: &str) -> Self {
        Self {
            root,
            name: name.to_owned(),
        }
    }

    /// Tells whether it lies in this folder, or below it.
    fn is_below(&self, folder: &Self) -> bool {
        self.root == folder.root && Path::new(&self.name).starts_with(&folder.name)
    }
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

impl Scene {
    /// Looks at all of it; a folder or a file with two names is found by the first.
    pub(super) fn look(roots: &[Root], rules: &Rules) -> Self {
        let mut looking = Looking {
            rules,
            scene: Self::default(),
            seen: BTreeSet::new(),
        };
        for (index, root) in roots.iter().enumerate() {
            looking.folder(&root.path, &Place::new(index, ""));
        }
        looking.scene
    }

    #[cfg(test)]
    pub(super) fn add(&mut self, place: Place, stamp: Stamp) {
        let kind = Kind::Script;
        self.files.insert(place, Found { stamp, kind });
    }

    #[cfg(test)]
    pub(super) fn cannot_see(&mut self, root: usize, name: &str) {
        self.hidden.insert(Place::new(root, name), "shut".into());
    }

    /// Counts the scripts.
    pub(super) fn scripts(&self) -> usize {
        let kinds = self.files.values().map(|found| found.kind);
        kinds.filter(|kind| *kind == Kind::Script).count()
    }

    /// Tells whether a file would be found if it were there.
    pub(super) fn sees(&self, place: &Place) -> bool {
        !self.hidden.keys().any(|hidden| place.is_below(hidden))
    }

    /// Returns the files of requirements that hold for a script: those beside and above it.
    pub(super) fn requirements_for<'s>(
        &'s self,
        script: &'s Place,
    ) -> impl Iterator<Item = (&'s Place, &'s Found)> {
        let files = self.files.iter();
        files.filter(|(place, found)| found.kind == Kind::Requirements && rules_over(place, script))
    }

    /// Returns the scripts that files of requirements hold for.
    pub(super) fn scripts_under<'s>(
        &'s self,
        requirements: &'s Place,
    ) -> impl Iterator<Item = (&'s Place, &'s Found)> {
        let files = self.files.iter();
        files.filter(|(place, found)| found.kind == Kind::Script && rules_over(requirements, place))
    }
}

fn rules_over(requirements: &Place, script: &Place) -> bool {
    let folder = Path::new(&requirements.name).parent();
    let folder = folder.unwrap_or(Path::new(""));
    requirements.root == script.root && Path::new(&script.name).starts_with(folder)
}

/// A look at the folders, while it goes on.
struct Looking<'r> {
    rules: &'r Rules,
    scene: Scene,
    /// Device and inode of what was found: links may lead in circles.
    seen: BTreeSet<(u64, u64)>,
}

impl Looking<'_> {
    fn folder(&mut self, path: &Path, place: &Place) {
        let mut waiting = vec![(path.to_owned(), place.clone())];
        while let Some((path, place)) = waiting.pop() {
            if let Err(error) = self.entries(&path, &place, &mut waiting) {
                // One that went while it was looked at is gone, unless somebody named it.
                if error.kind() != io::ErrorKind::NotFound || place.name.is_empty() {
                    self.scene.hidden.insert(place, error.to_string());
                }
            }
        }
    }

    fn entries(
        &mut self,
        path: &Path,
        place: &Place,
        waiting: &mut Vec<(PathBuf, Place)>,
    ) -> io::Result<()> {
        let metadata = fs::metadata(path)?;
        let identity = (metadata.dev(), metadata.ino());
        if !self.seen.insert(identity) {
            return Ok(());
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(path)? {
            names.push(entry?.file_name());
        }
        self.scene.folders.insert(path.to_owned(), identity);
        names.sort();
        for name in names {
            let below = Path::new(&place.name).join(&name);
            if self.rules.passes_over(&below) {
                continue;
            }
            let path = path.join(&name);
            // A link that leads nowhere is not there.
            let Ok(metadata) = fs::metadata(&path) else {
                continue;
            };
            if metadata.is_dir() && !self.rules.recursive {
                continue;
            }
            let kind = self.rules.kind(&below);
            if !metadata.is_dir() && (kind.is_none() || !metadata.is_file()) {
                continue;
            }
            let Some(below) = below.to_str() else {
                let place = Place::new(place.root, &below.to_string_lossy());
                let why = "its name is not UTF-8, so rename it".to_owned();
                self.scene.hidden.insert(place, why);
                continue;
            };
            let place = Place::new(place.root, below);
            match kind {
                _ if metadata.is_dir() => waiting.push((path, place)),
                Some(kind) if self.seen.insert((metadata.dev(), metadata.ino())) => {
                    let stamp = Stamp::of(&metadata);
                    self.scene.files.insert(place, Found { stamp, kind });
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Writes a digest of several things as digits.
pub(super) fn hash(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // Their lengths too: otherwise "ab", "c" would be "a", "bc".
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    digest[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::watch::choices::Choices;

    fn rules(recursive: bool) -> Rules {
        let choices: Choices = toml::from_str(&format!("recursive = {recursive}")).unwrap();
        Rules::of([&choices]).unwrap()
    }

    fn names(scene: &Scene) -> Vec<&str> {
        scene
            .files
            .keys()
            .map(|place| place.name.as_str())
            .collect()
    }

    #[test]
    fn links_that_lead_in_circles_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("deep/er")).unwrap();
        for name in [
            "a.py",
            "deep/b.py",
            "deep/er/requirements.txt",
            "deep/x.txt",
        ] {
            fs::write(path(name), name).unwrap();
        }
        symlink(folder.path(), path("deep/er/up")).unwrap();
        symlink("nowhere", path("gone.py")).unwrap();
        symlink("a.py", path("again.py")).unwrap();
        let roots = Root::all(&[folder.path().to_owned(), path("deep")], "").unwrap();
        let scene = Scene::look(&roots, &rules(true));
        assert_eq!(
            names(&scene),
            ["a.py", "deep/b.py", "deep/er/requirements.txt"]
        );
        assert_eq!(scene.folders.len(), 3);
        let requirements = Place::new(0, "deep/er/requirements.txt");
        assert_eq!(scene.scripts_under(&requirements).count(), 0);
        // Without folders in folders, the second one is on its own.
        let scene = Scene::look(&roots, &rules(false));
        assert_eq!(names(&scene), ["a.py", "b.py"]);
    }

    #[test]
    fn folder_that_is_gone_hides_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let roots = Root::all(&[folder.path().to_owned()], "").unwrap();
        drop(folder);
        let scene = Scene::look(&roots, &rules(true));
        assert!(!scene.sees(&Place::new(0, "a.py")));
        assert!(scene.sees(&Place::new(1, "a.py")));
    }

    #[test]
    fn sessions_are_told_apart_and_legible() {
        let here = tempfile::tempdir().unwrap();
        let paths = [here.path().to_owned()];
        let root = Root::all(&paths, "").unwrap().remove(0);
        let other = Root::all(&paths, "mine:").unwrap().remove(0);
        let session = root.session("orders/ma in.py");
        assert!(session.contains("-orders_ma_in_py-"), "{session}");
        assert_ne!(session, root.session("orders/ma_in.py"));
        assert_ne!(session, other.session("orders/ma in.py"));
        let file = here.path().join("a.py");
        fs::write(&file, "").unwrap();
        assert!(Root::all(&[file], "").is_err());
    }
}
