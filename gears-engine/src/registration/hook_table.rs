//! Which functions are registered for which commands.

use std::collections::HashMap;
use std::sync::Arc;

use gears_model::{CommandName, Kind};
use gears_server::{CommandInfo, Words};

use super::Registration;
use crate::ground::reason::Reason;

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
    pub(crate) fn concerns(&self, words: &impl Words) -> bool {
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
