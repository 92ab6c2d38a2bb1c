use std::ops::Range;

use crate::body::Body;
use crate::diagnostic::Diagnostic;
use crate::help::Help;
use crate::rule::Rule;

/// Something wrong with a text, by offset and length in bytes.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) offset: usize,
    pub(crate) len: usize,
    pub(crate) message: String,
    pub(crate) help: Option<Help>,
    /// The rule that is broken; `None` is for what Python itself refuses.
    pub(crate) rule: Option<Rule>,
    /// The parameter that it is about, which stands in the signature and not in the text.
    pub(crate) parameter: Option<String>,
    /// Another place that helps to understand: what is there, and the offset.
    pub(crate) related: Option<(&'static str, usize)>,
}

impl Problem {
    pub(crate) fn new(range: impl Into<Range<usize>>, message: impl Into<String>) -> Self {
        let range = range.into();
        Self {
            offset: range.start,
            len: range.len(),
            message: lower_first(message.into()),
            help: None,
            rule: None,
            parameter: None,
            related: None,
        }
    }

    /// Makes the breach of a rule.
    pub(crate) fn breach(rule: Rule, range: impl Into<Range<usize>>, message: String) -> Self {
        Self {
            message,
            rule: Some(rule),
            ..Self::new(range, "")
        }
    }

    /// Says it to people, by the places of the source file.
    pub(crate) fn into_diagnostic(self, body: &Body) -> Diagnostic {
        let help = self.help.map(Help::for_attribute);
        let mut diagnostic = body.diagnostic(self.offset, self.len, self.message, help);
        diagnostic.rule = self.rule;
        diagnostic.parameter = self.parameter;
        diagnostic.note = self
            .related
            .map(|(what, offset)| format!("{what} at {}", body.place(offset)));
        diagnostic
    }

    /// Adds what to do about it.
    pub(crate) fn with_help(mut self, help: Option<impl Into<Help>>) -> Self {
        self.help = help.map(Into::into);
        self
    }

    /// Puts the way out in words for somebody who has a file checked.
    pub(crate) fn in_file(mut self) -> Self {
        self.help = self.help.map(|help| Help::Text(help.for_file()));
        self
    }
}

/// Explains the most likely slip behind a syntax error, which Python's own message does not.
pub(crate) fn explain_syntax(text: &str, problem: &Problem) -> Option<String> {
    let wrong = text.get(problem.offset..)?.chars().next();
    if let Some(quote) = wrong.filter(|it| "“”„‘’‚«»".contains(*it)) {
        return Some(format!(
            "`{quote}` is a quote of printed text; Python's are `\"` and `'`"
        ));
    }
    let starts_with = |space| text.lines().any(|line| line.starts_with(space));
    if problem.message.contains("indent") && starts_with('\t') && starts_with(' ') {
        return Some(
            "some lines begin with tabs, others with spaces: use one of them for all".to_owned(),
        );
    }
    explain_indent(text, problem)
}

fn explain_indent(text: &str, problem: &Problem) -> Option<String> {
    let first_is_flush = !text.starts_with([' ', '\t']);
    let second_line = text.find('\n')? + 1;
    let later = problem.offset >= second_line;
    (problem.message.contains("indent")
        && first_is_flush
        && later
        && !text[..second_line].trim_end().ends_with(':'))
    .then(|| "indent all lines alike, and begin the body on a line of its own".to_owned())
}

/// Puts the first word in lower case, unless it is a name or an abbreviation.
fn lower_first(message: String) -> String {
    let mut chars = message.chars();
    match (chars.next(), chars.next()) {
        (Some(first), Some(second))
            if first.is_ascii_uppercase() && second.is_ascii_lowercase() =>
        {
            format!("{}{}", first.to_ascii_lowercase(), &message[1..])
        }
        _ => message,
    }
}
