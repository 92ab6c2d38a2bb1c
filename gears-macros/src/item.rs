//! The function under the attribute: tokens in, [`Item`] out. Syntax only; its rules are for `model.rs` and `check.rs`.

use proc_macro2::{Ident, Span, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Block, Expr, Lit, LitStr, Signature, Stmt, Token, Visibility, braced};

use crate::errors::Errors;
use crate::options::ungroup;

/// What the attribute stands on.
pub(crate) struct Item {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: Braces,
}

/// What stands between the braces.
pub(crate) enum Braces {
    /// One string literal.
    Text(LitStr),
    /// Nothing.
    Empty(Span),
    /// Something that was refused with a message.
    Refused,
}

impl Item {
    /// `attributes visibility fn name(…) -> … { "python" }`
    pub(crate) fn parse(tokens: TokenStream, errors: &Errors) -> Option<Self> {
        if let Some(keyword) = other_item(&tokens) {
            let message = "a gear is a function, put the attribute on a `fn`";
            errors.at_span(keyword.span(), message);
            return None;
        }
        let parser = |input: ParseStream<'_>| {
            Ok(Self {
                attributes: input.call(Attribute::parse_outer)?,
                visibility: input.parse()?,
                signature: input.parse()?,
                body: braces(input, errors)?,
            })
        };
        errors.ok(parser.parse2(tokens))
    }
}

/// The keyword of an item that is no function.
fn other_item(tokens: &TokenStream) -> Option<Ident> {
    let parser = |input: ParseStream<'_>| {
        input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        let function = input.fork().parse::<Signature>().is_ok();
        let keyword = input.call(<Ident as syn::ext::IdentExt>::parse_any).ok();
        input.parse::<TokenStream>()?;
        Ok(keyword.filter(|word| {
            const OTHERS: [&str; 11] = [
                "struct",
                "enum",
                "union",
                "trait",
                "impl",
                "mod",
                "use",
                "static",
                "type",
                "macro_rules",
                "extern",
            ];
            !function && OTHERS.iter().any(|other| word == other)
        }))
    };
    parser.parse2(tokens.clone()).ok().flatten()
}

/// `{ "python" }`, `{ r#"python"# }` or `{}`
fn braces(input: ParseStream<'_>, errors: &Errors) -> syn::Result<Braces> {
    const WRITE: &str = "write it like `{ r#\"return 1\"# }`";
    if input.peek(Token![;]) {
        let message = format!(
            "the body of a gear is missing, {WRITE}, or say `file = \"gears/name.py\"` and write `{{}}`"
        );
        errors.at(&input.parse::<Token![;]>()?, message);
        return Ok(Braces::Refused);
    }
    let content;
    let brace = braced!(content in input);
    let statements = match content.call(Block::parse_within) {
        Ok(statements) => statements,
        Err(error) => {
            errors.push(error);
            content.parse::<TokenStream>()?;
            return Ok(Braces::Refused);
        }
    };
    let refuse = |tokens: &dyn quote::ToTokens, message: String| {
        errors.at(&tokens.to_token_stream(), message);
        Ok(Braces::Refused)
    };
    let mut statements = statements.into_iter();
    let (first, second) = (statements.next(), statements.next());
    let expr = match (first, second) {
        (None, _) => return Ok(Braces::Empty(brace.span.join())),
        (Some(Stmt::Expr(expr, None)), None) => ungroup(expr),
        (Some(Stmt::Expr(expr, Some(semicolon))), None) if is_text(&expr) => {
            return refuse(
                &semicolon,
                "remove this `;`, the string literal is the whole body".to_owned(),
            );
        }
        (Some(Stmt::Macro(stmt)), None) if stmt.semi_token.is_none() => {
            Expr::Macro(syn::ExprMacro {
                attrs: stmt.attrs,
                mac: stmt.mac,
            })
        }
        (Some(other), _) => {
            return refuse(
                &other,
                format!("the body of a gear is Python in one string literal, {WRITE}"),
            );
        }
    };
    match expr {
        Expr::Lit(literal) => match literal.lit {
            Lit::Str(text) => Ok(Braces::Text(text)),
            Lit::ByteStr(_) | Lit::CStr(_) => refuse(
                &literal,
                "Python source is text, not bytes, remove the `b` or `c` before the quote"
                    .to_owned(),
            ),
            _ => refuse(
                &literal,
                format!("the body of a gear is Python in one string literal, {WRITE}"),
            ),
        },
        Expr::Macro(call) => {
            let name = call
                .mac
                .path
                .segments
                .last()
                .map(|segment| segment.ident.to_string());
            let way_out = match name.as_deref() {
                Some("include_str") => "say `file = \"gears/name.py\"` and write `{}`".to_owned(),
                _ => WRITE.to_owned(),
            };
            let message =
                "the body of a gear is Python in one string literal, a macro call has no text yet";
            refuse(&call, format!("{message}, {way_out}"))
        }
        other => refuse(
            &other,
            format!("the body of a gear is Python in one string literal, {WRITE}"),
        ),
    }
}

fn is_text(expr: &Expr) -> bool {
    match expr {
        Expr::Group(group) => is_text(&group.expr),
        Expr::Lit(literal) => matches!(literal.lit, Lit::Str(_)),
        _ => false,
    }
}
