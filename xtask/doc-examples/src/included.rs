//! Documentation in files of its own: `#[doc = include_str!("…")]`.

use std::{fs, path::Path};

use syn::{Attribute, Expr, File, LitStr, Meta, parse_quote, visit_mut::VisitMut};

use crate::Result;

/// Puts what the files hold in the place of their names.
pub(crate) fn read(file: &mut File, path: &Path) -> Result {
    let mut reader = Reader { path, failed: None };
    reader.visit_file_mut(file);
    reader.failed.map_or(Ok(()), |failure| Err(failure.into()))
}

struct Reader<'a> {
    /// The source, beside which files are looked for.
    path: &'a Path,
    failed: Option<String>,
}

impl VisitMut for Reader<'_> {
    fn visit_attribute_mut(&mut self, attribute: &mut Attribute) {
        let Some(name) = name(attribute) else {
            return;
        };
        let file = self.path.with_file_name("").join(name.value());
        match fs::read_to_string(&file) {
            Ok(text) => *attribute = parse_quote!(#[doc = #text]),
            Err(error) => self.failed = Some(format!("cannot read {}: {error}", file.display())),
        }
    }
}

/// Returns the name of the file that an attribute includes as documentation.
fn name(attribute: &Attribute) -> Option<LitStr> {
    let Meta::NameValue(pair) = &attribute.meta else {
        return None;
    };
    match &pair.value {
        Expr::Macro(value)
            if pair.path.is_ident("doc") && value.mac.path.is_ident("include_str") =>
        {
            value.mac.parse_body().ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documentation;

    #[test]
    fn text_of_the_file_is_documentation() {
        let mut file: File = parse_quote! {
            #[doc = include_str!("item.rs")]
            /// More.
            struct Till;
        };
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/main.rs");
        read(&mut file, &source).unwrap();
        let syn::Item::Struct(item) = &file.items[0] else {
            panic!("the item is no struct");
        };
        let text = documentation::of(&item.attrs);
        assert!(
            text.starts_with("//! The items that want an example."),
            "{text}"
        );
        assert!(text.ends_with(" More.\n"), "{text}");
    }

    #[test]
    fn file_that_is_not_there_is_an_error() {
        let mut file: File = parse_quote! {
            #[doc = include_str!("missing.md")]
            struct Till;
        };
        let error = read(&mut file, Path::new("src/main.rs")).unwrap_err();
        assert!(
            error.to_string().starts_with("cannot read src/missing.md"),
            "{error}"
        );
    }
}
