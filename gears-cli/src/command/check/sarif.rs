//! Findings in the Static Analysis Results Interchange Format, version 2.1.0 (OASIS).

use std::path::Path;

use gears_python::{Finding, Level, Rule};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use serde_json::{Value as Json, json};

use super::{Unreadable, explanation};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const GRAMMAR: &str = "https://docs.python.org/3/reference/grammar.html";

/// What a path in a URI holds as it is (RFC 3986, section 3.3), without the colon, which could
/// make a scheme of the first part.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// Writes a log of one run.
pub(super) fn log(findings: &[Finding], unreadable: &[Unreadable]) -> Json {
    let notifications = unreadable.iter().map(|one| {
        json!({
            "level": "error",
            "message": { "text": format!("{} cannot be read: {}", one.file, one.why) },
            "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri(&one.file) } } }],
        })
    });
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "gears check",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": explanation::names().into_iter().map(of_rule).collect::<Vec<_>>(),
            } },
            // Columns of findings count characters.
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": unreadable.is_empty(),
                "toolExecutionNotifications": notifications.collect::<Vec<_>>(),
            }],
            "results": findings.iter().map(of_finding).collect::<Vec<_>>(),
        }],
    })
}

fn of_rule(name: &'static str) -> Json {
    let rule: Option<Rule> = name.parse().ok();
    let explanation = explanation::of(name);
    let first = explanation.split_inclusive(". ").next().unwrap_or(explanation);
    json!({
        "id": name,
        "name": rule.map_or("Syntax".to_owned(), |rule| format!("{rule:?}")),
        "shortDescription": { "text": first.trim().replace('\n', " ") },
        "fullDescription": { "text": explanation },
        "help": { "text": explanation, "markdown": explanation },
        "helpUri": match rule {
            Some(rule) => format!(
                "https://docs.rs/gears-python/latest/gears_python/enum.Rule.html#variant.{rule:?}"
            ),
            None => GRAMMAR.to_owned(),
        },
        "defaultConfiguration": { "level": level(rule.map_or(Level::Error, Rule::level)) },
    })
}

fn of_finding(finding: &Finding) -> Json {
    let ((line, column), (end_line, end_column)) = (finding.start(), finding.end());
    let name = finding.rule_name();
    let mut text = finding.message().to_owned();
    if let Some(help) = finding.help() {
        text.push_str("; ");
        text.push_str(help);
    }
    json!({
        "ruleId": name,
        "ruleIndex": explanation::names().iter().position(|rule| *rule == name),
        "level": level(finding.level()),
        "message": { "text": text },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(finding.file()) },
            "region": {
                "startLine": line,
                "startColumn": column,
                "endLine": end_line,
                "endColumn": end_column,
            },
        } }],
    })
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        _ => "warning",
    }
}

/// Writes the name of a file as a URI, relative where the name is.
fn uri(file: &str) -> String {
    let path = percent_encode(file.as_bytes(), PATH);
    if Path::new(file).is_absolute() {
        format!("file://{path}")
    } else {
        path.to_string()
    }
}
