//! Refuses public items whose documentation has no tested example.
//!
//! `doc-examples FOLDER…` reads the sources of the crates in these folders. rustdoc has a lint for
//! this, `missing_doc_code_examples`: it is not stable, and looks at items in public modules only,
//! while ours are in private ones, exported by name.
//!
//! What a look at a value returns needs no example of its own: the type's shows it in use.

#![warn(clippy::expect_used, clippy::unwrap_used)]

mod accessor;
mod documentation;
mod example;
mod exported;
mod included;
mod item;
mod written;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    match run(env::args_os().skip(1).map(PathBuf::from)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(folders: impl Iterator<Item = PathBuf>) -> Result {
    let mut missing = Vec::new();
    for folder in folders {
        missing.extend(without_example(&folder)?);
    }
    if missing.is_empty() {
        return Ok(());
    }
    let count = missing.len();
    let list = missing.join("\n");
    Err(format!(
        "{list}\n{count} public items have no tested example in their documentation: write one \
         under `# Examples`"
    )
    .into())
}

/// Lists the public items of a crate without an example, as `path:line: kind name`, in order.
fn without_example(folder: &Path) -> Result<Vec<String>> {
    let sources = folder.join("src");
    let mut paths = Vec::new();
    files(&sources, &mut paths)?;
    paths.sort();
    let mut parsed = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path)?;
        let mut file = syn::parse_file(&text)
            .map_err(|error| format!("{} is no Rust: {error}", path.display()))?;
        included::read(&mut file, &path)?;
        parsed.push((path, file));
    }
    let exported = exported::names(&sources, &parsed)?;
    let mut count = 0;
    let mut missing = Vec::new();
    for (path, file) in &parsed {
        for item in item::public(file, &exported) {
            count += 1;
            if !item.has_example {
                missing.push(format!("{}:{}: {}", path.display(), item.line, item.name));
            }
        }
    }
    // A crate without any public item is rather one that was read wrongly.
    if count == 0 {
        return Err(format!("no public item was found in {}", sources.display()).into());
    }
    Ok(missing)
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) -> Result {
    let entries = fs::read_dir(folder)
        .map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            files(&path, found)?;
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    Ok(())
}
