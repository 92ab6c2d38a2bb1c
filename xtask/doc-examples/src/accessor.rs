//! Methods that only look at their value.

use syn::{Block, Expr, FnArg, ReceiverKind, ReturnType, Signature, Stmt};

/// What a look may end with.
const LOOKS: [&str; 16] = [
    "as_bytes", "as_deref", "as_path", "as_ref", "as_slice", "as_str", "clone", "cloned", "copied",
    "get", "is_empty", "is_none", "is_some", "iter", "len", "to_owned",
];

/// Tells whether a method returns a part of its value, and does nothing else.
pub(crate) fn is(signature: &Signature, body: &Block) -> bool {
    let takes_itself_alone = matches!(
        signature.inputs.iter().collect::<Vec<_>>()[..],
        [FnArg::Receiver(receiver)]
            if matches!(receiver.kind, ReceiverKind::Value | ReceiverKind::Reference(_, _, None))
    );
    let returns = !matches!(signature.output, ReturnType::Default);
    takes_itself_alone
        && returns
        && signature.asyncness.is_none()
        && matches!(&body.stmts[..], [Stmt::Expr(expression, None)] if is_look(expression))
}

fn is_look(expression: &Expr) -> bool {
    match expression {
        Expr::Path(path) => path.path.is_ident("self"),
        Expr::Field(field) => is_look(&field.base),
        Expr::Reference(reference) => reference.mutability.is_none() && is_look(&reference.expr),
        Expr::Unary(unary) => is_look(&unary.expr),
        Expr::Paren(inner) => is_look(&inner.expr),
        Expr::MethodCall(call) => {
            call.args.is_empty()
                && LOOKS.iter().any(|look| call.method == look)
                && is_look(&call.receiver)
        }
        Expr::Macro(call) => call.mac.path.is_ident("matches"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use syn::{ImplItemFn, parse_quote};

    fn is(method: &ImplItemFn) -> bool {
        super::is(&method.sig, &method.block)
    }

    #[test]
    fn looks_are_accessors() {
        assert!(is(
            &parse_quote! { pub const fn name(&self) -> &str { self.parts.name } }
        ));
        assert!(is(
            &parse_quote! { pub fn path(&self) -> Option<&str> { self.path.as_deref() } }
        ));
        assert!(is(
            &parse_quote! { pub fn parts(&self) -> &[Part] { &self.parts } }
        ));
        assert!(is(
            &parse_quote! { pub fn is_open(&self) -> bool { !matches!(self, Self::Shut) } }
        ));
        assert!(is(
            &parse_quote! { pub fn into_inner(self) -> T { self.0 } }
        ));
    }

    #[test]
    fn what_does_something_is_none() {
        assert!(!is(
            &parse_quote! { pub fn new() -> Self { Self::default() } }
        ));
        assert!(!is(
            &parse_quote! { pub fn ping(&self) -> Result<()> { self.link.ping() } }
        ));
        assert!(!is(
            &parse_quote! { pub fn part(&self, at: usize) -> &Part { &self.parts[at] } }
        ));
        assert!(!is(
            &parse_quote! { pub fn take(&mut self) -> &mut T { &mut self.0 } }
        ));
        assert!(!is(
            &parse_quote! { pub async fn name(&self) -> &str { self.name } }
        ));
        assert!(!is(
            &parse_quote! { pub fn url(&self) -> String { let url = &self.url; url.clone() } }
        ));
    }
}
