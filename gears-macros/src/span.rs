//! Tokens as seen from the places that errors underline.

use proc_macro2::{Span, TokenStream, TokenTree};

/// The tokens as if they stood at that place; they mean what they meant.
pub(crate) fn located(tokens: &TokenStream, place: Span) -> TokenStream {
    respanned(tokens, |token| token.span().located_at(place))
}

/// The tokens where they stand, as if the macro had written them.
///
/// The compiler tells an error twice where it meets it both in what the user wrote and in what the macro made of it.
pub(crate) fn generated(tokens: &TokenStream) -> TokenStream {
    respanned(tokens, |token| match token {
        // It means the crate of the macro that it stands in.
        TokenTree::Ident(name) if name == "$crate" => name.span(),
        _ => Span::call_site().located_at(token.span()),
    })
}

fn respanned(tokens: &TokenStream, of: impl Fn(&TokenTree) -> Span) -> TokenStream {
    tokens
        .clone()
        .into_iter()
        .map(|mut token| {
            token.set_span(of(&token));
            token
        })
        .collect()
}
