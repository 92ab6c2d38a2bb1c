//! Model to tokens, for many calls in one go.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{Lifetime, Type};

use crate::expand::{Expansion, local};

impl Expansion<'_> {
    /// The body of what makes many calls.
    pub(crate) fn pipe(&self) -> TokenStream {
        let p = &self.path.private;
        if self.command.is_async {
            quote!(#p::pipe_async::<Bound, A, R>(way, calls).await)
        } else {
            quote!(#p::pipe::<Bound, A, R>(way, calls))
        }
    }

    /// What makes one call of an element of many.
    pub(crate) fn piped(&self) -> TokenStream {
        let p = &self.path.private;
        let conditions = &self.conditions;
        let module = &self.module;
        let lifetime = Lifetime::new("'__gears", Span::mixed_site());
        let forever = Lifetime::new("'static", Span::mixed_site());
        let types: Vec<Type> = self
            .command
            .params
            .iter()
            .map(|param| named(&param.ty, &lifetime))
            .collect();
        let names = self.names();
        let (element, pattern) = match (types.as_slice(), names.as_slice()) {
            ([ty], [name]) => (quote!(#ty), quote!(#name)),
            _ => (quote!((#(#types),*)), quote!((#(#names),*))),
        };
        let returns = named(&self.command.returns, &forever);
        let call = local("__call");
        let reply = local("__reply");
        let encoded = self.encoded(&call);
        let decode = self.decode();
        let outcome = self.at(
            &self.command.returns,
            |p, span| quote_spanned!(span=> #p::outcome(#reply, #decode)),
        );
        quote! {
            #(#conditions)*
            impl<#lifetime> #p::Piped<#element, #returns> for #module::Bound {
                fn gear() -> &'static #p::Gear {
                    &#module::GEAR
                }

                #[allow(clippy::unused_unit)]
                fn encode(#pattern: #element, #call: &mut #p::Call) -> #p::Encoded {
                    #[allow(unused_imports)]
                    use #p::JsonArgument as _;
                    #encoded
                    #p::Ok(())
                }

                fn outcome(#reply: #p::Replied) -> #returns {
                    #[allow(unused_imports)]
                    use #p::JsonReturn as _;
                    #outcome
                }
            }
        }
    }
}

/// The type with a name for each lifetime that has none: places that are no function's signature want names.
pub(crate) fn named(ty: &Type, lifetime: &Lifetime) -> Type {
    struct Name<'a>(&'a Lifetime);
    impl VisitMut for Name<'_> {
        fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
            if reference.lifetime.is_none() {
                reference.lifetime = Some(self.0.clone());
            }
            visit_mut::visit_type_reference_mut(self, reference);
        }
        fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
            if lifetime.ident == "_" {
                *lifetime = self.0.clone();
            }
        }
        // Their lifetimes are their own.
        fn visit_type_fn_ptr_mut(&mut self, _: &mut syn::TypeFnPtr) {}
        fn visit_parenthesized_generic_arguments_mut(
            &mut self,
            _: &mut syn::ParenthesizedGenericArguments,
        ) {
        }
    }
    let mut ty = ty.clone();
    Name(lifetime).visit_type_mut(&mut ty);
    ty
}
