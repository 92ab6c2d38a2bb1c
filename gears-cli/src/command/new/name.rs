//! Which names a crate can have.

/// Keywords of all editions, and those that are kept for later ones.
const KEYWORDS: [&str; 52] = [
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue",
    "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if",
    "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
    "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type",
    "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];
/// Crates that come with the compiler, folders of cargo's, and what the crate itself uses.
const TAKEN: [&str; 11] = [
    "alloc", "build", "core", "deps", "examples", "gears-runtime", "gears_runtime", "incremental",
    "proc_macro", "std", "test",
];

/// Says why a crate cannot have this name.
pub(super) fn refuse(name: &str) -> Option<String> {
    let fits = |char: char| char.is_ascii_alphanumeric() || char == '-' || char == '_';
    if name.is_empty() {
        Some("a crate has a name".to_owned())
    } else if name.contains(['/', '\\']) {
        Some("it is a path; go to the folder, and give the name alone".to_owned())
    } else if let Some(char) = name.chars().find(|char| !fits(*char)) {
        Some(format!("`{}` cannot be in the name of a crate", char.escape_debug()))
    } else if !name.starts_with(|char: char| char.is_ascii_alphabetic()) {
        Some("the name of a crate begins with a letter".to_owned())
    } else if KEYWORDS.contains(&name) {
        Some("it is a keyword of Rust".to_owned())
    } else if TAKEN.contains(&name) {
        Some("it has a meaning for cargo or for the crate itself".to_owned())
    } else if name.len() > 64 {
        Some("it is longer than 64 characters".to_owned())
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_crates_are_taken() {
        for name in ["a", "my-app", "my_app", "Gears2", "r2d2", "async-std", "if-then"] {
            assert_eq!(refuse(name), None, "{name}");
        }
    }

    #[test]
    fn others_are_refused() {
        for name in [
            "", "1st", "-x", "_x", "a b", "a.b", "a/b", "über", "async", "type", "self", "gen", "test",
            "core", "gears-runtime", "a\n", &"a".repeat(65),
        ] {
            assert!(refuse(name).is_some(), "{name}");
        }
    }
}
