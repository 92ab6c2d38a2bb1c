//! The Python that generated scripts bring along, each piece only where it is needed.
//!
//! A piece is a file beside this one, whose imports say which other pieces it needs. It runs on Python 3.7 and on
//! genuine RedisGears. Names start with `_gear_`.

use crate::python::sent::sent;

/// A piece of Python with a name.
struct Piece {
    name: &'static str,
    file: &'static str,
    text: &'static str,
}

macro_rules! pieces {
    ($($name:literal)*) => {
        &[$(Piece {
            name: $name,
            file: include_str!(concat!("prelude/", $name, ".py")),
            text: sent!(concat!("prelude/", $name, ".py")),
        }),*]
    };
}

/// Every piece, in the order in which a script defines them.
const PIECES: &[Piece] = pieces![
    // What steps and results need.
    "show" "python" "function" "step" "generate" "then" "each" "fold" "fold_by" "sort" "record" "whole" "encode" "reply"
    // Steps on records in boxes, for counts that may be of nothing.
    "box" "boxed_map" "boxed_test" "boxed_each" "boxed_fold" "boxed_group" "boxed_list" "boxed_distinct" "boxed_mean"
    "boxed_count"
    // Readers as generators, which can begin with an empty box where the server's own cannot.
    "fields" "scan" "boxed_names" "boxed_keys" "boxed_entries" "boxed_generate"
];

/// The modules that the pieces use.
pub(super) const IMPORTS: &str = "import ast, base64, builtins, copy, inspect, json, linecache\n";

impl Piece {
    /// Returns the names of the pieces that this one imports; what it imports from none, each script has its own of.
    fn needs(&self) -> impl Iterator<Item = &'static str> {
        let imports = self
            .file
            .lines()
            .filter_map(|line| line.strip_prefix("from ."));
        imports
            .filter_map(|import| import.split_once(" import ").map(|(name, _)| name))
            .filter(|name| !name.is_empty())
    }
}

/// Returns the text of the pieces with these names, and of those that they need.
pub(super) fn pieces(named: &[&'static str]) -> Vec<&'static str> {
    let mut needed = vec![false; PIECES.len()];
    let mut open = named.to_vec();
    while let Some(name) = open.pop() {
        let at = PIECES.iter().position(|piece| piece.name == name);
        debug_assert!(at.is_some(), "no piece is called {name}");
        let Some(at) = at.filter(|at| !needed[*at]) else {
            continue;
        };
        needed[at] = true;
        open.extend(PIECES[at].needs());
    }
    let texts = PIECES.iter().zip(needed);
    texts
        .filter_map(|(piece, needed)| needed.then_some(piece.text))
        .collect()
}

/// Returns every piece.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    PIECES.iter().map(|piece| piece.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_bring_what_they_import() {
        let group = pieces(&["boxed_group"]).concat();
        for name in ["_gear_boxed_group", "_gear_boxed_fold", "_gear_then"] {
            assert!(group.contains(&format!("\ndef {name}(")), "{name}");
        }
        assert_eq!(pieces(&["boxed_test"]).len(), 1);
        for piece in PIECES {
            assert!(
                pieces(&[piece.name]).contains(&piece.text),
                "{}",
                piece.name
            );
        }
    }
}
