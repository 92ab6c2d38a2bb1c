//! The inputs to begin with, for what reads Python.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::files;
use crate::Result;

/// Where the Python is that inputs are made of.
const SOURCES: [&str; 5] = [
    "ui-tests/tests",
    "tests",
    "examples",
    "gears-python/tests",
    "editors/python",
];

/// Writes the Python of this checkout's tests as inputs to begin with.
pub(super) fn plant(root: &Path, seeds: &Path) -> Result {
    let mut texts = BTreeSet::new();
    for source in SOURCES {
        collect(&root.join(source), &mut texts)?;
    }
    if texts.len() < 100 {
        return Err(format!("only {} pieces of Python are in {SOURCES:?}", texts.len()).into());
    }
    for (number, text) in texts.iter().enumerate() {
        // The first byte says which version of Python.
        let mut input = vec![(number % 8) as u8];
        input.extend_from_slice(text.as_bytes());
        fs::write(seeds.join(format!("{number:04}")), input)?;
    }
    Ok(())
}

fn collect(folder: &Path, texts: &mut BTreeSet<String>) -> Result {
    for path in files(folder)? {
        if path.is_dir() {
            collect(&path, texts)?;
            continue;
        }
        match path.extension().and_then(|suffix| suffix.to_str()) {
            Some("py") => texts.extend(fs::read_to_string(&path)),
            Some("rs") => texts.extend(raw_strings(&fs::read_to_string(&path)?)),
            _ => {}
        }
    }
    texts.retain(|text| text.len() < 4_096);
    Ok(())
}

fn raw_strings(source: &str) -> Vec<String> {
    source
        .split("r#\"")
        .skip(1)
        .filter_map(|rest| rest.split_once("\"#"))
        .map(|(text, _)| text.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_strings_are_found() {
        let source = "fn f() { r#\"return 1\"# } fn g() { \"no\"; r#\"\nx\n\"# } r#\"open";
        assert_eq!(raw_strings(source), ["return 1", "\nx\n"]);
    }

    #[test]
    fn inputs_come_from_the_tests() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut texts = BTreeSet::new();
        for source in SOURCES {
            collect(&root.join(source), &mut texts).unwrap();
        }
        assert!(texts.len() > 100, "{}", texts.len());
        assert!(texts.iter().any(|text| text.contains("return ")));
    }
}
