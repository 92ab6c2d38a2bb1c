//! A module with parts is a file beside its folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Cargo takes every file beside it for an example.
const NEEDED: &str = "examples/examples/server/mod.rs";

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        if path.is_dir() && name != "target" && name != ".git" {
            collect(&path, found);
        } else if name == "mod.rs" {
            found.push(path);
        }
    }
}

#[test]
fn modules_with_parts_are_files_beside_their_folders() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    collect(&root, &mut found);
    assert_eq!(found, [root.join(NEEDED)]);
}
