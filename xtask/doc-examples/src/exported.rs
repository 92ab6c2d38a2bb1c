//! The names under which a crate's items can be reached from outside.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use syn::{File, Item, UseTree, Visibility};

use crate::{Result, documentation};

/// Returns the names that the root and its public modules export, hidden ones left out.
///
/// They are names and not paths: `unreachable_pub` sees to it that what is `pub` and cannot be
/// reached does not bear one of them by accident, as it is not `pub`.
///
/// # Errors
///
/// There is no root, or it exports all of another module.
pub(crate) fn names(sources: &Path, files: &[(PathBuf, File)]) -> Result<HashSet<String>> {
    let root = sources.join("lib.rs");
    let mut names = HashSet::new();
    let items = &find(files, &root)
        .ok_or_else(|| format!("there is no {}", root.display()))?
        .items;
    visit(items, sources, files, &mut names)?;
    Ok(names)
}

fn find<'a>(files: &'a [(PathBuf, File)], wanted: &Path) -> Option<&'a File> {
    files
        .iter()
        .find(|(path, _)| path == wanted)
        .map(|(_, file)| file)
}

fn visit(
    items: &[Item],
    folder: &Path,
    files: &[(PathBuf, File)],
    names: &mut HashSet<String>,
) -> Result {
    for item in items {
        match item {
            Item::Use(item) if is_shown(&item.vis, &item.attrs) => add(&item.tree, names)?,
            Item::Mod(item) if is_shown(&item.vis, &item.attrs) => {
                let inner = folder.join(item.ident.to_string());
                match &item.content {
                    Some((_, items)) => visit(items, &inner, files, names)?,
                    None => {
                        let file = inner.with_extension("rs");
                        let file = find(files, &file)
                            .ok_or_else(|| format!("there is no {}", file.display()))?;
                        visit(&file.items, &inner, files, names)?;
                    }
                }
            }
            Item::Const(item) if is_shown(&item.vis, &item.attrs) => insert(&item.ident, names),
            Item::Enum(item) if is_shown(&item.vis, &item.attrs) => insert(&item.ident, names),
            Item::Fn(item) if is_shown(&item.vis, &item.attrs) => insert(&item.sig.ident, names),
            Item::Static(item) if is_shown(&item.vis, &item.attrs) => insert(&item.ident, names),
            Item::Struct(item) if is_shown(&item.vis, &item.attrs) => insert(&item.ident, names),
            Item::Trait(item) if is_shown(&item.vis, &item.attrs) => insert(&item.ident, names),
            Item::Type(item) if is_shown(&item.vis, &item.attrs) => insert(&item.ident, names),
            Item::Union(item) if is_shown(&item.vis, &item.attrs) => insert(&item.ident, names),
            _ => {}
        }
    }
    Ok(())
}

fn is_shown(visibility: &Visibility, attributes: &[syn::Attribute]) -> bool {
    matches!(visibility, Visibility::Public(_)) && !documentation::is_hidden(attributes)
}

fn insert(name: &syn::Ident, names: &mut HashSet<String>) {
    names.insert(name.to_string());
}

fn add(tree: &UseTree, names: &mut HashSet<String>) -> Result {
    match tree {
        UseTree::Path(path) => add(&path.tree, names)?,
        UseTree::Name(name) => insert(&name.ident, names),
        // The item is found by its own name.
        UseTree::Rename(name) => insert(&name.ident, names),
        UseTree::Group(group) => {
            for tree in &group.items {
                add(tree, names)?;
            }
        }
        UseTree::Glob(_) => return Err("export by name: `pub use …::*` is not looked into".into()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    fn exported(root: File, more: Vec<(PathBuf, File)>) -> Vec<String> {
        let mut files = vec![("src/lib.rs".into(), root)];
        files.extend(more);
        let mut names: Vec<_> = names(Path::new("src"), &files)
            .unwrap()
            .into_iter()
            .collect();
        names.sort();
        names
    }

    #[test]
    fn names_are_those_of_the_root_and_its_public_modules() {
        let root = parse_quote! {
            pub mod data;
            mod till;
            #[doc(hidden)]
            pub use till::Secret;
            pub use {till::{Till, open}, other};
            pub fn sell() {}
            fn inner() {}
        };
        let data = parse_quote! { pub use crate::rows::Row as Line; pub struct Table; };
        assert_eq!(
            exported(root, vec![("src/data.rs".into(), data)]),
            ["Row", "Table", "Till", "open", "other", "sell"]
        );
    }

    #[test]
    fn what_cannot_be_followed_is_an_error() {
        let root: File = parse_quote! { pub use till::*; };
        assert!(names(Path::new("src"), &[("src/lib.rs".into(), root)]).is_err());
        assert!(names(Path::new("src"), &[]).is_err());
    }
}
