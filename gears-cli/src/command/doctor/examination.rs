//! What was looked at, and how it fares: a line each.

use serde_json::{Value as Json, json};

use crate::{
    failure::Result,
    output::{Output, Tone, clean},
};

/// How wide the names of what is looked at are.
const SUBJECT: usize = 13;

/// Tells each line as soon as it is known; to programs, all of them at the end.
pub(super) struct Examination<'a> {
    output: &'a Output,
    /// As whom the server knows us.
    user: String,
    lines: Vec<Json>,
    warnings: usize,
    failures: usize,
}

#[derive(Clone, Copy)]
enum Verdict {
    Ok,
    Warn,
    Fail,
}

impl Verdict {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }

    fn tone(self) -> Tone {
        match self {
            Self::Ok => Tone::Good,
            Self::Warn => Tone::Warning,
            Self::Fail => Tone::Bad,
        }
    }
}

impl<'a> Examination<'a> {
    pub(super) fn new(output: &'a Output) -> Self {
        Self {
            output,
            user: "default".to_owned(),
            lines: Vec::new(),
            warnings: 0,
            failures: 0,
        }
    }

    /// Notes as whom the server knows us.
    pub(super) fn set_user(&mut self, user: String) {
        self.user = user;
    }

    /// Returns as whom the server knows us.
    pub(super) fn user(&self) -> &str {
        &self.user
    }

    /// Writes the command that gives the user these rights.
    pub(super) fn allow(&self, rights: &str) -> String {
        format!("`ACL SETUSER {} {rights}`", self.user)
    }

    /// Tells how many lines fail.
    pub(super) fn failures(&self) -> usize {
        self.failures
    }

    /// Says that something is as it should be.
    ///
    /// # Errors
    ///
    /// As all of these: the output is closed.
    pub(super) fn ok(&mut self, subject: &str, message: impl Into<String>) -> Result {
        self.tell(Verdict::Ok, subject, &message.into(), None)
    }

    /// Says that something may lead to trouble, and what to do.
    pub(super) fn warn(
        &mut self,
        subject: &str,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) -> Result {
        self.warnings += 1;
        self.tell(Verdict::Warn, subject, &message.into(), Some(&advice.into()))
    }

    /// Says that something does not work, and what to do.
    pub(super) fn fail(
        &mut self,
        subject: &str,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) -> Result {
        self.failures += 1;
        self.tell(Verdict::Fail, subject, &message.into(), Some(&advice.into()))
    }

    fn tell(
        &mut self,
        verdict: Verdict,
        subject: &str,
        message: &str,
        advice: Option<&str>,
    ) -> Result {
        if self.output.is_json() {
            self.lines.push(json!({
                "verdict": verdict.name(),
                "subject": subject,
                "message": message,
                "advice": advice,
            }));
            return Ok(());
        }
        let mark = verdict.tone().paint(&format!("{:<4}", verdict.name()));
        let indent = " ".repeat(SUBJECT + 7);
        let message = message.trim().replace('\n', &format!("\n{indent}"));
        self.output
            .line(format_args!("{mark}  {subject:<SUBJECT$} {}", clean(&message)))?;
        if let Some(advice) = advice {
            self.output
                .line(format_args!("{indent}{}", Tone::Dim.paint(&format!("→ {}", clean(advice)))))?;
        }
        Ok(())
    }

    /// Tells what is told at the end.
    pub(super) fn end(&self) -> Result {
        if self.output.is_json() {
            return self.output.json(&json!({
                "lines": self.lines,
                "warnings": self.warnings,
                "failures": self.failures,
            }));
        }
        self.output.note(match (self.failures, self.warnings) {
            (0, 0) => "all is well".to_owned(),
            (failures, warnings) => format!("{failures} failed, {warnings} to look at"),
        });
        Ok(())
    }
}
