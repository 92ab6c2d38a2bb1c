//! The digests of all files.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::Result;
use crate::process;

const FILE: &str = "SHA256SUMS";

/// Writes the digests as `sha256sum --check` reads them, beside the files, and returns them.
pub(super) fn write(shelf: &Path) -> Result<String> {
    let mut names = Vec::new();
    collect(shelf, "", &mut names)?;
    names.sort();
    // macOS has the one that came with Perl.
    let mut sums = match process::find_program("sha256sum") {
        Some(program) => Command::new(program),
        None => {
            let mut shasum = Command::new("shasum");
            shasum.args(["--algorithm", "256"]);
            shasum
        }
    };
    let text = process::capture(sums.args(&names).current_dir(shelf))?;
    fs::write(shelf.join(FILE), &text)?;
    Ok(text)
}

/// Finds the files in a folder and below it, by their paths from there.
fn collect(folder: &Path, before: &str, names: &mut Vec<String>) -> Result {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{before}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), names)?;
        } else if name != FILE {
            names.push(name);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_of_all_files_in_order() {
        let shelf = std::env::temp_dir().join(format!("gears-sums-{}", std::process::id()));
        fs::create_dir_all(shelf.join("wheels")).unwrap();
        fs::write(shelf.join("b"), "").unwrap();
        fs::write(shelf.join("wheels/a"), "a").unwrap();
        for _ in 0..2 {
            let text = write(&shelf).unwrap();
            let names: Vec<_> = text
                .lines()
                .map(|line| line.split_whitespace().nth(1).unwrap())
                .collect();
            assert_eq!(names, ["b", "wheels/a"]);
            assert!(text.starts_with("e3b0c44298fc1c14"), "{text}");
        }
        fs::remove_dir_all(&shelf).unwrap();
    }
}
