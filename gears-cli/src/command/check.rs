//! `gears check`.

mod discovery;
mod explanation;
mod format;
mod human;
mod sarif;
mod tally;

use std::path::PathBuf;

use clap::{
    Args, ValueHint,
    builder::{PossibleValuesParser, TypedValueParser as _},
};
use gears_python::{FileChecker, PythonVersion, Rule};

use super::Perform;
use crate::{
    context::Context,
    failure::{Code, Failure, Result},
    source,
};
use discovery::{Source, discover};
use format::Format;
use tally::Tally;

/// Checks Python files without running them: scripts, and bodies of gears.
///
/// The rules are those that the compiler holds gears to; `guide/pages/python-checks.md` tells of each, as
/// does --explain. Of a directory all files *.py are read, those below it too; hidden directories
/// and virtual environments are left out, and links to directories are not followed.
///
/// Exit codes: 0 there is no error, 1 there is one (or a warning, with --deny-warnings), 2 some file
/// could not be read; the others are checked all the same.
#[derive(Args, Debug)]
pub(crate) struct Check {
    /// Files, directories, or - for the standard input.
    #[arg(value_name = "FILE|DIR", required_unless_present = "explain", value_hint = ValueHint::AnyPath)]
    paths: Vec<PathBuf>,
    /// Name the oldest Python that has to run the files.
    #[arg(long, value_name = "VERSION", default_value_t = PythonVersion::DEFAULT)]
    oldest_python: PythonVersion,
    /// Say that this package is there, as pip spells it; may be repeated.
    #[arg(short, long = "requirement", value_name = "PACKAGE")]
    requirements: Vec<String>,
    /// Say that the packages of this file are there, in the form of requirements.txt.
    #[arg(long = "requirements-file", value_name = "FILE", value_hint = ValueHint::FilePath)]
    requirements_files: Vec<PathBuf>,
    /// Switch a rule off; may be repeated, or be a list with commas.
    #[arg(
        long,
        value_name = "RULE",
        value_delimiter = ',',
        hide_possible_values = true,
        value_parser = PossibleValuesParser::new(Rule::ALL.map(Rule::name))
            .try_map(|text| text.parse::<Rule>())
    )]
    allow: Vec<Rule>,
    /// Take warnings for errors.
    #[arg(long)]
    deny_warnings: bool,
    /// Say that the files are bodies of functions with these parameters, with commas between them.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    parameters: Option<Vec<String>>,
    /// Call the standard input this.
    #[arg(long, value_name = "FILE", default_value = "<stdin>")]
    stdin_name: String,
    /// Print a line for each finding: path:line:column: error[rule]: message.
    #[arg(long, conflicts_with_all = ["sarif", "json"])]
    short: bool,
    /// Print SARIF 2.1.0, for code hosts and editors.
    #[arg(long, conflicts_with = "json")]
    sarif: bool,
    /// Tell what a rule finds and what to do about it.
    #[arg(
        long,
        value_name = "RULE",
        exclusive = true,
        hide_possible_values = true,
        value_parser = PossibleValuesParser::new(explanation::names())
    )]
    explain: Option<String>,
}

impl Perform for Check {
    fn perform(self, context: &Context<'_>) -> Result {
        let output = &context.output;
        if let Some(rule) = &self.explain {
            return output.line(explanation::of(rule));
        }
        let mut requirements = self.requirements.clone();
        requirements.extend(source::read_requirements(&self.requirements_files)?);
        let requirements: Vec<&str> = requirements.iter().map(String::as_str).collect();
        let parameters: Option<Vec<&str>> = self
            .parameters
            .as_ref()
            .map(|names| names.iter().map(String::as_str).collect());
        let mut checker = FileChecker::new(self.oldest_python)
            .requirements(&requirements)
            .allow(&self.allow);
        if let Some(parameters) = &parameters {
            checker = checker.body(parameters);
        }
        let mut format = Format::choose(output, self.short, self.sarif);
        let mut tally = Tally::default();
        for found in discover(&self.paths) {
            let read = found.and_then(|source| self.read(source));
            match read {
                Ok((name, bytes)) => {
                    let findings = checker.check(&name, &bytes);
                    tally.count(&findings);
                    format.tell(findings)?;
                }
                Err(unreadable) => {
                    tally.unreadable += 1;
                    format.lament(unreadable);
                }
            }
        }
        format.end(&tally)?;
        if tally.unreadable > 0 {
            Err(Failure::silent(Code::Usage))
        } else if tally.errors > 0 || (self.deny_warnings && tally.warnings > 0) {
            Err(Failure::silent(Code::Failed))
        } else {
            Ok(())
        }
    }
}

/// A file that could not be read, and why.
#[derive(Debug)]
struct Unreadable {
    file: String,
    why: String,
}

impl Check {
    /// Reads a file; returns what it is called, too.
    fn read(&self, source: Source) -> Result<(String, Vec<u8>), Unreadable> {
        let (name, read) = match &source {
            Source::StandardInput => (self.stdin_name.clone(), source::read("-".as_ref())),
            Source::File(path) => (path.display().to_string(), source::read(path)),
        };
        match read {
            Ok(bytes) => Ok((name, bytes)),
            Err(error) => Err(Unreadable {
                file: name,
                why: error.to_string(),
            }),
        }
    }
}
