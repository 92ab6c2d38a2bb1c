use crate::model::Command;
use crate::options::Mode;
use crate::python::Python;

/// What rustdoc shows beneath the user's own words: trigger, mode and the Python itself.
pub(crate) fn stub_docs(command: &Command, python: &Python) -> String {
    let trigger = code_span(&command.trigger());
    let mode = command.options.mode.unwrap_or_default();
    let place = match mode {
        Mode::AsyncLocal => "on a worker of the shard that receives the call",
        Mode::Async => "on a worker of every shard",
        Mode::Sync => "on the main thread of the shard that receives the call",
    };
    let fence = "`".repeat(longest_run(&python.text).max(2) + 1);
    format!(
        "\n\nA gear: the trigger {trigger}, run {place} (mode `{mode}`).\n\n{fence}python\n{text}\n{fence}",
        mode = mode.word(),
        text = python.text,
    )
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
