//! A script and its registrations as they are stored.

use std::sync::Arc;
use std::time::Duration;

use crate::ground::checksum;
use crate::plan::Function;
use crate::registration::Draft;
use crate::session::user::User;
use crate::session::{Packages, Session};
use gears_model::plan::CallbackId;
use gears_model::wire::{Damaged, Fields, Reader, number, text};
use gears_model::{Id, Kind, Mode, Script, ShardId, Trouble};

/// The first byte of every record; a checksum and the fields follow. A record
/// with another one came from a version of the engine that this one does not
/// know.
const FORMAT: u8 = 2;

/// The first byte of records that have no checksum: the fields follow at once.
const UNCHECKED: u8 = 1;

/// A registration as it is stored.
pub(crate) struct Entry {
    pub(crate) id: Id,
    /// Which of the script's registrations it is, counted from 0.
    pub(crate) place: usize,
    pub(crate) description: Option<String>,
    pub(crate) mode: Mode,
    pub(crate) timeout: Option<Duration>,
    pub(crate) kind: Kind,
    /// The kind as it was stored, to compare with.
    pub(crate) stored_kind: Vec<u8>,
    /// The plan as it was stored.
    pub(crate) plan: Vec<u8>,
    /// Where `onRegistered` is among the callbacks.
    pub(crate) on_registered: Option<CallbackId>,
    /// The whole as it was stored, fields included that are not known here.
    pub(crate) stored: Arc<[u8]>,
}

/// What runs for a registration that was stored.
pub(crate) struct Made {
    pub(crate) function: Arc<Function>,
    pub(crate) on_registered: Option<CallbackId>,
}

/// A session with what is stored of its registrations.
pub(crate) struct Record {
    pub(crate) session: Session,
    pub(crate) entries: Vec<Entry>,
}

impl Entry {
    /// Makes a registration that does not run.
    pub(crate) fn into_draft(self, trouble: Trouble) -> Draft {
        Draft {
            id: self.id,
            kind: self.kind,
            mode: self.mode,
            description: self.description,
            function: Arc::default(),
            timeout: self.timeout,
            on_registered: None,
            stored: self.stored,
            trouble: Some(trouble),
        }
    }

    /// Makes a registration that runs.
    pub(crate) fn into_running(self, made: Made) -> Draft {
        Draft {
            function: made.function,
            on_registered: made.on_registered,
            trouble: None,
            ..self.into_draft(Trouble::Pending(String::new()))
        }
    }
}

mod tag {
    pub(crate) const SESSION: u8 = 1;
    pub(crate) const DESCRIPTION: u8 = 2;
    pub(crate) const REQUIREMENT: u8 = 3;
    pub(crate) const SOURCE: u8 = 4;
    pub(crate) const PYTHON: u8 = 5;
    pub(crate) const PICKLE: u8 = 6;
    pub(crate) const ENTRY: u8 = 7;
    pub(crate) const USER: u8 = 8;
    /// The last field: without it, the record was cut off.
    pub(crate) const END: u8 = 255;
}

mod entry_tag {
    pub(crate) const NUMBER: u8 = 1;
    pub(crate) const PLACE: u8 = 2;
    pub(crate) const DESCRIPTION: u8 = 3;
    pub(crate) const MODE: u8 = 4;
    pub(crate) const TIMEOUT: u8 = 5;
    pub(crate) const KIND: u8 = 6;
    pub(crate) const PLAN: u8 = 7;
    pub(crate) const ON_REGISTERED: u8 = 8;
    /// Absent where a server was alone.
    pub(crate) const SHARD: u8 = 9;
}

/// Encodes a session with its registrations, each as it is stored.
pub(crate) fn encode<'a>(
    session: &Session,
    registrations: impl IntoIterator<Item = &'a Arc<[u8]>>,
) -> Arc<[u8]> {
    let mut fields = Fields::default();
    fields.put(tag::SESSION, session.id.as_bytes());
    fields.put_some(tag::DESCRIPTION, session.description.as_deref());
    for requirement in &session.requirements {
        fields.put(tag::REQUIREMENT, requirement.as_bytes());
    }
    fields.put(tag::SOURCE, &session.script.source);
    fields.put(tag::PYTHON, session.script.python.as_bytes());
    fields.put_some(tag::PICKLE, session.script.pickle.as_deref());
    match &session.user {
        User::Named(name) => fields.put(tag::USER, &[b"n", &name[..]].concat()),
        User::Client | User::Server => fields.put(tag::USER, b"s"),
    }
    for registration in registrations {
        fields.put(tag::ENTRY, registration);
    }
    fields.put(tag::END, b"");
    with_checksum(&fields.finish())
}

fn with_checksum(fields: &[u8]) -> Arc<[u8]> {
    let mut bytes = vec![FORMAT];
    bytes.extend(checksum::seal(fields));
    bytes.into()
}

/// Returns a record that can be decoded as it is saved from now on: those that
/// came without a checksum get one.
pub(crate) fn to_store(record: &[u8]) -> Arc<[u8]> {
    match record.split_first() {
        Some((&UNCHECKED, fields)) => with_checksum(fields),
        _ => record.into(),
    }
}

/// Returns what a record that cannot be decoded calls its session, as far as
/// that can be told.
pub(crate) fn name(record: &[u8]) -> Option<String> {
    let fields = match record.split_first()? {
        (&FORMAT, sealed) => sealed.get(8..)?,
        (_, fields) => fields,
    };
    match Reader::new(fields).field() {
        Ok(Some((tag::SESSION, name))) => text(name).ok(),
        _ => None,
    }
}

/// Encodes a registration before it is installed.
pub(crate) fn encode_entry(
    draft: &Draft,
    place: usize,
    plan: &[u8],
    on_registered: Option<CallbackId>,
) -> Arc<[u8]> {
    let mut fields = Fields::default();
    fields.put_number(entry_tag::NUMBER, draft.id.number);
    if draft.id.shard != ShardId::ALONE {
        fields.put(entry_tag::SHARD, draft.id.shard.as_str().as_bytes());
    }
    fields.put_number(entry_tag::PLACE, place as u64);
    fields.put_some(entry_tag::DESCRIPTION, draft.description.as_deref());
    fields.put(entry_tag::MODE, draft.mode.name().as_bytes());
    if let Some(timeout) = draft.timeout {
        let milliseconds = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        fields.put_number(entry_tag::TIMEOUT, milliseconds);
    }
    fields.put(entry_tag::KIND, &draft.kind.encode());
    fields.put(entry_tag::PLAN, plan);
    if let Some(callback) = on_registered {
        fields.put_number(entry_tag::ON_REGISTERED, callback.0);
    }
    fields.finish().into()
}

/// Reads what [`encode`] wrote.
///
/// # Errors
///
/// Says what is wrong with the bytes.
pub(crate) fn decode(bytes: &[u8]) -> Result<Record, Damaged> {
    let fields = match bytes.split_first() {
        Some((&FORMAT, sealed)) => checksum::unseal(sealed)
            .ok_or_else(|| Damaged::new("its checksum is that of other bytes"))?,
        Some((&UNCHECKED, fields)) => fields,
        Some((format, _)) => {
            return Err(Damaged(format!(
                "it has format {format}, which this version of the engine does not know"
            )));
        }
        None => return Err(Damaged::new("it is empty")),
    };
    let mut reader = Reader::new(fields);
    let mut id = None;
    let mut description = None;
    let mut requirements = Vec::new();
    let mut script = Script::default();
    // Before users were stored, who registered was not known.
    let mut user = User::default_user();
    let mut entries = Vec::new();
    let mut ended = false;
    while let Some((tag, value)) = reader.field()? {
        match tag {
            tag::SESSION => id = Some(text(value)?),
            tag::DESCRIPTION => description = Some(text(value)?),
            tag::REQUIREMENT => requirements.push(text(value)?),
            tag::SOURCE => script.source = value.to_vec(),
            tag::PYTHON => script.python = text(value)?,
            tag::PICKLE => script.pickle = Some(value.to_vec()),
            tag::USER => {
                user = match value.split_first() {
                    Some((b'n', name)) => User::Named(name.into()),
                    Some((b's', [])) => User::Server,
                    _ => return Err(Damaged::new("the user is not known")),
                };
            }
            tag::ENTRY => entries.push(decode_entry(value)?),
            tag::END => ended = true,
            _ => {}
        }
    }
    if !ended {
        return Err(Damaged::new("it ends too early"));
    }
    Ok(Record {
        session: Session {
            id: id.ok_or_else(|| Damaged::new("the session has no id"))?,
            description,
            requirements,
            packages: Packages::default(),
            script: Arc::new(script),
            user,
        },
        entries,
    })
}

fn decode_entry(bytes: &[u8]) -> Result<Entry, Damaged> {
    let mut reader = Reader::new(bytes);
    let mut entry_number = None;
    let mut shard = ShardId::ALONE;
    let mut place = 0;
    let mut description = None;
    let mut mode = None;
    let mut timeout = None;
    let mut stored_kind = None;
    let mut plan = Vec::new();
    let mut on_registered = None;
    while let Some((tag, value)) = reader.field()? {
        match tag {
            entry_tag::NUMBER => entry_number = Some(number(value)?),
            entry_tag::SHARD => {
                shard = ShardId::parse(value)
                    .ok_or_else(|| Damaged::new("the name of a shard is none"))?;
            }
            entry_tag::PLACE => place = number(value)?,
            entry_tag::DESCRIPTION => description = Some(text(value)?),
            entry_tag::MODE => mode = Mode::parse(&text(value)?),
            entry_tag::TIMEOUT => timeout = Some(Duration::from_millis(number(value)?)),
            entry_tag::KIND => stored_kind = Some(value),
            entry_tag::PLAN => plan = value.to_vec(),
            entry_tag::ON_REGISTERED => on_registered = Some(CallbackId(number(value)?)),
            _ => {}
        }
    }
    let stored_kind = stored_kind.ok_or_else(|| Damaged::new("a registration has no reader"))?;
    Ok(Entry {
        id: Id {
            number: entry_number
                // The counter goes on above it.
                .filter(|number| *number < u64::from(u32::MAX) << 20)
                .ok_or_else(|| Damaged::new("a registration has no number"))?,
            shard,
        },
        place: usize::try_from(place).map_err(|_| Damaged::new("a place is out of range"))?,
        description,
        mode: mode.ok_or_else(|| Damaged::new("a registration has no known mode"))?,
        timeout,
        kind: Kind::decode(stored_kind)?,
        stored_kind: stored_kind.to_vec(),
        plan,
        on_registered,
        stored: bytes.into(),
    })
}

#[cfg(test)]
mod tests {
    use gears_model::{Edition, FailurePolicy, KeyEvents, OnFull, Prefix, Stream, StreamOptions};

    use super::*;
    use gears_server::KeyType;

    fn kinds() -> Vec<Kind> {
        vec![
            Kind::Trigger {
                name: b"tr\xffigger".to_vec(),
                in_order: true,
                edition: None,
            },
            Kind::Trigger {
                name: b"quote".to_vec(),
                in_order: false,
                edition: Some(Edition {
                    version: "1.2".to_owned(),
                    since: 7,
                    keep: Duration::from_secs(3600),
                }),
            },
            Kind::Keys(KeyEvents {
                prefix: Prefix::new(b"k:*"),
                event_types: Some(vec!["set".to_owned(), "del".to_owned()]),
                key_types: Some(vec![KeyType::Hash, KeyType::SortedSet]),
                read_value: false,
                on_full: OnFull::Wait,
                commands: None,
            }),
            Kind::Stream(Stream::new(StreamOptions {
                prefix: Prefix::new(b"s"),
                batch: 5,
                duration: Duration::from_millis(30),
                policy: FailurePolicy::Retry,
                retry_interval: Duration::from_secs(2),
                trim: true,
            })),
        ]
    }

    /// A record with a registration of every kind, as bytes.
    fn stored() -> Vec<u8> {
        let mut fields = Fields::default();
        fields.put(tag::SESSION, b"s1");
        fields.put(tag::DESCRIPTION, b"what it is for");
        fields.put(tag::REQUIREMENT, b"six==1.16");
        fields.put(tag::SOURCE, b"GB().register()");
        fields.put(tag::PYTHON, b"3.12");
        fields.put(tag::PICKLE, &[0, 255, 3]);
        fields.put(tag::USER, b"nalice");
        for (place, kind) in kinds().iter().enumerate() {
            let mut entry = Fields::default();
            entry.put_number(entry_tag::NUMBER, place as u64 + 10);
            entry.put_number(entry_tag::PLACE, place as u64);
            entry.put(entry_tag::DESCRIPTION, b"d");
            entry.put(entry_tag::MODE, b"async_local");
            entry.put_number(entry_tag::TIMEOUT, 250);
            entry.put(entry_tag::KIND, &kind.encode());
            entry.put(entry_tag::PLAN, b"plan");
            entry.put_number(entry_tag::ON_REGISTERED, 4);
            entry.put(200, b"from a later version");
            fields.put(tag::ENTRY, &entry.finish());
        }
        fields.put(201, b"from a later version");
        fields.put(tag::END, b"");
        with_checksum(&fields.finish()).to_vec()
    }

    /// The same as earlier versions stored it.
    fn unchecked() -> Vec<u8> {
        let mut bytes = vec![UNCHECKED];
        bytes.extend(&stored()[9..]);
        bytes
    }

    #[test]
    fn records_come_back() {
        let record = decode(&stored()).unwrap();
        assert_eq!(record.session.id, "s1");
        assert_eq!(record.session.user, User::Named(b"alice"[..].into()));
        assert_eq!(record.session.requirements, ["six==1.16"]);
        assert_eq!(record.session.script.python, "3.12");
        assert_eq!(record.session.script.pickle, Some(vec![0, 255, 3]));
        assert_eq!(record.entries.len(), kinds().len());
        for (entry, kind) in record.entries.iter().zip(kinds()) {
            assert_eq!(entry.mode, Mode::AsyncLocal);
            assert_eq!(entry.timeout, Some(Duration::from_millis(250)));
            assert_eq!(entry.on_registered, Some(CallbackId(4)));
            assert_eq!(entry.kind.encode(), kind.encode());
            assert_eq!(entry.kind.reader(), kind.reader());
        }
    }

    #[test]
    fn records_of_other_formats_are_refused() {
        let mut bytes = stored();
        bytes[0] = FORMAT + 1;
        let error = decode(&bytes).err().unwrap();
        assert!(error.0.contains("format 3"), "{error:?}");
    }

    #[test]
    fn records_without_checksum_come_back_and_get_one() {
        let record = decode(&unchecked()).unwrap();
        assert_eq!(record.session.id, "s1");
        assert_eq!(record.entries.len(), kinds().len());
        assert_eq!(*to_store(&unchecked()), stored());
        assert_eq!(*to_store(&stored()), stored());
    }

    #[test]
    fn truncated_records_are_errors() {
        for bytes in [stored(), unchecked()] {
            for length in 0..bytes.len() {
                assert!(decode(&bytes[..length]).is_err(), "{length}");
            }
        }
    }

    #[test]
    fn a_flipped_bit_anywhere_is_an_error_that_names_the_session() {
        let bytes = stored();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(&flipped).is_err(), "{bit}");
            // The session's id is behind format, checksum, tag and length.
            if bit / 8 >= 20 {
                assert_eq!(name(&flipped).as_deref(), Some("s1"), "{bit}");
            }
        }
    }

    #[test]
    fn damaged_records_do_no_harm() {
        // Without a checksum, so that the fields are looked at.
        let bytes = unchecked();
        // A small generator of numbers, the same at every run.
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        for _ in 0..50_000 {
            let mut damaged = bytes.clone();
            for _ in 0..=next() % 8 {
                let at = usize::try_from(next()).unwrap() % damaged.len();
                damaged[at] = next().to_le_bytes()[0];
            }
            let _ = decode(&damaged);
            let noise: Vec<u8> = (0..next() % 64).map(|_| next().to_le_bytes()[0]).collect();
            let _ = decode(&noise);
        }
    }
}
