//! What the server says of all its commands, to be looked up while one comes in.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::{Answer, CommandInfo, Context};

/// Every command of the server, by name.
static COMMANDS: OnceLock<HashMap<String, CommandInfo>> = OnceLock::new();

/// Asks the server for them, once.
pub fn load(context: &Context) {
    COMMANDS.get_or_init(|| {
        let Some(Answer::Array(commands)) = context.ask(c"COMMAND", &[]) else {
            return HashMap::new();
        };
        commands
            .iter()
            .filter_map(CommandInfo::read_with_name)
            .collect()
    });
}

/// Returns what is known of a command, whose name is in lower case.
pub fn find(name: &str) -> Option<&'static CommandInfo> {
    COMMANDS.get()?.get(name)
}
