//! What each rule is about.

use gears_python::Rule;

/// The section of `guide/pages/python-checks.md`; a test compares the two.
const RULES: &str = include_str!("rules.md");

/// What Python itself refuses.
pub(super) const SYNTAX: &str = "syntax";

/// Returns the names of all that can be explained.
pub(super) fn names() -> Vec<&'static str> {
    let mut names = vec![SYNTAX];
    names.extend(Rule::ALL.map(Rule::name));
    names
}

/// Tells what a rule finds and what to do about it, in Markdown.
pub(super) fn of(name: &str) -> &'static str {
    if name == SYNTAX {
        return "What Python itself refuses to compile, at the oldest Python that has to run the \
                file. It is no rule, and cannot be switched off.";
    }
    RULES
        .split("\n### ")
        .find_map(|section| section.trim_start_matches("### ").strip_prefix(name)?.strip_prefix('\n'))
        .unwrap_or_default()
        .trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_section() {
        for name in names() {
            assert!(of(name).len() > 40, "{name}");
            assert!(!of(name).contains("###"), "{name}");
        }
    }

    #[test]
    fn sections_are_those_of_the_page() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../guide/pages/python-checks.md");
        let page = std::fs::read_to_string(page).unwrap();
        assert!(
            page.contains(RULES.trim()),
            "src/command/check/rules.md is to be the sections of the rules in guide/pages/python-checks.md"
        );
    }
}
