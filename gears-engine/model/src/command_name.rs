//! Commands that concern functions.

use std::ffi::CStr;

use gears_server::{CommandInfo, Context, INNER_AFTER, INNER_HOOK, Refusal};

/// A command's name, as a script wrote it and as it is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandName {
    /// As the script wrote it.
    pub written: String,
    /// In lower case, as it is looked up.
    pub lower: String,
    /// What the server says of it.
    pub info: CommandInfo,
}

impl CommandName {
    pub(crate) fn look_up(context: &Context, written: &str) -> Option<Self> {
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
    pub fn stored(written: &str, info: CommandInfo) -> Self {
        Self {
            written: written.to_owned(),
            lower: written.to_ascii_lowercase(),
            info,
        }
    }

    pub(crate) fn is_refused_in_scripts(&self) -> bool {
        self.info.no_script || self.info.is_for_blocking(&self.lower)
    }

    /// Finds a command that events are to be linked to.
    ///
    /// # Errors
    ///
    /// Why there can be no link, in RedisGears' words.
    pub fn to_link(context: &Context, written: &str) -> Result<Self, &'static str> {
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
/// For one that could not.
pub fn check_hookable(context: &Context, name: &[u8]) -> Result<(), Refusal> {
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    let refused = name.as_bytes().eq_ignore_ascii_case(INNER_HOOK.to_bytes())
        || CommandName::look_up(context, &name).is_some_and(|name| name.is_refused_in_scripts());
    if refused {
        return Err(Refusal::new(format!(
            "'{name}' is no command that can be hooked"
        )));
    }
    Ok(())
}
