//! Patterns of names, as shells and RedGrease have them.

/// Tells whether a text matches a pattern: `*` is anything, `?` one character, `[abc]` and
/// `[a-z]` one of these, `[!abc]` none of these.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut seen) = (0, 0);
    // Behind the last `*`, and what it has taken in so far: only that one can take in more.
    let mut star = None;
    while seen < text.len() {
        match step(&pattern[at..], text[seen]) {
            Some(Step::Any) => {
                at += 1;
                star = Some((at, seen));
            }
            Some(Step::One(length)) => {
                at += length;
                seen += 1;
            }
            None => match &mut star {
                Some((behind, taken)) => {
                    *taken += 1;
                    (at, seen) = (*behind, *taken);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|&char| char == '*')
}

/// What the beginning of a pattern takes.
enum Step {
    Any,
    /// One character, by so many of the pattern's own.
    One(usize),
}

fn step(pattern: &[char], char: char) -> Option<Step> {
    match pattern {
        ['*', ..] => Some(Step::Any),
        ['?', ..] => Some(Step::One(1)),
        ['[', rest @ ..] => match set(rest) {
            Some((length, set)) => set_has(set, char).then_some(Step::One(length + 2)),
            None => (char == '[').then_some(Step::One(1)),
        },
        [first, ..] => (*first == char).then_some(Step::One(1)),
        [] => None,
    }
}

/// Finds what is in brackets, behind the first: a `]` that comes at once is one of it.
fn set(rest: &[char]) -> Option<(usize, &[char])> {
    let first = 1 + usize::from(rest.first() == Some(&'!'));
    let behind = rest.get(first..)?;
    let length = first + behind.iter().position(|&char| char == ']')?;
    Some((length, &rest[..length]))
}

fn set_has(set: &[char], char: char) -> bool {
    let (negated, mut set) = match set {
        ['!', rest @ ..] => (true, rest),
        set => (false, set),
    };
    let mut has = false;
    while let [first, rest @ ..] = set {
        set = match rest {
            ['-', last, behind @ ..] => {
                has |= (*first..=*last).contains(&char);
                behind
            }
            _ => {
                has |= *first == char;
                rest
            }
        };
    }
    has != negated
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_are_those_of_shells() {
        for (pattern, text, is_match) in [
            ("transaction*log*", "transaction log, daily", true),
            ("transaction*log*", "a transaction log", false),
            ("*log", "log of a log", true),
            ("*log", "log of", false),
            ("", "", true),
            ("", "a", false),
            ("***", "", true),
            ("a?c", "aüc", true),
            ("a?c", "ac", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[]]", "]", true),
            ("[!]]", "a", true),
            ("[", "[", true),
            ("[a", "[a", true),
            ("v[0-9.]*", "v1.2", true),
        ] {
            assert_eq!(matches(pattern, text), is_match, "{pattern} {text}");
        }
        let (pattern, text) = ("*a".repeat(50), "a".repeat(5_000));
        assert!(!matches(&format!("{pattern}b"), &text));
    }
}
