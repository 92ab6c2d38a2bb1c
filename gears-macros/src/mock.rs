//! Model to tokens, for closures that answer in a server's place.
//!
//! The function `mock` of the module has to name the types of the signature, which resolve beside the function only.
//! So an `impl` there gives them to a type of the module that nobody else sees: one that is private itself may have
//! private types.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Lifetime, Type};

use crate::expand::{Expansion, local};
use crate::options::Mode;
use crate::pipe::named;
use crate::span::generated;

impl Expansion<'_> {
    /// What stands in the module: the function `mock`.
    pub(crate) fn mock(&self) -> TokenStream {
        let p = &self.path.private;
        let lifetime = borrowed();
        let types = (0..self.command.params.len())
            .map(|index| quote!(<Signature as #p::Parameter<#index>>::Type<#lifetime>));
        quote! {
            /// The types of the gear's signature.
            #[doc(hidden)]
            pub(super) struct Signature;

            /// Has a closure answer the plain calls of the gear, in place of a server, until what is returned is dropped.
            ///
            /// It takes the arguments of the gear and returns its result. Both go through their codecs: what could not
            /// be sent, or read, is an error here as well. It holds for this scope (see `Scope` of the runtime): a test
            /// that has one with all its threads, or else this thread. The mock that was made last answers. What names
            /// a connection, [`on`] and [`pipe`], goes there.
            #[allow(private_bounds, private_interfaces)]
            pub fn mock<F>(answer: F) -> #p::Mock
            where
                F: for<#lifetime> #p::core::ops::Fn(#(#types),*) -> <Signature as #p::Mocked>::Returns
                    + #p::Send
                    + #p::Sync
                    + 'static,
            {
                let answer: #p::Box<<Signature as #p::Mocked>::Answer> = #p::Box::new(answer);
                #p::mock(&GEAR, answer)
            }
        }
    }

    /// What stands beside the function: the types, and a call that a closure answers.
    pub(crate) fn mocked(&self) -> TokenStream {
        let p = &self.path.private;
        let conditions = &self.conditions;
        let module = &self.module;
        let lifetime = borrowed();
        let forever = Lifetime::new("'static", Span::mixed_site());
        let params = &self.command.params;
        let types: Vec<Type> = params
            .iter()
            .map(|param| named(&param.ty, &lifetime))
            .collect();
        let parameters = types.iter().enumerate().map(|(index, ty)| {
            quote! {
                #(#conditions)*
                impl #p::Parameter<#index> for #module::Signature {
                    type Type<#lifetime> = #ty;
                }
            }
        });
        let returns = named(&self.command.returns, &forever);
        let answer = local("__answer");
        let answered = self.answered(&answer);
        let arguments = self.params();
        quote! {
            #(#parameters)*

            #(#conditions)*
            impl #p::Mocked for #module::Signature {
                type Returns = #returns;
                type Answer = dyn for<#lifetime> #p::core::ops::Fn(#(#types),*) -> #returns + #p::Send + #p::Sync;
            }

            #(#conditions)*
            #[allow(dead_code)]
            impl #module::Signature {
                #[allow(clippy::too_many_arguments)]
                fn answered(#answer: &#p::Answer, #(#arguments),*) -> #returns {
                    #answered
                }
            }
        }
    }

    fn answered(&self, answer: &Ident) -> TokenStream {
        let p = &self.path.private;
        let call = local("__call");
        let encoded = self.encoded(&call);
        let names = self.names();
        // What is wrong with the type of the result is told where that of the call is, and so once.
        let brought = self.at(&self.command.returns, |p, span| {
            let module = &self.module;
            let closure = local("__closure");
            let error = local("__error");
            let travel = self.travel(&p, span);
            quote_spanned! {span=>
                if let #p::Err(#error) = #p::encode(&#module::GEAR, |#call| {
                    #encoded
                    #p::Ok(())
                }) {
                    return #p::Outcome::from_result(#p::Err(#error));
                }
                let #closure = #answer.closure::<<#module::Signature as #p::Mocked>::Answer>();
                #p::answered(#p::Option::map(#closure, |#closure| #closure(#(#names),*)), &#module::GEAR, #travel)
            }
        });
        quote! {
            #[allow(unused_imports)]
            use #p::{JsonArgument as _, JsonTravel as _, NoTravel as _};
            #brought
        }
    }

    /// What takes a result to the wire and back.
    fn travel(&self, p: &TokenStream, span: Span) -> TokenStream {
        let module = &self.module;
        let value = local("__value");
        let forever = Lifetime::new("'static", Span::mixed_site());
        let returns = generated(&named(&self.command.returns, &forever).to_token_stream());
        let of_call = quote_spanned!(span=> <#returns as #p::Outcome>::Value);
        match self.mode() {
            Mode::Async => quote_spanned! {span=>
                |#value| <#of_call as #p::EveryShard>::each(#value, |#value| {
                    (&#p::Travel::<<#of_call as #p::EveryShard>::Item>::of(&#module::GEAR)).travel(#value)
                })
            },
            Mode::AsyncLocal | Mode::Sync => quote_spanned! {span=>
                |#value| (&#p::Travel::<#of_call>::of(&#module::GEAR)).travel(#value)
            },
        }
    }
}

/// The lifetime of what arguments borrow.
fn borrowed() -> Lifetime {
    Lifetime::new("'__gears", Span::mixed_site())
}
