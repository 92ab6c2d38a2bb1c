//! `gears completions`.

use std::{env, path::Path};

use clap::Args;
use clap_complete::env::Shells;

use super::Perform;
use crate::{
    context::Context,
    failure::{Code, Failure, Result},
};

/// Prints what makes a shell complete options, ids and names.
///
/// bash: echo 'source <(gears completions bash)' >> ~/.bashrc;
/// zsh: echo 'source <(gears completions zsh)' >> ~/.zshrc;
/// fish: gears completions fish > ~/.config/fish/completions/gears.fish
#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_parser = ["bash", "elvish", "fish", "powershell", "zsh"])]
    shell: String,
}

impl Perform for Completions {
    fn perform(self, context: &Context<'_>) -> Result {
        let shells = Shells::builtins();
        let shell = shells
            .completer(&self.shell)
            .ok_or_else(|| Failure::usage(format!("{} is not known", self.shell)))?;
        // An application has the name of its own binary.
        let called = env::args_os().next().unwrap_or_default();
        let called = Path::new(&called);
        let name = called.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let program = called.to_string_lossy();
        let mut script = Vec::new();
        shell
            .write_registration("COMPLETE", &name, &name, &program, &mut script)
            .map_err(|error| Failure::new(Code::Failed, error.to_string()))?;
        context.output.bytes(&script)
    }
}
