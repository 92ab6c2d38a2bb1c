//! Items that a macro of the crate writes.

use std::collections::HashSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{Attribute, parse::Parser as _};

use crate::{documentation, example, item::Public};

/// Lists the public items among the tokens of a macro.
///
/// Documentation that the macro is given (`$(#[doc = $doc])*`) counts for an example: where it is
/// written down, it is not known which item it is of.
pub(crate) fn by(tokens: &TokenStream, exported: &HashSet<String>) -> Vec<Public> {
    let tokens: Vec<_> = tokens.clone().into_iter().collect();
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if let TokenTree::Group(group) = token
            && implemented(&tokens[..at]).is_none_or(|name| name == "$" || exported.contains(&name))
        {
            found.extend(by(&group.stream(), exported));
        }
        if !is_word(token, "pub") {
            continue;
        }
        let rest = tokens[at + 1..]
            .iter()
            .skip_while(|token| is_word(token, "const") || is_word(token, "async"));
        let [kind, name] = rest.take(2).collect::<Vec<_>>()[..] else {
            continue;
        };
        let is_method = is_word(kind, "fn");
        let is_type = ["struct", "enum", "trait", "type"]
            .iter()
            .any(|word| is_word(kind, word));
        let name_text = match name {
            TokenTree::Punct(_) => "$".to_owned(),
            other => other.to_string(),
        };
        if !is_method && !(is_type && (name_text == "$" || exported.contains(&name_text))) {
            continue;
        }
        let (documentation, is_given) = before(&tokens[..at]);
        if !documentation::is_hidden(&documentation) {
            found.push(Public {
                name: format!("{kind} {name_text}"),
                line: token.span().start().line,
                has_example: is_given || example::is_in(&documentation::of(&documentation)),
            });
        }
    }
    found
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

/// Returns the type of which these are the methods, if what comes before them is an `impl`.
fn implemented(before: &[TokenTree]) -> Option<String> {
    let end_of_another = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        token => token.to_string() == ";",
    };
    let begin = before
        .iter()
        .rposition(end_of_another)
        .map_or(0, |at| at + 1);
    let at = before[begin..]
        .iter()
        .position(|token| is_word(token, "impl"))?;
    let mut depth = 0;
    for token in &before[begin + at + 1..] {
        match token.to_string().as_str() {
            "<" => depth += 1,
            ">" => depth -= 1,
            name if depth == 0 => return Some(name.to_owned()),
            _ => {}
        }
    }
    None
}

/// Returns the attributes right before an item, and whether some are handed in.
fn before(tokens: &[TokenTree]) -> (Vec<Attribute>, bool) {
    let mut text = Vec::new();
    let mut is_given = false;
    let mut end = tokens.len();
    while end > 0 {
        match &tokens[..end] {
            [.., TokenTree::Punct(mark), TokenTree::Group(group)]
                if mark.as_char() == '#' && group.delimiter() == Delimiter::Bracket =>
            {
                text.push(TokenStream::from_iter(tokens[end - 2..end].iter().cloned()));
                end -= 2;
            }
            [
                ..,
                TokenTree::Punct(dollar),
                TokenTree::Group(_),
                TokenTree::Punct(times),
            ] if dollar.as_char() == '$' && times.as_char() == '*' => {
                is_given = true;
                end -= 3;
            }
            _ => break,
        }
    }
    let attributes = text
        .into_iter()
        .rev()
        .filter_map(|attribute| Attribute::parse_outer.parse2(attribute).ok())
        .flatten()
        .collect();
    (attributes, is_given)
}

#[cfg(test)]
mod tests {
    use syn::{ItemMacro, parse_quote};

    use super::*;

    #[test]
    fn items_of_macros_are_found() {
        let file: ItemMacro = parse_quote! {
            macro_rules! tills {
                ($($name:ident)*) => {
                    $(
                        /// Sells.
                        pub struct $name;
                        impl $name {
                            /// ```
                            /// open();
                            /// ```
                            pub const fn open() {}
                            pub(crate) fn inner() {}
                        }
                    )*
                    $(#[doc = $doc])*
                    pub fn sell() {}
                    impl<T> Secret<T> {
                        pub fn open() {}
                    }
                };
            }
        };
        let found = by(&file.mac.tokens, &HashSet::new());
        let found: Vec<_> = found
            .iter()
            .map(|item| (item.name.as_str(), item.has_example))
            .collect();
        assert_eq!(
            found,
            [("struct $", false), ("fn open", true), ("fn sell", true)]
        );
    }
}
