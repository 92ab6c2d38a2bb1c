//! Model to tokens. Every call goes to the hidden module of the runtime, which describes the whole expansion
//! (`gears-runtime/src/private.rs`).
//!
//! Types of the signature resolve beside the function only, not in the module of the same name (the function may
//! stand in the body of another one, which has no path); so whatever holds a type is in an `impl` beside the
//! function, and the module holds names.

use gears_python::Rule;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Type};

use crate::descriptor::{Signature, descriptor};
use crate::docs::stub_docs;
use crate::model::{Command, Param};
use crate::options::Mode;
use crate::path::RuntimePath;
use crate::python::Python;
use crate::span::generated;

/// Emits everything that one gear becomes.
pub(crate) fn expand(command: &Command, python: &Python) -> TokenStream {
    let expansion = Expansion {
        command,
        python,
        path: RuntimePath::new(command.options.krate.as_ref()),
        module: command.name.clone(),
        conditions: command.conditions().collect(),
    };
    let parts = [
        expansion.stub(),
        expansion.module(),
        expansion.bound(),
        expansion.piped(),
        expansion.mocked(),
        expansion.constants(),
    ];
    parts.into_iter().collect()
}

pub(crate) struct Expansion<'a> {
    pub(crate) command: &'a Command,
    python: &'a Python,
    pub(crate) path: RuntimePath,
    pub(crate) module: Ident,
    pub(crate) conditions: Vec<&'a Attribute>,
}

impl Expansion<'_> {
    /// The function that the user wrote, calling over the connection that `register_all` bound.
    fn stub(&self) -> TokenStream {
        let Command {
            attributes,
            visibility,
            name,
            returns,
            ..
        } = self.command;
        let p = &self.path.private;
        let module = &self.module;
        let docs = stub_docs(self.command, self.python);
        let asyncness = self.asyncness();
        let params = self.params();
        let arguments: Vec<_> = self
            .command
            .params
            .iter()
            .map(|param| &param.name)
            .collect();
        let wait = self.command.is_async.then(|| quote!(.await));
        let gears = local("__gears");
        let answer = local("__answer");
        let error = local("__error");
        let failed = self.at(
            returns,
            |p, span| quote_spanned!(span=> #p::Outcome::from_result(#p::Err(#error))),
        );
        quote! {
            #(#attributes)*
            #[doc = #docs]
            // A gear cannot be generic over hashers.
            #[allow(clippy::implicit_hasher)]
            #visibility #asyncness fn #name(#(#params),*) -> #returns {
                match #p::callee(&#module::GEAR) {
                    #p::Callee::Server(#gears) => #module::on(&#gears).call(#(#arguments),*) #wait,
                    #p::Callee::Mock(#answer) => #module::Signature::answered(&#answer, #(#arguments),*),
                    #p::Callee::Nobody(#error) => #failed,
                }
            }
        }
    }

    /// The module beside the function.
    fn module(&self) -> TokenStream {
        let p = &self.path.private;
        let conditions = &self.conditions;
        let visibility = &self.command.visibility;
        let module = quiet(&self.module);
        let name = self.command.plain_name();
        let descriptor = self.descriptor();
        let docs = format!("What there is to the gear `{name}` besides the function.");
        let mock = self.mock();
        let functions = self.functions();
        let way = self.way();
        quote! {
            #(#conditions)*
            #[allow(dead_code)]
            #[doc = #docs]
            #visibility mod #module {
                /// Describes the gear.
                pub static GEAR: #p::Gear = #descriptor;

                /// The gear, to be called over one connection: see [`on`].
                pub struct On<'server>(pub(super) #p::#way<'server>);

                /// The gear with a connection that can be kept.
                pub type Bound = On<'static>;

                #functions

                #mock

                impl #p::Clone for On<'_> {
                    fn clone(&self) -> Self {
                        On(#p::Clone::clone(&self.0))
                    }
                }

                impl #p::core::fmt::Debug for On<'_> {
                    fn fmt(&self, f: &mut #p::core::fmt::Formatter<'_>) -> #p::core::fmt::Result {
                        #p::core::fmt::Debug::fmt(&GEAR, f)
                    }
                }
            }
        }
    }

    /// What there is to do with the gear over a connection of choice.
    fn functions(&self) -> TokenStream {
        let p = &self.path.private;
        let asyncness = self.asyncness();
        let pipe = self.pipe();
        let to_server = self.to_server();
        let register = if self.command.is_async {
            quote!(#p::register_one_async(server, &GEAR).await)
        } else {
            quote!(#p::register_one(server, &GEAR))
        };
        quote! {
            /// Binds the gear to whatever leads to a server, a connection that is lent among them.
            ///
            /// The function itself calls over the connection that `register_all` was last given.
            pub fn on<'server>(server: impl #p::#to_server<'server>) -> On<'server> {
                On(#p::#to_server::into_way(server))
            }

            /// Registers this gear alone, and binds nothing: the function itself calls where it called before.
            pub #asyncness fn register<'server>(
                server: impl #p::#to_server<'server>,
            ) -> #p::Result<#p::Change, #p::Error> {
                #register
            }

            /// Calls the gear once for each element, over a connection, without waiting for each reply.
            ///
            /// An element is the argument, or a tuple of all of them. The outcomes are in the order of the calls,
            /// one for each: an error of one does not keep the others from theirs.
            pub #asyncness fn pipe<'server, A, R>(
                server: impl #p::#to_server<'server>,
                calls: impl #p::IntoIterator<Item = A>,
            ) -> #p::Vec<R>
            where
                Bound: #p::Piped<A, R>,
            {
                let way = &#p::#to_server::into_way(server);
                #pipe
            }

            impl On<'_> {
                /// Calls the gear once for each element, as [`pipe`] does.
                pub #asyncness fn pipe<A, R>(
                    &self,
                    calls: impl #p::IntoIterator<Item = A>,
                ) -> #p::Vec<R>
                where
                    Bound: #p::Piped<A, R>,
                {
                    let way = &self.0;
                    #pipe
                }
            }
        }
    }

    /// The trait of what leads to a server.
    fn to_server(&self) -> Ident {
        Ident::new(
            if self.command.is_async {
                "ToServerAsync"
            } else {
                "ToServer"
            },
            Span::call_site(),
        )
    }

    /// The type of what calls go over.
    fn way(&self) -> Ident {
        Ident::new(
            if self.command.is_async {
                "AsyncWay"
            } else {
                "Way"
            },
            Span::call_site(),
        )
    }

    fn descriptor(&self) -> TokenStream {
        let p = &self.path.private;
        let bound = Signature {
            module_path: quote!(Bound::__MODULE_PATH),
            params: quote!(Bound::__PARAMS),
            returns: quote!(Bound::__RETURNS),
        };
        descriptor(p, self.command, self.python, &bound)
    }

    /// What needs the types of the signature.
    fn bound(&self) -> TokenStream {
        let p = &self.path.private;
        let conditions = &self.conditions;
        let visibility = &self.command.visibility;
        let returns = &self.command.returns;
        let module = &self.module;
        let described = self
            .command
            .params
            .iter()
            .map(|param| self.describe_param(param));
        let shape = self.value("SHAPE");
        let asyncness = self.asyncness();
        let params = self.params();
        let call = self.call();
        quote! {
            #(#conditions)*
            #[allow(dead_code)]
            impl #module::On<'_> {
                #[doc(hidden)]
                const __MODULE_PATH: &'static #p::core::primitive::str = #p::core::module_path!();

                #[doc(hidden)]
                const __PARAMS: &'static [#p::Param] = {
                    #[allow(unused_imports)]
                    use #p::{JsonArgument as _, NotOptional as _};
                    &[#(#described),*]
                };

                #[doc(hidden)]
                const __RETURNS: #p::Shape = {
                    #[allow(unused_imports)]
                    use #p::JsonReturn as _;
                    #shape
                };

                /// Calls the gear and returns its result.
                #[allow(clippy::implicit_hasher, clippy::too_many_arguments)]
                #visibility #asyncness fn call(&self, #(#params),*) -> #returns {
                    #call
                }
            }
        }
    }

    /// The statements that add the arguments to a call.
    pub(crate) fn encoded(&self, call: &Ident) -> TokenStream {
        self.on_wire()
            .map(|Param { name, ty, .. }| {
                self.at(
                    ty,
                    |p, span| quote_spanned!(span=> #p::Argument::<#ty>::encode(&#name, #call)?;),
                )
            })
            .collect()
    }

    /// The function that reads a reply.
    pub(crate) fn decode(&self) -> TokenStream {
        self.value(match self.mode() {
            Mode::Async => "decode_each",
            Mode::AsyncLocal | Mode::Sync => "decode",
        })
    }

    fn call(&self) -> TokenStream {
        let p = &self.path.private;
        let module = &self.module;
        let call = local("__call");
        let encoded = self.encoded(&call);
        // An argument moves into the future, so that it is `Send` when the arguments are.
        let capture = self.command.is_async.then(|| quote!(move));
        let encode = quote! {
            #capture |#call| {
                #encoded
                #p::Ok(())
            }
        };
        let decode = self.decode();
        let called = self.at(&self.command.returns, |p, span| {
            let arguments = quote!(&self.0, &#module::GEAR, #encode, #decode);
            if self.command.is_async {
                quote_spanned!(span=> #p::call_async(#arguments).await)
            } else {
                quote_spanned!(span=> #p::call(#arguments))
            }
        });
        quote! {
            #[allow(unused_imports)]
            use #p::{JsonArgument as _, JsonReturn as _};
            #called
        }
    }

    /// What stands for the compiler to look at, and for `register_all` to find.
    fn constants(&self) -> TokenStream {
        let p = &self.path.private;
        let krate = &self.path.krate;
        let conditions = &self.conditions;
        let module = &self.module;
        let tracked = self
            .python
            .tracked
            .iter()
            .filter_map(|path| path.to_str())
            .map(|path| quote!(const _: &[#p::core::primitive::u8] = #p::core::include_bytes!(#path);));
        let possible = self
            .command
            .is_async
            .then(|| quote!(#krate::__gears_async_is_off! {}));
        let returns = self.check_return();
        let key = self.check_keys();
        quote! {
            #(#conditions)*
            const _: () = {
                #(#tracked)*
                #possible
                #returns
                #key
                #p::inventory::submit! { #p::Submission(&#module::GEAR) }
            };
        }
    }

    /// Refuses a body that has no value to return where the type wants one.
    ///
    /// Which types do is known to the compiler alone, so it is the one to look.
    fn check_return(&self) -> Option<TokenStream> {
        let function = self.python.function.as_ref()?;
        let is_allowed = self.command.options.allow.contains(&Rule::MissingReturn);
        let message = match function.missing_return() {
            Some(missing) => format!("{missing}\n"),
            None if function.can_return_value() || is_allowed => return None,
            None => format!(
                "python: {}: no `return` with a value, but the type of `{}` wants one; return one, or use `Result<()>`",
                match self.python.line {
                    Some(line) => format!("{}:{line}", self.python.file),
                    None => self.python.file.clone(),
                },
                self.command.plain_name(),
            ),
        };
        let module = &self.module;
        // The message is a format string.
        let message = message.replace('{', "{{").replace('}', "}}");
        Some(self.at_span(self.python.span, |p, span| {
            quote_spanned! {span=>
                const _: () = #p::core::assert!(#module::GEAR.returns().is_nullable(), #message);
            }
        }))
    }

    /// Refuses a key whose argument is none: which types are keys is known to the compiler alone.
    fn check_keys(&self) -> TokenStream {
        let module = &self.module;
        let params = self.command.params.iter().enumerate();
        let keys = params.filter(|(_, param)| self.command.takes_key(param));
        keys.map(|(index, param)| {
            let option = match &param.key {
                Some(_) => "#[key]".to_owned(),
                None => format!("key = {}", param.name),
            };
            let message = format!(
                "`{option}` routes by a key of the server's, so the parameter is text, bytes or an integer, and no `Option`"
            );
            self.at_span(param.ty.to_token_stream().span(), |p, span| {
                quote_spanned! {span=>
                    const _: () = #p::core::assert!(#module::GEAR.params()[#index].is_key(), #message);
                }
            })
        })
        .collect()
    }

    /// An item of `Returns::<T>`, where `T` is the value that one call, or one shard, returns.
    fn value(&self, item: &str) -> TokenStream {
        let returns = &self.command.returns;
        self.at(returns, |p, span| {
            let item = Ident::new(item, span);
            let returns = generated(&returns.to_token_stream());
            let value = quote_spanned!(span=> <#returns as #p::Outcome>::Value);
            match self.mode() {
                Mode::Async => quote_spanned! {span=>
                    #p::Returns::<<#value as #p::EveryShard>::Item>::#item
                },
                Mode::AsyncLocal | Mode::Sync => {
                    quote_spanned!(span=> #p::Returns::<#value>::#item)
                }
            }
        })
    }

    fn describe_param(&self, param: &Param) -> TokenStream {
        let ty = &param.ty;
        let name = param.plain_name();
        self.at(ty, |p, span| {
            quote_spanned! {span=>
                #p::Param::new(#name, #p::Argument::<#ty>::WIRE, #p::Optional::<#ty>::YES)
            }
        })
    }

    /// The parameters as their arguments travel: keys first.
    fn on_wire(&self) -> impl Iterator<Item = &Param> {
        let params = &self.command.params;
        let is_key = |param: &&Param| self.command.takes_key(param);
        params
            .iter()
            .filter(is_key)
            .chain(params.iter().filter(move |param| !is_key(param)))
    }

    pub(crate) fn mode(&self) -> Mode {
        self.command.mode()
    }

    /// Makes tokens that errors about that type underline; `make` gets the hidden module and the span.
    pub(crate) fn at(
        &self,
        ty: &Type,
        make: impl FnOnce(TokenStream, Span) -> TokenStream,
    ) -> TokenStream {
        self.at_span(ty.to_token_stream().span(), make)
    }

    fn at_span(
        &self,
        place: Span,
        make: impl FnOnce(TokenStream, Span) -> TokenStream,
    ) -> TokenStream {
        make(
            self.path.private_at(place),
            Span::call_site().located_at(place),
        )
    }

    /// The names of the parameters, in their order.
    pub(crate) fn names(&self) -> Vec<&Ident> {
        let params = self.command.params.iter();
        params.map(|param| &param.name).collect()
    }

    pub(crate) fn params(&self) -> Vec<TokenStream> {
        self.command
            .params
            .iter()
            .map(
                |Param {
                     attributes,
                     name,
                     ty,
                     ..
                 }| quote!(#(#attributes)* #name: #ty),
            )
            .collect()
    }

    pub(crate) fn asyncness(&self) -> Option<TokenStream> {
        self.command.is_async.then(|| quote!(async))
    }
}

/// A local that no name of the user can meet.
pub(crate) fn local(name: &str) -> Ident {
    format_ident!("{name}", span = Span::mixed_site())
}

/// The same identifier, for the compiler no longer one that the user wrote: the lints on names then speak once.
fn quiet(ident: &Ident) -> Ident {
    let mut ident = ident.clone();
    ident.set_span(Span::call_site().located_at(ident.span()));
    ident
}
