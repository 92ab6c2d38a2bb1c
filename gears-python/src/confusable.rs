//! Letters of other scripts that look like Latin ones.

/// Pairs of what is there and what it looks like.
const LOOK: &[(char, char)] = &[
    ('а', 'a'),
    ('е', 'e'),
    ('о', 'o'),
    ('р', 'p'),
    ('с', 'c'),
    ('у', 'y'),
    ('х', 'x'),
    ('ѕ', 's'),
    ('і', 'i'),
    ('ј', 'j'),
    ('ԁ', 'd'),
    ('һ', 'h'),
    ('ո', 'n'),
    ('ν', 'v'),
    ('ο', 'o'),
    ('ρ', 'p'),
    ('α', 'a'),
    ('ι', 'i'),
    ('А', 'A'),
    ('В', 'B'),
    ('Е', 'E'),
    ('К', 'K'),
    ('М', 'M'),
    ('Н', 'H'),
    ('О', 'O'),
    ('Р', 'P'),
    ('С', 'C'),
    ('Т', 'T'),
    ('Х', 'X'),
    ('Ѕ', 'S'),
    ('І', 'I'),
    ('Ј', 'J'),
    ('Α', 'A'),
    ('Β', 'B'),
    ('Ε', 'E'),
    ('Ζ', 'Z'),
    ('Η', 'H'),
    ('Ι', 'I'),
    ('Κ', 'K'),
    ('Μ', 'M'),
    ('Ν', 'N'),
    ('Ο', 'O'),
    ('Ρ', 'P'),
    ('Τ', 'T'),
    ('Υ', 'Y'),
    ('Χ', 'X'),
];

/// Returns the candidate that looks like `name` and is another one, with the letter that differs: where they differ
/// first, the one that is not Latin.
pub(crate) fn look_alike<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<(&'a str, char)> {
    let look: String = name.chars().map(latin).collect();
    candidates
        .into_iter()
        .filter(|candidate| *candidate != name && candidate.chars().map(latin).eq(look.chars()))
        .min()
        .and_then(|candidate| {
            let (mine, theirs) = name
                .chars()
                .zip(candidate.chars())
                .find(|(mine, theirs)| mine != theirs)?;
            Some((candidate, if mine.is_ascii() { theirs } else { mine }))
        })
}

fn latin(letter: char) -> char {
    LOOK.iter()
        .find(|(other, _)| *other == letter)
        .map_or(letter, |(_, latin)| *latin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_other_scripts_are_seen_through() {
        assert_eq!(
            look_alike("scope", ["scоpe", "other"]),
            Some(("scоpe", 'о'))
        );
        assert_eq!(look_alike("scоpe", ["scope"]), Some(("scope", 'о')));
        assert_eq!(look_alike("scope", ["scope", "slope"]), None);
    }
}
