/// Removes the indentation that all lines share, as Python's `textwrap.dedent` does.
///
/// Lines of nothing but spaces and tabs do not count and come out empty. Tabs and spaces are different: lines that
/// begin with one and lines that begin with the other share nothing.
///
/// ```
/// assert_eq!(gears_python::dedent("  if x:\n    return 1\n   \n"), "if x:\n  return 1\n\n");
/// ```
pub fn dedent(text: &str) -> String {
    let margin = margin(text);
    let mut out = String::with_capacity(text.len());
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        if !is_blank(line) {
            out.push_str(line.strip_prefix(margin).unwrap_or(line));
        }
    }
    out
}

/// Returns the longest run of spaces and tabs that every line with something on it begins with.
pub(crate) fn margin(text: &str) -> &str {
    let mut indents = text
        .split('\n')
        .filter(|line| !is_blank(line))
        .map(|line| &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]);
    let first = indents.next().unwrap_or("");
    indents.fold(first, |margin, indent| {
        let shared = margin
            .bytes()
            .zip(indent.bytes())
            .take_while(|(a, b)| a == b);
        &margin[..shared.count()]
    })
}

fn is_blank(line: &str) -> bool {
    line.bytes().all(|byte| byte == b' ' || byte == b'\t')
}

#[cfg(test)]
mod tests {
    use super::dedent;

    /// Text, and what `textwrap.dedent` of Python 3.11 makes of it.
    const RECORDED: &[(&str, &str)] = &include!("dedent_cases.in");

    #[test]
    fn agrees_with_textwrap() {
        for (text, expected) in RECORDED {
            assert_eq!(dedent(text), *expected, "dedent({text:?})");
        }
    }
}
