//! "Did you mean": the known name that is nearest to one that is not.

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
                distance(name, candidate)
            };
            (distance <= limit && distance < length).then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many letters have to be put in, left out, changed or swapped with their neighbour to get from one word to the
/// other.
fn distance(from: &str, to: &str) -> usize {
    let from: Vec<char> = from.chars().collect();
    let to: Vec<char> = to.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (done, &a) in from.iter().enumerate() {
        let mut row = vec![done + 1; to.len() + 1];
        for (index, &b) in to.iter().enumerate() {
            row[index + 1] = (last[index] + usize::from(a != b))
                .min(last[index + 1] + 1)
                .min(row[index] + 1);
            if done > 0 && index > 0 && a == to[index - 1] && b == from[done - 1] {
                row[index + 1] = row[index + 1].min(before[index - 1] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[to.len()]
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
        assert_eq!(distance("kye", "key"), 1);
        assert_eq!(distance("", "key"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
