//! Model to tokens, for a gear that events or a command call: a module with its descriptor, and no function.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use crate::descriptor::{Signature, descriptor};
use crate::docs::listener_docs;
use crate::model::{Command, Param};
use crate::options::Family;
use crate::path::RuntimePath;
use crate::python::Python;

/// Emits everything that a gear becomes which no Rust calls.
pub(crate) fn expand_listener(command: &Command, python: &Python) -> TokenStream {
    let path = RuntimePath::new(command.options.krate.as_ref());
    let p = &path.private;
    let Command {
        attributes,
        visibility,
        name,
        ..
    } = command;
    let conditions: Vec<_> = command.conditions().collect();
    let docs = listener_docs(command, python);
    let descriptor = descriptor(
        p,
        command,
        python,
        &Signature {
            module_path: quote!(#p::parent_path(#p::core::module_path!())),
            params: {
                let names = command.params.iter().map(Param::plain_name);
                quote!(&[#(#p::Param::new(#names, #p::Wire::Made, false)),*])
            },
            returns: quote!(#p::NOTHING),
        },
    );
    let assertion = match command.family {
        Family::Command | Family::Function => "assert_arguments",
        Family::Keys | Family::Stream => "assert_record",
    };
    let types = command.params.iter().map(|param| {
        let ty = &param.ty;
        let place = ty.to_token_stream().span();
        let span = Span::call_site().located_at(place);
        let assertion = format_ident!("{assertion}", span = span);
        let p = path.private_at(place);
        quote_spanned!(span=> #p::#assertion::<#ty>();)
    });
    let tracked =
        python.tracked.iter().filter_map(|path| path.to_str()).map(
            |path| quote!(const _: &[#p::core::primitive::u8] = #p::core::include_bytes!(#path);),
        );
    quote! {
        #(#attributes)*
        #[doc = #docs]
        #visibility mod #name {
            /// Describes the gear.
            pub static GEAR: #p::Gear = #descriptor;

            /// Registers this gear alone, and binds nothing.
            #[allow(dead_code)]
            pub fn register<'server>(
                server: impl #p::ToServer<'server>,
            ) -> #p::Result<#p::Change, #p::Error> {
                #p::register_one(server, &GEAR)
            }

            /// Registers this gear alone, as [`register`] does.
            #[allow(dead_code)]
            pub async fn register_async<'server>(
                server: impl #p::ToServerAsync<'server>,
            ) -> #p::Result<#p::Change, #p::Error> {
                #p::register_one_async(server, &GEAR).await
            }
        }

        #(#conditions)*
        const _: () = {
            #(#tracked)*
            #(#types)*
            #p::inventory::submit! { #p::Submission(&#name::GEAR) }
        };
    }
}
