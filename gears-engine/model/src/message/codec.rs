//! Messages as bytes.

mod run;

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::{Ask, Change, Message};
use crate::wire::{Damaged, Fields, Reader, number, text};
use crate::{Id, Ledger, ShardId};

mod kind {
    pub(super) const NOTICE: u8 = 1;
    pub(super) const HAVE: u8 = 2;
    pub(super) const NEWS: u8 = 3;
    pub(super) const CHECK: u8 = 4;
    pub(super) const INSTALL: u8 = 5;
    pub(super) const PAUSE: u8 = 6;
    pub(super) const UNPAUSE: u8 = 7;
    pub(super) const CLEAR_STATISTICS: u8 = 8;
    pub(super) const PREPARE: u8 = 9;
    pub(super) const ALIVE: u8 = 10;
    pub(super) const DONE: u8 = 11;
    pub(super) const REFUSED: u8 = 12;
    pub(super) const RELEASE: u8 = 13;
    pub(super) const TEST: u8 = 14;
    pub(super) const BRING: u8 = 15;
    pub(super) const START: u8 = 16;
    pub(super) const SHOW: u8 = 17;
    pub(super) const FORGET: u8 = 25;
    pub(super) const RECORDS: u8 = 18;
    pub(super) const CLOSE: u8 = 19;
    pub(super) const TAKEN: u8 = 20;
    pub(super) const ENOUGH: u8 = 21;
    pub(super) const LOST: u8 = 22;
    pub(super) const ABORT: u8 = 23;
    pub(super) const DRIVEN: u8 = 24;
    pub(super) const CALLED: u8 = 26;
    pub(super) const IDLE: u8 = 27;
}

mod tag {
    pub(super) const NUMBER: u8 = 1;
    pub(super) const LEDGER: u8 = 2;
    pub(super) const BACK: u8 = 3;
    pub(super) const CHANGE: u8 = 4;
    pub(super) const RECORD: u8 = 5;
    pub(super) const REPLACED: u8 = 6;
    pub(super) const WHEELS: u8 = 7;
    pub(super) const ID: u8 = 8;
    pub(super) const USER: u8 = 9;
    pub(super) const WORD: u8 = 10;
    pub(super) const CONTENT: u8 = 11;
    pub(super) const CHECKED: u8 = 12;
    pub(super) const TRIGGER: u8 = 13;
    pub(super) const PROGRAM: u8 = 14;
    pub(super) const STAGE: u8 = 15;
    pub(super) const ORIGIN: u8 = 16;
    pub(super) const SHARD: u8 = 17;
    pub(super) const RUN: u8 = 18;
    pub(super) const KEPT: u8 = 19;
    pub(super) const CAUSE: u8 = 20;
    pub(super) const WINDOW: u8 = 21;
    pub(super) const CUT: u8 = 22;
}

impl Message {
    /// Writes the message: its kind, and its fields.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut fields = Fields::default();
        let kind = match self {
            Self::Notice(digest) => {
                fields.put_number(tag::NUMBER, *digest);
                kind::NOTICE
            }
            Self::Have { ledger, back } => {
                fields.put(tag::LEDGER, &Ledger::encode(ledger.iter()));
                fields.put(tag::BACK, &[u8::from(*back)]);
                kind::HAVE
            }
            Self::News(changes) => {
                put_changes(changes, &mut fields);
                kind::NEWS
            }
            Self::Ask(number, ask) => {
                fields.put_number(tag::NUMBER, *number);
                put_ask(ask, &mut fields)
            }
            Self::Alive(number) => {
                fields.put_number(tag::NUMBER, *number);
                kind::ALIVE
            }
            Self::Answer(number, answered) => {
                fields.put_number(tag::NUMBER, *number);
                match answered {
                    Ok(content) => {
                        fields.put(tag::CONTENT, content);
                        kind::DONE
                    }
                    Err(refusal) => {
                        fields.put(tag::CONTENT, refusal.as_bytes());
                        kind::REFUSED
                    }
                }
            }
            Self::Release(number) => {
                fields.put_number(tag::NUMBER, *number);
                kind::RELEASE
            }
            Self::OfRun(run, told) => run::put_told(*run, told, &mut fields),
            Self::Called(ids) => {
                put_ids(ids, &mut fields);
                kind::CALLED
            }
        };
        let mut bytes = vec![kind];
        bytes.extend(fields.finish());
        bytes
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, Damaged> {
        let (kind, rest) = bytes
            .split_first()
            .ok_or_else(|| Damaged::new("a message is empty"))?;
        let parts = Parts::read(rest)?;
        Ok(match *kind {
            kind::NOTICE => Self::Notice(parts.number()?),
            kind::HAVE => Self::Have {
                ledger: Ledger::decode(needed(parts.ledger, "its ledger")?)?,
                back: parts.back,
            },
            kind::NEWS => Self::News(parts.changes),
            kind::ALIVE => Self::Alive(parts.number()?),
            kind::DONE => Self::Answer(parts.number()?, Ok(parts.content()?.to_vec())),
            kind::REFUSED => {
                let refusal = String::from_utf8_lossy(parts.content()?).into_owned();
                Self::Answer(parts.number()?, Err(refusal))
            }
            kind::RELEASE => Self::Release(parts.number()?),
            kind::CALLED => Self::Called(parts.ids),
            kind::RECORDS..=kind::DRIVEN => {
                let (run, told) = parts.told(*kind)?;
                Self::OfRun(run, told)
            }
            other => Self::Ask(parts.number()?, parts.into_ask(other)?),
        })
    }
}

/// Returns the number under which an answer is expected to a message that cannot be read.
#[must_use]
pub fn number_of(bytes: &[u8]) -> Option<u64> {
    let mut reader = Reader::new(bytes.get(1..)?);
    while let Ok(Some((tag, value))) = reader.field() {
        if tag == tag::NUMBER {
            return number(value).ok();
        }
    }
    None
}

fn put_ask(ask: &Ask, fields: &mut Fields) -> u8 {
    match ask {
        Ask::Check {
            record,
            replaced,
            wheels,
        } => {
            fields.put(tag::RECORD, record);
            fields.put_some(tag::REPLACED, replaced.as_deref());
            for wheels in wheels {
                fields.put(tag::WHEELS, wheels);
            }
            kind::CHECK
        }
        Ask::Bring { record, wheels } => {
            fields.put(tag::RECORD, record);
            for wheels in wheels {
                fields.put(tag::WHEELS, wheels);
            }
            kind::BRING
        }
        Ask::Install {
            changes,
            aborted,
            checked,
        } => {
            put_changes(changes, fields);
            put_ids(aborted, fields);
            if let Some(checked) = checked {
                fields.put_number(tag::CHECKED, *checked);
            }
            kind::INSTALL
        }
        Ask::Pause(ids) => {
            put_ids(ids, fields);
            kind::PAUSE
        }
        Ask::Unpause(ids) => {
            put_ids(ids, fields);
            kind::UNPAUSE
        }
        Ask::Idle(id) => {
            put_ids(&[*id], fields);
            kind::IDLE
        }
        Ask::Test => kind::TEST,
        Ask::ClearStatistics => kind::CLEAR_STATISTICS,
        Ask::Prepare(prepare) => {
            run::put_prepare(prepare, fields);
            kind::PREPARE
        }
        Ask::Start(run) => {
            run::put_run(*run, fields);
            kind::START
        }
        Ask::Show(run) => {
            run::put_run(*run, fields);
            kind::SHOW
        }
        Ask::Forget(run) => {
            run::put_run(*run, fields);
            kind::FORGET
        }
    }
}

fn put_ids(ids: &[Id], fields: &mut Fields) {
    for id in ids {
        fields.put(tag::ID, id.to_string().as_bytes());
    }
}

fn put_changes(changes: &[Change], fields: &mut Fields) {
    for change in changes {
        let mut one = Fields::default();
        let mark = [(change.session.as_str(), change.mark)];
        one.put(tag::LEDGER, &Ledger::encode(mark.into_iter()));
        one.put_some(tag::RECORD, change.record.as_deref());
        fields.put(tag::CHANGE, &one.finish());
    }
}

fn read_change(bytes: &[u8]) -> Result<Change, Damaged> {
    let mut reader = Reader::new(bytes);
    let (mut mark, mut record) = (None, None);
    while let Some((tag, value)) = reader.field()? {
        match tag {
            tag::LEDGER => mark = Some(Ledger::decode(value)?),
            tag::RECORD => record = Some(Arc::from(value)),
            _ => {}
        }
    }
    let ledger = needed(mark, "the mark of a change")?;
    let mut marks = ledger.iter();
    let (Some((session, mark)), None) = (marks.next(), marks.next()) else {
        return Err(Damaged::new("a change is of one session"));
    };
    if mark.is_there != record.is_some() {
        return Err(Damaged::new(
            "a session that is there has a record, no other",
        ));
    }
    Ok(Change {
        session: session.to_owned(),
        mark,
        record,
    })
}

/// The fields of a message.
#[derive(Default)]
struct Parts<'a> {
    number: Option<u64>,
    ledger: Option<&'a [u8]>,
    back: bool,
    changes: Vec<Change>,
    record: Option<&'a [u8]>,
    replaced: Option<String>,
    wheels: Vec<Arc<[u8]>>,
    ids: Vec<Id>,
    user: Option<&'a [u8]>,
    words: Vec<Vec<u8>>,
    content: Option<&'a [u8]>,
    checked: Option<u64>,
    trigger: Option<&'a [u8]>,
    program: Option<&'a [u8]>,
    stage: Option<u64>,
    origin: Option<&'a [u8]>,
    shards: Vec<(ShardId, Vec<RangeInclusive<u16>>)>,
    cut: Option<&'a [u8]>,
    run: Option<Id>,
    cause: Option<Id>,
    window: Option<u64>,
    is_kept: bool,
}

impl<'a> Parts<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Damaged> {
        let mut parts = Self::default();
        let mut reader = Reader::new(bytes);
        while let Some((tag, value)) = reader.field()? {
            match tag {
                tag::NUMBER => parts.number = Some(number(value)?),
                tag::LEDGER => parts.ledger = Some(value),
                tag::BACK => parts.back = value == [1],
                tag::CHANGE => parts.changes.push(read_change(value)?),
                tag::RECORD => parts.record = Some(value),
                tag::REPLACED => parts.replaced = Some(text(value)?),
                tag::WHEELS => parts.wheels.push(value.into()),
                tag::ID => parts
                    .ids
                    .push(needed(Id::parse(value), "the id of a registration")?),
                tag::USER => parts.user = Some(value),
                tag::WORD => parts.words.push(value.to_vec()),
                tag::CONTENT => parts.content = Some(value),
                tag::CHECKED => parts.checked = Some(number(value)?),
                tag::TRIGGER => parts.trigger = Some(value),
                tag::PROGRAM => parts.program = Some(value),
                tag::STAGE => parts.stage = Some(number(value)?),
                tag::ORIGIN => parts.origin = Some(value),
                tag::SHARD => parts.shards.push(run::shard(value)?),
                tag::CUT => parts.cut = Some(value),
                tag::RUN => parts.run = Some(needed(Id::parse(value), "the id of a run")?),
                tag::CAUSE => {
                    parts.cause = Some(needed(Id::parse(value), "the cause of a run")?);
                }
                tag::WINDOW => parts.window = Some(number(value)?),
                tag::KEPT => parts.is_kept = value == [1],
                _ => {}
            }
        }
        Ok(parts)
    }

    fn number(&self) -> Result<u64, Damaged> {
        needed(self.number, "the number of a message")
    }

    fn content(&self) -> Result<&'a [u8], Damaged> {
        needed(self.content, "what an answer says")
    }

    fn into_ask(self, kind: u8) -> Result<Ask, Damaged> {
        Ok(match kind {
            kind::CHECK => Ask::Check {
                record: needed(self.record, "the record to check")?.into(),
                replaced: self.replaced,
                wheels: self.wheels,
            },
            kind::BRING => Ask::Bring {
                record: needed(self.record, "the record of a session")?.into(),
                wheels: self.wheels,
            },
            kind::INSTALL => Ask::Install {
                changes: self.changes,
                aborted: self.ids,
                checked: self.checked,
            },
            kind::PAUSE => Ask::Pause(self.ids),
            kind::UNPAUSE => Ask::Unpause(self.ids),
            kind::IDLE => {
                let id = self.ids.first().copied();
                Ask::Idle(needed(id, "the id of a registration")?)
            }
            kind::TEST => Ask::Test,
            kind::CLEAR_STATISTICS => Ask::ClearStatistics,
            kind::PREPARE => Ask::Prepare(Box::new(self.into_prepare()?)),
            kind::START => Ask::Start(self.run()?),
            kind::SHOW => Ask::Show(self.run()?),
            kind::FORGET => Ask::Forget(self.run()?),
            other => {
                return Err(Damaged(format!(
                    "the message of kind {other} is not known to this version of the engine: \
                     load the same version on all shards"
                )));
            }
        })
    }
}

fn needed<T>(part: Option<T>, what: &str) -> Result<T, Damaged> {
    part.ok_or_else(|| {
        Damaged(format!(
            "a message of another shard is damaged: {what} is missing"
        ))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::message::{Origin, Prepare, Told, Work};
    use crate::{Mark, Version};

    fn shard() -> ShardId {
        ShardId::parse(&[b'f'; 40]).unwrap()
    }

    fn id() -> impl Strategy<Value = Id> {
        (1..1_u64 << 40).prop_map(|number| Id {
            number,
            shard: shard(),
        })
    }

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(any::<u8>(), 0..20)
    }

    fn change() -> impl Strategy<Value = Change> {
        (".{0,9}", 0..1_u64 << 40, prop::option::of(bytes())).prop_map(
            |(session, count, record)| Change {
                session,
                mark: Mark {
                    version: Version {
                        count,
                        shard: shard(),
                    },
                    is_there: record.is_some(),
                },
                record: record.map(Arc::from),
            },
        )
    }

    fn changes() -> impl Strategy<Value = Vec<Change>> {
        prop::collection::vec(change(), 0..4)
    }

    fn work() -> impl Strategy<Value = Work> {
        prop_oneof![
            (id(), bytes()).prop_map(|(id, trigger)| Work::Registered { id, trigger }),
            bytes().prop_map(|program| Work::Sent(program.into())),
        ]
    }

    fn origin() -> impl Strategy<Value = Origin> {
        prop_oneof![
            prop::collection::vec(bytes(), 0..4).prop_map(Origin::Words),
            Just(Origin::Reader),
            Just(Origin::Elsewhere),
        ]
    }

    fn prepare() -> impl Strategy<Value = Prepare> {
        let whose = (prop::option::of(bytes()), prop::option::of(id()));
        let rest = (0..3_usize, any::<u64>(), any::<bool>());
        (id(), work(), origin(), whose, rest).prop_map(
            |(run, work, origin, (user, cause), (shards, window, is_kept))| Prepare {
                run,
                work,
                user,
                origin,
                shards: vec![(shard(), vec![0..=7, 9..=16383]); shards],
                cut: vec![3; shards],
                window,
                cause,
                is_kept,
            },
        )
    }

    fn told() -> impl Strategy<Value = Told> {
        let stage = any::<u64>;
        prop_oneof![
            (stage(), bytes()).prop_map(|(stage, bytes)| Told::Records { stage, bytes }),
            (stage(), any::<u64>()).prop_map(|(stage, records)| Told::Close { stage, records }),
            (stage(), any::<u64>()).prop_map(|(stage, bytes)| Told::Taken { stage, bytes }),
            stage().prop_map(|stage| Told::Enough { stage }),
            ".{0,9}".prop_map(|cause| Told::Lost {
                shard: shard(),
                cause
            }),
            Just(Told::Abort),
            Just(Told::Driven),
        ]
    }

    fn ask() -> impl Strategy<Value = Ask> {
        let ids = || prop::collection::vec(id(), 0..4);
        let texts = || prop::collection::vec(bytes(), 0..4);
        prop_oneof![
            (bytes(), prop::option::of(".{0,9}"), texts()).prop_map(
                |(record, replaced, wheels)| {
                    Ask::Check {
                        record: record.into(),
                        replaced,
                        wheels: wheels.into_iter().map(Arc::from).collect(),
                    }
                }
            ),
            (changes(), ids(), prop::option::of(any::<u64>())).prop_map(
                |(changes, aborted, checked)| Ask::Install {
                    changes,
                    aborted,
                    checked
                }
            ),
            ids().prop_map(Ask::Pause),
            ids().prop_map(Ask::Unpause),
            Just(Ask::Test),
            (bytes(), texts()).prop_map(|(record, wheels)| Ask::Bring {
                record: record.into(),
                wheels: wheels.into_iter().map(Arc::from).collect(),
            }),
            Just(Ask::ClearStatistics),
            prepare().prop_map(|prepare| Ask::Prepare(Box::new(prepare))),
            id().prop_map(Ask::Start),
            id().prop_map(Ask::Show),
            id().prop_map(Ask::Forget),
            id().prop_map(Ask::Idle),
        ]
    }

    fn message() -> impl Strategy<Value = Message> {
        prop_oneof![
            any::<u64>().prop_map(Message::Notice),
            (changes(), any::<bool>()).prop_map(|(changes, back)| {
                let mut ledger = Ledger::new();
                for change in changes {
                    ledger.note(&change.session, change.mark);
                }
                Message::Have { ledger, back }
            }),
            changes().prop_map(Message::News),
            (any::<u64>(), ask()).prop_map(|(number, ask)| Message::Ask(number, ask)),
            any::<u64>().prop_map(Message::Alive),
            (any::<u64>(), bytes()).prop_map(|(number, done)| Message::Answer(number, Ok(done))),
            (any::<u64>(), ".{0,9}").prop_map(|(number, no)| Message::Answer(number, Err(no))),
            any::<u64>().prop_map(Message::Release),
            (id(), told()).prop_map(|(run, told)| Message::OfRun(run, told)),
            prop::collection::vec(id(), 0..4).prop_map(Message::Called),
        ]
    }

    proptest! {
        #[test]
        fn messages_come_back(message in message()) {
            prop_assert_eq!(Message::decode(&message.encode()), Ok(message));
        }

        #[test]
        fn changed_bytes_are_another_message_or_an_error(
            message in message(), place in any::<prop::sample::Index>(), byte in any::<u8>()
        ) {
            let mut bytes = message.encode();
            let place = place.index(bytes.len());
            bytes[place] = byte;
            let _ = Message::decode(&bytes);
            let _ = Message::decode(&bytes[..place]);
        }

        #[test]
        fn hostile_bytes_are_errors(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Message::decode(&bytes);
        }
    }
}
