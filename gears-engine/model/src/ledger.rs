//! What is registered in a cluster: of each session its version, and whether it is there.
//!
//! Each shard has a ledger. Two shards with the same ledger have the same registrations; where
//! ledgers differ, the later version of each session counts, so shards agree when they have
//! told each other what they have, in any order and however often.

use std::collections::BTreeMap;

use crate::wire::{Damaged, Fields, Reader, number, text};
use crate::{ShardId, Version};

/// How many sessions that are gone are remembered: a shard that was away for longer than it
/// takes so many to go may bring one back.
const MOST_GONE: usize = 10_000;

/// Of a session: when it was changed last, and whether it is there since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The session's version.
    pub version: Version,
    /// Whether it has registrations; if not, they were taken out.
    pub is_there: bool,
}

/// All sessions that are there or were, by their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    marks: BTreeMap<String, Mark>,
    highest: u64,
}

impl Ledger {
    /// Returns an empty ledger.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            marks: BTreeMap::new(),
            highest: 0,
        }
    }

    /// Returns a version that is later than all that were seen.
    #[must_use]
    pub fn next(&self, shard: ShardId) -> Version {
        Version {
            count: self.highest.saturating_add(1),
            shard,
        }
    }

    /// Notes a session's state, if it is later than what is known; says whether it was.
    pub fn note(&mut self, session: &str, mark: Mark) -> bool {
        if self
            .marks
            .get(session)
            .is_some_and(|known| known.version >= mark.version)
        {
            return false;
        }
        self.highest = self.highest.max(mark.version.count);
        self.marks.insert(session.to_owned(), mark);
        if !mark.is_there {
            self.forget_old();
        }
        true
    }

    /// Notes that a session was found whose version nobody tells: it is older than all others.
    pub fn note_found(&mut self, session: &str) {
        let first = Mark {
            version: Version::default(),
            is_there: true,
        };
        self.marks.entry(session.to_owned()).or_insert(first);
    }

    /// Returns what is known of a session.
    #[must_use]
    pub fn mark(&self, session: &str) -> Option<Mark> {
        self.marks.get(session).copied()
    }

    /// Walks over all sessions.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Mark)> {
        self.marks
            .iter()
            .map(|(session, mark)| (session.as_str(), *mark))
    }

    /// Says whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// Returns the sessions whose state here is later than in `other`, earliest versions first.
    #[must_use]
    pub fn later_than(&self, other: &Self) -> Vec<(String, Mark)> {
        let mut later: Vec<_> = self
            .iter()
            .filter(|(session, mark)| {
                let known = other.mark(session);
                known.is_none_or(|known| known.version < mark.version)
            })
            .map(|(session, mark)| (session.to_owned(), mark))
            .collect();
        later.sort_by_key(|(_, mark)| mark.version);
        later
    }

    /// Returns a number that is the same for those that have the same sessions, and most likely
    /// another one for others. What is gone does not count: shards remember it for as long as
    /// they have room.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let there = self.iter().filter(|(_, mark)| mark.is_there);
        there.fold(0, |digest, (session, mark)| {
            digest ^ hash(session, mark.version)
        })
    }

    /// Writes a ledger, or some sessions of one.
    pub fn encode<'a>(marks: impl Iterator<Item = (&'a str, Mark)>) -> Vec<u8> {
        let mut fields = Fields::default();
        for (session, mark) in marks {
            let mut one = Fields::default();
            one.put(tag::SESSION, session.as_bytes());
            one.put_number(tag::COUNT, mark.version.count);
            one.put(tag::SHARD, mark.version.shard.as_str().as_bytes());
            one.put(tag::IS_THERE, &[u8::from(mark.is_there)]);
            fields.put(tag::MARK, &one.finish());
        }
        fields.finish()
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the bytes, such as two states of one session: which one counts
    /// would depend on who reads.
    pub fn decode(bytes: &[u8]) -> Result<Self, Damaged> {
        let mut ledger = Self::new();
        let mut reader = Reader::new(bytes);
        while let Some((tag, value)) = reader.field()? {
            if tag == tag::MARK {
                let (session, mark) = decode_mark(value)?;
                if ledger.note_as(session, mark).is_some() {
                    return Err(Damaged::new("a session has two marks"));
                }
            }
        }
        Ok(ledger)
    }

    /// Notes a session's state, whatever was known of it, and returns that.
    fn note_as(&mut self, session: String, mark: Mark) -> Option<Mark> {
        self.highest = self.highest.max(mark.version.count);
        self.marks.insert(session, mark)
    }

    fn forget_old(&mut self) {
        let gone = || self.marks.iter().filter(|(_, mark)| !mark.is_there);
        if gone().count() <= MOST_GONE {
            return;
        }
        let oldest = gone().min_by_key(|(_, mark)| mark.version);
        if let Some(oldest) = oldest.map(|(session, _)| session.clone()) {
            self.marks.remove(&oldest);
        }
    }
}

mod tag {
    pub(super) const MARK: u8 = 1;
    pub(super) const SESSION: u8 = 1;
    pub(super) const COUNT: u8 = 2;
    pub(super) const SHARD: u8 = 3;
    pub(super) const IS_THERE: u8 = 4;
}

/// The highest count that is taken from others: nobody counts so far, and nobody shall run out
/// of numbers because somebody else wrote nonsense.
const MOST: u64 = 1 << 62;

fn decode_mark(bytes: &[u8]) -> Result<(String, Mark), Damaged> {
    let mut reader = Reader::new(bytes);
    let (mut session, mut count, mut shard, mut is_there) = (None, None, None, None);
    while let Some((tag, value)) = reader.field()? {
        match tag {
            tag::SESSION => session = Some(text(value)?),
            tag::COUNT => count = Some(number(value)?).filter(|count| *count < MOST),
            tag::SHARD => shard = ShardId::parse(value),
            tag::IS_THERE => is_there = Some(value == [1]),
            _ => {}
        }
    }
    match (session, count, shard, is_there) {
        (Some(session), Some(count), Some(shard), Some(is_there)) => Ok((
            session,
            Mark {
                version: Version { count, shard },
                is_there,
            },
        )),
        _ => Err(Damaged::new("a mark of a session is not whole")),
    }
}

/// FNV-1a, mixed at the end so that neighbours do not cancel each other out.
fn hash(session: &str, version: Version) -> u64 {
    let count = version.count.to_le_bytes();
    let bytes = session
        .bytes()
        .chain([0])
        .chain(count)
        .chain(version.shard.as_str().bytes());
    let mut hash = bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0xd6e8_feb8_6659_fd93);
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shard(letter: char) -> ShardId {
        ShardId::parse(letter.to_string().repeat(40).as_bytes()).unwrap()
    }

    /// A change that a shard makes to a session.
    fn change(ledger: &mut Ledger, at: char, session: &str, is_there: bool) {
        let version = ledger.next(shard(at));
        assert!(ledger.note(session, Mark { version, is_there }));
    }

    /// Has `to` learn what is later in `from`.
    fn tell(from: &Ledger, to: &mut Ledger) {
        for (session, mark) in from.later_than(to) {
            to.note(&session, mark);
        }
    }

    #[test]
    fn later_states_win_wherever_they_were_made() {
        let (mut a, mut b) = (Ledger::new(), Ledger::new());
        change(&mut a, 'a', "s", true);
        tell(&a, &mut b);
        assert_eq!(a.digest(), b.digest());
        change(&mut b, 'b', "s", false);
        assert_ne!(a.digest(), b.digest());
        tell(&a, &mut b);
        tell(&b, &mut a);
        assert!(!a.mark("s").unwrap().is_there);
        assert_eq!(a.digest(), b.digest());
    }

    #[test]
    fn what_nobody_tells_the_version_of_gives_way() {
        let (mut a, mut b) = (Ledger::new(), Ledger::new());
        a.note_found("s");
        change(&mut b, 'b', "s", true);
        tell(&a, &mut b);
        assert_eq!(b.mark("s").unwrap().version.count, 1);
        tell(&b, &mut a);
        assert_eq!(a, b);
    }

    #[test]
    fn what_is_gone_is_remembered_within_bounds() {
        let mut ledger = Ledger::new();
        for session in 0..=MOST_GONE {
            change(&mut ledger, 'a', &session.to_string(), false);
        }
        assert_eq!(ledger.iter().count(), MOST_GONE);
        assert_eq!(ledger.mark("0"), None);
    }

    #[test]
    fn a_session_with_two_marks_is_refused() {
        let mark = |count, is_there| {
            let shard = shard('a');
            let version = Version { count, shard };
            Mark { version, is_there }
        };
        for second in [mark(1, true), mark(2, false)] {
            let marks = [("s", mark(1, true)), ("t", mark(1, true)), ("s", second)];
            let bytes = Ledger::encode(marks.into_iter());
            let error = Ledger::decode(&bytes).unwrap_err();
            assert!(error.0.contains("two marks"), "{error:?}");
        }
    }

    proptest! {
        /// Whatever is changed where, and whoever tells whom in between: in the end all agree,
        /// and nothing that was changed last is lost.
        #[test]
        fn all_agree_in_the_end(
            steps in prop::collection::vec((0..3_usize, 0..3_usize, 0..5_u8, any::<bool>()), 0..60)
        ) {
            let mut ledgers = [Ledger::new(), Ledger::new(), Ledger::new()];
            for (at, from, session, is_there) in steps {
                if at == from {
                    let letter = ['a', 'b', 'c'][at];
                    change(&mut ledgers[at], letter, &session.to_string(), is_there);
                } else {
                    let told = ledgers[from].clone();
                    tell(&told, &mut ledgers[at]);
                }
            }
            for _ in 0..2 {
                for (from, to) in [(0, 1), (1, 2), (2, 0)] {
                    let told = ledgers[from].clone();
                    tell(&told, &mut ledgers[to]);
                }
            }
            prop_assert_eq!(ledgers[0].digest(), ledgers[1].digest());
            prop_assert_eq!(ledgers[1].digest(), ledgers[2].digest());
            let there = |ledger: &Ledger| ledger.iter().filter(|(_, mark)| mark.is_there)
                .map(|(session, mark)| (session.to_owned(), mark)).collect::<Vec<_>>();
            prop_assert_eq!(there(&ledgers[0]), there(&ledgers[2]));
        }

        #[test]
        fn ledgers_come_back(marks in prop::collection::btree_map(".{0,12}", (0..MOST, any::<bool>()), 0..20)) {
            let mut ledger = Ledger::new();
            for (session, (count, is_there)) in marks {
                let version = Version { count, shard: shard('f') };
                ledger.note_as(session, Mark { version, is_there });
            }
            let bytes = Ledger::encode(ledger.iter());
            prop_assert_eq!(Ledger::decode(&bytes).unwrap(), ledger);
            for length in 0..bytes.len() {
                // Cut off between two marks, it is a shorter ledger.
                let _ = Ledger::decode(&bytes[..length]);
            }
        }

        #[test]
        fn hostile_bytes_are_errors(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Ledger::decode(&bytes);
        }
    }
}
