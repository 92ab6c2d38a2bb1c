//! The crates that the engine is made of, and their licences, which go wherever it goes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::process;
use crate::workspace::Workspace;

/// How the names of files begin that tell under which terms a crate is handed on.
const BEGINNINGS: [&str; 5] = ["license", "licence", "copying", "notice", "unlicense"];

/// Writes the list of crates of the engine, with the texts of their licences, and returns the file.
pub(crate) fn write(workspace: &Workspace) -> Result<PathBuf> {
    let mut tree = workspace.cargo(&["tree", "--package", "gears-engine", "--edges", "normal"]);
    let tree = process::capture(tree.args(["--prefix", "none", "--format", "{p}|{l}"]))?;
    let mut metadata = workspace.cargo(&["metadata", "--offline", "--format-version", "1"]);
    let metadata = process::capture(&mut metadata)?;
    let folders = folders(&metadata);
    let mut list = String::new();
    // Many have the same text, word for word.
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, licence) in tree.lines().filter_map(parse).collect::<BTreeSet<_>>() {
        list.push_str(&format!("{name} ({licence})\n"));
        let ending = format!("/{}", name.replace(' ', "-"));
        if let Some(folder) = folders.iter().find(|folder| folder.ends_with(&ending)) {
            for text in read(Path::new(folder))? {
                texts.entry(text).or_default().push(name.clone());
            }
        }
    }
    if list.is_empty() || texts.is_empty() {
        return Err(format!("cargo tree and metadata named no crates: {tree}").into());
    }
    let mut told = format!("The engine is made of these crates, besides its own.\n\n{list}");
    for (text, names) in &texts {
        told.push_str(&format!("\n---- {}\n\n{text}\n", names.join(", ")));
    }
    let folder = workspace.target.join("packaged");
    fs::create_dir_all(&folder)?;
    let file = folder.join("crates.txt");
    fs::write(&file, told)?;
    Ok(file)
}

/// Reads the name with the version, and the licence, of a crate that is not of this workspace.
fn parse(line: &str) -> Option<(String, String)> {
    // What was named above has a mark.
    let (package, licence) = line.trim_end_matches(" (*)").split_once('|')?;
    let mut words = package.split(' ');
    let name = words.next()?;
    let version = words.next()?.strip_prefix('v')?;
    // Those of the workspace have their path behind them.
    let is_ours = words.any(|word| word.starts_with("(/"));
    (!is_ours).then(|| (format!("{name} {version}"), licence.to_owned()))
}

/// Reads the folders of packages out of cargo's metadata, whose paths have nothing to escape where crates are fetched.
fn folders(metadata: &str) -> Vec<&str> {
    let paths = metadata.split("\"manifest_path\":\"").skip(1);
    let manifests = paths.filter_map(|rest| rest.split('"').next());
    manifests
        .filter_map(|path| path.strip_suffix("/Cargo.toml"))
        .collect()
}

/// Reads the texts of licences that a crate has.
fn read(folder: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_lowercase();
        if BEGINNINGS.iter().any(|begin| name.starts_with(begin)) && entry.path().is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    let mut texts = Vec::new();
    for file in files {
        let text = String::from_utf8_lossy(&fs::read(file)?).replace('\r', "");
        texts.push(text.trim().to_owned());
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_of_others_are_read() {
        let own = str::to_owned;
        assert_eq!(
            parse("libc v0.2.191|MIT OR Apache-2.0"),
            Some((own("libc 0.2.191"), own("MIT OR Apache-2.0")))
        );
        assert_eq!(
            parse("serde_derive v1.0.229 (proc-macro)|MIT (*)"),
            Some((own("serde_derive 1.0.229"), own("MIT")))
        );
        assert_eq!(parse("gears-link v0.1.0 (/gears/link)|MIT"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn folders_are_read() {
        let metadata =
            r#"{"packages":[{"name":"a","manifest_path":"/r/a-1.0.0/Cargo.toml","x":1}]}"#;
        assert_eq!(folders(metadata), ["/r/a-1.0.0"]);
    }
}
