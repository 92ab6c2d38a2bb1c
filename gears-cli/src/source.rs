//! Files of Python and of requirements.

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use crate::failure::{Failure, Result};

/// Larger files are no scripts, and a server takes half a gigabyte at most.
const MAX_SIZE: u64 = 64 << 20;

/// Reads a script; `-` is the standard input.
///
/// # Errors
///
/// What cannot be read and what is no text, by its name.
pub(crate) fn read_script(path: &Path) -> Result<String> {
    let what = if path == Path::new("-") {
        "the standard input".to_owned()
    } else {
        path.display().to_string()
    };
    let bytes = read(path).map_err(|error| {
        Failure::usage(format!("{what} cannot be read: {error}")).advice("name a file of Python")
    })?;
    let text = String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains('\0'));
    text.ok_or_else(|| {
        Failure::usage(format!("{what} is no Python: it is not UTF-8 text"))
            .advice("name a file of Python source, not a compiled one, and save it as UTF-8")
    })
}

/// Reads a script's file, or the standard input where the path is `-`.
///
/// # Errors
///
/// It cannot be read, or is too large.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    read_up_to(path, MAX_SIZE)
}

/// Reads a file, or the standard input where the path is `-`, of at most so many bytes.
///
/// # Errors
///
/// It cannot be read, or is larger: devices may have no end.
pub(crate) fn read_up_to(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().take(most + 1).read_to_end(&mut bytes)?
    } else {
        fs::File::open(path)?
            .take(most + 1)
            .read_to_end(&mut bytes)?
    };
    if read as u64 > most {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it is larger than {} MiB", most >> 20),
        ));
    }
    Ok(bytes)
}

/// Returns the text of a file; what some editors begin one with to say that it is UTF-8 is none of it.
///
/// # Errors
///
/// It is no text.
pub(crate) fn text_of(bytes: Vec<u8>) -> io::Result<String> {
    let text = String::from_utf8(bytes)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// Reads files in the form of requirements.txt: a package a line, and comments.
///
/// # Errors
///
/// What cannot be read, and lines that are options of pip, which servers do not take.
pub(crate) fn read_requirements(paths: &[PathBuf]) -> Result<Vec<String>> {
    let mut requirements = Vec::new();
    for path in paths {
        let text = read(path).and_then(text_of).map_err(|error| {
            Failure::usage(format!("{} cannot be read: {error}", path.display()))
                .advice("name a file of packages, one a line")
        })?;
        for (index, line) in text.lines().enumerate() {
            let line = match line.find(" #") {
                Some(comment) => &line[..comment],
                None => line,
            };
            match line.trim() {
                "" => {}
                comment if comment.starts_with('#') => {}
                line if line.starts_with('-') || line.ends_with('\\') => {
                    let why = if line.starts_with('-') {
                        "is an option of pip, which a server does not take"
                    } else {
                        "goes on in the next line, which is pip's to understand"
                    };
                    let place = format!("{}:{}", path.display(), index + 1);
                    return Err(Failure::usage(format!("{place}: `{line}` {why}"))
                        .advice("leave a package on each line, such as requests>=2"));
                }
                requirement => requirements.push(requirement.to_owned()),
            }
        }
    }
    Ok(requirements)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn file(text: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text).unwrap();
        file
    }

    #[test]
    fn requirements_are_lines_without_comments() {
        let file = file(b"# ours\nrequests>=2  # web\n\n  numpy == 2\n");
        let read = read_requirements(&[file.path().to_owned()]).unwrap();
        assert_eq!(read, ["requests>=2", "numpy == 2"]);
    }

    #[test]
    fn requirements_of_other_systems_are_the_same() {
        for text in [
            "\u{feff}# ours\r\nsix\r\n\r\n",
            "\u{feff}six",
            "\u{feff}\r\nsix\r\n",
        ] {
            let file = file(text.as_bytes());
            let read = read_requirements(&[file.path().to_owned()]).unwrap();
            assert_eq!(read, ["six"], "{text:?}");
        }
    }

    #[test]
    fn options_of_pip_are_refused_with_their_line() {
        let file = file(b"requests\n-r other.txt\n");
        let failure = read_requirements(&[file.path().to_owned()]).unwrap_err();
        assert!(
            failure.to_string().contains(":2: `-r other.txt`"),
            "{failure}"
        );
    }

    #[test]
    fn lines_that_go_on_are_no_options() {
        let file = file(b"six \\\n  >=1\n");
        let failure = read_requirements(&[file.path().to_owned()]).unwrap_err();
        assert!(
            failure.to_string().contains(":1: `six \\` goes on"),
            "{failure}"
        );
    }

    #[test]
    fn what_is_no_text_is_no_script() {
        for bytes in [b"\xff\xfe".as_slice(), b"a\0b"] {
            let failure = read_script(file(bytes).path()).unwrap_err();
            assert!(failure.to_string().contains("is no Python"), "{failure}");
        }
        assert!(read_script(Path::new("/")).is_err());
    }
}
