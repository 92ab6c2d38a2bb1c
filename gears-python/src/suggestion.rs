//! "Did you mean": the known name that is nearest to one that is not.

use strsim::osa_distance;

/// Returns the candidate that `name` is most likely a slip of, if there is one.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let length = name.chars().count();
    // Longer names may have more wrong letters.
    let limit = match length {
        0..=5 => 1,
        6..=8 => 2,
        _ => 3,
    };
    candidates
        .into_iter()
        .filter(|candidate| *candidate != name && !candidate.is_empty())
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= limit)
        .filter_map(|candidate| {
            let distance = if candidate.eq_ignore_ascii_case(name) {
                0
            } else {
                osa_distance(name, candidate)
            };
            (distance <= limit && distance < length).then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_other_words_are_not() {
        let known = ["execute", "len", "key", "keys", "ValueError", "x"];
        for (slip, meant) in [
            ("excute", Some("execute")),
            ("lne", Some("len")),
            ("Len", Some("len")),
            ("kye", Some("key")),
            ("valueerror", Some("ValueError")),
            ("ValueErorr", Some("ValueError")),
            ("y", None),
            ("completely", None),
            ("execute", None),
        ] {
            assert_eq!(nearest(slip, known), meant, "{slip}");
        }
    }

    #[test]
    fn a_swap_is_one_slip() {
        assert_eq!(osa_distance("kye", "key"), 1);
        assert_eq!(osa_distance("", "key"), 3);
        assert_eq!(osa_distance("kitten", "sitting"), 3);
    }
}
