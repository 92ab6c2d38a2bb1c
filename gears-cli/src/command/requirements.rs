//! `gears requirements`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueHint};
use clap_complete::ArgValueCompleter;
use gears_runtime::data::PyRequirement;
use serde_json::{Value as Json, json};

use super::Perform;
use crate::{
    completion,
    context::Context,
    failure::{Code, Failure, Result},
    file::replace,
    json,
    output::{Cell, Progress, Table},
    shard, source,
};

/// Packages with all that they need are smaller.
const MAX_SIZE: u64 = 4 << 30;
/// Servers refuse longer words, and take all chunks together.
const CHUNK: usize = 16 << 20;

/// Lists the Python packages of the server, and moves them between servers.
#[derive(Args, Debug)]
pub(crate) struct Requirements {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Lists the packages of the server; what is done when nothing is said.
    List,
    /// Writes a package to a file, with all it needs, for a server without a network.
    Export {
        /// The package, as it was asked for.
        #[arg(add = ArgValueCompleter::new(completion::requirements))]
        requirement: String,
        /// The file to write.
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// Brings packages from files that were exported.
    Import {
        /// The files to read, - for the standard input.
        #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
        files: Vec<PathBuf>,
    },
}

impl Perform for Requirements {
    fn perform(self, context: &Context<'_>) -> Result {
        match self.action.unwrap_or(Action::List) {
            Action::List => list(context),
            Action::Export { requirement, file } => export(context, &requirement, &file),
            Action::Import { files } => import(context, &files),
        }
    }
}

fn list(context: &Context<'_>) -> Result {
    let all = context.gears()?.py_dump_reqs()?;
    let output = &context.output;
    if output.is_json() {
        return output.json(&all.iter().map(of_requirement).collect());
    }
    if all.is_empty() {
        output.note("no packages are installed");
        return Ok(());
    }
    let mut table = Table::new(["REQUIREMENT", "INSTALLED", "SESSIONS", "WHEELS"]);
    for one in &all {
        table.row([
            Cell::text(&one.name),
            Cell::text(if one.is_installed { "yes" } else { "no" }),
            Cell::number(one.ref_count.map(|count| count.to_string()).unwrap_or_default()),
            Cell::text(one.wheels.files().unwrap_or_default().join(" ")),
        ]);
    }
    output.table(&table)
}

fn of_requirement(one: &PyRequirement) -> Json {
    json!({
        "name": one.name,
        "package": one.package(),
        "downloaded": one.is_downloaded,
        "installed": one.is_installed,
        "os": one.compiled_os,
        "wheels": one.wheels.files(),
        "path": one.path,
        "sessions": one.ref_count,
        "extra": json::of_map(one.extra()),
    })
}

fn export(context: &Context<'_>, requirement: &str, file: &Path) -> Result {
    let spinner = Progress::spinner(format!("exporting {requirement}"));
    let mut exported = Err(Failure::server("the cluster has no shards"));
    // What one shard installed, the others may not have.
    for shard in shard::apart(context.gears()?)? {
        exported = shard.gears.py_export_req(requirement).map_err(Failure::from);
        if exported.is_ok() {
            break;
        }
    }
    let exported = exported.map_err(|failure| {
        failure.advice("`gears requirements` lists those that there are")
    })?;
    drop(spinner);
    let bytes = exported.chunks.concat();
    replace(file, &bytes)?;
    let output = &context.output;
    if output.is_json() {
        return output.json(&json!({
            "requirement": of_requirement(&exported.requirement),
            "file": file,
            "bytes": bytes.len(),
        }));
    }
    let size = indicatif::HumanBytes(bytes.len() as u64);
    output.line(format_args!("wrote {requirement} to {} ({size})", file.display()))
}

fn import(context: &Context<'_>, files: &[PathBuf]) -> Result {
    // All are read before the first is sent.
    let mut read = Vec::new();
    for file in files {
        let bytes = source::read_up_to(file, MAX_SIZE);
        let bytes = bytes.map_err(|error| {
            Failure::usage(format!("{} cannot be read: {error}", file.display()))
                .advice("name a file that `gears requirements export` wrote")
        })?;
        read.push((file, bytes));
    }
    let gears = context.gears()?;
    let progress = Progress::of(read.len(), "importing");
    for (done, (file, bytes)) in read.iter().enumerate() {
        gears.py_import_req(bytes.chunks(CHUNK)).map_err(|error| {
            Failure::new(
                Code::Server,
                format!("{}: {error}; {done} of {} were imported", file.display(), read.len()),
            )
            .advice("importing what is there already does no harm: correct it, and run it again")
        })?;
        progress.step();
    }
    drop(progress);
    let output = &context.output;
    if output.is_json() {
        return output.json(&json!({ "imported": files }));
    }
    output.line(format_args!("imported {}", files.len()))
}
