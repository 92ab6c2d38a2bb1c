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
    for line in text.lines().map(uncommented) {
        if line.is_empty() || line.starts_with('[') || line == "---" {
            continue;
        }
        // A switch may stand for itself.
        let (name, value) = line
            .split_once(['=', ':'])
            .or_else(|| line.split_once(char::is_whitespace))
            .unwrap_or((line, ""));
        let name = name.trim().trim_start_matches('-').replace('_', "-");
        let (_, table, ours) = SETTINGS.iter().find(|(theirs, ..)| *theirs == name)?;
        let Some(value) = in_toml(&name, value.trim()) else {
            continue;
        };
        let (_, lines) = tables.iter_mut().find(|(name, _)| name == table)?;
        // The last one of a name holds.
        let mut kept: String = lines
            .split_inclusive('\n')
            .filter(|line| !line.starts_with(&format!("{ours} = ")))
            .collect();
        writeln!(kept, "{ours} = {value}").ok()?;
        *lines = kept;
    }
    let written: String = tables
        .iter()
        .filter(|(_, lines)| !lines.is_empty())
        .map(|(table, lines)| format!("[{table}]\n{lines}"))
        .collect();
    (!written.is_empty()).then_some(written)
}

/// Takes the comment out of a line.
fn uncommented(line: &str) -> &str {
    let line = line.trim();
    if line.starts_with(['#', ';']) {
        return "";
    }
    let comment = [" #", "\t#", " ;", "\t;"];
    let end = comment.iter().filter_map(|mark| line.find(mark)).min();
    line[..end.unwrap_or(line.len())].trim_end()
}

/// Writes a value as the setting of this name takes it; `None` for what is the default here.
fn in_toml(name: &str, value: &str) -> Option<String> {
    let bare = value.trim_matches(['"', '\'']);
    match name {
        "recursive" => {
            let off = ["false", "no", "off", "0"];
            Some((!off.contains(&bare.to_lowercase().as_str())).to_string())
        }
        // `gears watch` goes on in any case.
        "watch" if bare.is_empty() || bare.eq_ignore_ascii_case("true") => None,
        "port" | "watch" => Some(match bare.parse::<f64>() {
            Ok(number) if number.is_finite() => number.to_string(),
            _ => in_quotes(bare),
        }),
        _ => Some(
            match value
                .strip_prefix('[')
                .and_then(|list| list.strip_suffix(']'))
            {
                Some(list) => {
                    let values: Vec<_> = list
                        .split(',')
                        .map(|value| in_quotes(value.trim().trim_matches(['"', '\''])))
                        .collect();
                    format!("[{}]", values.join(", "))
                }
                None => in_quotes(bare),
            },
        ),
    }
}

/// TOML writes text as JSON does.
fn in_quotes(text: &str) -> String {
    serde_json::Value::from(text).to_string()
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
    fn its_settings_are_read_as_it_reads_them() {
        for (theirs, ours) in [
            (
                "; theirs\r\nserver : redis  # the host\r\nport 6380\r\n",
                "[connection]\nhost = \"redis\"\nport = 6380\n",
            ),
            ("[DEFAULT]\n---\nrecursive\n", "[watch]\nrecursive = true\n"),
            ("recursive = True", "[watch]\nrecursive = true\n"),
            ("--recursive=no", "[watch]\nrecursive = false\n"),
            ("watch\nwatch = .5", "[watch]\ndelay = 0.5\n"),
            ("port = '7'\nport=8", "[connection]\nport = 8\n"),
            (
                "index-prefix = 5 ; a text",
                "[watch]\nindex_prefix = \"5\"\n",
            ),
            (
                "script_pattern = [a#b, 'nan']",
                "[watch]\nscript_pattern = [\"a#b\", \"nan\"]\n",
            ),
        ] {
            assert_eq!(settings(theirs).as_deref(), Some(ours), "{theirs:?}");
            toml::from_str::<Settings>(ours).unwrap();
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
