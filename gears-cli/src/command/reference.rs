//! `gears reference`, which makes `guide/pages/cli.md`.

use clap::Args;

use super::Perform;
use crate::{context::Context, failure::Result, reference};

/// Prints the page of all commands and options, in Markdown.
#[derive(Args, Debug)]
#[command(hide = true)]
pub(crate) struct Reference {}

impl Perform for Reference {
    fn perform(self, context: &Context<'_>) -> Result {
        context.output.bytes(reference::page().trim_end().as_bytes())
    }
}
