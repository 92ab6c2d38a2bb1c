use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::Path;

use crate::span::located;

/// The way from generated code to the runtime crate.
pub(crate) struct RuntimePath {
    /// The crate itself, `::gears_runtime` or what the option `crate` says.
    pub(crate) krate: TokenStream,
    /// Its hidden module, whose name carries the version that both crates share.
    pub(crate) private: TokenStream,
    is_given: bool,
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
            is_given: given.is_some(),
        }
    }

    /// The hidden module, for an expression that errors shall underline at that place: what is underlined begins
    /// with the first token of a path.
    pub(crate) fn private_at(&self, place: Span) -> TokenStream {
        located(&self.private, place)
    }

    /// The crate, for a call of a macro that errors shall underline at that place, or where the user named the crate.
    pub(crate) fn krate_at(&self, place: Span) -> TokenStream {
        if self.is_given {
            self.krate.clone()
        } else {
            located(&self.krate, place)
        }
    }
}
