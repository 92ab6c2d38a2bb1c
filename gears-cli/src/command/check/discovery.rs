//! Which files are meant by the words of the command line.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use walkdir::{DirEntry, WalkDir};

use super::Unreadable;

/// Something to check.
#[derive(Debug, PartialEq)]
pub(super) enum Source {
    StandardInput,
    File(PathBuf),
}

/// Returns the files that are meant, of each directory in the order of their names.
///
/// A file that somebody names is one whatever it is called.
pub(super) fn discover(
    paths: &[PathBuf],
) -> impl Iterator<Item = Result<Source, Unreadable>> {
    paths.iter().flat_map(|path| -> Box<dyn Iterator<Item = _>> {
        if path == Path::new("-") {
            Box::new(std::iter::once(Ok(Source::StandardInput)))
        } else if path.is_dir() {
            Box::new(walk(path))
        } else {
            Box::new(std::iter::once(Ok(Source::File(path.clone()))))
        }
    })
}

fn walk(folder: &Path) -> impl Iterator<Item = Result<Source, Unreadable>> {
    WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !is_left_out(entry))
        .filter_map(|entry| match entry {
            Ok(entry) => is_python(&entry).then(|| {
                // Of the current directory, files are called as people call them.
                let path = entry.path().strip_prefix(".").unwrap_or(entry.path());
                Ok(Source::File(path.to_owned()))
            }),
            Err(error) => Some(Err(Unreadable {
                file: error.path().unwrap_or(Path::new("?")).display().to_string(),
                why: match error.io_error() {
                    Some(error) => error.to_string(),
                    None => error.to_string(),
                },
            })),
        })
}

/// Others write what is hidden, and what virtual environments hold.
fn is_left_out(entry: &DirEntry) -> bool {
    let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
    entry.file_type().is_dir() && (hidden || entry.path().join("pyvenv.cfg").exists())
}

/// Files, and links to files; also those that lead nowhere, so that somebody is told.
fn is_python(entry: &DirEntry) -> bool {
    // Reading a pipe that is called so would wait for ever.
    let readable = match std::fs::metadata(entry.path()) {
        Ok(metadata) => metadata.is_file(),
        Err(_) => true,
    };
    entry.path().extension() == Some(OsStr::new("py")) && readable
}
