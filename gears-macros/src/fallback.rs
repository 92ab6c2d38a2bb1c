use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::visit_mut::{self, VisitMut};
use syn::{FnArg, Lifetime, TypeReference};

use crate::item::Item;

/// The function with a body that is never run, for when its signature is none of a gear: callers keep compiling, so
/// that the errors shown are the ones that matter.
pub(crate) fn fallback(item: &Item) -> TokenStream {
    let Item {
        attributes,
        visibility,
        signature,
        ..
    } = item;
    // The compiler would have its own word on a `...`.
    let mut signature = signature.clone();
    signature.variadic = None;
    // Nor on attributes that are ours.
    for input in &mut signature.inputs {
        if let FnArg::Typed(typed) = input {
            typed
                .attrs
                .retain(|attribute| !attribute.path().is_ident("key"));
        }
    }
    // Nor of a lifetime that nothing gives.
    Static.visit_return_type_mut(&mut signature.output);
    quote! {
        #(#attributes)*
        #[allow(unused_variables, unused_mut)]
        #visibility #signature {
            ::core::unreachable!()
        }
    }
}

/// Gives references a lifetime that needs no other one.
struct Static;

impl VisitMut for Static {
    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        reference.lifetime = Some(Lifetime::new("'static", Span::call_site()));
        visit_mut::visit_type_reference_mut(self, reference);
    }
}

/// The module that would be beside nothing, for when the signature is none of a gear that events call.
pub(crate) fn fallback_listener(item: &Item) -> TokenStream {
    let Item {
        visibility,
        signature,
        ..
    } = item;
    let name = &signature.ident;
    quote! {
        #[allow(missing_docs)]
        #visibility mod #name {}
    }
}
