//! Looks whether links between pages of Markdown, anywhere in the checkout, lead to headings that are there.
//!
//! Whether the files are there is what `tests/mentions.rs` looks at.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;

/// Names every link to a heading that is not there.
pub(super) fn check(root: &Path) -> Result {
    let mut lost = Vec::new();
    let mut pages = Vec::new();
    collect(root, &mut pages)?;
    for page in pages {
        let text = fs::read_to_string(&page)?;
        for (path, place) in linked(&text) {
            let file = match path.is_empty() {
                true => page.clone(),
                false => page.parent().unwrap_or(root).join(path),
            };
            if file.extension().is_some_and(|end| end == "md")
                && fs::read_to_string(&file).is_ok_and(|text| !has_heading(&text, place))
            {
                lost.push(format!("{}: {path}#{place}", page.display()));
            }
        }
    }
    if lost.is_empty() {
        return Ok(());
    }
    Err(format!("links lead to no heading:\n  {}", lost.join("\n  ")).into())
}

fn collect(folder: &Path, pages: &mut Vec<PathBuf>) -> Result {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            if name != "target" && !name.to_string_lossy().starts_with('.') {
                collect(&path, pages)?;
            }
        } else if path.extension().is_some_and(|end| end == "md") {
            pages.push(path);
        }
    }
    Ok(())
}

/// Returns the files and headings that a page links to in this checkout.
fn linked(page: &str) -> impl Iterator<Item = (&str, &str)> {
    page.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter(|link| !link.contains("://"))
        .filter_map(|link| link.split_once('#'))
}

/// Tells whether a page of Markdown has a heading that forges and mdBook call so.
pub(super) fn has_heading(page: &str, place: &str) -> bool {
    page.lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| line.trim_start_matches('#').trim())
        .any(|heading| {
            let kept = heading
                .chars()
                .filter(|char| char.is_alphanumeric() || " -_".contains(*char));
            let id: String = kept
                .map(|char| match char {
                    ' ' => '-',
                    char => char.to_ascii_lowercase(),
                })
                .collect();
            id == place
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_called_as_forges_call_them() {
        let page = "# The `gears` tool, in 2 lines\n\ntext\n";
        assert!(has_heading(page, "the-gears-tool-in-2-lines"));
        assert!(!has_heading(page, "text"));
    }

    #[test]
    fn links_to_headings_are_read() {
        let page = "[a](b.md#c), [d](#e), [f](g.md), [h](https://i/j#k)";
        assert_eq!(linked(page).collect::<Vec<_>>(), [("b.md", "c"), ("", "e")]);
    }
}
