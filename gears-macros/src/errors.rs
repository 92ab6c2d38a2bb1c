use std::cell::{Cell, RefCell};
use std::fmt::Display;

use proc_macro2::{Span, TokenStream};

/// Collects what is wrong, so that all of it is told at once, each at its own place.
///
/// Passed down by reference through all phases. It cannot be dropped unread, so that no error is ever forgotten.
pub(crate) struct Errors {
    list: RefCell<Vec<syn::Error>>,
    read: Cell<bool>,
}

impl Errors {
    pub(crate) fn new() -> Self {
        Self {
            list: RefCell::default(),
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

    /// Adds an error as the parser made it.
    pub(crate) fn push(&self, error: syn::Error) {
        self.list.borrow_mut().push(error);
    }

    /// Keeps the value of a result and adds its error.
    pub(crate) fn ok<T>(&self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// Turns the errors into tokens that make the compiler say them.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.read.set(true);
        self.list
            .borrow()
            .iter()
            .map(syn::Error::to_compile_error)
            .collect()
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
