use proc_macro2::TokenStream;
use quote::quote;

use crate::check::{check, check_python};
use crate::crate_root::CrateRoot;
use crate::errors::Errors;
use crate::expand::expand;
use crate::fallback::{fallback, fallback_listener};
use crate::item::Item;
use crate::listener::expand_listener;
use crate::model::Command;
use crate::options::{Family, Options};
use crate::path::RuntimePath;
use crate::place::wrap;
use crate::python::Python;

/// `#[gear_command(…)] fn …` and its sisters: parse, model, check, expand.
///
/// What is wrong is told all at once, and the function is there even then, so that its callers do not light up too.
pub(crate) fn gear(
    family: Family,
    arguments: TokenStream,
    item: TokenStream,
    root: &CrateRoot,
) -> TokenStream {
    let errors = Errors::new();
    let options = Options::parse(arguments, family, &errors);
    let Some(parsed) = Item::parse(item.clone(), &errors) else {
        let told = errors.into_tokens();
        return quote!(#item #told);
    };
    let is_called = family.is_called() && options.place("hook").is_none();
    let stand_in = || {
        if is_called {
            fallback(&parsed)
        } else {
            fallback_listener(&parsed)
        }
    };
    let Some(command) = Command::from_item(&parsed, family, options, &errors) else {
        let told = errors.into_tokens();
        let stub = stand_in();
        return quote!(#stub #told);
    };
    let expandable = check(&command, &errors);
    let python = Python::read(&command, root, &errors);
    check_python(&command, &python, &errors);
    let told = errors.into_tokens();
    let items = match (expandable, is_called) {
        (true, true) => expand(&command, &python),
        (true, false) => expand_listener(&command, &python),
        (false, _) => {
            let stub = stand_in();
            return quote!(#stub #told);
        }
    };
    let path = RuntimePath::new(command.options.krate.as_ref());
    wrap(&path, command.name.span(), &quote!(#items #told))
}
