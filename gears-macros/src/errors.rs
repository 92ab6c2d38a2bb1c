use std::cell::{Cell, RefCell};
use std::fmt::Display;

use gears_python::Rule;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

/// Collects what is wrong, so that all of it is told at once, each at its own place.
///
/// Passed down by reference through all phases. It cannot be dropped unread, so that no error is ever forgotten.
pub(crate) struct Errors {
    list: RefCell<Vec<syn::Error>>,
    warnings: RefCell<Vec<Warning>>,
    read: Cell<bool>,
}

impl Errors {
    pub(crate) fn new() -> Self {
        Self {
            list: RefCell::default(),
            warnings: RefCell::default(),
            read: Cell::new(false),
        }
    }

    /// Adds an error that underlines those tokens.
    pub(crate) fn at(&self, tokens: &impl quote::ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// Adds an error that underlines a span.
    pub(crate) fn at_span(&self, span: Span, message: impl Display) {
        self.push(syn::Error::new(span, message));
    }

    /// Adds a warning about a rule of the Python, which underlines a span.
    pub(crate) fn warn(&self, span: Span, rule: Rule, message: impl Display) {
        self.warnings.borrow_mut().push(Warning {
            span,
            rule,
            message: message.to_string(),
        });
    }

    /// Adds an error as the parser made it.
    pub(crate) fn push(&self, error: syn::Error) {
        self.list.borrow_mut().push(error);
    }

    /// Keeps the value of a result and adds its error.
    pub(crate) fn ok<T>(&self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// Tells whether something is wrong.
    pub(crate) fn are_there(&self) -> bool {
        !self.list.borrow().is_empty()
    }

    /// Turns errors and warnings into items that make the compiler say them.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.read.set(true);
        let list = self.list.borrow();
        let warnings = self.warnings.borrow();
        let errors = list.iter().map(syn::Error::to_compile_error);
        let warnings = warnings.iter().map(Warning::to_tokens);
        errors.chain(warnings).collect()
    }
}

/// Something for the compiler to warn about.
struct Warning {
    span: Span,
    rule: Rule,
    message: String,
}

impl Warning {
    /// Macros have no warnings of their own on stable, but the compiler says what is noted about something deprecated
    /// where it is used. So that is what this is: a function named after the rule, which is used once.
    fn to_tokens(&self) -> TokenStream {
        // On a line of its own the message begins where its other lines do.
        let note = format!("\n{}\n", self.message);
        let name = self.rule.name().replace('-', "_");
        let name = Ident::new(&name, Span::call_site());
        let used = Ident::new(&name.to_string(), Span::call_site().located_at(self.span));
        let call = quote_spanned!(Span::call_site().located_at(self.span)=> python::#used());
        quote! {
            const _: () = {
                mod python {
                    #[deprecated(note = #note)]
                    pub(super) const fn #name() {}
                }
                #call
            };
        }
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        assert!(
            self.read.get() || std::thread::panicking(),
            "errors of an expansion were dropped unread"
        );
    }
}
