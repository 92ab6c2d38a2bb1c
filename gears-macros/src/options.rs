//! The options in the parentheses of an attribute: tokens in, [`Options`] out.
//!
//! What is wrong with one option alone is said here; what takes an option and something else is for `check.rs`.
//! A new option is a field of [`Options`], a name in [`Family::names`] and an arm of [`Options::set`].

mod family;
mod value;

use gears_python::{PythonVersion, Rule};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use strsim::levenshtein;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, LitStr, Path, Token, parenthesized, token};

use crate::errors::Errors;
use family::listed;
pub(crate) use family::{Family, OF_EXPRESSION, OF_FUNCTION};
use value::{boolean, flags, name, number, path, text, texts, word};

/// A day, a long time for one function.
const LONGEST_MS: u64 = 24 * 60 * 60 * 1000;

/// Where on the server a gear runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Mode {
    #[default]
    AsyncLocal,
    Async,
    Sync,
}

impl Mode {
    /// The word that the option and the server use.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::AsyncLocal => "async_local",
            Self::Async => "async",
            Self::Sync => "sync",
        }
    }
}

/// What becomes of a stream's entries on which the gear raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum OnFailed {
    #[default]
    Continue,
    Abort,
    Retry,
}

/// What becomes of an event for which there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum OnFull {
    #[default]
    Drop,
    Wait,
}

/// What the attribute says; an absent option is `None`.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) trigger: Option<LitStr>,
    pub(crate) name: Option<LitStr>,
    pub(crate) mode: Option<Mode>,
    pub(crate) requirements: Vec<LitStr>,
    pub(crate) replace: Option<bool>,
    pub(crate) pinned: Option<bool>,
    pub(crate) was: Option<LitStr>,
    pub(crate) description: Option<LitStr>,
    pub(crate) in_order: bool,
    pub(crate) key: Option<Ident>,
    pub(crate) hook: Option<LitStr>,
    pub(crate) key_prefix: Option<LitStr>,
    pub(crate) on_registered: Option<LitStr>,
    pub(crate) file: Option<LitStr>,
    pub(crate) python: Option<PythonVersion>,
    pub(crate) allow: Vec<Rule>,
    pub(crate) timeout_ms: Option<u64>,
    pub(crate) prefix: Option<LitStr>,
    pub(crate) events: Option<Vec<LitStr>>,
    pub(crate) key_types: Option<Vec<LitStr>>,
    pub(crate) commands: Option<Vec<LitStr>>,
    pub(crate) read_value: Option<bool>,
    pub(crate) on_full: Option<OnFull>,
    pub(crate) batch: Option<u32>,
    pub(crate) duration_ms: Option<u64>,
    pub(crate) on_failed: Option<OnFailed>,
    pub(crate) retry_interval_ms: Option<u64>,
    pub(crate) trim: Option<bool>,
    pub(crate) lib: Option<LitStr>,
    /// As the server spells them.
    pub(crate) flags: Vec<&'static str>,
    pub(crate) fallback: bool,
    pub(crate) krate: Option<Path>,
    /// The names that were given, with their places.
    given: Vec<Ident>,
}

impl Options {
    /// Parses `name = value, flag, name = value`, with or without a comma at the end.
    pub(crate) fn parse(tokens: TokenStream, family: Family, errors: &Errors) -> Self {
        Self::parse_names(tokens, family.names(), errors)
    }

    /// Parses the options with those names.
    pub(crate) fn parse_names(
        tokens: TokenStream,
        names: &'static [&'static str],
        errors: &Errors,
    ) -> Self {
        let mut options = Self::default();
        let parser = |input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Err(error) = options.option(input, names, errors) {
                    errors.push(error);
                    skip_option(input)?;
                }
            }
            Ok(())
        };
        errors.ok(parser.parse2(tokens));
        options
    }

    /// The place of an option's name, if it was given.
    pub(crate) fn place(&self, name: &str) -> Option<Span> {
        self.given
            .iter()
            .find(|given| *given == name)
            .map(Ident::span)
    }

    /// `name = value` or a flag, then a comma or the end.
    fn option(
        &mut self,
        input: ParseStream<'_>,
        names: &'static [&'static str],
        errors: &Errors,
    ) -> syn::Result<()> {
        if !input.peek(syn::Ident::peek_any) {
            let names = listed(names);
            return Err(input.error(format!("expected an option, one of {names}")));
        }
        let name = input.call(Ident::parse_any)?;
        let known = names.iter().any(|known| name == known);
        if !known {
            let message = unknown(&name.to_string(), names);
            return Err(syn::Error::new(name.span(), message));
        }
        if self.given.contains(&name) {
            let message = format!("duplicate option `{name}`, say it once");
            return Err(syn::Error::new(name.span(), message));
        }
        self.given.push(name.clone());
        let needs_value = || {
            let sample = sample(&name.to_string());
            let message = format!("option `{name}` needs a value, like `{sample}`");
            syn::Error::new(name.span(), message)
        };
        let value = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            if input.is_empty() || input.peek(Token![,]) {
                return Err(needs_value());
            }
            Some(ungroup(input.parse()?))
        } else if name == "flags" && input.peek(token::Paren) {
            let words;
            parenthesized!(words in input);
            self.flags = flags(&words, errors)?;
            return separated(input);
        } else if name == "in_order" || name == "fallback" {
            None
        } else {
            return Err(needs_value());
        };
        separated(input)?;
        // The option is read to its end, so what is wrong with its value keeps no other one from being read.
        match value {
            Some(value) => {
                errors.ok(self.set(&name, value, errors));
            }
            None if name == "fallback" => self.fallback = true,
            None => self.in_order = true,
        }
        Ok(())
    }

    fn set(&mut self, option: &Ident, value: Expr, errors: &Errors) -> syn::Result<()> {
        match option.to_string().as_str() {
            "trigger" => self.trigger = Some(text(option, value)?),
            "name" => self.name = Some(text(option, value)?),
            "mode" => {
                let modes = [Mode::AsyncLocal, Mode::Async, Mode::Sync];
                let modes = modes.map(|mode| (mode.word(), mode));
                self.mode = Some(word(option, value, &modes)?);
            }
            "requirements" => self.requirements = texts(option, value, errors)?,
            "replace" => self.replace = Some(boolean(option, value)?.value),
            "pinned" => self.pinned = Some(boolean(option, value)?.value),
            "was" => self.was = Some(text(option, value)?),
            "description" => self.description = Some(text(option, value)?),
            "lib" => self.lib = Some(text(option, value)?),
            "flags" => {
                return Err(syn::Error::new(
                    option.span(),
                    "option `flags` is a list, like `flags(no_writes)`",
                ));
            }
            "fallback" => self.fallback = boolean(option, value)?.value,
            "in_order" => self.in_order = boolean(option, value)?.value,
            "key" => self.key = Some(name(option, value)?),
            "hook" => self.hook = Some(text(option, value)?),
            "key_prefix" => self.key_prefix = Some(text(option, value)?),
            "on_registered" => self.on_registered = Some(text(option, value)?),
            "file" => self.file = Some(text(option, value)?),
            "python" => {
                let word = text(option, value)?;
                let version = word.value().parse();
                self.python = Some(version.map_err(|error| syn::Error::new(word.span(), error))?);
            }
            "allow" => {
                for word in texts(option, value, errors)? {
                    match word.value().parse() {
                        Ok(rule) => self.allow.push(rule),
                        Err(error) => errors.push(syn::Error::new(word.span(), error)),
                    }
                }
            }
            "timeout_ms" => self.timeout_ms = Some(number(option, value, 1, LONGEST_MS)?),
            "prefix" => self.prefix = Some(text(option, value)?),
            "events" => self.events = Some(texts(option, value, errors)?),
            "key_types" => self.key_types = Some(texts(option, value, errors)?),
            "commands" => self.commands = Some(texts(option, value, errors)?),
            "read_value" => self.read_value = Some(boolean(option, value)?.value),
            "on_full" => {
                let ways = [("drop", OnFull::Drop), ("wait", OnFull::Wait)];
                self.on_full = Some(word(option, value, &ways)?);
            }
            "batch" => {
                let batch = number(option, value, 1, 1_000_000)?;
                self.batch = u32::try_from(batch).ok();
            }
            "duration_ms" => self.duration_ms = Some(number(option, value, 1, LONGEST_MS)?),
            "on_failed" => {
                let policies = [
                    ("continue", OnFailed::Continue),
                    ("abort", OnFailed::Abort),
                    ("retry", OnFailed::Retry),
                ];
                self.on_failed = Some(word(option, value, &policies)?);
            }
            "retry_interval_ms" => {
                self.retry_interval_ms = Some(number(option, value, 1, LONGEST_MS)?);
            }
            "trim" => self.trim = Some(boolean(option, value)?.value),
            "crate" => self.krate = Some(path(option, value)?),
            other => unreachable!("`{other}` is among the names but has no arm"),
        }
        Ok(())
    }
}

/// How an option is written, for messages.
fn sample(name: &str) -> &'static str {
    match name {
        "trigger" => "trigger = \"name\"",
        "name" => "name = \"orders.count\"",
        "mode" => "mode = \"sync\"",
        "requirements" => "requirements = [\"requests>=2\"]",
        "replace" => "replace = true",
        "lib" => "lib = \"shop\"",
        "flags" => "flags(no_writes)",
        "fallback" => "fallback = true",
        "pinned" => "pinned = false",
        "was" => "was = \"old_name\"",
        "description" => "description = \"what it does\"",
        "in_order" => "in_order = true",
        "key" => "key = user",
        "hook" => "hook = \"hset\"",
        "key_prefix" => "key_prefix = \"person:\"",
        "on_registered" => "on_registered = \"log('ready')\"",
        "file" => "file = \"gears/name.py\"",
        "python" => "python = \"3.9\"",
        "allow" => "allow = [\"unused-parameter\"]",
        "timeout_ms" => "timeout_ms = 2000",
        "prefix" => "prefix = \"order:*\"",
        "events" => "events = [\"set\", \"expired\"]",
        "key_types" => "key_types = [\"hash\"]",
        "commands" => "commands = [\"set\"]",
        "read_value" => "read_value = false",
        "on_full" => "on_full = \"wait\"",
        "batch" => "batch = 100",
        "duration_ms" => "duration_ms = 500",
        "on_failed" => "on_failed = \"retry\"",
        "retry_interval_ms" => "retry_interval_ms = 5000",
        "trim" => "trim = false",
        _ => "crate = path::to::gears_runtime",
    }
}

/// Peels the invisible delimiters that `macro_rules!` puts around what it hands on.
pub(crate) fn ungroup(mut expr: Expr) -> Expr {
    while let Expr::Group(group) = expr {
        expr = *group.expr;
    }
    expr
}

/// Reads the comma after an option, or nothing at the end.
fn separated(input: ParseStream<'_>) -> syn::Result<()> {
    if !input.is_empty() {
        if !input.peek(Token![,]) {
            return Err(input.error("expected `,` between options"));
        }
        input.parse::<Token![,]>()?;
    }
    Ok(())
}

/// Skips what is left of an option that could not be read.
fn skip_option(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() {
        if input.peek(Token![,]) {
            input.parse::<Token![,]>()?;
            return Ok(());
        }
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

/// What is wanted of an option that an attribute does not have, where that can be told.
const ELSEWHERE: &[(&str, &str)] = &[
    ("no_scan", "a gear of events never scans keys, leave it out"),
    (
        "from_id",
        "a registration reads each stream from its beginning, leave it out",
    ),
    (
        "trigger",
        "a gear of events has no trigger, say `name = \"…\"` for what it is recognised by",
    ),
    ("regex", "say `prefix = \"…*\"`"),
];

fn unknown(name: &str, names: &'static [&'static str]) -> String {
    // Python for the steps of a gear function has none of these, wherever they belong.
    let mut elsewhere = ELSEWHERE
        .iter()
        .filter(|_| names != OF_FUNCTION && names != OF_EXPRESSION)
        .filter(|_| names != Family::Function.names());
    if name == "trigger" && names == Family::Function.names() {
        return "unknown option `trigger`: a function is called by its name, say `name = \"…\"`"
            .to_owned();
    }
    if let Some((_, hint)) = elsewhere.find(|(elsewhere, _)| *elsewhere == name) {
        return format!("unknown option `{name}`: {hint}");
    }
    let near = names
        .iter()
        .map(|known| (levenshtein(name, known), known))
        .min()
        .filter(|(distance, known)| *distance <= 1 + known.len() / 4);
    match near {
        Some((_, near)) => format!("unknown option `{name}`, did you mean `{near}`?"),
        None => format!("unknown option `{name}`, use one of {}", listed(names)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_edits() {
        assert_eq!(levenshtein("requirments", "requirements"), 1);
        assert_eq!(levenshtein("", "mode"), 4);
        assert_eq!(levenshtein("mdoe", "mode"), 2);
    }

    #[test]
    fn slips_get_the_right_name() {
        assert!(
            unknown("requirement", Family::Command.names())
                .ends_with("did you mean `requirements`?")
        );
        assert!(
            unknown("colour", Family::Command.names()).contains("use one of `trigger`, `mode`")
        );
    }
}
