//! The values of options: an expression in, what the option takes out.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Expr, ExprPath, Lit, LitBool, LitInt, LitStr, Path, Token};

use super::{family::listed, sample, ungroup};
use crate::errors::Errors;

fn wrong_value(name: &Ident, value: &Expr, what: &str) -> syn::Error {
    let sample = sample(&name.to_string());
    syn::Error::new_spanned(
        value,
        format!("option `{name}` takes {what}, like `{sample}`"),
    )
}

/// `"text"`, raw or not.
pub(super) fn text(name: &Ident, value: Expr) -> syn::Result<LitStr> {
    match value {
        Expr::Lit(literal) => match literal.lit {
            Lit::Str(text) => Ok(text),
            other => Err(wrong_value(name, &lit(other), "a string")),
        },
        other => Err(wrong_value(name, &other, "a string")),
    }
}

/// `["text", "text"]`
pub(super) fn texts(name: &Ident, value: Expr, errors: &Errors) -> syn::Result<Vec<LitStr>> {
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
pub(super) fn boolean(name: &Ident, value: Expr) -> syn::Result<LitBool> {
    match value {
        Expr::Lit(literal) => match literal.lit {
            Lit::Bool(boolean) => Ok(boolean),
            other => Err(wrong_value(name, &lit(other), "`true` or `false`")),
        },
        other => Err(wrong_value(name, &other, "`true` or `false`")),
    }
}

/// `path`, `::path` or `crate::path`
pub(super) fn path(name: &Ident, value: Expr) -> syn::Result<Path> {
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

/// `42` or `2_000`, within the range that the option takes.
pub(super) fn number(name: &Ident, value: Expr, least: u64, most: u64) -> syn::Result<u64> {
    let what = if least == 0 {
        format!("a whole number up to {most}")
    } else {
        format!("a whole number from {least} to {most}")
    };
    let Expr::Lit(syn::ExprLit {
        lit: Lit::Int(number),
        ..
    }) = &value
    else {
        return Err(wrong_value(name, &value, &what));
    };
    digits(number)
        .filter(|digits| (least..=most).contains(digits))
        .ok_or_else(|| wrong_value(name, &value, &what))
}

/// The value of a number without a suffix, such as `10u8`.
fn digits(number: &LitInt) -> Option<u64> {
    number.suffix().is_empty().then_some(())?;
    number.base10_parse().ok()
}

/// A name of the function's: `param`.
pub(super) fn name(option: &Ident, value: Expr) -> syn::Result<Ident> {
    match &value {
        Expr::Path(ExprPath {
            path, qself: None, ..
        }) => match path.get_ident() {
            Some(ident) => Ok(ident.clone()),
            None => Err(wrong_value(option, &value, "the name of a parameter")),
        },
        _ => Err(wrong_value(
            option,
            &value,
            "the name of a parameter, without quotes",
        )),
    }
}

/// The flags that servers know, as Rust and as they spell them.
const FLAGS: [(&str, &str); 5] = [
    ("no_writes", "no-writes"),
    ("allow_oom", "allow-oom"),
    ("allow_stale", "allow-stale"),
    ("no_cluster", "no-cluster"),
    ("allow_cross_slot_keys", "allow-cross-slot-keys"),
];

/// `no_writes, allow_stale`
pub(super) fn flags(input: ParseStream<'_>, errors: &Errors) -> syn::Result<Vec<&'static str>> {
    let mut all = Vec::new();
    for word in input.parse_terminated(Ident::parse_any, Token![,])? {
        match FLAGS.iter().find(|(flag, _)| word == flag) {
            Some((_, flag)) if all.contains(flag) => {
                errors.at(&word, format!("duplicate flag `{word}`, say it once"));
            }
            Some((_, flag)) => all.push(*flag),
            None => {
                let known: Vec<&str> = FLAGS.iter().map(|(flag, _)| *flag).collect();
                let message = format!("unknown flag `{word}`, use one of {}", listed(&known));
                errors.at(&word, message);
            }
        }
    }
    Ok(all)
}

/// One of a few words, as text.
pub(super) fn word<T: Copy>(name: &Ident, value: Expr, words: &[(&str, T)]) -> syn::Result<T> {
    let text = text(name, value)?;
    let given = text.value();
    match words.iter().find(|(word, _)| *word == given) {
        Some((_, meaning)) => Ok(*meaning),
        None => {
            let mut all: Vec<String> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
            let last = all.pop().unwrap_or_default();
            let message = format!("unknown {name} `{given}`, use {} or {last}", all.join(", "));
            Err(syn::Error::new(text.span(), message))
        }
    }
}
