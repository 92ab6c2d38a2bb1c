//! Findings as the compiler would tell them, in its colours.

use anstyle::{AnsiColor, Style};
use gears_python::{Finding, Level};

use crate::output;

const BOLD: Style = Style::new().bold();
const FRAME: Style = AnsiColor::Blue.on_default().bold();

/// Writes a finding with its line and a caret; streams that have no colours leave them out.
pub(super) fn paint(finding: &Finding) -> String {
    let tone = match finding.level() {
        Level::Error => AnsiColor::Red.on_default().bold(),
        _ => AnsiColor::Yellow.on_default().bold(),
    };
    let text = finding.to_string();
    let lines = text.lines().enumerate().map(|(index, line)| {
        let line = clean(line);
        let cut = match index {
            0 => line.find(": "),
            1 => line.find("--> ").map(|at| at + "-->".len()),
            _ => line.find(['|', '=']).map(|at| at + 1),
        };
        let (frame, rest) = line.split_at(cut.unwrap_or_default());
        match index {
            0 => format!("{tone}{frame}{tone:#}{BOLD}{rest}{BOLD:#}"),
            CARET => format!("{FRAME}{frame}{FRAME:#}{tone}{rest}{tone:#}"),
            _ => format!("{FRAME}{frame}{FRAME:#}{rest}"),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Which line of a finding holds the caret.
const CARET: usize = 4;

/// Takes out what would steer the terminal, or break a line in two.
pub(super) fn clean(text: &str) -> String {
    output::clean(text).replace('\n', "\u{fffd}")
}
