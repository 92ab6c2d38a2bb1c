//! "Did you mean": the known name that is nearest to one that is not.

/// Returns the candidate that `name` is most likely a slip of, if there is one.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = comparable(name);
    // Longer names may have more wrong letters.
    let limit = match name.len() {
        0..=5 => 1,
        6..=8 => 2,
        _ => 3,
    };
    candidates
        .into_iter()
        .map(|candidate| (distance(&name, &comparable(candidate)), candidate))
        .filter(|(distance, _)| *distance <= limit && *distance < name.len())
        .min()
        .map(|(_, candidate)| candidate)
}

/// Writes what an error adds about the name that was meant.
pub fn hint(meant: Option<&str>) -> String {
    meant.map_or_else(String::new, |meant| format!(", did you mean '{meant}'?"))
}

/// `event_types` and `eventTypes` are one name, spelt in two ways.
fn comparable(name: &str) -> Vec<char> {
    name.chars()
        .filter(|letter| *letter != '_' && *letter != '-')
        .flat_map(char::to_lowercase)
        .collect()
}

/// How many letters have to be put in, left out, changed or swapped with their
/// neighbour to get from one word to the other.
fn distance(from: &[char], to: &[char]) -> usize {
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
        let known = ["trigger", "hook", "eventTypes", "set", "del"];
        for (slip, meant) in [
            ("tigger", Some("trigger")),
            ("eventType", Some("eventTypes")),
            ("event_types", Some("eventTypes")),
            ("HOOK", Some("hook")),
            ("hoko", Some("hook")),
            ("sett", Some("set")),
            ("x", None),
            ("nosuch", None),
        ] {
            assert_eq!(nearest(slip, known), meant, "{slip}");
        }
    }
}
