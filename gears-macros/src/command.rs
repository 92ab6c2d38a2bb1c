use proc_macro2::TokenStream;
use quote::quote;

use crate::check::check;
use crate::crate_root::CrateRoot;
use crate::errors::Errors;
use crate::expand::expand;
use crate::fallback::fallback;
use crate::item::Item;
use crate::model::Command;
use crate::options::Options;
use crate::python::Python;

/// `#[gear_command(…)] fn …`: parse, model, check, expand.
///
/// What is wrong is told all at once, and the function is there even then, so that its callers do not light up too.
pub(crate) fn gear_command(
    arguments: TokenStream,
    item: TokenStream,
    root: &CrateRoot,
) -> TokenStream {
    let errors = Errors::new();
    let options = Options::parse(arguments, &errors);
    let Some(parsed) = Item::parse(item.clone(), &errors) else {
        let told = errors.into_tokens();
        return quote!(#item #told);
    };
    let Some(command) = Command::from_item(&parsed, options, &errors) else {
        let told = errors.into_tokens();
        let stub = fallback(&parsed);
        return quote!(#stub #told);
    };
    let expandable = check(&command, &errors);
    let python = Python::read(&command, root, &errors);
    let told = errors.into_tokens();
    let expanded = if expandable {
        expand(&command, &python)
    } else {
        fallback(&parsed)
    };
    quote!(#expanded #told)
}
