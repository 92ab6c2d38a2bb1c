//! `gears dump`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use serde_json::json;

use super::Perform;
use crate::{context::Context, count::many, failure::Result, file::replace, output::Progress};

/// Writes all registrations to a file, as the scripts that made them.
///
/// All versions of a trigger are in it, and which one is the newest. The file is JSON that can be read and edited. It holds no Python packages, which restoring
/// installs again, no counters, and not who registered: that is who restores.
#[derive(Args, Debug)]
pub(crate) struct Dump {
    /// The file; the standard output when it is - or left out.
    #[arg(value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,
}

impl Perform for Dump {
    fn perform(self, context: &Context<'_>) -> Result {
        // Connecting is a part of it, which a busy server lets wait.
        let spinner = Progress::spinner("reading registrations");
        let dump = crate::dump::Dump::of_server(context.gears()?)?;
        drop(spinner);
        let bytes = dump.to_bytes();
        let output = &context.output;
        let Some(file) = self.file.filter(|file| file != Path::new("-")) else {
            return output.bytes(bytes.trim_ascii_end());
        };
        replace(&file, &bytes)?;
        let (sessions, registrations) = (dump.sessions.len(), dump.registrations());
        if output.is_json() {
            return output.json(&json!({
                "file": file,
                "sessions": sessions,
                "registrations": registrations,
            }));
        }
        output.line(format_args!(
            "wrote {} of {} to {}",
            many(registrations, "registration"),
            many(sessions, "session"),
            file.display()
        ))
    }
}
