//! Rules that tie an option to another one, to the signature or to what servers take.

use syn::LitStr;
use syn::ext::IdentExt;

use crate::errors::Errors;
use crate::model::Command;
use crate::options::{Family, Mode, OnFailed, OnFull};

/// The types of keys that servers know.
const KEY_TYPES: [&str; 8] = [
    "string", "hash", "list", "set", "zset", "stream", "module", "empty",
];

/// Checks all of them.
pub(super) fn check(command: &Command, errors: &Errors) {
    check_function(command, errors);
    check_key_attribute(command, errors);
    check_key(command, errors);
    check_hook(command, errors);
    check_name(command, errors);
    check_pinned(command, errors);
    check_was(command, errors);
    check_order(command, errors);
    check_full(command, errors);
    check_prefix(command, errors);
    check_words(command, errors);
    check_stream(command, errors);
}

/// No `lib`, and names that the server does not take.
fn check_function(command: &Command, errors: &Errors) {
    let options = &command.options;
    if command.family != Family::Function {
        return;
    }
    let fits = |name: &str| {
        !name.is_empty() && { name.chars() }.all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    const RULE: &str = "the server takes letters, digits and underscores";
    match &options.lib {
        None => errors.at(
            &command.name,
            "the library that the function is in is missing, say `#[gear_function(lib = \"…\")]`",
        ),
        Some(lib) if !fits(&lib.value()) => {
            errors.at(lib, format!("this is no name of a library: {RULE}"));
        }
        Some(_) => {}
    }
    match &options.name {
        Some(name) if !fits(&name.value()) => {
            errors.at(name, format!("this is no name of a function: {RULE}"));
        }
        None if !fits(&command.plain_name()) => errors.at(
            &command.name,
            format!("this is no name of a function: {RULE}, say `name = \"…\"`"),
        ),
        _ => {}
    }
}

/// `#[key]` on a parameter of a gear, which has an option for it.
fn check_key_attribute(command: &Command, errors: &Errors) {
    if command.family == Family::Function {
        return;
    }
    for param in &command.params {
        if let Some(key) = &param.key {
            errors.at(
                key,
                match command.family {
                    Family::Command => {
                        format!("say `key = {}` in the attribute of the gear", param.name)
                    }
                    _ => "a gear that nobody calls has no key to be called with, remove `#[key]`"
                        .to_owned(),
                },
            );
        }
    }
}

/// `key = other` where no parameter has that name.
fn check_key(command: &Command, errors: &Errors) {
    let Some(key) = &command.options.key else {
        return;
    };
    if command.options.hook.is_some() {
        errors.at(
            key,
            "a gear that hooks a command has no key to be called with, say `key_prefix = \"…\"` or remove `key`",
        );
        return;
    }
    let names: Vec<String> = command
        .params
        .iter()
        .map(|param| param.plain_name())
        .collect();
    if !names.contains(&key.unraw().to_string()) {
        let message = if names.is_empty() {
            format!("there is no parameter `{key}`, the function has none")
        } else {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            format!(
                "there is no parameter `{key}`, the function has {}",
                names.join(", ")
            )
        };
        errors.at(key, message);
    } else if command.options.mode == Some(Mode::Async) {
        errors.at(
            key,
            "a gear of mode `async` runs on every shard, so no key can route it, use mode `async_local` or remove `key`",
        );
    }
}

/// `trigger` and `hook` together, `key_prefix` without `hook`, a hook for nothing.
fn check_hook(command: &Command, errors: &Errors) {
    let options = &command.options;
    let Some(hook) = &options.hook else {
        if let Some(prefix) = &options.key_prefix {
            errors.at(
                prefix,
                "`key_prefix` is about the keys of a hooked command, say `hook = \"…\"` too",
            );
        }
        return;
    };
    let word = hook.value();
    if word.is_empty() || word.contains(|c: char| c.is_control() || c.is_whitespace()) {
        errors.at(
            hook,
            "`hook` takes the name of one command, like `hook = \"hset\"`",
        );
    }
    if let Some(trigger) = &options.trigger {
        errors.at(
            trigger,
            "a gear is called by its trigger or stands in for a command, remove `trigger` or `hook`",
        );
    }
    if let Some(prefix) = &options.key_prefix {
        if prefix.value().is_empty() {
            errors.at(
                prefix,
                "every key begins with nothing, leave the option out",
            );
        } else if prefix.value().ends_with('*') {
            errors.at(
                prefix,
                "`key_prefix` has no `*`, it is what the keys begin with",
            );
        }
    }
}

/// `pinned` on a gear that Rust does not call.
fn check_pinned(command: &Command, errors: &Errors) {
    if command.options.pinned.is_some()
        && let Some(hook) = &command.options.hook
    {
        errors.at(
            hook,
            "a gear that hooks a command has no stub to pin, remove `pinned`",
        );
    }
}

/// `was` with the name that the gear has.
fn check_was(command: &Command, errors: &Errors) {
    if let Some(was) = &command.options.was
        && was.value() == command.trigger()
    {
        errors.at(
            was,
            "this is the name that the gear has, say the one that it had before or remove `was`",
        );
    }
}

/// `name` on a gear that has a trigger, and names that a description cannot hold.
fn check_name(command: &Command, errors: &Errors) {
    let Some(name) = &command.options.name else {
        return;
    };
    if command.family == Family::Function {
        // Said with the function's own name.
    } else if !command.is_listener() {
        errors.at(
            name,
            "a gear that is called goes by its trigger, say `trigger = \"…\"`",
        );
    } else if name.value().is_empty() {
        errors.at(
            name,
            "a gear needs a name, leave the option out to use the function's",
        );
    } else if name
        .value()
        .contains(|c: char| c.is_control() || matches!(c, '[' | ']'))
    {
        errors.at(
            name,
            "a name cannot hold control characters or brackets, remove them",
        );
    }
}

/// `in_order` where it means nothing.
fn check_order(command: &Command, errors: &Errors) {
    if !command.options.in_order {
        return;
    }
    if let (Some(Mode::Sync), Some(place)) =
        (command.options.mode, command.options.place("in_order"))
    {
        errors.at_span(
            place,
            "calls of mode `sync` run one after another anyway, remove `in_order`",
        );
    }
}

/// `on_full = "wait"` where nothing is queued.
fn check_full(command: &Command, errors: &Errors) {
    let options = &command.options;
    if let (Some(Mode::Sync), Some(OnFull::Wait), Some(place)) =
        (options.mode, options.on_full, options.place("on_full"))
    {
        errors.at_span(
            place,
            "a gear of mode `sync` runs before its writer goes on, so nothing waits for room, remove `on_full`",
        );
    }
}

/// `prefix = ""` and what looks like a pattern.
fn check_prefix(command: &Command, errors: &Errors) {
    let Some(prefix) = &command.options.prefix else {
        return;
    };
    let text = prefix.value();
    if text.is_empty() {
        errors.at(prefix, "this prefix is of no key, use `*` for all keys");
    } else if text.contains('\0') {
        errors.at(prefix, "a prefix cannot hold NUL, remove it");
    } else if text
        .strip_suffix('*')
        .is_some_and(|start| start.contains(['*', '?', '[']))
        || (!text.ends_with('*') && text.contains(['*', '?']))
    {
        errors.at(
            prefix,
            "a prefix is a key's whole name, or what it begins with and one `*` at the end; no other patterns",
        );
    }
}

/// Words that no server knows, and lists of nothing.
fn check_words(command: &Command, errors: &Errors) {
    let options = &command.options;
    for (name, words) in [
        ("events", &options.events),
        ("key_types", &options.key_types),
        ("commands", &options.commands),
    ] {
        let Some(words) = words else {
            continue;
        };
        if let (true, Some(place)) = (words.is_empty(), options.place(name)) {
            errors.at_span(
                place,
                format!("`{name}` lists nothing, leave the option out for all"),
            );
        }
        let mut seen: Vec<String> = Vec::new();
        for word in words {
            let text = word.value().to_lowercase();
            if text.is_empty() || text.contains(|c: char| c.is_control() || c.is_whitespace()) {
                errors.at(word, format!("`{name}` lists words"));
            } else if seen.contains(&text) {
                errors.at(word, format!("duplicate `{text}`, say it once"));
            }
            seen.push(text);
        }
    }
    for key_type in options.key_types.iter().flatten() {
        check_key_type(key_type, errors);
    }
}

fn check_key_type(key_type: &LitStr, errors: &Errors) {
    let word = key_type.value();
    if KEY_TYPES.contains(&word.as_str()) || word.is_empty() {
        return;
    }
    let types: Vec<String> = KEY_TYPES.iter().map(|name| format!("\"{name}\"")).collect();
    let message = format!("unknown key type `{word}`, use one of {}", types.join(", "));
    errors.at(key_type, message);
}

/// What a stream's gear cannot be at once.
fn check_stream(command: &Command, errors: &Errors) {
    let options = &command.options;
    if command.family != Family::Stream {
        return;
    }
    let policy = options.on_failed.unwrap_or_default();
    if let (Some(Mode::Sync), OnFailed::Abort | OnFailed::Retry, Some(place)) =
        (options.mode, policy, options.place("on_failed"))
    {
        errors.at_span(
            place,
            "a gear of mode `sync` cannot stop or try again, use mode `async_local` or remove `on_failed`",
        );
    }
    if let (Some(interval), Some(place)) = (
        options.retry_interval_ms,
        options.place("retry_interval_ms"),
    ) {
        if policy != OnFailed::Retry {
            errors.at_span(
                place,
                "only `on_failed = \"retry\"` tries again, say so or remove `retry_interval_ms`",
            );
        } else if interval % 1000 != 0 {
            errors.at_span(
                place,
                "servers count this time in whole seconds, use a multiple of 1000",
            );
        }
    }
    if let (Some(_), 1, Some(place)) = (
        options.duration_ms,
        options.batch.unwrap_or(1),
        options.place("duration_ms"),
    ) {
        errors.at_span(
            place,
            "a batch of one never waits, say `batch = …` or remove `duration_ms`",
        );
    }
}
