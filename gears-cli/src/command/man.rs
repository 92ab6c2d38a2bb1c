//! `gears man`.

use std::{fs, path::PathBuf};

use clap::{Args, CommandFactory as _, ValueHint};

use super::Perform;
use crate::{context::Context, failure::{Failure, Result}, file::replace, options::Options};

/// Prints the manual page, or writes the pages of all commands into a folder.
///
/// `gears man | man -l -` shows it.
#[derive(Args, Debug)]
pub(crate) struct Man {
    /// Write a page for each command into this folder.
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    folder: Option<PathBuf>,
}

impl Perform for Man {
    fn perform(self, context: &Context<'_>) -> Result {
        let mut all = Options::command();
        all.build();
        let Some(folder) = self.folder else {
            return context.output.bytes(&page(all)?);
        };
        fs::create_dir_all(&folder).map_err(|error| {
            Failure::usage(format!("{} cannot be made: {error}", folder.display()))
                .advice("name a folder that you may write to")
        })?;
        let mut waiting = vec![all];
        while let Some(command) = waiting.pop() {
            let subcommands = command.get_subcommands().filter(|one| !one.is_hide_set());
            waiting.extend(subcommands.filter(|one| one.get_name() != "help").cloned());
            let name = command.get_display_name().unwrap_or(command.get_name());
            let path = folder.join(format!("{name}.1"));
            replace(&path, &page(command)?)?;
            context.output.line(path.display())?;
        }
        Ok(())
    }
}

fn page(command: clap::Command) -> Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    Ok(page)
}
