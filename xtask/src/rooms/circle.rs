//! Modules that need each other.

use std::collections::BTreeSet;

use super::imports::Imports;

/// Returns all circles: modules each of which reaches all others of its circle.
pub(super) fn all(imports: &Imports) -> Vec<Vec<String>> {
    let mut circles = Vec::new();
    let mut seen = BTreeSet::new();
    for module in imports.modules() {
        if seen.contains(module) {
            continue;
        }
        let circle: Vec<_> = reached(imports, module)
            .into_iter()
            .filter(|other| reached(imports, other).contains(module))
            .map(str::to_owned)
            .collect();
        seen.extend(circle.iter().cloned());
        if circle.len() > 1 {
            circles.push(circle);
        }
    }
    circles
}

/// Returns all modules that one needs, itself only if others need it in turn.
fn reached<'a>(imports: &'a Imports, from: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<_> = imports.from(from).collect();
    while let Some(module) = next.pop() {
        if reached.insert(module) {
            next.extend(imports.from(module));
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::super::source::Source;
    use super::*;

    #[test]
    fn circles_are_found_and_ways_are_none() {
        let files = [
            ("a", "use crate::b;"),
            ("b", "use crate::c;"),
            ("c", "use crate::a;\nuse crate::d;"),
            ("d", "use crate::e;"),
            ("e", ""),
        ];
        let source: Source = files
            .iter()
            .map(|(module, code)| ((*module).to_owned(), (*code).to_owned()))
            .collect();
        let circles = all(&Imports::of(&source));
        assert_eq!(circles, [["a", "b", "c"]]);
    }
}
