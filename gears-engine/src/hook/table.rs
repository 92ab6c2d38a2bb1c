//! Which functions are registered for which commands.

use std::collections::HashMap;
use std::ffi::CStr;
use std::sync::Arc;

use gears_server::{CommandInfo, Context, INNER_AFTER, INNER_HOOK, Words};

use super::Reason;
use crate::registration::{Kind, Registration};

/// Commands that work on their own client's connection: run by anybody else
/// they do nothing, so no function can stand in for them.
const OF_A_CONNECTION: [&str; 4] = ["select", "readonly", "readwrite", "asking"];

/// A command's name, as a script wrote it and as it is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CommandName {
    pub(crate) written: String,
    pub(crate) lower: String,
    pub(crate) info: CommandInfo,
}

impl CommandName {
    fn look_up(context: &Context, written: &str) -> Option<Self> {
        let lower = written.to_ascii_lowercase();
        let is = |name: &CStr| name.to_bytes().eq_ignore_ascii_case(lower.as_bytes());
        if is(INNER_HOOK) || is(INNER_AFTER) {
            return None;
        }
        let info = CommandInfo::of(context, &lower)?;
        Some(Self {
            written: written.to_owned(),
            lower,
            info,
        })
    }

    /// Makes a name again that was stored.
    pub(crate) fn stored(written: &str, info: CommandInfo) -> Self {
        Self {
            written: written.to_owned(),
            lower: written.to_ascii_lowercase(),
            info,
        }
    }

    fn is_refused_in_scripts(&self) -> bool {
        self.info.no_script || self.info.is_for_blocking(&self.lower)
    }

    /// Finds a command that events are to be linked to.
    ///
    /// # Errors
    ///
    /// Why there can be no link, in RedisGears' words.
    pub(crate) fn to_link(context: &Context, written: &str) -> Result<Self, &'static str> {
        let name = Self::look_up(context, written).ok_or("bad reply on COMMAND command")?;
        if name.is_refused_in_scripts() {
            return Err("Can not hook a command which are not allowed inside a script");
        }
        if name.info.movable_keys {
            return Err("Can not hook a command with moveable keys by key prefix");
        }
        if !name.info.has_keys() {
            return Err("Can not hook a command by key prefix with none positive first key");
        }
        Ok(name)
    }
}

/// Checks that a command could be hooked; one that does not exist could, and
/// is left to the server to refuse.
///
/// # Errors
///
/// The whole error reply for one that could not.
pub(crate) fn check_hookable(context: &Context, name: &[u8]) -> Result<(), String> {
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    let refused = name.as_bytes().eq_ignore_ascii_case(INNER_HOOK.to_bytes())
        || CommandName::look_up(context, &name).is_some_and(|name| name.is_refused_in_scripts());
    if refused {
        return Err(format!("ERR '{name}' is no command that can be hooked"));
    }
    Ok(())
}

/// The command that a function stands in for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hook {
    pub(crate) command: CommandName,
    /// What a key must begin with; without, the keys do not matter.
    key_prefix: Option<Vec<u8>>,
}

impl Hook {
    /// Finds the command to hook.
    ///
    /// # Errors
    ///
    /// Why it cannot be hooked, in RedisGears' words where it has any.
    pub(crate) fn new(
        context: &Context,
        command: &str,
        key_prefix: Option<&str>,
    ) -> Result<Self, &'static str> {
        let command = CommandName::look_up(context, command)
            .ok_or("Can not override an unexisting command")?;
        if command.is_refused_in_scripts() {
            return Err("Can not override a command which are not allowed inside a script");
        }
        if OF_A_CONNECTION.contains(&command.lower.as_str()) {
            return Err("Can not override a command that only changes its client's connection");
        }
        if key_prefix.is_some() {
            if command.info.movable_keys {
                return Err("Can not override a command with moveable keys by key prefix");
            }
            if !command.info.has_keys() {
                return Err(
                    "Can not override a command by key prefix with none positive first key",
                );
            }
        }
        Ok(Self {
            command,
            key_prefix: key_prefix.map(|prefix| prefix.as_bytes().to_vec()),
        })
    }

    /// Makes a hook again that was stored.
    pub(crate) fn stored(command: CommandName, key_prefix: Option<Vec<u8>>) -> Self {
        Self {
            command,
            key_prefix,
        }
    }

    /// Returns what a key must begin with, if that matters.
    pub(crate) fn key_prefix(&self) -> Option<&[u8]> {
        self.key_prefix.as_deref()
    }

    /// Says whether one call can concern both hooks.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let (Some(one), Some(two)) = (&self.key_prefix, &other.key_prefix) else {
            return self.command.lower == other.command.lower;
        };
        // A command with several keys can have one of each kind, but then
        // both hooks run only because their author said so.
        self.command.lower == other.command.lower && (one.starts_with(two) || two.starts_with(one))
    }

    fn concerns(&self, words: &impl Words) -> bool {
        self.key_prefix.as_ref().is_none_or(|prefix| {
            prefix.is_empty()
                || self
                    .command
                    .info
                    .any_key(words, |key| key.starts_with(prefix))
        })
    }
}

/// What is registered for one command.
pub(crate) struct Hooked {
    pub(crate) info: CommandInfo,
    /// Those that stand in for it, latest first.
    hooks: Vec<Arc<Registration>>,
    /// Those that wait for its events.
    linked: Vec<Arc<Registration>>,
}

impl Hooked {
    /// Says whether anything is registered for a call of the command.
    pub(super) fn concerns(&self, words: &impl Words) -> bool {
        self.links(words) || self.hooks.iter().any(|hook| is_meant(hook, words))
    }

    /// Returns the functions that stand in for a call, in the order in which
    /// they call each other.
    pub(crate) fn chain(&self, words: &impl Words) -> Vec<Arc<Registration>> {
        let hooks = self.hooks.iter();
        hooks
            .filter(|hook| is_meant(hook, words))
            .cloned()
            .collect()
    }

    /// Says whether events of a call are waited for.
    pub(crate) fn links(&self, words: &impl Words) -> bool {
        self.linked.iter().any(|linked| match &linked.kind {
            Kind::Keys(events) => self.info.any_key(words, |key| events.prefix.matches(key)),
            _ => false,
        })
    }
}

fn is_meant(registration: &Registration, words: &impl Words) -> bool {
    matches!(&registration.kind, Kind::Hook { hook, .. } if hook.concerns(words))
}

/// All hooked commands by their names in lower case.
#[derive(Default)]
pub(crate) struct HookTable {
    commands: HashMap<String, Hooked>,
    _reason: Option<Reason>,
}

/// Longer names are looked up too, but not without allocating.
const USUAL_NAME: usize = 64;

impl HookTable {
    /// Gathers what the registrations ask for; they come oldest first.
    pub(crate) fn of<'a>(registrations: impl Iterator<Item = &'a Arc<Registration>>) -> Self {
        let mut commands = HashMap::<String, Hooked>::new();
        let mut hooked = |name: &CommandName, add: &mut dyn FnMut(&mut Hooked)| {
            let entry = commands.entry(name.lower.clone());
            add(entry.or_insert_with(|| Hooked {
                info: name.info.clone(),
                hooks: Vec::new(),
                linked: Vec::new(),
            }));
        };
        for registration in registrations {
            match &registration.kind {
                Kind::Hook { hook, .. } => hooked(&hook.command, &mut |command| {
                    command.hooks.insert(0, Arc::clone(registration));
                }),
                Kind::Keys(events) => {
                    for name in events.commands.iter().flatten() {
                        hooked(name, &mut |command| {
                            command.linked.push(Arc::clone(registration));
                        });
                    }
                }
                Kind::Trigger { .. } | Kind::Stream(_) => {}
            }
        }
        Self {
            _reason: (!commands.is_empty()).then(Reason::new),
            commands,
        }
    }

    /// Finds what is registered for a command; its name is in any case.
    pub(crate) fn find(&self, name: &[u8]) -> Option<&Hooked> {
        let mut buffer = [0; USUAL_NAME];
        let longer;
        let lower = match buffer.get_mut(..name.len()) {
            Some(buffer) => {
                buffer.copy_from_slice(name);
                buffer.make_ascii_lowercase();
                &*buffer
            }
            None => {
                longer = name.to_ascii_lowercase();
                &longer
            }
        };
        self.commands.get(std::str::from_utf8(lower).ok()?)
    }
}
