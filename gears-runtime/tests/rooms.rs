//! The rooms of this crate stand on each other in the order of `docs/architecture.md`.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Stand above all rooms, in this order.
const ROOF: [&str; 3] = ["private", "aio", "lib"];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Returns the rooms from the ground up, as the documentation lists them.
fn rooms() -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/architecture.md");
    let page = fs::read_to_string(page).unwrap();
    let map = page
        .split("## The rooms of `gears-runtime`")
        .nth(1)
        .unwrap();
    let map = map.split("\n## ").next().unwrap();
    let rows = map.lines().filter_map(|line| line.strip_prefix("| `"));
    let rooms = rows.filter_map(|row| row.split_once('`').map(|(room, _)| room.to_owned()));
    rooms.chain(ROOF.map(str::to_owned)).collect()
}

/// Returns every Rust file, by its path from `src`.
fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![source()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                files.push(path.strip_prefix(source()).unwrap().to_owned());
            }
        }
    }
    files
}

fn room_of(file: &Path) -> String {
    let first = file.iter().next().unwrap().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// Returns the code of a file, without its comments and its tests.
fn code_of(file: &Path) -> String {
    let text = fs::read_to_string(source().join(file)).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns what is named behind each `crate::`: a room, or several in braces.
fn named(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            names.push(word(rest));
            continue;
        };
        let mut depth = 0;
        let mut begins = true;
        for (at, char) in group.char_indices() {
            match char {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => begins = true,
                char if begins && !char.is_whitespace() => {
                    names.push(word(&group[at..]));
                    begins = false;
                }
                _ => {}
            }
        }
    }
    names
}

fn word(text: &str) -> String {
    let end = text.find(|char: char| !char.is_alphanumeric() && char != '_');
    text[..end.unwrap_or(text.len())].to_owned()
}

#[test]
fn imports_point_one_way() {
    let rooms = rooms();
    let floor = |room: &str| rooms.iter().position(|one| one == room);
    let mut wrong = Vec::new();
    for file in files() {
        let room = room_of(&file);
        let is_test = file.ends_with("tests.rs");
        let Some(own) = floor(&room) else {
            wrong.push(format!(
                "{} is in no room of docs/architecture.md",
                file.display()
            ));
            continue;
        };
        for name in named(&code_of(&file)) {
            if floor(&name).is_some_and(|other| other > own) && !is_test {
                wrong.push(format!(
                    "{} names `{name}`, which stands above",
                    file.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_room_is_there() {
    for room in rooms() {
        assert!(
            source().join(&room).with_extension("rs").is_file(),
            "{room}"
        );
    }
}

#[test]
fn modules_with_parts_are_files_beside_their_folders() {
    let found: Vec<_> = files()
        .into_iter()
        .filter(|file| file.ends_with("mod.rs"))
        .collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn names_behind_the_crate_are_found() {
    let code = "use crate::{\n    a::{b, c},\n    d::e,\n};\nfn f() -> crate::g::H {}";
    assert_eq!(named(code), ["a", "d", "g"]);
}
