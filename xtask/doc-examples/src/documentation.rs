//! What stands in the documentation of an item.

use syn::{Attribute, Expr, ExprLit, Lit, Meta, Token, punctuated::Punctuated};

/// Returns the text, with the lines that a feature brings and without those that it takes away.
pub(crate) fn of(attributes: &[Attribute]) -> String {
    let mut text = String::new();
    for attribute in attributes {
        add(&attribute.meta, &mut text);
    }
    text
}

/// Tells whether an item is left out of the documentation.
pub(crate) fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("doc")
            && attribute
                .parse_args::<syn::Ident>()
                .is_ok_and(|word| word == "hidden")
    })
}

/// Tells whether an item is for tests alone.
pub(crate) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Ident>()
                .is_ok_and(|word| word == "test")
    })
}

fn add(meta: &Meta, text: &mut String) {
    match meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => {
            if let Expr::Lit(ExprLit {
                lit: Lit::Str(line),
                ..
            }) = &pair.value
            {
                text.push_str(&line.value());
                text.push('\n');
            }
        }
        Meta::List(list) if list.path.is_ident("cfg_attr") => {
            let Ok(parts) = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
            else {
                return;
            };
            let mut parts = parts.iter();
            if parts
                .next()
                .is_some_and(|condition| !condition.path().is_ident("not"))
            {
                parts.for_each(|part| add(part, text));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn lines_of_features_are_those_with_them() {
        let item: syn::ItemStruct = parse_quote! {
            /// Sells.
            #[cfg_attr(feature = "embedded", doc = "```")]
            #[cfg_attr(not(feature = "embedded"), doc = "```text")]
            /// sell();
            #[derive(Debug)]
            struct Till;
        };
        assert_eq!(of(&item.attrs), " Sells.\n```\n sell();\n");
    }

    #[test]
    fn hidden_and_tested_items_are_known() {
        let item: syn::ItemMod = parse_quote! { #[doc(hidden)] #[cfg(test)] mod tests {} };
        assert!(is_hidden(&item.attrs) && is_test(&item.attrs));
        let item: syn::ItemMod =
            parse_quote! { #[doc = "hidden"] #[cfg(feature = "test")] mod x {} };
        assert!(!is_hidden(&item.attrs) && !is_test(&item.attrs));
    }
}
