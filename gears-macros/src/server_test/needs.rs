//! What the attribute says that a test needs.

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprPath, Lit, LitStr, Path, Token};

use crate::errors::Errors;
use crate::options::ungroup;

/// What a test needs.
#[derive(Default)]
pub(super) struct Needs {
    pub(super) stage: Stage,
    /// The gears that are registered, by the paths of their modules; all of the binary unless they are named.
    pub(super) gears: Option<Vec<Path>>,
    pub(super) krate: Option<Path>,
}

/// Where the gears run.
#[derive(Default)]
pub(super) enum Stage {
    /// On a server of the test's own.
    #[default]
    Own,
    /// On such a server, started in this way.
    Server(Box<Expr>),
    /// On the server that tests share.
    Shared,
    /// In a Python of this machine, that one or any.
    Local(Option<LitStr>),
}

const OPTIONS: &str = "`shared`, `local`, `python`, `server`, `gears` and `crate`";

/// `name` or `name = value`
struct Need {
    name: Ident,
    value: Option<Expr>,
}

impl Parse for Need {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.call(Ident::parse_any)?;
        let value = match input.parse::<Option<Token![=]>>()? {
            Some(_) => Some(ungroup(input.parse()?)),
            None => None,
        };
        Ok(Self { name, value })
    }
}

impl Needs {
    pub(super) fn parse(arguments: TokenStream, errors: &Errors) -> Self {
        let parser = Punctuated::<Need, Token![,]>::parse_terminated;
        let mut needs = Self::default();
        let mut said: Vec<Ident> = Vec::new();
        let mut python = None;
        for need in errors.ok(parser.parse2(arguments)).into_iter().flatten() {
            if said.contains(&need.name) {
                let message = format!("duplicate option `{}`, say it once", need.name);
                errors.at(&need.name, message);
                continue;
            }
            said.push(need.name.clone());
            errors.ok(needs.take(need, &mut python));
        }
        let stages: Vec<_> = said
            .iter()
            .filter(|name| ["shared", "local", "server"].iter().any(|it| name == it))
            .collect();
        if let [first, second, ..] = stages[..] {
            let message = format!("`{first}` and `{second}` are two places for the gears, say one");
            errors.at(second, message);
        }
        match (&mut needs.stage, python) {
            (Stage::Local(local), python) => *local = python,
            (_, Some(python)) => errors.at(
                &python,
                "`python` is for tests that say `local`; the engine has the Python that it was built for",
            ),
            (_, None) => {}
        }
        needs
    }

    fn take(&mut self, need: Need, python: &mut Option<LitStr>) -> syn::Result<()> {
        let Need { name, value } = need;
        let word = name.to_string();
        match (word.as_str(), value) {
            ("shared", None) => self.stage = Stage::Shared,
            ("local", None) => self.stage = Stage::Local(None),
            ("server", Some(builder)) => self.stage = Stage::Server(Box::new(builder)),
            ("python", Some(value)) => *python = Some(text(value)?),
            ("gears", Some(value)) => self.gears = Some(paths(value)?),
            ("crate", Some(value)) => self.krate = Some(path(value)?),
            ("shared" | "local", Some(value)) => {
                let message = format!("`{name}` takes no value, write it alone");
                return Err(syn::Error::new_spanned(value, message));
            }
            ("server" | "python" | "gears" | "crate", None) => {
                let message = format!("option `{name}` needs a value, like `{}`", sample(&word));
                return Err(syn::Error::new(name.span(), message));
            }
            _ => {
                let message = format!("unknown option `{name}`, a test has {OPTIONS}");
                return Err(syn::Error::new(name.span(), message));
            }
        }
        Ok(())
    }
}

fn sample(option: &str) -> &'static str {
    match option {
        "server" => "server = embedded::Server::builder().tcp()",
        "python" => "python = \"python3.12\"",
        "gears" => "gears = [count, shop::visit]",
        _ => "crate = path::to::gears_runtime",
    }
}

fn text(value: Expr) -> syn::Result<LitStr> {
    match value {
        Expr::Lit(syn::ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Ok(text),
        other => Err(wrong(&other, "python", "a string")),
    }
}

fn path(value: Expr) -> syn::Result<Path> {
    match value {
        Expr::Path(ExprPath {
            path, qself: None, ..
        }) => Ok(path),
        other => Err(wrong(&other, "crate", "a path")),
    }
}

fn paths(value: Expr) -> syn::Result<Vec<Path>> {
    let Expr::Array(array) = value else {
        return Err(wrong(&value, "gears", "a list of gears"));
    };
    let gear = |element| match ungroup(element) {
        Expr::Path(ExprPath {
            path, qself: None, ..
        }) => Ok(path),
        other => Err(wrong(&other, "gears", "a list of gears")),
    };
    array.elems.into_iter().map(gear).collect()
}

fn wrong(value: &Expr, option: &str, what: &str) -> syn::Error {
    let message = format!("option `{option}` takes {what}, like `{}`", sample(option));
    syn::Error::new_spanned(value, message)
}
