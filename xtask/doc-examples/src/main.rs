//! Stands in for rustdoc, and refuses public items whose documentation has no tested example.
//!
//! `cargo xtask docs` names this program in `RUSTDOC`, so that cargo calls it once for each
//! crate. It calls rustdoc, and for the crates that `--cfg examples_of="crate"` names once more,
//! for the JSON that describes them. A failure here is a failure of rustdoc to cargo, so a crate
//! that was refused is never taken for done; and cargo looks at all crates anew when these flags
//! (`RUSTDOCFLAGS`) change.
//!
//! rustdoc has a lint of its own for this, `missing_doc_code_examples`. It looks at items in
//! public modules only, and ours are in private ones, exported by name.

mod example;
mod surface;

use std::{
    env,
    ffi::OsString,
    fs,
    path::PathBuf,
    process::{Command, ExitCode},
};

use serde_json::Value;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    match run(&env::args_os().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[OsString]) -> Result {
    rustdoc(arguments, &[])?;
    let Some(name) = after(arguments, &["--crate-name"]).and_then(|name| name.to_str()) else {
        return Ok(());
    };
    let chosen = format!("examples_of=\"{name}\"");
    if !arguments.iter().any(|word| *word == *chosen) {
        return Ok(());
    }
    // It has warned already, if there was anything to warn of.
    rustdoc(arguments, &["--output-format=json", "--cap-lints=allow"])?;
    let folder = after(arguments, &["-o", "--out-dir"]).ok_or("rustdoc was given no folder")?;
    let file = PathBuf::from(folder).join(format!("{name}.json"));
    let text = fs::read_to_string(&file)
        .map_err(|error| format!("what rustdoc wrote is not at {}: {error}", file.display()))?;
    let missing = surface::without_example(&serde_json::from_str::<Value>(&text)?)?;
    if missing.is_empty() {
        return Ok(());
    }
    let count = missing.len();
    let list = missing.join("\n");
    Err(format!(
        "{list}\n{count} public items of {name} have no tested example in their documentation: \
         write one under `# Examples`"
    )
    .into())
}

/// Calls rustdoc, which takes unstable options in this way on a stable toolchain.
fn rustdoc(arguments: &[OsString], more: &[&str]) -> Result {
    let status = Command::new("rustdoc")
        .args(arguments)
        .args(more)
        .env("RUSTC_BOOTSTRAP", "1")
        .status()
        .map_err(|error| format!("cannot start rustdoc: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("rustdoc failed: {status}").into())
    }
}

/// Returns the word after one of these options.
fn after<'a>(arguments: &'a [OsString], options: &[&str]) -> Option<&'a OsString> {
    let place = arguments
        .iter()
        .position(|word| options.iter().any(|option| word == option))?;
    arguments.get(place + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_found_with_their_words() {
        let words = ["--crate-name", "shop", "-o", "/doc", "--test"].map(OsString::from);
        assert_eq!(after(&words, &["--crate-name"]).unwrap(), "shop");
        assert_eq!(after(&words, &["-o", "--out-dir"]).unwrap(), "/doc");
        assert_eq!(after(&words, &["--test"]), None);
    }
}
