use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::Path;

/// The way from generated code to the runtime crate.
pub(crate) struct RuntimePath {
    /// The crate itself, `::gears_runtime` or what the option `crate` says.
    pub(crate) krate: TokenStream,
    /// Its hidden module, whose name carries the version that both crates share.
    pub(crate) private: TokenStream,
}

impl RuntimePath {
    pub(crate) fn new(given: Option<&Path>) -> Self {
        let krate = match given {
            Some(path) => quote!(#path),
            None => quote!(::gears_runtime),
        };
        let module = format_ident!("__private{}", env!("CARGO_PKG_VERSION_PATCH"));
        Self {
            private: quote!(#krate::#module),
            krate,
        }
    }

    /// The hidden module, for an expression that errors shall underline at that place: what is underlined begins
    /// with the first token of a path.
    pub(crate) fn private_at(&self, place: Span) -> TokenStream {
        self.private
            .clone()
            .into_iter()
            .map(|mut token: TokenTree| {
                token.set_span(token.span().located_at(place));
                token
            })
            .collect()
    }
}
