//! `#[gears_runtime::test] fn name(gears: &Gears) -> Result<()> { … }`: a test with a server.
//!
//! The function stays as it is, inside the one that the test harness calls; that one asks the runtime for what the
//! test needs (`gears-runtime/src/testing/case.rs`).

mod needs;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{FnArg, ItemFn, Safety, Type};

use self::needs::{Needs, Stage};
use crate::errors::Errors;
use crate::expand::local;
use crate::path::RuntimePath;

/// Attributes that make a test of a function by themselves.
const OTHERS: [&str; 3] = ["test", "rstest", "test_case"];

/// Parse, check, expand.
pub(crate) fn server_test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let errors = Errors::new();
    let needs = Needs::parse(arguments, &errors);
    let Some(function) = errors.ok(syn::parse2::<ItemFn>(item.clone())) else {
        let told = errors.into_tokens();
        return quote!(#item #told);
    };
    let types = check(&function, &errors);
    if errors.are_there() {
        let told = errors.into_tokens();
        // Not called, and yet compiled: what is wrong inside is told as well.
        return quote!(#[allow(dead_code, unused)] #function #told);
    }
    let expanded = expand(&needs, function, &types);
    let told = errors.into_tokens();
    quote!(#expanded #told)
}

/// Refuses what is no test, and returns the types of the parameters.
fn check(function: &ItemFn, errors: &Errors) -> Vec<Type> {
    for attribute in &function.attrs {
        let last = attribute.path().segments.last();
        if last.is_some_and(|last| OTHERS.iter().any(|other| last.ident == other)) {
            errors.at(
                attribute,
                "`#[gears_runtime::test]` makes a test by itself, remove this attribute",
            );
        }
    }
    let signature = &function.sig;
    if let Some(token) = &signature.constness {
        errors.at(token, "a test runs when it is called, remove `const`");
    }
    if let Safety::Unsafe(token) = &signature.safety {
        errors.at(token, "nobody could call the test, remove `unsafe`");
    }
    if let Some(abi) = &signature.abi {
        errors.at(abi, "a test is an ordinary Rust function, remove `extern`");
    }
    if !signature.generics.params.is_empty() {
        errors.at(
            &signature.generics,
            "a test cannot be generic: nobody says for which types",
        );
    }
    let mut types = Vec::new();
    for input in &signature.inputs {
        match input {
            FnArg::Typed(typed) => types.push((*typed.ty).clone()),
            FnArg::Receiver(receiver) => {
                errors.at(receiver, "a test is a free function without `self`");
            }
        }
    }
    types
}

fn expand(needs: &Needs, function: ItemFn, types: &[Type]) -> TokenStream {
    let path = RuntimePath::new(needs.krate.as_ref());
    let (p, krate) = (&path.private, &path.krate);
    let ItemFn {
        attrs,
        vis,
        sig,
        block,
        ..
    } = function;
    let name = &sig.ident;
    let output = &sig.output;
    let place = local("__place");
    let given = types.iter().map(|ty| {
        let span = ty.span();
        let p = path.private_at(span);
        quote_spanned!(span=> <#ty as #p::Given>::given(#place))
    });
    let stage = match &needs.stage {
        Stage::Own => None,
        Stage::Shared => Some(quote!(.shared())),
        Stage::Server(builder) => Some(quote!(.server(#builder))),
        Stage::Local(None) => Some(quote!(.local(#p::None))),
        Stage::Local(Some(python)) => Some(quote!(.local(#p::Some(#python)))),
    };
    let gears = needs.gears.as_ref().map(|gears| {
        let gears = gears.iter().map(|gear| quote!(&#gear::GEAR));
        quote!(.gears([#(#gears),*]))
    });
    let run = if sig.asyncness.is_some() {
        quote!(.run_async(async |#place| #name(#(#given),*).await))
    } else {
        quote!(.run(|#place| #name(#(#given),*)))
    };
    let test = quote! {
        #[::core::prelude::v1::test]
        #(#attrs)*
        #vis fn #name() #output {
            #sig #block
            #p::Case::new(#p::core::concat!(
                #p::core::module_path!(),
                "::",
                #p::core::stringify!(#name),
            ))
            #stage
            #gears
            #run
        }
    };
    // Each says which feature is missing, in place of what it is for.
    let test = match sig.asyncness {
        Some(_) => quote!(#krate::__gears_async_test! { #test }),
        None => test,
    };
    let test = match needs.stage {
        Stage::Local(_) => quote!(#krate::__gears_local_test! { #test }),
        _ => test,
    };
    quote!(#krate::__gears_test! { #test }).into_token_stream()
}
