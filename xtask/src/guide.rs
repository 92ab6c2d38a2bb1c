//! `cargo xtask guide`: the guide, made of `guide/pages` by mdBook, and its links.

mod links;
mod places;

use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::process;
use crate::setup;
use crate::stage::stage;
use crate::tool::Tool;
use crate::workspace::Workspace;

/// What makes the pages, with its version.
pub(crate) const MDBOOK: Tool = Tool {
    name: "mdbook",
    folder: "mdbook",
    pin: include_str!("../guide.txt"),
    size: 5,
};

/// What pages lead to the files of the checkout with, from `guide/pages` as from `target/guide`.
const CHECKOUT: &str = "../../";

/// Sets up, builds and checks.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result {
    let repository = match arguments {
        [] => None,
        [option, url] if option == "--repository" => Some(url.as_str()),
        _ => return Err("`guide` takes --repository URL, and nothing else".into()),
    };
    setup::run(workspace)?;
    stage("guide", "about 1 s", || check(workspace, repository))?;
    eprintln!("{}", folder(workspace).join("index.html").display());
    Ok(())
}

/// Builds it, and looks whether its links lead somewhere.
pub(crate) fn check(workspace: &Workspace, repository: Option<&str>) -> Result {
    let folder = folder(workspace);
    let mut build = MDBOOK.command(&workspace.house)?;
    build
        .env("MDBOOK_LOG", "warn")
        .args(["build", "--dest-dir"])
        .arg(&folder)
        .arg(workspace.root.join("guide"));
    let warnings = process::capture_errors(&mut build)?;
    if !warnings.is_empty() {
        return Err(format!("mdbook warns:\n{warnings}").into());
    }
    unlisted(workspace)?;
    for page in pages(&folder)? {
        let text = fs::read_to_string(&page)?;
        let text = lead_out(&text, workspace, repository);
        fs::write(&page, take_pictures_in(&text, &folder)?)?;
    }
    links::check(&folder, &workspace.root)?;
    places::check(&workspace.root)
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("guide")
}

/// Lists the pages that were made, without those that frame or stand in for others.
fn pages(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_frame = ["404.html", "toc.html"]
            .iter()
            .any(|name| path.ends_with(name));
        if path.extension().is_some_and(|end| end == "html") && !is_frame {
            pages.push(path);
        }
    }
    pages.sort();
    Ok(pages)
}

/// Refuses pages that nothing leads to: mdBook leaves them out without a word.
fn unlisted(workspace: &Workspace) -> Result {
    let folder = workspace.root.join("guide/pages");
    let summary = fs::read_to_string(folder.join("SUMMARY.md"))?;
    for entry in fs::read_dir(&folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".md") && name != "SUMMARY.md" && !summary.contains(&format!("({name})"))
        {
            return Err(format!("guide/pages/SUMMARY.md does not list {name}").into());
        }
    }
    Ok(())
}

/// Makes links to files of the checkout what they were, as mdBook takes any `.md` for a page of its own; they lead to
/// the repository where it is told.
fn lead_out(page: &str, workspace: &Workspace, repository: Option<&str>) -> String {
    let mark = format!("href=\"{CHECKOUT}");
    let mut parts = page.split(&mark);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (link, rest) = part.split_once('"').unwrap_or((part, ""));
        let (path, place) = link.split_at(link.find('#').unwrap_or(link.len()));
        let as_written = path.replace(".html", ".md");
        let path = match workspace.root.join(path).exists() {
            true => path,
            false => &as_written,
        };
        let base = repository.map_or(CHECKOUT.to_owned(), |url| {
            format!("{}/blob/main/", url.trim_end_matches('/'))
        });
        text.push_str(&format!("href=\"{base}{path}{place}\"{rest}"));
    }
    text
}

/// Puts pictures of ours into their pages, where they have the colours that the reader has chosen.
fn take_pictures_in(page: &str, folder: &Path) -> Result<String> {
    let mut parts = page.split("<img src=\"");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (source, rest) = part.split_once('"').unwrap_or((part, ""));
        let picture = match source.ends_with(".svg") {
            true => fs::read_to_string(folder.join(source))?,
            false => String::new(),
        };
        match rest.split_once('>') {
            Some((_, rest)) if picture.contains("class=\"guide-picture\"") => {
                text.push_str(&picture);
                text.push_str(rest);
            }
            _ => text.push_str(&format!("<img src=\"{source}\"{rest}")),
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_the_checkout_are_as_they_were_written() {
        let workspace = Workspace::discover().unwrap();
        let page = "<a href=\"../../README.html#try-it\">a</a> <a href=\"cli.html\">b</a> <a href=\"../../tests\">c</a>";
        assert_eq!(
            lead_out(page, &workspace, None),
            "<a href=\"../../README.md#try-it\">a</a> <a href=\"cli.html\">b</a> <a href=\"../../tests\">c</a>"
        );
        assert_eq!(
            lead_out(page, &workspace, Some("https://example.org/gears/")),
            "<a href=\"https://example.org/gears/blob/main/README.md#try-it\">a</a> <a href=\"cli.html\">b</a> \
             <a href=\"https://example.org/gears/blob/main/tests\">c</a>"
        );
    }

    #[test]
    fn pictures_of_ours_stand_in_the_page() {
        let pages = Workspace::discover().unwrap().root.join("guide/pages");
        let page = "<p><img src=\"pictures/cluster-run.svg\" alt=\"a\" /></p><img src=\"x.png\">";
        let text = take_pictures_in(page, &pages).unwrap();
        assert!(text.starts_with("<p><svg"), "{text}");
        assert!(text.ends_with("</svg>\n</p><img src=\"x.png\">"), "{text}");
    }
}
