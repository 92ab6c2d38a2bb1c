//! What cargo built the engine of.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::LazyLock,
    time::SystemTime,
};

/// When this process first asked: what is edited while tests run is for the next run.
static ASKED: LazyLock<SystemTime> = LazyLock::new(SystemTime::now);

/// Finds a source that has changed since cargo built this engine.
///
/// Cargo writes a list of all sources beside what it builds. Where there is none, such as beside
/// an engine that was installed, nothing can be said against it.
pub(super) fn changed(engine: &Path) -> Option<PathBuf> {
    let asked = *ASKED;
    let built = modified(engine).ok()?;
    let list = fs::read_to_string(engine.with_extension("d")).ok()?;
    parse_sources(&list)
        .into_iter()
        .find(|source| modified(source).is_ok_and(|time| built < time && time <= asked))
}

fn modified(path: &Path) -> io::Result<SystemTime> {
    fs::metadata(path)?.modified()
}

/// Reads a line as for make, `target: source source`, in which a blank of a name is `\ `.
fn parse_sources(list: &str) -> Vec<PathBuf> {
    let Some((_, sources)) = list.split_once(": ") else {
        return Vec::new();
    };
    let mut names = vec![String::new()];
    let mut characters = sources.trim_end().chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            ' ' => names.push(String::new()),
            '\\' if characters.next_if_eq(&' ').is_some() => push(&mut names, ' '),
            other => push(&mut names, other),
        }
    }
    names.into_iter().map(PathBuf::from).collect()
}

fn push(names: &mut [String], character: char) {
    if let Some(name) = names.last_mut() {
        name.push(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_with_their_blanks() {
        let list = "/t/debug/libgears_engine.so: /a/build.rs /a\\ b/src/lib.rs /a/c\\d.rs\n";
        let names = ["/a/build.rs", "/a b/src/lib.rs", "/a/c\\d.rs"];
        assert_eq!(parse_sources(list), names.map(PathBuf::from));
    }

    #[test]
    fn list_that_is_none_names_nothing() {
        for list in ["", "\n", "libgears_engine.so"] {
            assert!(parse_sources(list).is_empty(), "{list:?}");
        }
    }
}
