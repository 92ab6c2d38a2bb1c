//! "Did you mean": the known name that is nearest to one that is not.

use strsim::osa_distance;

/// Returns the candidate that `name` is most likely a slip of, if there is one.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = comparable(name);
    // Longer names may have more wrong letters.
    let length = name.chars().count();
    let limit = match length {
        0..=5 => 1,
        6..=8 => 2,
        _ => 3,
    };
    candidates
        .into_iter()
        .map(|candidate| (osa_distance(&name, &comparable(candidate)), candidate))
        .filter(|(distance, _)| *distance <= limit && *distance < length)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Writes what an error adds about the name that was meant.
pub fn hint(meant: Option<&str>) -> String {
    meant.map_or_else(String::new, |meant| format!(", did you mean '{meant}'?"))
}

/// `event_types` and `eventTypes` are one name, spelt in two ways.
fn comparable(name: &str) -> String {
    name.chars()
        .filter(|letter| *letter != '_' && *letter != '-')
        .flat_map(char::to_lowercase)
        .collect()
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
