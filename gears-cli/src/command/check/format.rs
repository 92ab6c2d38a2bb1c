//! How findings are told: to people, to editors, to programs.

use gears_python::Finding;
use serde_json::{Value as Json, json};

use super::{Unreadable, human, sarif, tally::Tally};
use crate::{failure::Result, output::Output};

/// Tells findings as somebody wants them.
pub(super) struct Format<'a> {
    output: &'a Output,
    kind: Kind,
}

enum Kind {
    /// Like the compiler, with the line and a caret.
    Human,
    /// A line each, as editors read them.
    Short,
    /// Told at the end, as one document.
    Json(Kept),
    Sarif(Kept),
}

#[derive(Default)]
struct Kept {
    findings: Vec<Finding>,
    unreadable: Vec<Unreadable>,
}

impl<'a> Format<'a> {
    pub(super) fn choose(output: &'a Output, short: bool, sarif: bool) -> Self {
        let kind = if sarif {
            Kind::Sarif(Kept::default())
        } else if output.is_json() {
            Kind::Json(Kept::default())
        } else if short {
            Kind::Short
        } else {
            Kind::Human
        };
        Self { output, kind }
    }

    /// Tells what was found in a file.
    pub(super) fn tell(&mut self, findings: Vec<Finding>) -> Result {
        match &mut self.kind {
            Kind::Human => {
                for finding in &findings {
                    self.output.line(human::paint(finding))?;
                    self.output.line("")?;
                }
            }
            Kind::Short => {
                for finding in &findings {
                    self.output.line(short(finding))?;
                }
            }
            Kind::Json(kept) | Kind::Sarif(kept) => kept.findings.extend(findings),
        }
        Ok(())
    }

    /// Tells of a file that could not be read.
    pub(super) fn lament(&mut self, unreadable: Unreadable) {
        let Unreadable { file, why } = &unreadable;
        self.output
            .error(&human::clean(&format!("{file} cannot be read: {why}")));
        match &mut self.kind {
            Kind::Human | Kind::Short => {}
            Kind::Json(kept) | Kind::Sarif(kept) => kept.unreadable.push(unreadable),
        }
    }

    /// Tells what is told at the end.
    pub(super) fn end(self, tally: &Tally) -> Result {
        match self.kind {
            Kind::Human => {
                if tally.files == 0 && tally.unreadable == 0 {
                    self.output.note("there are no files *.py");
                } else {
                    self.output.note(tally);
                }
                Ok(())
            }
            Kind::Short => Ok(()),
            Kind::Json(kept) => self.output.json(&json!({
                "files": tally.files,
                "errors": tally.errors,
                "warnings": tally.warnings,
                "findings": kept.findings.iter().map(of_finding).collect::<Vec<_>>(),
                "unreadable": kept.unreadable.iter().map(of_unreadable).collect::<Vec<_>>(),
            })),
            Kind::Sarif(kept) => {
                self.output.json(&sarif::log(&kept.findings, &kept.unreadable))
            }
        }
    }
}

/// Writes a finding as one line, which editors and terminals know how to jump to.
fn short(finding: &Finding) -> String {
    let (line, column) = finding.start();
    let mut text = format!(
        "{}:{line}:{column}: {}[{}]: {}",
        finding.file(),
        finding.level(),
        finding.rule_name(),
        finding.message()
    );
    if let Some(help) = finding.help() {
        text.push_str("; ");
        text.push_str(help);
    }
    human::clean(&text)
}

fn of_finding(finding: &Finding) -> Json {
    let ((line, column), (end_line, end_column)) = (finding.start(), finding.end());
    json!({
        "file": finding.file(),
        "line": line,
        "column": column,
        "endLine": end_line,
        "endColumn": end_column,
        "level": finding.level().to_string(),
        "rule": finding.rule_name(),
        "message": finding.message(),
        "help": finding.help(),
        "source": finding.source_line(),
    })
}

fn of_unreadable(unreadable: &Unreadable) -> Json {
    json!({ "file": unreadable.file, "message": unreadable.why })
}
