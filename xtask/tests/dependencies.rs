//! What the manifests name as a dependency is one.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn manifest(folder: &Path) -> String {
    fs::read_to_string(folder.join("Cargo.toml")).unwrap()
}

fn members() -> Vec<PathBuf> {
    let manifest = manifest(&root());
    let list = manifest.split("members = [").nth(1).unwrap();
    let list = list.split(']').next().unwrap();
    let folders = list.split('"').skip(1).step_by(2);
    folders.map(|folder| root().join(folder)).collect()
}

/// Returns the names in the sections whose title ends so.
fn names<'a>(manifest: &'a str, title: &str) -> Vec<&'a str> {
    let mut is_there = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if let Some(section) = line.strip_prefix('[') {
            is_there = section.trim_end_matches(']').ends_with(title);
        } else if is_there && !line.starts_with('#') {
            names.extend(
                line.split(['.', ' '])
                    .next()
                    .filter(|name| !name.is_empty()),
            );
        }
    }
    names
}

/// Adds up the Rust of a package, without that of packages in it.
fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().unwrap() != "target" {
            if !path.join("Cargo.toml").exists() {
                sources(&path, text);
            }
        } else if path.extension().is_some_and(|end| end == "rs") {
            text.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

/// Tells whether the text has the name as a word of its own.
fn is_used(text: &str, name: &str) -> bool {
    let is_part = |char: char| char.is_alphanumeric() || char == '_';
    text.match_indices(name).any(|(at, _)| {
        !text[..at].ends_with(is_part) && !text[at + name.len()..].starts_with(is_part)
    })
}

#[test]
fn members_use_what_they_depend_on() {
    let mut unused = Vec::new();
    for folder in members() {
        let mut text = String::new();
        sources(&folder, &mut text);
        for name in names(&manifest(&folder), "dependencies") {
            if !is_used(&text, &name.replace('-', "_")) {
                unused.push(format!("{}: {name}", folder.display()));
            }
        }
    }
    assert_eq!(unused, [""; 0]);
}

#[test]
fn members_inherit_each_version() {
    let root = manifest(&root());
    let used: Vec<String> = members().iter().map(|folder| manifest(folder)).collect();
    let mut unused = names(&root, "workspace.dependencies");
    assert!(unused.contains(&"redis"), "{unused:?}");
    unused.retain(|name| {
        !used
            .iter()
            .any(|manifest| names(manifest, "dependencies").contains(name))
    });
    assert_eq!(unused, [""; 0]);
}

#[test]
fn words_are_whole() {
    assert!(is_used("use toml;", "toml"));
    assert!(!is_used("use toml_edit; fn from_toml() {}", "toml"));
}
