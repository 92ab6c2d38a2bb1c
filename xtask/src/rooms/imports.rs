//! What each module imports, read from its `use` lines and from paths that begin with `crate`.

use std::collections::{BTreeMap, BTreeSet};

use super::source::Source;

/// Which module imports which others.
pub(super) struct Imports(BTreeMap<String, BTreeSet<String>>);

/// How often a name may be handed on before it is taken for what it seems.
const MOST_HANDS: usize = 8;

impl Imports {
    /// Finds out what the modules of a crate import.
    pub(super) fn of(source: &Source) -> Self {
        let names = Names::of(source);
        let mut imports = BTreeMap::new();
        for (module, code) in source {
            let (statements, rest) = take_apart(code);
            let own = statements.iter().filter(|statement| !statement.hands_on);
            let used = own.flat_map(|statement| leaves(&statement.tree));
            let used = used.chain(inline(&rest));
            let mut others: BTreeSet<_> = used
                .filter_map(|path| names.absolute(module, &path))
                .map(|path| names.module_of(path))
                .collect();
            others.remove(module);
            // Whoever names the root means what it declares.
            others.remove("");
            imports.insert(module.clone(), others);
        }
        Self(imports)
    }

    /// Returns all modules.
    pub(super) fn modules(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Returns what a module imports.
    pub(super) fn from(&self, module: &str) -> impl Iterator<Item = &str> {
        self.0.get(module).into_iter().flatten().map(String::as_str)
    }

    /// Returns each import, from whom and of whom.
    pub(super) fn arrows(&self) -> impl Iterator<Item = (&str, &str)> {
        self.modules()
            .flat_map(|module| self.from(module).map(move |other| (module, other)))
    }
}

/// The modules, and the names that they hand on from others.
struct Names<'a> {
    source: &'a Source,
    handed_on: BTreeMap<(String, String), Vec<String>>,
}

impl<'a> Names<'a> {
    fn of(source: &'a Source) -> Self {
        let mut names = Self {
            source,
            handed_on: BTreeMap::new(),
        };
        for (module, code) in source {
            let (statements, _) = take_apart(code);
            for statement in statements.iter().filter(|statement| statement.hands_on) {
                for path in leaves(&statement.tree) {
                    if let Some(path) = names.absolute(module, &path)
                        && let Some(name) = path.last()
                    {
                        let key = (module.clone(), name.clone());
                        names.handed_on.insert(key, path);
                    }
                }
            }
        }
        names
    }

    /// Returns a path from the crate's root, if it leads anywhere within the crate.
    fn absolute(&self, module: &str, path: &str) -> Option<Vec<String>> {
        let mut base = parts(module);
        let mut path = parts(path);
        match path.first().map(String::as_str) {
            Some("crate") => return Some(path.split_off(1)),
            Some("self") => drop(path.remove(0)),
            Some("super") => {
                while path.first().is_some_and(|part| part == "super") {
                    base.pop();
                    path.remove(0);
                }
            }
            Some(first) => {
                base.push(first.to_owned());
                if !self.source.contains_key(&base.join("::")) {
                    return None;
                }
                base.pop();
            }
            None => return None,
        }
        base.extend(path);
        Some(base)
    }

    /// Returns the module that has what a path leads to.
    fn module_of(&self, mut path: Vec<String>) -> String {
        for _ in 0..MOST_HANDS {
            let mut known = path.len();
            while !self.source.contains_key(&path[..known].join("::")) {
                known -= 1;
            }
            let module = path[..known].join("::");
            let Some(name) = path.get(known) else {
                return module;
            };
            match self.handed_on.get(&(module.clone(), name.clone())) {
                Some(from) if *from != path => {
                    let mut from = from.clone();
                    from.extend_from_slice(&path[known + 1..]);
                    path = from;
                }
                _ => return module,
            }
        }
        path.join("::")
    }
}

fn parts(path: &str) -> Vec<String> {
    path.split("::")
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// One `use` line.
struct Statement {
    /// Whether it hands names on: `pub use`.
    hands_on: bool,
    tree: String,
}

/// Takes code apart into its `use` lines and the rest.
fn take_apart(code: &str) -> (Vec<Statement>, String) {
    let mut found = Vec::new();
    let mut rest = String::new();
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        let Some(hands_on) = begins(line) else {
            rest.push_str(line);
            rest.push('\n');
            continue;
        };
        let mut text = line.to_owned();
        while !text.contains(';') {
            let Some(more) = lines.next() else { break };
            text.push_str(more);
        }
        let tree = text.split_once("use ").map_or("", |(_, tree)| tree);
        let tree = tree.split(';').next().unwrap_or_default().to_owned();
        found.push(Statement { hands_on, tree });
    }
    (found, rest)
}

/// Says whether a line begins an import, and whether that hands names on.
fn begins(line: &str) -> Option<bool> {
    let line = line.trim_start();
    let (hands_on, rest) = match line.strip_prefix("pub") {
        None => (false, line),
        Some(rest) => {
            let rest = rest.trim_start();
            let end = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
            (true, end.map_or(rest, |(_, rest)| rest).trim_start())
        }
    };
    rest.starts_with("use ").then_some(hands_on)
}

/// Takes a tree of imports apart into single paths.
fn leaves(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((before, group)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default().trim();
        let path = path.strip_suffix("::self").unwrap_or(path);
        return vec![path.to_owned()];
    };
    let group = group.rsplit_once('}').map_or(group, |(group, _)| group);
    let mut found = Vec::new();
    let mut depth = 0;
    let mut branch = String::new();
    for char in group.chars().chain([',']) {
        match char {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if char == ',' && depth == 0 {
            if !branch.trim().is_empty() {
                found.extend(leaves(&format!("{before}{}", branch.trim())));
            }
            branch.clear();
        } else {
            branch.push(char);
        }
    }
    found
}

/// Returns the paths in code that begin with `crate`.
fn inline(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let end = rest.find(|char: char| !char.is_alphanumeric() && !matches!(char, '_' | ':'));
        let path = rest[..end.unwrap_or(rest.len())].trim_end_matches(':');
        if !path.is_empty() {
            found.push(format!("crate::{path}"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(files: &[(&str, &str)]) -> Source {
        files
            .iter()
            .map(|(module, code)| ((*module).to_owned(), (*code).to_owned()))
            .collect()
    }

    #[test]
    fn trees_are_taken_apart() {
        assert_eq!(
            leaves("crate::a::{self, b::{C, D as E}, f}"),
            [
                "crate::a",
                "crate::a::b::C",
                "crate::a::b::D",
                "crate::a::f"
            ]
        );
    }

    #[test]
    fn names_that_are_handed_on_are_found_where_they_are() {
        let source = source(&[
            ("", ""),
            ("a", "pub(crate) use deep::Thing;\nmod deep;"),
            ("a::deep", "pub(crate) struct Thing;"),
            (
                "b",
                "use crate::a::{\n    Thing,\n    other,\n};\nuse std::fs;",
            ),
            ("c", "fn f() -> crate::a::Thing { super::b::g() }"),
        ]);
        let imports = Imports::of(&source);
        assert_eq!(imports.from("b").collect::<Vec<_>>(), ["a", "a::deep"]);
        assert_eq!(imports.from("c").collect::<Vec<_>>(), ["a::deep"]);
        assert_eq!(imports.from("a").count(), 0);
    }

    #[test]
    fn neighbours_and_parts_are_found() {
        let source = source(&[
            ("a", "use part::Part;"),
            ("a::part", "use super::other::Other;"),
            ("a::other", "use super::super::b;"),
            ("b", ""),
        ]);
        let imports = Imports::of(&source);
        let arrows: Vec<_> = imports.arrows().collect();
        assert_eq!(
            arrows,
            [("a", "a::part"), ("a::other", "b"), ("a::part", "a::other")]
        );
    }
}
