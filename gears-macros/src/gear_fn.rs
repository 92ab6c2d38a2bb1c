//! `#[gear_fn] fn name(record: Type) -> Type { "python" }`: a Python function for the steps of a gear function.

use gears_python::{Function, Rule, is_keyword};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{FnArg, Pat, ReturnType, Safety, Signature, Type};

use crate::check::{check_requirements_of, is_relative};
use crate::crate_root::CrateRoot;
use crate::docs::python_docs;
use crate::errors::Errors;
use crate::inspection::Inspection;
use crate::item::{Braces, Item};
use crate::options::{OF_FUNCTION, Options};
use crate::path::RuntimePath;
use crate::py::tracking;
use crate::python::{body_of_file, body_of_literal, oldest_python};

/// `#[gear_fn(…)] fn …`: parse, check, expand.
pub(crate) fn gear_fn(arguments: TokenStream, item: TokenStream, root: &CrateRoot) -> TokenStream {
    let errors = Errors::new();
    let options = Options::parse_names(arguments, OF_FUNCTION, &errors);
    let Some(item) = Item::parse(item.clone(), &errors) else {
        let told = errors.into_tokens();
        return quote!(#item #told);
    };
    check_requirements_of(&options, &errors);
    let parameters = take_parameters(&item.signature, &errors);
    let mut tracked = Vec::new();
    let oldest = oldest_python(options.python, root, &mut tracked, &errors);
    let (span, body) = match (&item.body, &options.file) {
        (Braces::Text(text), None) => (text.span(), Some(body_of_literal(text))),
        (Braces::Empty(_), Some(file)) if is_relative(&file.value()) => {
            (file.span(), body_of_file(file, root, &mut tracked, &errors))
        }
        (Braces::Empty(_), Some(file)) => {
            errors.at(
                file,
                "the path of the body starts at the crate's root, write it like `gears/name.py`",
            );
            (file.span(), None)
        }
        (Braces::Text(text), Some(_)) => {
            errors.at(
                text,
                "the body is here and in the option `file`, write `{}` or remove the option",
            );
            (text.span(), None)
        }
        (Braces::Empty(span), None) => {
            errors.at_span(
                *span,
                "the body of a Python function is missing, write it like `{ r#\"return 1\"# }`, or say `file = \"gears/name.py\"`",
            );
            (*span, None)
        }
        (Braces::Refused, _) => (Span::call_site(), None),
    };
    let names: Vec<String> = parameters
        .iter()
        .map(|parameter| parameter.name.clone())
        .collect();
    let function = body.as_ref().and_then(|body| {
        Inspection::new(body, span, oldest)
            .options(&options)
            .names(parameters.iter().map(|it| (it.name.clone(), it.span)))
            // Reducers are handed the key.
            .may_go_unread(match &*names {
                [key, _, ..] if key == "k" => Some(key),
                _ => None,
            })
            // Some steps take generators.
            .may_yield()
            .run(&errors)
    });
    if let Some(function) = &function
        && cfg!(feature = "check")
        && !options.allow.contains(&Rule::MissingReturn)
        && wants_value(&item.signature.output)
    {
        match function.missing_return() {
            Some(missing) => errors.at_span(span, missing),
            None if function.can_return_value() => {}
            None => errors.at(
                &item.signature.output,
                "python: no `return` with a value, but this type wants one; return one, or leave the type out",
            ),
        }
    }
    let path = RuntimePath::new(options.krate.as_ref());
    let p = &path.private;
    let (attributes, visibility, name) =
        (&item.attributes, &item.visibility, &item.signature.ident);
    let returns = match &item.signature.output {
        ReturnType::Type(_, ty) => ty.to_token_stream(),
        ReturnType::Default => quote!(()),
    };
    let count = parameters.len();
    // With an error the constant is there all the same, so that its uses do not light up too.
    let (text, file) = match &body {
        Some(body) => (body.text(), body.file()),
        None => ("", ""),
    };
    let line = match body.as_ref().and_then(gears_python::Body::first_line) {
        Some(line) => quote!(#p::core::option::Option::Some(#line)),
        None => quote!(#p::core::option::Option::None),
    };
    let plain = name.unraw().to_string();
    let coroutine = function.as_ref().is_some_and(Function::is_coroutine);
    let uses_cmd = function.as_ref().is_some_and(Function::uses_cmd);
    let requirements = options
        .requirements
        .iter()
        .map(|text| text.value().trim().to_owned());
    let docs = python_docs(text);
    let conditions = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"));
    let types = parameters.iter().map(|parameter| &parameter.ty);
    let tracked = tracking(p, &tracked);
    let told = errors.into_tokens();
    quote! {
        #told
        #(#attributes)*
        #[doc = #docs]
        #[allow(non_upper_case_globals)]
        #visibility const #name: #p::PyFn<#p::Exactly<#count>, #returns> = #p::PyFn::from_parts(
            #p::CodeParts {
                kind: #p::Kind::Function {
                    name: #plain,
                    parameters: &[#(#names),*],
                    coroutine: #coroutine,
                },
                text: #text,
                file: #file,
                line: #line,
                uses_cmd: #uses_cmd,
                requirements: &[#(#requirements),*],
            },
            #p::Vec::new(),
        );
        #(#conditions)*
        const _: () = {
            #tracked
            // The types of the parameters are there to be read, and should exist.
            #[allow(dead_code)]
            type Signature = fn(#(#types),*);
        };
    }
}

/// Returns whether a type is surely none that `None` fits: types of other names may be anything.
fn wants_value(output: &ReturnType) -> bool {
    let ReturnType::Type(_, ty) = output else {
        return false;
    };
    match &**ty {
        Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            let name = last.ident.to_string();
            matches!(
                name.as_str(),
                "String" | "Vec" | "HashMap" | "BTreeMap" | "bool" | "char"
            ) || name
                .strip_prefix(['i', 'u', 'f'])
                .is_some_and(|bits| matches!(bits, "8" | "16" | "32" | "64" | "128" | "size"))
        }),
        Type::Reference(_) | Type::Array(_) | Type::Slice(_) => true,
        Type::Tuple(tuple) => !tuple.elems.is_empty(),
        _ => false,
    }
}

/// One parameter: its name in Python, and its type, which is for the reader.
struct Parameter {
    name: String,
    span: Span,
    ty: Type,
}

/// Takes the parameters out of a signature, and refuses what Python has no use for.
fn take_parameters(signature: &Signature, errors: &Errors) -> Vec<Parameter> {
    let refuse = |tokens: &dyn ToTokens, message: &str| {
        errors.at(&tokens.to_token_stream(), message);
    };
    if let Some(token) = &signature.constness {
        refuse(token, "this becomes a constant by itself, remove `const`");
    }
    if let Some(token) = &signature.asyncness {
        refuse(
            token,
            "remove `async`: a body that awaits becomes an `async def` by itself",
        );
    }
    match &signature.safety {
        Safety::Unsafe(token) => refuse(token, "remove `unsafe`, nobody calls it from Rust"),
        Safety::Safe(token) => refuse(token, "remove `safe`, nobody calls it from Rust"),
        Safety::Default => {}
    }
    if let Some(abi) = &signature.abi {
        refuse(abi, "remove `extern`, nobody calls it from Rust");
    }
    if !signature.generics.params.is_empty() {
        refuse(
            &signature.generics,
            "Python has no generics, use concrete types",
        );
    }
    if let Some(variadic) = &signature.variadic {
        refuse(variadic, "name each parameter");
    }
    let mut parameters = Vec::new();
    for input in &signature.inputs {
        match input {
            FnArg::Receiver(receiver) => refuse(
                receiver,
                "a Python function is a free function without `self`, move it out of the `impl`",
            ),
            FnArg::Typed(typed) => match &*typed.pat {
                Pat::Ident(pattern)
                    if pattern.by_ref.is_none()
                        && pattern.mutability.is_none()
                        && pattern.subpat.is_none() =>
                {
                    let name = pattern.ident.unraw().to_string();
                    if is_keyword(&name) {
                        errors.at(
                            &pattern.ident,
                            format!("`{name}` is a keyword of Python, give the parameter another name, like `{name}_`"),
                        );
                    }
                    parameters.push(Parameter {
                        name,
                        span: pattern.ident.span(),
                        ty: (*typed.ty).clone(),
                    });
                }
                pattern => refuse(pattern, "a parameter of a Python function is a plain name"),
            },
        }
    }
    parameters
}
