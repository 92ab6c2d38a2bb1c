//! The static descriptor of a gear, as tokens.

use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;
use syn::ext::IdentExt;

use crate::model::Command;
use crate::options::{Family, Mode, OnFailed, OnFull};
use crate::python::{Python, Snippet};

/// The expressions of what only the compiler knows.
pub(crate) struct Signature {
    pub(crate) module_path: TokenStream,
    pub(crate) params: TokenStream,
    pub(crate) returns: TokenStream,
}

/// Emits the descriptor; `p` is the hidden module of the runtime.
pub(crate) fn descriptor(
    p: &TokenStream,
    command: &Command,
    python: &Python,
    signature: &Signature,
) -> TokenStream {
    let options = &command.options;
    let name = command.plain_name();
    let trigger = command.trigger();
    let cause = cause(p, command);
    let mode = match command.mode() {
        Mode::AsyncLocal => quote!(AsyncLocal),
        Mode::Async => quote!(Async),
        Mode::Sync => quote!(Sync),
    };
    let requirements = options
        .requirements
        .iter()
        .map(|text| text.value().trim().to_owned());
    let replace = match options.replace {
        None => quote!(Refuse),
        Some(true) => quote!(Always),
        Some(false) => quote!(Never),
    };
    let description = command.description();
    let Python { text, file, .. } = python;
    let line = option(p, python.line);
    let function = python.function.as_ref();
    let coroutine = function.is_some_and(|function| function.is_coroutine());
    let uses_cmd = function.is_some_and(|function| function.uses_cmd());
    let key = options.key.as_ref().and_then(|key| {
        command
            .params
            .iter()
            .position(|param| param.name.unraw() == key.unraw())
    });
    let key = option(p, key);
    let in_order = options.in_order;
    let snippet = python.on_registered.as_ref().map(|snippet| {
        let Snippet {
            text,
            file,
            uses_cmd,
            ..
        } = snippet;
        let line = option(p, snippet.line);
        quote!(#p::OnRegistered { body: #text, file: #file, line: #line, uses_cmd: #uses_cmd })
    });
    let on_registered = option(p, snippet);
    let timeout_ms = option(p, options.timeout_ms);
    // Of a function there is one version.
    let pinned = options.pinned.unwrap_or(command.family != Family::Function);
    let was = option(p, options.was.as_ref());
    let Signature {
        module_path,
        params,
        returns,
    } = signature;
    quote! {
        #p::gear(#p::GearParts {
            name: #name,
            module_path: #module_path,
            trigger: #trigger,
            cause: #cause,
            mode: #p::Mode::#mode,
            requirements: &[#(#requirements),*],
            replace: #p::Replace::#replace,
            description: #description,
            body: #text,
            file: #file,
            line: #line,
            coroutine: #coroutine,
            uses_cmd: #uses_cmd,
            params: #params,
            returns: #returns,
            key: #key,
            in_order: #in_order,
            on_registered: #on_registered,
            timeout_ms: #timeout_ms,
            version: #p::version(#p::core::option_env!("CARGO_PKG_VERSION")),
            pinned: #pinned,
            was: #was,
            pinned_name: {
                static NAME: #p::OnceLock<#p::String> = #p::OnceLock::new();
                &NAME
            },
        })
    }
}

fn cause(p: &TokenStream, command: &Command) -> TokenStream {
    let options = &command.options;
    let prefix = options
        .prefix
        .as_ref()
        .map_or_else(|| "*".to_owned(), LitStr::value);
    match command.family {
        Family::Command => match &options.hook {
            None => quote!(#p::Cause::Trigger),
            Some(hook) => {
                let prefix = option(p, options.key_prefix.as_ref());
                quote!(#p::Cause::Hook(#p::Hook { command: #hook, key_prefix: #prefix }))
            }
        },
        Family::Function => {
            let library = options.lib.as_ref().map(LitStr::value).unwrap_or_default();
            let flags = &options.flags;
            let params = command.params.iter().enumerate();
            let keys = params.filter(|(_, param)| param.key.is_some());
            let keys = keys.map(|(index, _)| index);
            let fallback = options.fallback;
            quote! {
                #p::Cause::Function(#p::LibraryFunction {
                    library: #library,
                    flags: &[#(#flags),*],
                    keys: &[#(#keys),*],
                    fallback: #fallback,
                })
            }
        }
        Family::Keys => {
            let events = words(p, options.events.as_deref());
            let key_types = words(p, options.key_types.as_deref());
            let commands = words(p, options.commands.as_deref());
            let read_value = options.read_value.unwrap_or(true);
            let on_full = match options.on_full.unwrap_or_default() {
                OnFull::Drop => quote!(Drop),
                OnFull::Wait => quote!(Wait),
            };
            quote! {
                #p::Cause::Keys(#p::KeyEvents {
                    prefix: #prefix,
                    events: #events,
                    key_types: #key_types,
                    commands: #commands,
                    read_value: #read_value,
                    on_full: #p::OnFull::#on_full,
                })
            }
        }
        Family::Stream => {
            let batch = options.batch.unwrap_or(1);
            let duration_ms = options.duration_ms.unwrap_or(0);
            let on_failed = match options.on_failed.unwrap_or_default() {
                OnFailed::Continue => quote!(Continue),
                OnFailed::Abort => quote!(Abort),
                OnFailed::Retry => quote!(Retry),
            };
            let retry_interval_ms = options.retry_interval_ms.unwrap_or(1000);
            let trim = options.trim.unwrap_or(true);
            quote! {
                #p::Cause::Stream(#p::StreamEntries {
                    prefix: #prefix,
                    batch: #batch,
                    duration_ms: #duration_ms,
                    on_failed: #p::OnFailed::#on_failed,
                    retry_interval_ms: #retry_interval_ms,
                    trim: #trim,
                })
            }
        }
    }
}

fn option(p: &TokenStream, value: Option<impl quote::ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(#p::core::option::Option::Some(#value)),
        None => quote!(#p::core::option::Option::None),
    }
}

fn words(p: &TokenStream, words: Option<&[LitStr]>) -> TokenStream {
    option(p, words.map(|words| quote!(&[#(#words),*])))
}
