//! The attributes, and which options each has.

/// Which attribute stands on the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// `#[gear_command]`
    Command,
    /// `#[gear_on_keys]`
    Keys,
    /// `#[gear_on_stream]`
    Stream,
    /// `#[gear_function]`
    Function,
}

impl Family {
    /// Whether Rust calls what the attribute stands on, unless it hooks a command.
    pub(crate) fn is_called(self) -> bool {
        matches!(self, Self::Command | Self::Function)
    }

    /// Every option of the attribute, in the order in which messages list them.
    pub(super) fn names(self) -> &'static [&'static str] {
        match self {
            Self::Command => &[
                "trigger",
                "mode",
                "requirements",
                "replace",
                "pinned",
                "description",
                "in_order",
                "key",
                "hook",
                "key_prefix",
                "name",
                "on_registered",
                "file",
                "python",
                "allow",
                "timeout_ms",
                "crate",
            ],
            Self::Keys => &[
                "prefix",
                "events",
                "key_types",
                "commands",
                "read_value",
                "on_full",
                "name",
                "was",
                "mode",
                "requirements",
                "replace",
                "description",
                "on_registered",
                "file",
                "python",
                "allow",
                "timeout_ms",
                "crate",
            ],
            Self::Stream => &[
                "prefix",
                "batch",
                "duration_ms",
                "on_failed",
                "retry_interval_ms",
                "trim",
                "name",
                "was",
                "mode",
                "requirements",
                "replace",
                "description",
                "on_registered",
                "file",
                "python",
                "allow",
                "timeout_ms",
                "crate",
            ],
            Self::Function => &[
                "lib",
                "name",
                "flags",
                "fallback",
                "requirements",
                "replace",
                "description",
                "file",
                "python",
                "allow",
                "crate",
            ],
        }
    }
}

/// The options of `#[gear_fn]`, which makes no gear.
pub(crate) const OF_FUNCTION: &[&str] = &["requirements", "file", "python", "allow", "crate"];

/// The options of `py!`, which come before its text.
pub(crate) const OF_EXPRESSION: &[&str] = &["allow", "python", "crate"];

/// Lists names as messages do.
pub(super) fn listed(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
