//! Where a command has its key.

use crate::Answer;

/// Which word is a command's key, as far as `COMMAND INFO` tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyPlace {
    /// None is.
    Nowhere,
    /// The one at this place is, and no other; the command's name is at 0.
    At(usize),
    /// Several may be, or the server has to look at all words.
    Untold,
}

impl KeyPlace {
    /// Reads it in one element of `COMMAND INFO`. Servers before 7.0 do not tell enough.
    pub(crate) fn read(parts: &[Answer]) -> Self {
        let (
            Some(Answer::Array(flags)),
            Some(Answer::Integer(first)),
            Some(Answer::Integer(last)),
            Some(Answer::Array(specifications)),
            Some(Answer::Array(subcommands)),
        ) = (
            parts.get(2),
            parts.get(3),
            parts.get(4),
            parts.get(8),
            parts.get(9),
        )
        else {
            return Self::Untold;
        };
        // Those of subcommands are told with these.
        if flags.iter().any(|flag| is(flag, "movablekeys")) || !subcommands.is_empty() {
            return Self::Untold;
        }
        match (specifications.as_slice(), usize::try_from(*first)) {
            ([], Ok(0)) => Self::Nowhere,
            ([one], Ok(place)) if place > 0 && first == last && is_key(one) => Self::At(place),
            _ => Self::Untold,
        }
    }
}

/// Says whether a key specification is of a key; it may be of a channel.
fn is_key(specification: &Answer) -> bool {
    let Answer::Array(pairs) = specification else {
        return false;
    };
    let flags = pairs.iter().skip_while(|name| !is(name, "flags")).nth(1);
    matches!(flags, Some(Answer::Array(flags)) if !flags.iter().any(|flag| is(flag, "not_key")))
}

fn is(answer: &Answer, word: &str) -> bool {
    matches!(answer, Answer::Text(text) if text == word.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Answer {
        let texts = texts
            .iter()
            .map(|text| Answer::Text(text.as_bytes().to_vec()));
        Answer::Array(texts.collect())
    }

    /// A command with keys from the first place to the last, and a specification with each of
    /// these flags.
    fn command(flags: &str, (first, last): (i64, i64), specifications: &[&str]) -> Vec<Answer> {
        let specifications = specifications.iter().map(|flag| {
            let name = Answer::Text(b"flags".to_vec());
            Answer::Array(vec![name, texts(&[flag])])
        });
        vec![
            Answer::Text(b"name".to_vec()),
            Answer::Integer(-1),
            texts(&[flags]),
            Answer::Integer(first),
            Answer::Integer(last),
            Answer::Integer(1),
            texts(&[]),
            texts(&[]),
            Answer::Array(specifications.collect()),
            texts(&[]),
        ]
    }

    #[test]
    fn one_key_and_none_are_told() {
        let ping = command("fast", (0, 0), &[]);
        assert_eq!(KeyPlace::read(&ping), KeyPlace::Nowhere);
        let get = command("readonly", (1, 1), &["RO"]);
        assert_eq!(KeyPlace::read(&get), KeyPlace::At(1));
        let memory_usage = command("readonly", (2, 2), &["RO"]);
        assert_eq!(KeyPlace::read(&memory_usage), KeyPlace::At(2));
    }

    #[test]
    fn what_the_positions_do_not_tell_is_left_to_the_server() {
        for other in [
            command("readonly", (1, -1), &["RO"]),
            command("write", (2, -1), &["OW", "RO"]),
            command("write", (1, 1), &["RO", "OW"]),
            command("movablekeys", (0, 0), &[]),
            command("movablekeys", (1, 1), &["RO"]),
            command("pubsub", (1, 1), &["not_key"]),
            command("readonly", (1, 1), &[]),
        ] {
            assert_eq!(KeyPlace::read(&other), KeyPlace::Untold, "{other:?}");
        }
    }

    #[test]
    fn old_servers_and_containers_do_not_tell() {
        let mut get = command("readonly", (1, 1), &["RO"]);
        get.truncate(7);
        assert_eq!(KeyPlace::read(&get), KeyPlace::Untold);
        let mut container = command("fast", (0, 0), &[]);
        container[9] = texts(&["container|subcommand"]);
        assert_eq!(KeyPlace::read(&container), KeyPlace::Untold);
    }
}
