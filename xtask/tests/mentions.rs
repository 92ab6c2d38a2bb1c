//! Paths that documents and comments name are there.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// What is no part of the checkout, wherever it stands.
const ELSEWHERE: [&str; 3] = ["target", ".git", "__pycache__"];

/// Its links are those of `guide/pages/cli.md`, of which it is the text.
const WRITTEN_FOR_ANOTHER_FOLDER: &str = "gears-cli/src/reference.md";

/// Lists what documents and comments name that is not there, as `file:line: path`.
fn missing(root: &Path) -> Vec<String> {
    let tree = Tree::read(root);
    let mut missing = Vec::new();
    for file in &tree.files {
        let is_page = file.extension().is_some_and(|end| end == "md");
        if !is_page && file.extension().is_none_or(|end| end != "rs") {
            continue;
        }
        let text = fs::read_to_string(root.join(file)).unwrap();
        let mut is_in_fence = false;
        for (at, line) in text.lines().enumerate() {
            let begin = line.trim_start();
            if is_page && begin.starts_with("```") {
                is_in_fence = !is_in_fence;
            }
            if is_in_fence || (!is_page && !begin.starts_with("//")) {
                continue;
            }
            let mut report = |path| missing.push(format!("{}:{}: {path}", file.display(), at + 1));
            for path in in_backticks(line) {
                if !tree.has(file, path, is_page) {
                    report(path);
                }
            }
            if is_page && file != Path::new(WRITTEN_FOR_ANOTHER_FOLDER) {
                for path in linked(line) {
                    if !tree.has_beside(file, path) {
                        report(path);
                    }
                }
            }
        }
    }
    missing
}

/// What is in the checkout, by paths from its root.
struct Tree {
    files: BTreeSet<PathBuf>,
    folders: BTreeSet<PathBuf>,
}

impl Tree {
    fn read(root: &Path) -> Self {
        let mut tree = Self {
            files: BTreeSet::new(),
            folders: BTreeSet::from([PathBuf::new()]),
        };
        let mut unread = vec![PathBuf::new()];
        while let Some(folder) = unread.pop() {
            for entry in fs::read_dir(root.join(&folder)).unwrap() {
                let entry = entry.unwrap();
                let name = entry.file_name();
                if ELSEWHERE.iter().any(|one| name == *one) {
                    continue;
                }
                let path = folder.join(name);
                if entry.file_type().unwrap().is_dir() {
                    tree.folders.insert(path.clone());
                    unread.push(path);
                } else {
                    tree.files.insert(path);
                }
            }
        }
        tree
    }

    fn contains(&self, path: &Path) -> bool {
        self.files.contains(path) || self.folders.contains(path)
    }

    /// Tells whether a word is there, if it is a path of this repository.
    ///
    /// That is one that begins with a folder of the root, and on a page also the end of a path of
    /// Rust: rooms are described by what their files are called.
    fn has(&self, file: &Path, word: &str, is_page: bool) -> bool {
        let path = Path::new(word);
        let first = path.iter().next().unwrap_or_default();
        if word.contains('/') && self.folders.contains(Path::new(first)) {
            return self.contains(path)
                || self.has_beside(file, word)
                || self.contains(&self.package_of(file).join(path));
        }
        !is_page
            || path.extension().is_none_or(|end| end != "rs")
            || self.files.iter().any(|one| one.ends_with(path))
    }

    fn has_beside(&self, file: &Path, path: &str) -> bool {
        let mut place = file.parent().map(Path::to_owned).unwrap_or_default();
        for step in Path::new(path) {
            if step != ".." {
                place.push(step);
            } else if !place.pop() {
                return false;
            }
        }
        self.contains(&place)
    }

    /// Returns the folder of the package that a file belongs to.
    fn package_of<'a>(&self, file: &'a Path) -> &'a Path {
        file.ancestors()
            .skip(1)
            .find(|folder| self.files.contains(&folder.join("Cargo.toml")))
            .unwrap_or(Path::new(""))
    }
}

/// Returns the words in backticks that could be paths, without a line number at their end.
fn in_backticks(line: &str) -> impl Iterator<Item = &str> {
    line.split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| {
            word.chars()
                .all(|char| char.is_ascii_alphanumeric() || "/._-:".contains(char))
        })
        .filter(|word| !word.contains("::") && !word.contains("//"))
        .map(|word| word.split(':').next().unwrap_or_default())
}

/// Returns what a line links to in this repository, without the place in the file. Links as `macro@name` are rustdoc's.
fn linked(line: &str) -> impl Iterator<Item = &str> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', '#']).next())
        .filter(|link| !link.is_empty() && !link.contains("://") && !link.contains('@'))
}

fn tree(files: &[&str]) -> Tree {
    let files: BTreeSet<PathBuf> = files.iter().map(PathBuf::from).collect();
    let folders = files.iter().flat_map(|file| file.ancestors().skip(1));
    Tree {
        folders: folders.map(Path::to_owned).collect(),
        files,
    }
}

#[test]
fn paths_are_found_from_root_package_and_file() {
    let tree = tree(&["docs/wire.md", "tests/Cargo.toml", "tests/tests/ui.rs"]);
    let page = Path::new("docs/architecture.md");
    let source = Path::new("tests/src/lib.rs");
    assert!(tree.has(page, "tests/tests/ui.rs", true));
    assert!(tree.has(source, "tests/ui.rs", false));
    assert!(!tree.has(page, "tests/ui.rs", true));
    assert!(!tree.has(page, "tests/tests/regression", true));
    assert!(tree.has_beside(page, "wire.md"));
    assert!(tree.has_beside(page, "../tests"));
    assert!(!tree.has_beside(page, "../../tests"));
}

#[test]
fn pages_name_files_of_rust_by_their_ends() {
    let tree = tree(&["engine/src/persist/wire.rs"]);
    let page = Path::new("README.md");
    assert!(tree.has(page, "persist/wire.rs", true));
    assert!(!tree.has(page, "ersist/wire.rs", true));
    assert!(!tree.has(page, "persist/pickle.rs", true));
    assert!(tree.has(page, "gears/x.py", true), "somebody else's");
}

#[test]
fn words_that_are_no_paths_are_left_out() {
    let line = "`a/b.rs:12:5`, `x::y/z`, `redis://h/`, `a b/c` and `docs/x` [y](z.md#w), [u](https://v/), \
                [py](macro@py)";
    assert_eq!(in_backticks(line).collect::<Vec<_>>(), ["a/b.rs", "docs/x"]);
    assert_eq!(linked(line).collect::<Vec<_>>(), ["z.md"]);
}

#[test]
fn this_repository_names_what_it_has() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let missing = missing(&root);
    assert_eq!(missing, [""; 0]);
}
