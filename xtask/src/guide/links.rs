//! Looks whether the links of built pages lead to a page, to a place on it, or to a file of the checkout.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::places::has_heading;
use super::{CHECKOUT, pages};
use crate::Result;

/// Names every link that leads nowhere. Those to other hosts are not tried: there may be no network.
pub(super) fn check(folder: &Path, root: &Path) -> Result {
    let mut places = BTreeMap::new();
    for page in pages(folder)? {
        let name = page.file_name().unwrap_or_default().to_string_lossy();
        places.insert(name.into_owned(), fs::read_to_string(&page)?);
    }
    let ids: BTreeMap<&str, BTreeSet<&str>> = places
        .iter()
        .map(|(name, text)| (name.as_str(), values(text, "id").collect()))
        .collect();
    let mut lost = Vec::new();
    for (name, text) in &places {
        for link in values(text, "href").chain(values(text, "src")) {
            if !leads_somewhere(link, name, &ids, folder, root)? {
                lost.push(format!("{name}: {link}"));
            }
        }
    }
    if lost.is_empty() {
        return Ok(());
    }
    Err(format!("links of the guide lead nowhere:\n  {}", lost.join("\n  ")).into())
}

fn leads_somewhere(
    link: &str,
    page: &str,
    ids: &BTreeMap<&str, BTreeSet<&str>>,
    folder: &Path,
    root: &Path,
) -> Result<bool> {
    if link.contains("://") || link.starts_with("mailto:") || link.starts_with("data:") {
        return Ok(true);
    }
    let (path, place) = match link.split_once('#') {
        Some((path, place)) => (path, Some(place)),
        None => (link, None),
    };
    if let Some(path) = path.strip_prefix(CHECKOUT) {
        let file = root.join(path);
        return Ok(match place {
            None => file.exists(),
            Some(place) => fs::read_to_string(file).is_ok_and(|text| has_heading(&text, place)),
        });
    }
    let page = match path.is_empty() {
        true => page,
        false => path,
    };
    Ok(match (ids.get(page), place) {
        (Some(ids), Some(place)) => place.is_empty() || ids.contains(place),
        (Some(_), None) => true,
        (None, _) => folder.join(page).exists(),
    })
}

/// Returns the values of an attribute in a page.
fn values<'a>(page: &'a str, attribute: &str) -> impl Iterator<Item = &'a str> {
    let mark = format!(" {attribute}=\"");
    page.match_indices(&mark)
        .map(|(at, mark)| &page[at + mark.len()..])
        .filter_map(|rest| rest.split('"').next())
        .collect::<Vec<_>>()
        .into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_where_they_lead() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let folder = root.join("guide/pages");
        let ids = BTreeMap::from([
            ("a.html", BTreeSet::from(["top"])),
            ("b.html", BTreeSet::new()),
        ]);
        let leads = |link| leads_somewhere(link, "a.html", &ids, &folder, &root).unwrap();
        for link in [
            "b.html",
            "#top",
            "a.html#top",
            "SUMMARY.md",
            "https://example.org/x#y",
            "../../README.md#try-it",
            "../../tests",
        ] {
            assert!(leads(link), "{link}");
        }
        for link in [
            "c.html",
            "#end",
            "b.html#top",
            "../../README.md#no-such",
            "../../no-such",
        ] {
            assert!(!leads(link), "{link}");
        }
    }

    #[test]
    fn attributes_are_read() {
        let page = "<a href=\"x\"><img src=\"y\" alt=\"z\"><h1 id=\"top\">";
        assert_eq!(values(page, "href").collect::<Vec<_>>(), ["x"]);
        assert_eq!(values(page, "id").collect::<Vec<_>>(), ["top"]);
    }
}
