//! Our vocabulary: what a gear is, with spans. After [`Command::from_item`] nothing looks at an item of syn any more.
//!
//! Rules of the signature alone are made here, while it is taken apart; those that need a name to be compared or an
//! option to be known are for `check.rs`.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::{
    Attribute, FnArg, LitStr, Meta, Pat, ReturnType, Safety, Signature, Type, TypeReference,
    Visibility,
};

use crate::errors::Errors;
use crate::item::{Braces, Item};
use crate::options::{Family, Mode, Options};

/// One gear.
pub(crate) struct Command {
    pub(crate) family: Family,
    /// The attributes that the user put on the function, docs among them.
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) is_async: bool,
    /// The function's name as written, `r#` and all.
    pub(crate) name: Ident,
    pub(crate) params: Vec<Param>,
    /// What a call returns; `()` for a gear that nobody calls.
    pub(crate) returns: Type,
    pub(crate) body: BodySource,
    pub(crate) options: Options,
}

/// One parameter.
pub(crate) struct Param {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    /// The `#[key]` before it.
    pub(crate) key: Option<Attribute>,
}

/// Where the Python is.
pub(crate) enum BodySource {
    /// In the braces of the function.
    Literal(LitStr),
    /// In the file that the option names.
    File(LitStr),
    /// Nowhere that could be read: an error has said so.
    Missing,
}

impl Command {
    /// Makes a gear of a function; `None` when its signature is none that a gear can have.
    pub(crate) fn from_item(
        item: &Item,
        family: Family,
        options: Options,
        errors: &Errors,
    ) -> Option<Self> {
        let (params, returns) = if family.is_called() && options.place("hook").is_none() {
            take_signature(&item.signature, errors)
        } else {
            take_listener_signature(&item.signature, family, errors)
        };
        let body = match (&item.body, &options.file) {
            (Braces::Text(text), None) => BodySource::Literal(text.clone()),
            (Braces::Empty(_), Some(file)) => BodySource::File(file.clone()),
            (Braces::Text(text), Some(_)) => {
                errors.at(
                    text,
                    "the body is here and in the option `file`, write `{}` or remove the option",
                );
                BodySource::Missing
            }
            (Braces::Empty(span), None) => {
                errors.at_span(
                    *span,
                    "the body of a gear is missing, write it like `{ r#\"return 1\"# }`, or say `file = \"gears/name.py\"`",
                );
                BodySource::Missing
            }
            (Braces::Refused, _) => BodySource::Missing,
        };
        Some(Self {
            family,
            attributes: item.attributes.clone(),
            visibility: item.visibility.clone(),
            is_async: item.signature.asyncness.is_some(),
            name: item.signature.ident.clone(),
            params: params?,
            returns: returns?,
            body,
            options,
        })
    }

    /// The function's name without `r#`: what Python calls it.
    pub(crate) fn plain_name(&self) -> String {
        self.name.unraw().to_string()
    }

    /// What the gear is recognised by: its trigger, or the name of one that has none.
    pub(crate) fn trigger(&self) -> String {
        match self.options.trigger.as_ref().or(self.options.name.as_ref()) {
            Some(trigger) => trigger.value(),
            None => self.plain_name(),
        }
    }

    /// Whether the argument of a parameter is a key of the server's.
    pub(crate) fn takes_key(&self, param: &Param) -> bool {
        let key = self.options.key.as_ref();
        param.key.is_some() || key.is_some_and(|key| param.name.unraw() == key.unraw())
    }

    /// Whether events or a command call the gear, and no Rust.
    pub(crate) fn is_listener(&self) -> bool {
        !self.family.is_called() || self.options.place("hook").is_some()
    }

    /// Whether a client waits for what the gear returns: of a call, or of a command that the gear stands in for.
    pub(crate) fn has_caller(&self) -> bool {
        self.family.is_called()
    }

    /// Where on the server it runs: a function of the server's on the main thread, as the gear does that it falls back to.
    pub(crate) fn mode(&self) -> Mode {
        match self.family {
            Family::Function => Mode::Sync,
            _ => self.options.mode.unwrap_or_default(),
        }
    }

    /// The option `description`, or the first line of the docs.
    pub(crate) fn description(&self) -> String {
        match &self.options.description {
            Some(description) => description.value(),
            None => self
                .attributes
                .iter()
                .filter_map(doc_text)
                .flat_map(|text| {
                    text.lines()
                        .map(|line| line.trim().to_owned())
                        .collect::<Vec<_>>()
                })
                .find(|line| !line.is_empty())
                .unwrap_or_default(),
        }
    }

    /// Attributes that have to stand on everything that is made beside the function.
    pub(crate) fn conditions(&self) -> impl Iterator<Item = &Attribute> {
        self.attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("cfg"))
    }
}

impl Param {
    /// The name without `r#`: what Python calls it.
    pub(crate) fn plain_name(&self) -> String {
        self.name.unraw().to_string()
    }
}

/// The text of `#[doc = "…"]`.
fn doc_text(attribute: &Attribute) -> Option<String> {
    let syn::Meta::NameValue(pair) = &attribute.meta else {
        return None;
    };
    match &pair.value {
        syn::Expr::Lit(literal) if pair.path.is_ident("doc") => match &literal.lit {
            syn::Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// Takes the parameters and the return type out of a signature; `None` for what cannot be had.
fn take_signature(signature: &Signature, errors: &Errors) -> (Option<Vec<Param>>, Option<Type>) {
    let mut fine = true;
    let mut refuse = |tokens: &dyn ToTokens, message: &str| {
        errors.at(&tokens.to_token_stream(), message);
        fine = false;
    };
    refuse_qualifiers(signature, &mut refuse);
    let mut params = Vec::new();
    for input in &signature.inputs {
        params.extend(take_param(input, &mut refuse));
    }
    let returns = match &signature.output {
        ReturnType::Type(_, ty) => {
            refuse_impl_trait(ty, &mut refuse);
            refuse_borrowed(ty, &mut refuse);
            Some((**ty).clone())
        }
        ReturnType::Default => {
            let place = signature.paren_token.span.close();
            errors.at_span(
                place,
                "a call can always fail, so a gear returns `Result<T, E>`, write `-> gears_runtime::Result<()>`",
            );
            None
        }
    };
    (fine.then_some(params), returns)
}

/// Takes the parameter of a gear that nobody calls; `None` for what cannot be had.
fn take_listener_signature(
    signature: &Signature,
    family: Family,
    errors: &Errors,
) -> (Option<Vec<Param>>, Option<Type>) {
    let mut fine = true;
    let mut refuse = |tokens: &dyn ToTokens, message: &str| {
        errors.at(&tokens.to_token_stream(), message);
        fine = false;
    };
    refuse_qualifiers(signature, &mut refuse);
    if let Some(token) = &signature.asyncness {
        refuse(
            token,
            "nobody awaits this gear, remove `async`; a body that awaits becomes a coroutine by itself",
        );
    }
    if let ReturnType::Type(_, ty) = &signature.output {
        let message = match family {
            Family::Command | Family::Function => {
                "what the Python of a hook returns is the reply to the command, remove the return type"
            }
            Family::Keys | Family::Stream => {
                "nobody gets what a gear of events returns, remove the return type"
            }
        };
        refuse(ty, message);
    }
    let mut params = Vec::new();
    for input in &signature.inputs {
        params.extend(take_param(input, &mut refuse));
    }
    if signature.inputs.len() != 1 {
        let message = match family {
            Family::Command | Family::Function => {
                "a gear that hooks a command takes its arguments, write `(arguments: gears_runtime::Arguments)`"
            }
            Family::Keys | Family::Stream => {
                "a gear of events takes a record, write `(record: gears_runtime::Record)`"
            }
        };
        errors.at_span(signature.paren_token.span.join(), message);
        fine = false;
    }
    (fine.then_some(params), Some(syn::parse_quote!(())))
}

fn refuse_qualifiers(signature: &Signature, refuse: &mut impl FnMut(&dyn ToTokens, &str)) {
    if let Some(token) = &signature.constness {
        refuse(
            token,
            "a gear runs on the server, not while compiling, remove `const`",
        );
    }
    match &signature.safety {
        Safety::Unsafe(token) => refuse(token, "calling a gear is safe, remove `unsafe`"),
        Safety::Safe(token) => refuse(token, "a gear is an ordinary Rust function, remove `safe`"),
        Safety::Default => {}
    }
    if let Some(abi) = &signature.abi {
        refuse(abi, "a gear is an ordinary Rust function, remove `extern`");
    }
    if !signature.generics.params.is_empty() {
        refuse(
            &signature.generics,
            "a gear cannot be generic: its one script is made before anybody calls it, use concrete types and elided lifetimes",
        );
    } else if let Some(clause) = &signature.generics.where_clause {
        refuse(
            clause,
            "a gear cannot be generic, remove the `where` clause",
        );
    }
    if let Some(variadic) = &signature.variadic {
        refuse(
            variadic,
            "a gear takes a fixed number of arguments, use a parameter of type `&[T]` or `Vec<T>`",
        );
    }
}

/// A result is made here of what came over the network: there is nobody to borrow it from.
fn refuse_borrowed(ty: &Type, refuse: &mut impl FnMut(&dyn ToTokens, &str)) {
    struct Borrowed<'ast>(Vec<&'ast TypeReference>);

    impl<'ast> Visit<'ast> for Borrowed<'ast> {
        fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
            self.0.push(reference);
        }
    }

    let mut borrowed = Borrowed(Vec::new());
    borrowed.visit_type(ty);
    for reference in borrowed.0 {
        let owned = match &*reference.elem {
            Type::Path(path) if path.path.is_ident("str") => "`String`".to_owned(),
            Type::Slice(slice) => format!("`Vec<{}>`", slice.elem.to_token_stream()),
            other => format!("`{}`", other.to_token_stream()),
        };
        refuse(
            reference,
            &format!(
                "the caller gets a result of its own, which is borrowed from nobody: write {owned}"
            ),
        );
    }
}

fn take_param(input: &FnArg, refuse: &mut impl FnMut(&dyn ToTokens, &str)) -> Option<Param> {
    let typed = match input {
        FnArg::Receiver(receiver) => {
            refuse(
                receiver,
                "a gear is a free function without `self`, move it out of the `impl` and pass what it needs",
            );
            return None;
        }
        FnArg::Typed(typed) => typed,
    };
    for attribute in &typed.attrs {
        let path = attribute.path();
        if path.is_ident("cfg") || path.is_ident("cfg_attr") {
            refuse(
                attribute,
                "the parameters of a gear cannot be conditional, put `cfg` on the whole function",
            );
        }
    }
    refuse_impl_trait(&typed.ty, refuse);
    if let Type::Reference(reference) = &*typed.ty
        && let Some(word) = &reference.mutability
    {
        refuse(
            word,
            "the Python gets a copy, and nothing comes back through `&mut`: remove `mut`, and return what has changed",
        );
    }
    match &*typed.pat {
        Pat::Ident(pattern) => {
            if let Some((_, inner)) = &pattern.subpat {
                refuse(
                    inner,
                    "a parameter of a gear is a plain name, remove the pattern",
                );
            } else if let Some(word) = &pattern.by_ref {
                refuse(word, "a parameter of a gear is a plain name, remove `ref`");
            } else if let Some(word) = &pattern.mutability {
                refuse(
                    word,
                    "the Python cannot see that a parameter is `mut`, remove it",
                );
            }
            let is_key = |attribute: &&Attribute| attribute.path().is_ident("key");
            let (key, attributes): (Vec<_>, Vec<_>) = typed.attrs.iter().partition(is_key);
            if let [_, second, ..] = &*key {
                refuse(second, "duplicate `#[key]`, say it once");
            }
            if let Some(key) = key.first()
                && !matches!(key.meta, Meta::Path(_))
            {
                refuse(
                    key,
                    "`#[key]` takes nothing, the argument itself is the key",
                );
            }
            Some(Param {
                attributes: attributes.into_iter().cloned().collect(),
                name: pattern.ident.clone(),
                ty: (*typed.ty).clone(),
                key: key.first().map(|key| (*key).clone()),
            })
        }
        Pat::Wild(wild) => {
            refuse(
                wild,
                "the Python needs a name for each parameter, write one, like `_unused`",
            );
            None
        }
        pattern => {
            refuse(
                pattern,
                "a parameter of a gear is a plain name, take the value apart in Python",
            );
            None
        }
    }
}

fn refuse_impl_trait(ty: &Type, refuse: &mut impl FnMut(&dyn ToTokens, &str)) {
    struct Find(Vec<TokenStream>);
    impl<'ast> Visit<'ast> for Find {
        fn visit_type_impl_trait(&mut self, ty: &'ast syn::TypeImplTrait) {
            self.0.push(quote!(#ty));
            visit::visit_type_impl_trait(self, ty);
        }
    }
    let mut find = Find(Vec::new());
    find.visit_type(ty);
    for found in find.0 {
        refuse(
            &found,
            "a gear needs to know its types, write a concrete one instead of `impl Trait`",
        );
    }
}
