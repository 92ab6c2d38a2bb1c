//! The files of a crate by their modules.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::Result;

/// The code of each module, without comments and tests, by its path from the crate's root; the
/// root itself has an empty path.
pub(super) type Source = BTreeMap<String, String>;

/// Reads all files below a folder.
///
/// # Errors
///
/// When one cannot be read.
pub(super) fn read(folder: &Path) -> Result<Source> {
    let mut source = Source::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(here) = folders.pop() {
        for entry in fs::read_dir(&here)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let module = path.strip_prefix(folder)?.with_extension("");
                let parts = module.iter().map(|part| part.to_string_lossy());
                let module = parts.collect::<Vec<_>>().join("::");
                let module = if module == "lib" {
                    String::new()
                } else {
                    module
                };
                // What tests import is their own affair.
                if module.rsplit("::").next() != Some("tests") {
                    source.insert(module, code(&fs::read_to_string(&path)?));
                }
            }
        }
    }
    Ok(source)
}

/// Returns the code of a file without its comments and its tests; each line stays where it is.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests").next();
    let lines = code.unwrap_or_default().lines().map(|line| {
        if line.trim_start().starts_with("//") {
            ""
        } else {
            line
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_tests_are_no_code() {
        let text = "//! a\nuse b;\n    // c\nfn d() {}\n#[cfg(test)]\nmod tests {\n use e;\n}\n";
        assert_eq!(code(text), "\nuse b;\n\nfn d() {}");
    }
}
