//! The last statement of a script: what is registered, and for what.

use std::{fmt::Write as _, time::Duration};

use super::{Version, Writing, event};
use crate::{
    gear::{
        cause::{Cause, OnFull},
        descriptor::Gear,
        naming::Naming,
    },
    python::{
        literal::{list, string},
        name::ENTRY,
    },
};

/// Writes the call of `register`.
pub(super) fn write(script: &mut String, gear: &Gear, writing: &Writing<'_>, description: &str) {
    let cause = gear.cause();
    let steps = match &cause {
        Cause::Hook(_) => format!("map({ENTRY})"),
        Cause::Stream(entries) if event::tries_all(entries) => format!(
            "map({ENTRY}).accumulate(_gear_first).foreach(_gear_fail).filter(_gear_nothing)"
        ),
        Cause::Trigger | Cause::Function(_) | Cause::Keys(_) | Cause::Stream(_) => {
            format!("flatmap({ENTRY})")
        }
    };
    // Writing to a `String` cannot fail.
    let _ = write!(
        script,
        "\nGB('{}', desc={}).{steps}.register(\n    {})\n",
        cause.reader(),
        string(description),
        arguments(gear, writing).join(", "),
    );
}

fn arguments(gear: &Gear, writing: &Writing<'_>) -> Vec<String> {
    let naming = writing.naming;
    let mut arguments = match gear.cause() {
        Cause::Trigger | Cause::Function(_) => trigger(gear, writing),
        Cause::Hook(hook) => {
            let mut arguments = vec![format!("hook={}", string(hook.command))];
            let prefix = naming.prefixed(hook.key_prefix.unwrap_or_default());
            if !prefix.is_empty() {
                arguments.push(format!("keyprefix={}", string(&prefix)));
            }
            arguments
        }
        Cause::Keys(events) => {
            let mut arguments = vec![pattern(naming, events.prefix)];
            for (name, words) in [
                ("eventTypes", events.events),
                ("keyTypes", events.key_types),
                ("commands", events.commands),
            ] {
                if let Some(words) = words {
                    arguments.push(format!("{name}={}", list(words.iter().copied())));
                }
            }
            if !events.read_value {
                arguments.push("readValue=False".to_owned());
            }
            if events.on_full != OnFull::Drop {
                arguments.push(format!("onFull={}", string(events.on_full.as_str())));
            }
            arguments
        }
        Cause::Stream(entries) => vec![
            pattern(naming, entries.prefix),
            format!("batch={}", entries.batch),
            format!("duration={}", entries.duration_ms),
            format!("onFailedPolicy={}", string(entries.on_failed.as_str())),
            // The server counts in seconds, of which it wants one at least.
            format!(
                "onFailedRetryInterval={}",
                entries.retry_interval_ms.div_ceil(1000).max(1)
            ),
            format!("trimStream={}", if entries.trim { "True" } else { "False" }),
        ],
    };
    arguments.push(format!("mode={}", string(gear.mode().as_str())));
    arguments.push("convertToStr=False".to_owned());
    if gear.is_in_order() {
        arguments.push("inorder=True".to_owned());
    }
    if gear.on_registered().is_some() {
        arguments.push("onRegistered=_gear_on_registered".to_owned());
    }
    if let Some(timeout) = gear.timeout() {
        arguments.push(format!("timeout_ms={}", timeout.as_millis()));
    }
    arguments
}

fn trigger(gear: &Gear, writing: &Writing<'_>) -> Vec<String> {
    let named = |name: &str| format!("trigger={}", string(name));
    let name = writing.naming.name(gear);
    match writing.version {
        Version::None => vec![named(&name)],
        Version::Name => vec![named(&writing.naming.pinned(gear))],
        Version::Kept(keep) => versioned(gear, &name, keep),
        Version::Behind(keep) => {
            let mut arguments = versioned(gear, &name, keep);
            arguments.push("newest=False".to_owned());
            arguments
        }
    }
}

fn versioned(gear: &Gear, name: &str, keep: Duration) -> Vec<String> {
    vec![
        format!("trigger={}", string(name)),
        format!("version={}", string(gear.fingerprint())),
        format!("keep={}", keep.as_millis().max(1)),
    ]
}

fn pattern(naming: &Naming, prefix: &str) -> String {
    format!("prefix={}", string(&naming.prefixed(prefix)))
}
