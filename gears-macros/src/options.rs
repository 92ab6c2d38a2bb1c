//! The options in the parentheses of the attribute: tokens in, [`Options`] out.
//!
//! What is wrong with one option alone is said here; what takes an option and something else is for `check.rs`.
//! A new option is a field of [`Options`], a name in [`NAMES`] and an arm of [`Options::set`].

use gears_python::PythonVersion;
use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, ExprPath, Lit, LitBool, LitStr, Path, Token};

use crate::errors::Errors;

/// Every option, in the order in which messages list them.
const NAMES: &[&str] = &[
    "trigger",
    "mode",
    "requirements",
    "replace",
    "description",
    "file",
    "python",
    "crate",
];

/// Where on the server a gear runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Mode {
    #[default]
    AsyncLocal,
    Async,
    Sync,
}

impl Mode {
    const ALL: [Self; 3] = [Self::AsyncLocal, Self::Async, Self::Sync];

    /// The word that the option and the server use.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::AsyncLocal => "async_local",
            Self::Async => "async",
            Self::Sync => "sync",
        }
    }
}

/// What the attribute says; an absent option is `None`.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) trigger: Option<LitStr>,
    pub(crate) mode: Option<Mode>,
    pub(crate) requirements: Vec<LitStr>,
    pub(crate) replace: Option<bool>,
    pub(crate) description: Option<LitStr>,
    pub(crate) file: Option<LitStr>,
    pub(crate) python: Option<PythonVersion>,
    pub(crate) krate: Option<Path>,
}

impl Options {
    /// Parses `name = value, name = value`, with or without a comma at the end.
    pub(crate) fn parse(tokens: TokenStream, errors: &Errors) -> Self {
        let mut options = Self::default();
        let parser = |input: ParseStream<'_>| {
            let mut seen: Vec<Ident> = Vec::new();
            while !input.is_empty() {
                if let Err(error) = options.option(input, &mut seen, errors) {
                    errors.push(error);
                    skip_option(input)?;
                }
            }
            Ok(())
        };
        errors.ok(parser.parse2(tokens));
        options
    }

    /// `name = value`, then a comma or the end.
    fn option(
        &mut self,
        input: ParseStream<'_>,
        seen: &mut Vec<Ident>,
        errors: &Errors,
    ) -> syn::Result<()> {
        if !input.peek(syn::Ident::peek_any) {
            return Err(input.error(format!("expected an option, one of {}", all_names())));
        }
        let name = input.call(Ident::parse_any)?;
        let known = NAMES.iter().any(|known| name == known);
        if !known {
            return Err(syn::Error::new(name.span(), unknown(&name.to_string())));
        }
        if seen.contains(&name) {
            let message = format!("duplicate option `{name}`, say it once");
            return Err(syn::Error::new(name.span(), message));
        }
        seen.push(name.clone());
        if !input.peek(Token![=]) {
            let message = format!(
                "option `{name}` needs a value, like `{}`",
                sample(&name.to_string())
            );
            return Err(syn::Error::new(name.span(), message));
        }
        input.parse::<Token![=]>()?;
        if input.is_empty() || input.peek(Token![,]) {
            let message = format!(
                "option `{name}` needs a value, like `{}`",
                sample(&name.to_string())
            );
            return Err(syn::Error::new(name.span(), message));
        }
        let value = ungroup(input.parse()?);
        if !input.is_empty() {
            if !input.peek(Token![,]) {
                return Err(input.error("expected `,` between options"));
            }
            input.parse::<Token![,]>()?;
        }
        // The option is read to its end, so what is wrong with its value keeps no other one from being read.
        errors.ok(self.set(&name, value, errors));
        Ok(())
    }

    fn set(&mut self, name: &Ident, value: Expr, errors: &Errors) -> syn::Result<()> {
        match name.to_string().as_str() {
            "trigger" => self.trigger = Some(text(name, value)?),
            "mode" => {
                let word = text(name, value)?;
                let mode = Mode::ALL
                    .into_iter()
                    .find(|mode| mode.word() == word.value());
                self.mode = Some(mode.ok_or_else(|| {
                    let message = format!(
                        "unknown mode `{}`, use \"async_local\", \"async\" or \"sync\"",
                        word.value()
                    );
                    syn::Error::new(word.span(), message)
                })?);
            }
            "requirements" => self.requirements = texts(name, value, errors)?,
            "replace" => self.replace = Some(boolean(name, value)?.value),
            "description" => self.description = Some(text(name, value)?),
            "file" => self.file = Some(text(name, value)?),
            "python" => {
                let word = text(name, value)?;
                let version = word.value().parse();
                self.python = Some(version.map_err(|error| syn::Error::new(word.span(), error))?);
            }
            "crate" => self.krate = Some(path(name, value)?),
            other => unreachable!("`{other}` is among the names but has no arm"),
        }
        Ok(())
    }
}

/// How an option is written, for messages.
fn sample(name: &str) -> &'static str {
    match name {
        "trigger" => "trigger = \"name\"",
        "mode" => "mode = \"sync\"",
        "requirements" => "requirements = [\"requests>=2\"]",
        "replace" => "replace = true",
        "description" => "description = \"what it does\"",
        "file" => "file = \"gears/name.py\"",
        "python" => "python = \"3.9\"",
        _ => "crate = path::to::gears_runtime",
    }
}

fn wrong_value(name: &Ident, value: &Expr, what: &str) -> syn::Error {
    let sample = sample(&name.to_string());
    syn::Error::new_spanned(
        value,
        format!("option `{name}` takes {what}, like `{sample}`"),
    )
}

/// `"text"`, raw or not.
fn text(name: &Ident, value: Expr) -> syn::Result<LitStr> {
    match value {
        Expr::Lit(literal) => match literal.lit {
            Lit::Str(text) => Ok(text),
            other => Err(wrong_value(name, &lit(other), "a string")),
        },
        other => Err(wrong_value(name, &other, "a string")),
    }
}

/// `["text", "text"]`
fn texts(name: &Ident, value: Expr, errors: &Errors) -> syn::Result<Vec<LitStr>> {
    let Expr::Array(array) = value else {
        return Err(wrong_value(name, &value, "a list of strings"));
    };
    let mut all = Vec::new();
    for element in array.elems {
        match ungroup(element) {
            Expr::Lit(literal) if matches!(literal.lit, Lit::Str(_)) => {
                if let Lit::Str(text) = literal.lit {
                    all.push(text);
                }
            }
            other => errors.push(wrong_value(name, &other, "a list of strings")),
        }
    }
    Ok(all)
}

/// `true` or `false`
fn boolean(name: &Ident, value: Expr) -> syn::Result<LitBool> {
    match value {
        Expr::Lit(literal) => match literal.lit {
            Lit::Bool(boolean) => Ok(boolean),
            other => Err(wrong_value(name, &lit(other), "`true` or `false`")),
        },
        other => Err(wrong_value(name, &other, "`true` or `false`")),
    }
}

/// `path`, `::path` or `crate::path`
fn path(name: &Ident, value: Expr) -> syn::Result<Path> {
    match value {
        Expr::Path(ExprPath {
            path, qself: None, ..
        }) => Ok(path),
        other => Err(wrong_value(name, &other, "a path")),
    }
}

fn lit(lit: Lit) -> Expr {
    Expr::Lit(syn::ExprLit {
        attrs: Vec::new(),
        lit,
    })
}

/// Peels the invisible delimiters that `macro_rules!` puts around what it hands on.
pub(crate) fn ungroup(mut expr: Expr) -> Expr {
    while let Expr::Group(group) = expr {
        expr = *group.expr;
    }
    expr
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

fn all_names() -> String {
    let names: Vec<String> = NAMES.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn unknown(name: &str) -> String {
    let near = NAMES
        .iter()
        .map(|known| (distance(name, known), known))
        .min()
        .filter(|(distance, known)| *distance <= 1 + known.len() / 4);
    match near {
        Some((_, near)) => format!("unknown option `{name}`, did you mean `{near}`?"),
        None => format!("unknown option `{name}`, use one of {}", all_names()),
    }
}

/// How many characters have to be put in, left out or changed to get from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (done, a) in from.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], done + 1);
        for (index, b) in to.iter().enumerate() {
            let changed = diagonal + usize::from(a != *b);
            diagonal = row[index + 1];
            row[index + 1] = changed.min(diagonal + 1).min(row[index] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_edits() {
        assert_eq!(distance("requirments", "requirements"), 1);
        assert_eq!(distance("", "mode"), 4);
        assert_eq!(distance("mdoe", "mode"), 2);
    }

    #[test]
    fn slips_get_the_right_name() {
        assert!(unknown("requirement").ends_with("did you mean `requirements`?"));
        assert!(unknown("colour").contains("use one of `trigger`, `mode`"));
    }
}
