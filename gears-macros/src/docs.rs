use std::fmt::Write as _;

use syn::ext::IdentExt;

use crate::model::Command;
use crate::options::{Family, Mode};
use crate::python::Python;

/// What rustdoc shows beneath the user's own words: trigger, mode and the Python itself.
pub(crate) fn stub_docs(command: &Command, python: &Python) -> String {
    if command.family == Family::Function {
        return function_docs(command, python);
    }
    let trigger = code_span(&command.trigger());
    let mode = command.options.mode.unwrap_or_default();
    let place = match mode {
        Mode::AsyncLocal => "on a worker of the shard that receives the call",
        Mode::Async => "on a worker of every shard",
        Mode::Sync => "on the main thread of the shard that receives the call",
    };
    let mut docs = format!(
        "\n\nA gear: the trigger {trigger}, run {place} (mode `{mode}`)",
        mode = mode.word(),
    );
    if let Some(key) = &command.options.key {
        // Writing to a `String` cannot fail, here and below.
        let _ = write!(docs, ", routed by the key `{}`", key.unraw());
    }
    if command.options.in_order {
        docs.push_str(", one call after another");
    }
    if let Some(timeout) = command.options.timeout_ms {
        let _ = write!(docs, ", for {timeout} ms at most");
    }
    docs.push('.');
    push_python(&mut docs, python);
    docs
}

/// What rustdoc shows beneath the user's own words about a function of the server's.
fn function_docs(command: &Command, python: &Python) -> String {
    let options = &command.options;
    let library = options.lib.as_ref().map(syn::LitStr::value);
    let mut docs = format!(
        "\n\nA function of the server's: {} in the library {}",
        code_span(&command.trigger()),
        code_span(&library.unwrap_or_default()),
    );
    if !options.flags.is_empty() {
        // Writing to a `String` cannot fail.
        let _ = write!(docs, ", with the flags `{}`", options.flags.join("`, `"));
    }
    docs.push_str(match options.fallback {
        true => ". Where the server has no functions in Python it is a gear of mode `sync`.",
        false => ".",
    });
    push_python(&mut docs, python);
    docs
}

/// What rustdoc shows beneath the user's own words about a gear that nobody calls.
pub(crate) fn listener_docs(command: &Command, python: &Python) -> String {
    let options = &command.options;
    let prefix = options
        .prefix
        .as_ref()
        .map_or_else(|| "*".to_owned(), syn::LitStr::value);
    let prefix = code_span(&prefix);
    let cause = match (command.family, &options.hook) {
        (Family::Command, Some(hook)) => {
            format!("stands in for the command {}", code_span(&hook.value()))
        }
        (Family::Command | Family::Function | Family::Keys, _) => {
            format!("the server runs it when something happens to the keys {prefix}")
        }
        (Family::Stream, _) => {
            format!("the server runs it for the entries of the streams {prefix}")
        }
    };
    let mut docs = format!(
        "\n\nA gear that no Rust calls: {cause} (mode `{}`). Its descriptor is `GEAR`; `register_all` registers it.",
        options.mode.unwrap_or_default().word(),
    );
    push_python(&mut docs, python);
    docs
}

fn push_python(docs: &mut String, python: &Python) {
    let fence = "`".repeat(longest_run(&python.text).max(2) + 1);
    let _ = write!(docs, "\n\n{fence}python\n{}\n{fence}", python.text);
}

/// What rustdoc shows beneath the user's own words about a Python function.
pub(crate) fn python_docs(text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("\n\nA Python function:\n\n{fence}python\n{text}\n{fence}")
}

/// Markdown for some text as code, whatever backticks it holds.
fn code_span(text: &str) -> String {
    let ticks = "`".repeat(longest_run(text) + 1);
    if text.starts_with('`') || text.ends_with('`') {
        format!("{ticks} {text} {ticks}")
    } else {
        format!("{ticks}{text}{ticks}")
    }
}

/// The length of the longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backticks_do_not_get_out() {
        assert_eq!(code_span("a"), "`a`");
        assert_eq!(code_span("a``b"), "```a``b```");
        assert_eq!(code_span("`"), "`` ` ``");
    }
}
