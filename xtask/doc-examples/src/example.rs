//! What counts as a tested example.

/// Tells whether documentation has a block of Rust that `cargo test --doc` compiles.
pub(crate) fn is_in(documentation: &str) -> bool {
    let mut fence: Option<&str> = None;
    for line in documentation.lines() {
        let line = line.trim();
        let ticks = line.len() - line.trim_start_matches('`').len();
        if ticks < 3 {
            continue;
        }
        let (mark, words) = line.split_at(ticks);
        match fence {
            None if is_tested(words) => return true,
            None => fence = Some(mark),
            Some(open) if words.is_empty() && mark.len() >= open.len() => fence = None,
            Some(_) => {}
        }
    }
    false
}

/// Tells whether a block that begins with these words is compiled at least.
fn is_tested(words: &str) -> bool {
    words
        .split([',', ' '])
        .filter(|word| !word.is_empty())
        .all(|word| {
            word.starts_with("edition")
                || [
                    "rust",
                    "no_run",
                    "should_panic",
                    "compile_fail",
                    "standalone_crate",
                ]
                .contains(&word)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_rust_count() {
        for words in [
            "",
            "rust",
            "no_run",
            "rust,should_panic",
            "edition2024, no_run",
        ] {
            assert!(
                is_in(&format!("Does.\n\n```{words}\nf();\n```\n")),
                "{words}"
            );
        }
    }

    #[test]
    fn other_blocks_do_not() {
        for words in ["text", "ignore", "python", "no_run,ignore", "sh"] {
            assert!(
                !is_in(&format!("Does.\n\n```{words}\nf();\n```\n")),
                "{words}"
            );
        }
        assert!(!is_in("Returns `x`, not ``y``."));
    }

    #[test]
    fn end_of_another_block_is_no_beginning() {
        assert!(!is_in("```text\nx\n```\nand that was it"));
        assert!(is_in("```text\nx\n```\n```\nf();\n```"));
    }
}
