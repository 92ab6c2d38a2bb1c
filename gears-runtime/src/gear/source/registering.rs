//! The last statement of a script: what is registered, and for what.

use std::fmt::Write as _;

use super::event;
use crate::{
    gear::{
        cause::{Cause, OnFull},
        descriptor::Gear,
    },
    python::{
        literal::{list, string},
        name::ENTRY,
    },
};

/// Writes the call of `register`.
pub(super) fn write(script: &mut String, gear: &Gear, description: &str) {
    let cause = gear.cause();
    let steps = match &cause {
        Cause::Hook(_) => format!("map({ENTRY})"),
        Cause::Stream(entries) if event::tries_all(entries) => format!(
            "map({ENTRY}).accumulate(_gear_first).foreach(_gear_fail).filter(_gear_nothing)"
        ),
        Cause::Trigger | Cause::Keys(_) | Cause::Stream(_) => format!("flatmap({ENTRY})"),
    };
    // Writing to a `String` cannot fail.
    let _ = write!(
        script,
        "\nGB('{}', desc={}).{steps}.register(\n    {})\n",
        cause.reader(),
        string(description),
        arguments(gear).join(", "),
    );
}

fn arguments(gear: &Gear) -> Vec<String> {
    let mut arguments = match gear.cause() {
        Cause::Trigger => vec![format!("trigger={}", string(gear.trigger()))],
        Cause::Hook(hook) => {
            let mut arguments = vec![format!("hook={}", string(hook.command))];
            if let Some(prefix) = hook.key_prefix {
                arguments.push(format!("keyprefix={}", string(prefix)));
            }
            arguments
        }
        Cause::Keys(events) => {
            let mut arguments = vec![format!("prefix={}", string(events.prefix))];
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
            format!("prefix={}", string(entries.prefix)),
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
