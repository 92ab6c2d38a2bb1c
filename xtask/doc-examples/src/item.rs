//! The items that want an example.

use std::collections::HashSet;

use proc_macro2::Span;
use syn::{
    Attribute, File, Ident, ImplItem, Item, ItemImpl, ItemTrait, TraitItem, Type, Visibility,
};

use crate::{accessor, documentation, example, written};

/// An item that has to show an example.
#[derive(Debug, PartialEq)]
pub(crate) struct Public {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) has_example: bool,
}

/// Lists the items of a file that can be reached by the exported names.
pub(crate) fn public(file: &File, exported: &HashSet<String>) -> Vec<Public> {
    let mut found = Vec::new();
    visit(&file.items, exported, &mut found);
    found
}

fn visit(items: &[Item], exported: &HashSet<String>, found: &mut Vec<Public>) {
    let mut add = |kind: &str, name: &Ident, visibility: &Visibility, attributes: &[Attribute]| {
        if matches!(visibility, Visibility::Public(_)) && exported.contains(&name.to_string()) {
            push(found, format!("{kind} {name}"), name.span(), attributes);
        }
    };
    for item in items {
        match item {
            Item::Const(item) => add("const", &item.ident, &item.vis, &item.attrs),
            Item::Enum(item) => add("enum", &item.ident, &item.vis, &item.attrs),
            Item::Fn(item) => add("fn", &item.sig.ident, &item.vis, &item.attrs),
            Item::Static(item) => add("static", &item.ident, &item.vis, &item.attrs),
            Item::Struct(item) => add("struct", &item.ident, &item.vis, &item.attrs),
            Item::Trait(item) => add("trait", &item.ident, &item.vis, &item.attrs),
            Item::Type(item) => add("type", &item.ident, &item.vis, &item.attrs),
            Item::Union(item) => add("union", &item.ident, &item.vis, &item.attrs),
            _ => {}
        }
    }
    for item in items {
        match item {
            Item::Impl(item) => visit_methods(item, exported, found),
            Item::Trait(item) => visit_trait(item, exported, found),
            Item::Mod(item) if !documentation::is_test(&item.attrs) => {
                if let Some((_, items)) = &item.content {
                    visit(items, exported, found);
                }
            }
            Item::Macro(item) => found.extend(written::by(&item.mac.tokens, exported)),
            _ => {}
        }
    }
}

/// Visits what a type has of its own; what it has of traits, their documentation shows.
fn visit_methods(item: &ItemImpl, exported: &HashSet<String>, found: &mut Vec<Public>) {
    let Some(name) = type_name(&item.self_ty).filter(|name| exported.contains(name)) else {
        return;
    };
    if item.trait_.is_some() {
        return;
    }
    for item in &item.items {
        match item {
            ImplItem::Fn(method)
                if matches!(method.vis, Visibility::Public(_))
                    && !accessor::is(&method.sig, &method.block) =>
            {
                let ident = &method.sig.ident;
                push(
                    found,
                    format!("fn {name}::{ident}"),
                    ident.span(),
                    &method.attrs,
                );
            }
            ImplItem::Const(item) if matches!(item.vis, Visibility::Public(_)) => {
                let ident = &item.ident;
                push(
                    found,
                    format!("const {name}::{ident}"),
                    ident.span(),
                    &item.attrs,
                );
            }
            _ => {}
        }
    }
}

fn visit_trait(item: &ItemTrait, exported: &HashSet<String>, found: &mut Vec<Public>) {
    let name = item.ident.to_string();
    if !matches!(item.vis, Visibility::Public(_)) || !exported.contains(&name) {
        return;
    }
    for item in &item.items {
        if let TraitItem::Fn(method) = item {
            let ident = &method.sig.ident;
            push(
                found,
                format!("fn {name}::{ident}"),
                ident.span(),
                &method.attrs,
            );
        }
    }
}

fn push(found: &mut Vec<Public>, name: String, span: Span, attributes: &[Attribute]) {
    if !documentation::is_hidden(attributes) && !documentation::is_test(attributes) {
        found.push(Public {
            name,
            line: span.start().line,
            has_example: example::is_in(&documentation::of(attributes)),
        });
    }
}

fn type_name(of: &Type) -> Option<String> {
    match of {
        Type::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    fn missing(file: &File) -> Vec<String> {
        let exported = HashSet::from(["Till".to_owned(), "sell".to_owned(), "Sells".to_owned()]);
        let items = public(file, &exported).into_iter();
        items
            .filter(|item| !item.has_example)
            .map(|item| item.name)
            .collect()
    }

    #[test]
    fn items_methods_and_what_traits_want_are_found() {
        let file = parse_quote! {
            pub struct Till;
            impl<T> Till<T> {
                pub fn open(&self, key: Key) {}
                pub fn name(&self) -> &str { self.name }
                #[doc(hidden)]
                pub fn secret(&self) {}
                fn inner(&self) {}
            }
            impl Clone for Till { fn clone(&self) -> Self { Self } }
            pub trait Sells { fn price(&self) -> u32; }
            pub fn sell() {}
            pub fn other() {}
            #[cfg(test)]
            mod tests { pub fn sell() {} }
        };
        assert_eq!(
            missing(&file),
            [
                "struct Till",
                "trait Sells",
                "fn sell",
                "fn Till::open",
                "fn Sells::price"
            ]
        );
    }

    #[test]
    fn examples_are_seen() {
        let file = parse_quote! {
            /// Sells.
            ///
            /// ```no_run
            /// sell();
            /// ```
            pub fn sell() {}
            /// ```text
            /// ```
            pub struct Till;
        };
        assert_eq!(missing(&file), ["struct Till"]);
    }
}
