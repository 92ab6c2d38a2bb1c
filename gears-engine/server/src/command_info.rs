//! What the server says of a command.

use crate::{Answer, Context, Incoming};

/// The words of a command, its name included.
pub trait Words {
    /// Counts the words.
    fn count(&self) -> usize;
    /// Returns one of them.
    fn word(&self, index: usize) -> Option<&[u8]>;
}

impl Words for Incoming {
    fn count(&self) -> usize {
        self.len()
    }

    fn word(&self, index: usize) -> Option<&[u8]> {
        self.get(index)
    }
}

impl Words for &[&[u8]] {
    fn count(&self) -> usize {
        self.len()
    }

    fn word(&self, index: usize) -> Option<&[u8]> {
        self.get(index).copied()
    }
}

/// A command as `COMMAND INFO` describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandInfo {
    /// How many words it takes; negative for at least that many.
    arity: i64,
    /// Whether it may change keys.
    pub writes: bool,
    /// Whether neither the command nor what it runs may be replicated. What a
    /// module's command runs, nobody knows.
    pub only_reads: bool,
    /// Whether it is refused when the memory is used up.
    pub needs_memory: bool,
    /// Whether scripts may not run it.
    pub no_script: bool,
    /// Whether its keys are not where the positions say.
    pub movable_keys: bool,
    blocks: bool,
    first_key: i64,
    last_key: i64,
    key_step: i64,
}

impl CommandInfo {
    /// Asks the server; `None` when it has no such command.
    pub fn of(context: &Context, name: &str) -> Option<Self> {
        // Subcommands (`config|get`) are commands of their own to the server
        // since 7.0, but no command's first word.
        if name.contains('|') {
            return None;
        }
        let answer = context.ask(c"COMMAND", &[b"INFO", name.as_bytes()])?;
        let Answer::Array(commands) = answer else {
            return None;
        };
        Self::read(commands.first()?)
    }

    /// Reads one entry of `COMMAND`, with the command's name.
    pub(crate) fn read_with_name(description: &Answer) -> Option<(String, Self)> {
        let Answer::Array(fields) = description else {
            return None;
        };
        let Some(Answer::Text(name)) = fields.first() else {
            return None;
        };
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        Some((name, Self::read(description)?))
    }

    /// Returns all that there is to it, to be stored.
    pub fn to_numbers(&self) -> [i64; 5] {
        let flags = [
            self.writes,
            self.needs_memory,
            self.no_script,
            self.movable_keys,
            self.blocks,
            self.only_reads,
        ];
        let flags = flags
            .iter()
            .enumerate()
            .map(|(bit, set)| i64::from(*set) << bit)
            .sum();
        [
            self.arity,
            flags,
            self.first_key,
            self.last_key,
            self.key_step,
        ]
    }

    /// Makes again what [`Self::to_numbers`] took apart.
    pub fn of_numbers(numbers: [i64; 5]) -> Self {
        let [arity, flags, first_key, last_key, key_step] = numbers;
        let has = |bit: u32| flags & (1 << bit) != 0;
        Self {
            arity,
            writes: has(0),
            needs_memory: has(1),
            no_script: has(2),
            movable_keys: has(3),
            blocks: has(4),
            only_reads: has(5),
            first_key,
            last_key,
            key_step,
        }
    }

    fn read(description: &Answer) -> Option<Self> {
        let Answer::Array(fields) = description else {
            return None;
        };
        let number = |index: usize| match fields.get(index) {
            Some(Answer::Integer(number)) => Some(*number),
            _ => None,
        };
        let Some(Answer::Array(flags)) = fields.get(2) else {
            return None;
        };
        let has = |flag: &[u8]| {
            flags
                .iter()
                .any(|given| matches!(given, Answer::Text(text) if text == flag))
        };
        // Redis 6.2 does not say whose a command is, but has categories for all
        // of its own.
        let of_module = has(b"module")
            || matches!(fields.get(6), Some(Answer::Array(categories)) if categories.is_empty());
        Some(Self {
            arity: number(1)?,
            writes: has(b"write"),
            only_reads: has(b"readonly") && !has(b"may_replicate") && !of_module,
            needs_memory: has(b"denyoom"),
            no_script: has(b"noscript"),
            movable_keys: has(b"movablekeys"),
            blocks: has(b"blocking"),
            first_key: number(3)?,
            last_key: number(4)?,
            key_step: number(5)?,
        })
    }

    /// Says whether the command takes so many words.
    pub fn takes(&self, count: i64) -> bool {
        if self.arity < 0 {
            count >= -self.arity
        } else {
            count == self.arity
        }
    }

    /// Says whether the command has keys where the positions say.
    pub fn has_keys(&self) -> bool {
        self.first_key > 0
    }

    /// Says whether the command's point is to block its client, as scripts
    /// may not. Reading streams can block too, but has other uses.
    pub fn is_for_blocking(&self, name: &str) -> bool {
        self.blocks && !name.starts_with("xread")
    }

    /// Says whether the command writes and means the same when a module runs it
    /// later in its client's place.
    pub fn can_be_put_off(&self, name: &str) -> bool {
        // Redis 6.2 does not say which commands block.
        self.writes && !self.no_script && !self.blocks && !name.starts_with("xread")
    }

    /// Says whether any key fulfils a condition.
    pub fn any_key(&self, words: &impl Words, meant: impl Fn(&[u8]) -> bool) -> bool {
        self.positions(words.count())
            .any(|at| words.word(at).is_some_and(&meant))
    }

    /// Returns where the keys are among so many words.
    fn positions(&self, count: usize) -> impl Iterator<Item = usize> + use<> {
        let number = |position: i64| usize::try_from(position).unwrap_or(0);
        let end = if self.last_key < 0 {
            (count + 1).saturating_sub(number(-self.last_key))
        } else {
            count.min(number(self.last_key) + 1)
        };
        let first = if self.has_keys() {
            number(self.first_key)
        } else {
            end
        };
        (first..end).step_by(number(self.key_step).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(arity: i64, first: i64, last: i64, step: i64, flags: &[&str]) -> CommandInfo {
        let texts = |texts: &[&str]| {
            let texts = texts.iter();
            Answer::Array(
                texts
                    .map(|text| Answer::Text(text.as_bytes().to_vec()))
                    .collect(),
            )
        };
        let description = Answer::Array(vec![
            Answer::Text(b"name".to_vec()),
            Answer::Integer(arity),
            texts(flags),
            Answer::Integer(first),
            Answer::Integer(last),
            Answer::Integer(step),
        ]);
        CommandInfo::read(&description).unwrap()
    }

    fn has_key(info: &CommandInfo, words: &[&[u8]], key: &[u8]) -> bool {
        info.any_key(&words, |word| word == key)
    }

    #[test]
    fn flags_are_read() {
        let info = command(-3, 1, 1, 1, &["write", "denyoom"]);
        assert!(info.writes && info.needs_memory);
        assert!(!info.no_script && !info.movable_keys);
        assert!(command(2, 1, 1, 1, &["readonly", "fast"]).only_reads);
        for other in ["may_replicate", "module"] {
            assert!(!command(-2, 1, -1, 1, &["readonly", other]).only_reads);
        }
    }

    #[test]
    fn arity_may_be_a_minimum() {
        assert!(command(2, 1, 1, 1, &[]).takes(2));
        assert!(!command(2, 1, 1, 1, &[]).takes(3));
        assert!(command(-2, 1, 1, 1, &[]).takes(3));
        assert!(!command(-2, 1, 1, 1, &[]).takes(1));
    }

    #[test]
    fn keys_are_found_by_their_positions() {
        let mset = command(-3, 1, -1, 2, &[]);
        let words: [&[u8]; 5] = [b"mset", b"a", b"1", b"b", b"2"];
        assert!(has_key(&mset, &words, b"a") && has_key(&mset, &words, b"b"));
        assert!(!has_key(&mset, &words, b"1") && !has_key(&mset, &words, b"2"));
        let get = command(2, 1, 1, 1, &[]);
        assert!(has_key(&get, &[b"get", b"a"], b"a"));
        assert!(!has_key(&get, &[b"get"], b"a"));
        let ping = command(-1, 0, 0, 0, &[]);
        assert!(!has_key(&ping, &[b"ping", b"a"], b"a"));
    }
}
