//! The cases that the engine answers differently on purpose.

use crate::case::{Case, Expectation, Step};
use crate::reply::Reply;

/// A case in which one reply is another than RedisGears'.
pub(crate) struct Exception {
    pub(crate) theme: &'static str,
    pub(crate) case: &'static str,
    pub(crate) reason: &'static str,
    /// The step that differs, counted from 1.
    step: usize,
    /// What the engine answers there, written as in the case files.
    answer: &'static str,
}

/// Every one of them; each must also stand in `docs/compatibility.md`.
pub(crate) const EXCEPTIONS: &[Exception] = &[Exception {
    theme: "results",
    case: "negative-number-as-text",
    reason: "negative numbers stay numbers: the text of -5 is no error reply",
    step: 1,
    answer: r#"[["-5"], []]"#,
}];

/// Makes the exceptions of a theme: what its cases expect is then what the engine answers.
///
/// # Panics
///
/// When an exception is of no case, or none at all because the answer is right.
pub(crate) fn apply(theme: &str, cases: &mut [Case]) {
    for exception in EXCEPTIONS.iter().filter(|it| it.theme == theme) {
        let place = format!("the exception {theme}/{}", exception.case);
        let step = cases
            .iter_mut()
            .find(|case| case.name == exception.case)
            .and_then(|case| case.steps.get_mut(exception.step.checked_sub(1)?));
        let Some(Step::Exchange(exchange)) = step else {
            panic!("{place} is of no step that checks a reply");
        };
        let answer: Reply = serde_json::from_str(exception.answer)
            .unwrap_or_else(|error| panic!("{place}: {error}"));
        let difference = exchange.expectation.difference(&answer);
        assert!(difference.is_some(), "{place} is none: RedisGears agrees");
        exchange.expectation = Expectation::Exact(answer);
    }
}
