//! Requirements as they are written, and what is named after them.

use std::collections::BTreeSet;

/// How many bytes a requirement may have; names of packages have some ten, addresses of files some hundred.
const LONGEST: usize = 1 << 16;

/// Writes a requirement as pip compares it: `Six` and `six` are one name, and
/// so are `python_dateutil` and `python-dateutil` (PEP 503).
pub(crate) fn normal(requirement: &str) -> String {
    if requirement.len() > LONGEST {
        return requirement.to_owned();
    }
    let requirement = requirement.trim();
    let is_file =
        |text: &str| text.starts_with('.') || text.contains(['/', '\\']) || text.ends_with(".whl");
    let (named, rest) = requirement.split_at(
        requirement
            .find(|letter: char| !letter.is_ascii_alphanumeric() && !"-_.".contains(letter))
            .unwrap_or(requirement.len()),
    );
    let is_url = rest.trim_start().starts_with('@');
    if is_file(requirement) && !is_url {
        return requirement.to_owned();
    }
    let name = named.to_ascii_lowercase();
    let parts: Vec<_> = name
        .split(['-', '_', '.'])
        .filter(|part| !part.is_empty())
        .collect();
    if is_url || rest.contains([';', '"', '\'']) || rest.contains(" --") {
        return format!("{}{rest}", parts.join("-"));
    }
    // Blanks mean nothing between the parts of a version.
    let rest: String = rest
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .collect();
    format!("{}{rest}", parts.join("-"))
}

/// Writes a set of requirements in one way, whatever their order.
pub(crate) fn set_of(requirements: &[String]) -> String {
    let set: BTreeSet<_> = requirements.iter().map(|each| normal(each)).collect();
    set.into_iter().collect::<Vec<_>>().join("\n")
}

/// Returns the requirement that a line of a requirements file asks for: clients such as gears-cli send
/// the lines as they are, and pip passes over blank ones and comments.
pub(crate) fn of_line(line: &str) -> Option<&str> {
    let is_comment = |(at, _): &(usize, &str)| {
        line[..*at].is_empty() || line[..*at].ends_with(char::is_whitespace)
    };
    let end = line.match_indices('#').find(is_comment);
    let asked = line[..end.map_or(line.len(), |(at, _)| at)].trim();
    (!asked.is_empty()).then_some(asked)
}

/// An argument of pip must not be taken for an option, nor bring a second line
/// into a requirements file.
pub(crate) fn check_name(requirement: &str) -> Result<(), String> {
    if requirement.len() > LONGEST {
        return Err(format!("it has more than {LONGEST} bytes"));
    }
    if requirement.starts_with('-')
        || requirement.trim().is_empty()
        || requirement.contains(['\n', '\r', '\0'])
    {
        return Err("it is not the name of a package".to_owned());
    }
    Ok(())
}

pub(crate) fn digest(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |digest, byte| {
            (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

/// A requirement as far as it can be the name of a folder.
pub(crate) fn readable(requirement: &str) -> String {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "._=<>~!-".contains(letter);
    requirement
        .chars()
        .map(|letter| if allowed(letter) { letter } else { '_' })
        .take(80)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{normal, of_line};

    #[test]
    fn blank_lines_and_comments_ask_for_nothing() {
        for nothing in ["", "  ", "\t\r\n", "# ours", "  # ours", "#"] {
            assert_eq!(of_line(nothing), None, "{nothing:?}");
        }
        for six in ["six", " six\r\n", "six  # versions", "six #"] {
            assert_eq!(of_line(six), Some("six"), "{six:?}");
        }
        let egg = "git+https://example.org/six.git#egg=six";
        assert_eq!(of_line(egg), Some(egg));
    }

    #[test]
    fn names_are_compared_as_pip_does() {
        for same in ["Six", "six", " six "] {
            assert_eq!(normal(same), "six");
        }
        for same in [
            "python_dateutil >= 2",
            "Python.-Dateutil>=2",
            "python-dateutil>=2",
        ] {
            assert_eq!(normal(same), "python-dateutil>=2");
        }
        assert_eq!(normal("A_b[X]==1.0"), "a-b[X]==1.0");
        for file in [
            "/srv/A_b-1-py3-none-any.whl",
            "./A_b",
            "A_b-1-py3-none-any.whl",
        ] {
            assert_eq!(normal(file), file);
        }
        assert_eq!(normal("A_b @ file:///srv/A_b"), "a-b @ file:///srv/A_b");
        assert_eq!(normal("A_b==1 --hash=sha256:AB"), "a-b==1 --hash=sha256:AB");
    }
}
