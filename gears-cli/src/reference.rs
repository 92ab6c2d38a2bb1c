//! The page of all commands and options, `guide/pages/cli.md`.

use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory as _};

use crate::options::Options;

/// Stands before the commands.
const INTRODUCTION: &str = include_str!("reference.md");

/// Writes the page.
pub(crate) fn page() -> String {
    let mut all = Options::command();
    all.build();
    let mut page = INTRODUCTION.trim_end().to_owned();
    page.push_str("\n\n## Options of all commands\n\n");
    page.push_str(&options(&all, true));
    page.push_str("\n## Commands\n");
    for command in all.get_subcommands().filter(|one| is_shown(one)) {
        write_command(&mut page, command, 3);
    }
    page
}

fn is_shown(command: &Command) -> bool {
    !command.is_hide_set() && command.get_name() != "help"
}

fn write_command(page: &mut String, command: &Command, level: usize) {
    let name = command.get_bin_name().unwrap_or(command.get_name());
    let about = command.get_long_about().or(command.get_about());
    let marks = "#".repeat(level);
    // Writing into a text cannot fail.
    let _ = write!(page, "\n{marks} `{name}`\n\n");
    if let Some(about) = about {
        let _ = write!(page, "{}\n\n", sentence(&about.to_string()));
    }
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let _ = write!(page, "```text\n{usage}\n```\n");
    let table = options(command, false);
    if !table.is_empty() {
        let _ = write!(page, "\n{table}");
    }
    for subcommand in command.get_subcommands().filter(|one| is_shown(one)) {
        write_command(page, subcommand, level + 1);
    }
}

/// Writes a table of arguments and options: those that all commands have, or the others.
fn options(command: &Command, global: bool) -> String {
    let mut rows = String::new();
    for arg in command.get_arguments() {
        let chosen = arg.is_global_set() == global || (global && arg.get_id() == "version");
        if !chosen || arg.is_hide_set() {
            continue;
        }
        let help = arg
            .get_long_help()
            .or(arg.get_help())
            .map(ToString::to_string);
        let help = sentence(&help.unwrap_or_default()).replace('\n', " ");
        let values = possible_values(arg);
        let _ = writeln!(
            rows,
            "| `{}` | {help}{values} |",
            spelling(arg).replace('|', "\\|")
        );
    }
    if rows.is_empty() {
        return rows;
    }
    format!("| | |\n| --- | --- |\n{rows}")
}

fn sentence(text: &str) -> String {
    text.replace('<', "&lt;").replace('|', "\\|")
}

/// Writes how an option is spelt: `-h, --host <HOST>`.
fn spelling(arg: &Arg) -> String {
    let takes = arg.get_action().takes_values()
        && arg
            .get_num_args()
            .is_none_or(|range| range.max_values() > 0);
    let values = arg.get_value_names().unwrap_or_default();
    let values = values
        .iter()
        .map(|value| format!("<{value}>"))
        .collect::<Vec<_>>()
        .join(" ");
    if arg.is_positional() {
        let values = if arg
            .get_num_args()
            .is_some_and(|range| range.max_values() > 1)
        {
            format!("{values}…")
        } else {
            values
        };
        return if arg.is_required_set() {
            values
        } else {
            format!("[{}]", values.replace(['<', '>'], ""))
        };
    }
    let mut names = Vec::new();
    names.extend(arg.get_short().map(|short| format!("-{short}")));
    names.extend(arg.get_long().map(|long| format!("--{long}")));
    names.extend(
        arg.get_visible_aliases()
            .unwrap_or_default()
            .iter()
            .map(|alias| format!("--{alias}")),
    );
    let names = names.join(", ");
    let may_lack = arg
        .get_num_args()
        .is_some_and(|range| range.min_values() == 0);
    if takes && may_lack && arg.is_require_equals_set() {
        format!("{names}[={values}]")
    } else if takes && may_lack {
        format!("{names} [{values}]")
    } else if takes {
        format!("{names} {values}")
    } else {
        names
    }
}

fn possible_values(arg: &Arg) -> String {
    if !arg.get_action().takes_values()
        || arg
            .get_num_args()
            .is_some_and(|range| range.max_values() == 0)
    {
        return String::new();
    }
    let values: Vec<String> = arg
        .get_possible_values()
        .iter()
        .map(|value| match value.get_help() {
            Some(help) => format!("`{}`: {help}", value.get_name()),
            None => format!("`{}`", value.get_name()),
        })
        .collect();
    if values.is_empty() {
        return String::new();
    }
    format!(" ({})", values.join("; "))
}
