//! `py!("lambda record: …", name = value)`: one expression of Python, checked.

use std::path::PathBuf;

use gears_python::{Arity, Expression, is_keyword};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Expr, Lit, LitStr, Token};

use crate::crate_root::CrateRoot;
use crate::errors::Errors;
use crate::inspection::Inspection;
use crate::options::{OF_EXPRESSION, Options, ungroup};
use crate::path::RuntimePath;
use crate::python::{body_of_literal, oldest_python};

/// What stands between the parentheses.
struct Input {
    options: Options,
    text: LitStr,
    captures: Vec<Capture>,
}

/// `name = value`, or `name` alone for the variable of that name.
struct Capture {
    name: Ident,
    value: Expr,
}

impl Capture {
    fn plain_name(&self) -> String {
        self.name.unraw().to_string()
    }
}

/// `py!(…)`: parse, check, expand.
pub(crate) fn py(tokens: TokenStream, root: &CrateRoot) -> TokenStream {
    let errors = Errors::new();
    let parser = |input: ParseStream<'_>| Input::parse(input, &errors);
    let Some(input) = errors.ok(parser.parse2(tokens)) else {
        let told = errors.into_tokens();
        // An expression, whatever was wrong: `compile_error!` is one.
        return quote!({ #told });
    };
    input.check_names(&errors);
    let mut tracked = Vec::new();
    let oldest = oldest_python(input.options.python, root, &mut tracked, &errors);
    let body = body_of_literal(&input.text);
    let names: Vec<String> = input.captures.iter().map(Capture::plain_name).collect();
    let names = names.into_iter().map(|name| (name, input.text.span()));
    let expression = Inspection::new(&body, input.text.span(), oldest)
        .options(&input.options)
        .names(names)
        .run_expression(&errors);
    if let Some(expression) = &expression {
        input.check_uses(expression, &errors);
    }
    let path = RuntimePath::new(input.options.krate.as_ref());
    let p = &path.private;
    let told = errors.into_tokens();
    let Some(expression) = expression else {
        // It fits every place: one message is enough.
        return quote!({
            #told
            #p::PyFn::<#p::Unknown>::from_parts(
                #p::CodeParts {
                    kind: #p::Kind::Expression,
                    text: "",
                    file: "",
                    line: #p::core::option::Option::None,
                    uses_cmd: false,
                    requirements: &[],
                },
                #p::Vec::new(),
            )
        });
    };
    let arity = arity(p, expression.lambda());
    let kind = match expression.lambda() {
        Some(_) => quote!(Lambda),
        None => quote!(Expression),
    };
    let (text, file) = (body.text(), body.file());
    let line = match body.first_line() {
        Some(line) => quote!(#p::core::option::Option::Some(#line)),
        None => quote!(#p::core::option::Option::None),
    };
    let uses_cmd = expression.uses_cmd();
    let captures = input.captures.iter().map(|Capture { name, value }| {
        let plain = name.unraw().to_string();
        let place = value.span();
        let p = path.private_at(place);
        let span = Span::call_site().located_at(place);
        quote_spanned!(span=> (#plain, #p::Capturing(&(#value)).literal()))
    });
    let captured = if input.captures.is_empty() {
        // Constant, so that the whole may be one.
        quote!(#p::Vec::new())
    } else {
        quote!({
            #[allow(unused_imports)]
            use #p::SerdeCapture as _;
            #p::captures([#(#captures),*])
        })
    };
    let tracked = tracking(p, &tracked);
    quote!({
        #tracked
        #told
        #p::PyFn::<#arity>::from_parts(
            #p::CodeParts {
                kind: #p::Kind::#kind,
                text: #text,
                file: #file,
                line: #line,
                uses_cmd: #uses_cmd,
                requirements: &[],
            },
            #captured,
        )
    })
}

/// Has the compiler look again when one of these files changes.
pub(crate) fn tracking(p: &TokenStream, files: &[PathBuf]) -> TokenStream {
    let files = files.iter().filter_map(|path| path.to_str());
    quote!(#(const _: &[#p::core::primitive::u8] = #p::core::include_bytes!(#files);)*)
}

/// The type that says how many arguments the Python takes.
fn arity(p: &TokenStream, arity: Option<Arity>) -> TokenStream {
    /// More than any step gives.
    const MANY: usize = 4;
    match arity {
        None => quote!(#p::Unknown),
        Some(Arity {
            least,
            most: Some(most),
        }) if least == most => quote!(#p::Exactly<#least>),
        Some(Arity { least, most }) => {
            let least = least.min(MANY);
            let most = most.unwrap_or(MANY).min(MANY);
            quote!(#p::Between<#least, #most>)
        }
    }
}

impl Input {
    /// `"text"`, `"text", name = value, name`, each also after options: `crate = path,`, `allow = ["rule"],`,
    /// `python = "3.12",`
    fn parse(input: ParseStream<'_>, errors: &Errors) -> syn::Result<Self> {
        let mut given = TokenStream::new();
        while input.peek(syn::Ident::peek_any) && input.peek2(Token![=]) {
            let name = input.call(Ident::parse_any)?;
            let equals: Token![=] = input.parse()?;
            let value: Expr = input.parse()?;
            let comma: Token![,] = input.parse()?;
            given.extend(quote!(#name #equals #value #comma));
        }
        let options = Options::parse_names(given, OF_EXPRESSION, errors);
        if input.is_empty() {
            return Err(input.error(
                "expected Python in a string literal, like `py!(\"lambda record: record\")`",
            ));
        }
        let text = match ungroup(input.parse()?) {
            Expr::Lit(literal) => match literal.lit {
                Lit::Str(text) => text,
                other => return Err(wrong_text(&other)),
            },
            other => return Err(wrong_text(&other)),
        };
        let mut captures: Vec<Capture> = Vec::new();
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            if !input.peek(syn::Ident::peek_any) {
                return Err(
                    input.error("expected a name for Python with its value, like `limit = 10`")
                );
            }
            let name = input.call(Ident::parse_any)?;
            let value = if input.peek(Token![=]) {
                input.parse::<Token![=]>()?;
                input.parse()?
            } else {
                syn::parse2(quote!(#name))?
            };
            captures.push(Capture { name, value });
        }
        Ok(Self {
            options,
            text,
            captures,
        })
    }

    /// Names that Python cannot have, or that are there twice.
    fn check_names(&self, errors: &Errors) {
        let mut seen = Vec::new();
        for capture in &self.captures {
            let name = capture.plain_name();
            if is_keyword(&name) {
                errors.at(
                    &capture.name,
                    format!("`{name}` is a keyword of Python, give the value another name, like `{name}_`"),
                );
            } else if seen.contains(&name) {
                errors.at(
                    &capture.name,
                    format!("duplicate value `{name}`, say it once"),
                );
            }
            seen.push(name);
        }
    }

    /// Values that the Python never reads.
    fn check_uses(&self, expression: &Expression, errors: &Errors) {
        for capture in &self.captures {
            let name = capture.plain_name();
            if !expression.reads(&name) {
                errors.at(
                    &capture.name,
                    format!("the Python never reads `{name}`, remove the value"),
                );
            }
        }
    }
}

fn wrong_text(tokens: &impl quote::ToTokens) -> syn::Error {
    syn::Error::new_spanned(
        tokens,
        "expected Python in one string literal; text that is made while the program runs goes \
         through `RawPython::new_unchecked`",
    )
}
