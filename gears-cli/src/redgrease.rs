//! What those type who come from RedGrease, and what it is called here.

use std::{fmt::Write as _, path::Path};

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Its settings, the part of `gears.toml` where each has its place, and its name there.
const SETTINGS: [(&str, &str, &str); 10] = [
    ("server", "connection", "host"),
    ("port", "connection", "port"),
    ("index-prefix", "watch", "index_prefix"),
    ("recursive", "watch", "recursive"),
    ("script-pattern", "watch", "script_pattern"),
    ("requirements-pattern", "watch", "requirements_pattern"),
    ("unblocking-pattern", "watch", "unblocking_pattern"),
    ("ignore", "watch", "ignore"),
    ("watch", "watch", "delay"),
    ("log-config", "watch", "log_config"),
];

/// Says how folders are watched to somebody who left the word `watch` out.
pub(crate) fn hint(error: &clap::Error) -> Option<String> {
    let word = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.as_str()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let folder = word(ContextKind::InvalidSubcommand)?;
            Path::new(folder).is_dir().then(|| {
                format!(
                    "`gears watch {folder}` watches a folder of scripts, and with --once runs what is there"
                )
            })
        }
        ErrorKind::UnknownArgument => {
            let option = word(ContextKind::InvalidArg)?;
            matches!(
                option,
                "--server" | "--watch" | "-w" | "-c" | "-r" | "--recursive"
            )
            .then(|| {
                format!(
                    "`gears watch FOLDER` watches a folder of scripts; {option} stands behind that"
                )
            })
        }
        _ => None,
    }
}

/// Writes a file of its settings as `gears.toml`; `None` where it is none.
pub(crate) fn settings(text: &str) -> Option<String> {
    let mut tables = [("connection", String::new()), ("watch", String::new())];
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with(['#', ';', '[']) {
            continue;
        }
        let (name, value) = line
            .split_once(['=', ':'])
            .or_else(|| line.split_once(' '))?;
        let name = name.trim().trim_start_matches('-').replace('_', "-");
        let (_, table, ours) = SETTINGS.iter().find(|(theirs, ..)| *theirs == name)?;
        let (_, lines) = tables.iter_mut().find(|(name, _)| name == table)?;
        writeln!(lines, "{ours} = {}", in_toml(value.trim())).ok()?;
    }
    let written: String = tables
        .iter()
        .filter(|(_, lines)| !lines.is_empty())
        .map(|(table, lines)| format!("[{table}]\n{lines}"))
        .collect();
    (!written.is_empty()).then_some(written)
}

/// Writes a value, which is text unless it looks like a switch or a number.
fn in_toml(value: &str) -> String {
    if matches!(value, "true" | "false") || value.parse::<f64>().is_ok() {
        return value.to_owned();
    }
    if let Some(list) = value
        .strip_prefix('[')
        .and_then(|list| list.strip_suffix(']'))
    {
        let values: Vec<_> = list.split(',').map(|value| in_toml(value.trim())).collect();
        return format!("[{}]", values.join(", "));
    }
    let bare = value.trim_matches(['"', '\'']);
    // TOML writes text as JSON does.
    serde_json::Value::from(bare).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn its_settings_have_a_place_here() {
        let theirs = "# ours\nserver=10.0.2.21\nport = 6380\nrecursive: true\n\n--watch=2\n\
                      script-pattern=*.gear.py\nignore=[old, 'test_*.py']\nunblocking-pattern=slow|\\d+\n";
        let ours = settings(theirs).unwrap();
        assert!(
            ours.contains("[connection]\nhost = \"10.0.2.21\"\nport = 6380\n"),
            "{ours}"
        );
        let read: Settings = toml::from_str(&ours).unwrap();
        assert_eq!(read.connection.port, Some(6380));
        // Each of them fits where it stands.
        for (theirs, ..) in SETTINGS {
            let value = match theirs {
                "recursive" => "true",
                "port" | "watch" => "7",
                _ => "x",
            };
            let ours = settings(&format!("{theirs}={value}")).unwrap();
            toml::from_str::<Settings>(&ours).unwrap_or_else(|error| panic!("{ours}: {error}"));
        }
    }

    #[test]
    fn other_files_are_none_of_its() {
        for other in [
            "",
            "# nothing\n",
            "folders = 3\n",
            "[watch]\ndepth = 3\n",
            "words",
        ] {
            assert_eq!(settings(other), None, "{other:?}");
        }
    }
}
