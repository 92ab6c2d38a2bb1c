//! What causes executions, as it is stored.
//!
//! The reader's name says which fields follow, in a field of its own, so that
//! another kind is another name here.

use std::time::Duration;

use gears_server::{CommandInfo, KeyType};

use super::Kind;
use crate::wire::{Damaged, Fields, Reader, number, text};
use crate::{
    CommandName, Edition, FailurePolicy, Hook, KeyEvents, OnFull, Prefix, Stream, StreamOptions,
};

mod tag {
    pub(super) const READER: u8 = 1;
    /// The trigger, or what keys begin with.
    pub(super) const NAME: u8 = 2;
    pub(super) const IN_ORDER: u8 = 3;
    /// Only some events; those are in `EVENT`.
    pub(super) const SOME_EVENTS: u8 = 4;
    pub(super) const EVENT: u8 = 5;
    /// Only some types; those are in `KEY_TYPE`.
    pub(super) const SOME_KEY_TYPES: u8 = 6;
    pub(super) const KEY_TYPE: u8 = 7;
    pub(super) const READ_VALUE: u8 = 8;
    pub(super) const BATCH: u8 = 9;
    pub(super) const DURATION: u8 = 10;
    pub(super) const POLICY: u8 = 11;
    pub(super) const RETRY_INTERVAL: u8 = 12;
    pub(super) const TRIM: u8 = 13;
    /// A command that is hooked, or that must have caused an event.
    pub(super) const COMMAND: u8 = 14;
    /// What a hooked command's key begins with.
    pub(super) const KEY_PREFIX: u8 = 15;
    /// Only events of some commands; those are in `COMMAND`.
    pub(super) const SOME_COMMANDS: u8 = 16;
    /// What becomes of events beyond the queue; absent when they are dropped, as
    /// they always were.
    pub(super) const ON_FULL: u8 = 17;
    /// Which of several versions of a trigger it is.
    pub(super) const VERSION: u8 = 18;
    pub(super) const SINCE: u8 = 19;
    pub(super) const KEEP: u8 = 20;
}

/// What is in a `COMMAND`.
mod command_tag {
    pub(super) const WRITTEN: u8 = 1;
    pub(super) const NUMBER: u8 = 2;
}

impl Kind {
    /// Encodes it, to be stored.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.encode_of(self.edition().map_or(0, |edition| edition.since))
    }

    /// Says whether a script that runs again registers what is stored. Since when a version is
    /// the newest is as it was then.
    #[must_use]
    pub fn comes_again(&self, stored: &Self, bytes: &[u8]) -> bool {
        self.encode_of(stored.edition().map_or(0, |edition| edition.since)) == bytes
    }

    fn encode_of(&self, since: u64) -> Vec<u8> {
        let mut fields = Fields::default();
        // These are CommandReaders too, but other kinds here: an engine that does not know
        // versions would take one for the only function of its trigger.
        let reader = match self {
            Self::Hook { .. } => "Hook",
            Self::Trigger {
                edition: Some(_), ..
            } => "Edition",
            other => other.reader(),
        };
        fields.put(tag::READER, reader.as_bytes());
        match self {
            Self::Hook { hook, in_order } => {
                fields.put(tag::COMMAND, &encode_command(&hook.command));
                fields.put_number(tag::IN_ORDER, u64::from(*in_order));
                if let Some(prefix) = hook.key_prefix() {
                    fields.put(tag::KEY_PREFIX, prefix);
                }
            }
            Self::Trigger {
                name,
                in_order,
                edition,
            } => {
                fields.put(tag::NAME, name);
                fields.put_number(tag::IN_ORDER, u64::from(*in_order));
                if let Some(edition) = edition {
                    fields.put(tag::VERSION, edition.version.as_bytes());
                    fields.put_number(tag::SINCE, since);
                    fields.put_number(tag::KEEP, milliseconds(edition.keep));
                }
            }
            Self::Keys(events) => {
                fields.put(tag::NAME, events.prefix.as_bytes());
                if let Some(names) = &events.event_types {
                    fields.put(tag::SOME_EVENTS, b"");
                    for name in names {
                        fields.put(tag::EVENT, name.as_bytes());
                    }
                }
                if let Some(types) = &events.key_types {
                    fields.put(tag::SOME_KEY_TYPES, b"");
                    for key_type in types {
                        fields.put(tag::KEY_TYPE, key_type.name().as_bytes());
                    }
                }
                fields.put_number(tag::READ_VALUE, u64::from(events.read_value));
                if let Some(commands) = &events.commands {
                    fields.put(tag::SOME_COMMANDS, b"");
                    for command in commands {
                        fields.put(tag::COMMAND, &encode_command(command));
                    }
                }
                if events.on_full != OnFull::Drop {
                    fields.put(tag::ON_FULL, events.on_full.name().as_bytes());
                }
            }
            Self::Stream(stream) => {
                let options = &stream.options;
                fields.put(tag::NAME, options.prefix.as_bytes());
                fields.put_number(tag::BATCH, u64::try_from(options.batch).unwrap_or(1));
                fields.put_number(tag::DURATION, milliseconds(options.duration));
                fields.put(tag::POLICY, options.policy.name().as_bytes());
                fields.put_number(tag::RETRY_INTERVAL, milliseconds(options.retry_interval));
                fields.put_number(tag::TRIM, u64::from(options.trim));
            }
        }
        fields.finish()
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    ///
    /// When the bytes are no kind, or one that is not known here.
    pub fn decode(bytes: &[u8]) -> Result<Self, Damaged> {
        let mut reader = Reader::new(bytes);
        let mut found = Found::default();
        while let Some((tag, value)) = reader.field()? {
            match tag {
                tag::READER => found.reader = value,
                tag::NAME => found.name = value,
                tag::IN_ORDER => found.in_order = number(value)? != 0,
                tag::SOME_EVENTS => {
                    found.events.get_or_insert_default();
                }
                tag::EVENT => found.events.get_or_insert_default().push(text(value)?),
                tag::SOME_KEY_TYPES => {
                    found.key_types.get_or_insert_default();
                }
                tag::KEY_TYPE => {
                    let key_type = KeyType::parse(&text(value)?)
                        .ok_or_else(|| Damaged::new("a key type is not known"))?;
                    found.key_types.get_or_insert_default().push(key_type);
                }
                tag::READ_VALUE => found.read_value = number(value)? != 0,
                tag::ON_FULL => {
                    found.on_full = OnFull::parse(&text(value)?)
                        .ok_or_else(|| Damaged::new("what becomes of more events is not known"))?;
                }
                tag::BATCH => found.batch = i64::try_from(number(value)?).unwrap_or(i64::MAX),
                tag::DURATION => found.duration = Duration::from_millis(number(value)?),
                tag::POLICY => found.policy = FailurePolicy::parse(&text(value)?),
                tag::RETRY_INTERVAL => found.retry_interval = Duration::from_millis(number(value)?),
                tag::COMMAND => found.commands.push(decode_command(value)?),
                tag::SOME_COMMANDS => found.some_commands = true,
                tag::KEY_PREFIX => found.key_prefix = Some(value.to_vec()),
                tag::TRIM => found.trim = number(value)? != 0,
                tag::VERSION => found.version = text(value)?,
                tag::SINCE => found.since = number(value)?,
                tag::KEEP => found.keep = Duration::from_millis(number(value)?),
                _ => {}
            }
        }
        found.into_kind()
    }
}

fn encode_command(command: &CommandName) -> Vec<u8> {
    let mut fields = Fields::default();
    fields.put(command_tag::WRITTEN, command.written.as_bytes());
    for number in command.info.to_numbers() {
        fields.put(command_tag::NUMBER, number.to_string().as_bytes());
    }
    fields.finish()
}

fn decode_command(bytes: &[u8]) -> Result<CommandName, Damaged> {
    let damaged = || Damaged::new("a hooked command is not complete");
    let mut reader = Reader::new(bytes);
    let mut written = None;
    let mut numbers = Vec::new();
    while let Some((tag, value)) = reader.field()? {
        match tag {
            command_tag::WRITTEN => written = Some(text(value)?),
            command_tag::NUMBER => numbers.push(text(value)?.parse().map_err(|_| damaged())?),
            _ => {}
        }
    }
    let numbers = numbers.try_into().map_err(|_| damaged())?;
    let written = written.ok_or_else(damaged)?;
    Ok(CommandName::stored(
        &written,
        CommandInfo::of_numbers(numbers),
    ))
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[derive(Default)]
struct Found<'a> {
    reader: &'a [u8],
    name: &'a [u8],
    in_order: bool,
    events: Option<Vec<String>>,
    key_types: Option<Vec<KeyType>>,
    read_value: bool,
    on_full: OnFull,
    batch: i64,
    duration: Duration,
    policy: Option<FailurePolicy>,
    retry_interval: Duration,
    trim: bool,
    commands: Vec<CommandName>,
    some_commands: bool,
    key_prefix: Option<Vec<u8>>,
    version: String,
    since: u64,
    keep: Duration,
}

impl Found<'_> {
    fn into_kind(self) -> Result<Kind, Damaged> {
        Ok(match self.reader {
            b"CommandReader" => Kind::Trigger {
                name: self.name.to_vec(),
                in_order: self.in_order,
                edition: None,
            },
            b"Edition" => {
                if !Edition::is_version(&self.version) {
                    return Err(Damaged::new("a version is none"));
                }
                Kind::Trigger {
                    name: self.name.to_vec(),
                    in_order: self.in_order,
                    edition: Some(Edition {
                        version: self.version,
                        since: self.since,
                        keep: self.keep,
                    }),
                }
            }
            b"KeysReader" => Kind::Keys(KeyEvents {
                prefix: Prefix::new(self.name),
                event_types: self.events,
                key_types: self.key_types,
                read_value: self.read_value,
                on_full: self.on_full,
                commands: self.some_commands.then_some(self.commands),
            }),
            b"Hook" => {
                let command = self.commands.into_iter().next();
                let command = command.ok_or_else(|| Damaged::new("a hook has no command"))?;
                Kind::Hook {
                    hook: Hook::stored(command, self.key_prefix),
                    in_order: self.in_order,
                }
            }
            b"StreamReader" => Kind::Stream(Stream::new(StreamOptions {
                prefix: Prefix::new(self.name),
                batch: self.batch.max(1),
                duration: self.duration,
                policy: self
                    .policy
                    .ok_or_else(|| Damaged::new("a failure policy is not known"))?,
                retry_interval: self.retry_interval,
                trim: self.trim,
            })),
            other => {
                return Err(Damaged(format!(
                    "the reader {} is not known to this version of the engine",
                    String::from_utf8_lossy(other)
                )));
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;
    use proptest::sample::{Index, select};

    use super::*;

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        vec(any::<u8>(), 0..20)
    }

    fn durations() -> impl Strategy<Value = Duration> {
        any::<u64>().prop_map(Duration::from_millis)
    }

    fn commands() -> impl Strategy<Value = CommandName> {
        let numbers = (any::<i64>(), 0_i64..64, any::<[i64; 3]>());
        (".{0,20}", numbers).prop_map(|(written, (arity, flags, [first, last, step]))| {
            let info = CommandInfo::of_numbers([arity, flags, first, last, step]);
            CommandName::stored(&written, info)
        })
    }

    fn key_events() -> impl Strategy<Value = KeyEvents> {
        let some = (
            option::of(vec(".{0,20}", 0..4)),
            option::of(vec(select(&KeyType::ALL[..]), 0..4)),
            option::of(vec(commands(), 0..4)),
        );
        let on_full = select(&OnFull::ALL[..]);
        (bytes(), some, any::<bool>(), on_full).prop_map(
            |(prefix, (event_types, key_types, commands), read_value, on_full)| KeyEvents {
                prefix: Prefix::new(&prefix),
                event_types,
                key_types,
                commands,
                read_value,
                on_full,
            },
        )
    }

    fn streams() -> impl Strategy<Value = StreamOptions> {
        let policies = vec![
            FailurePolicy::Continue,
            FailurePolicy::Abort,
            FailurePolicy::Retry,
        ];
        let numbers = (1_i64.., durations(), durations());
        (bytes(), numbers, select(policies), any::<bool>()).prop_map(
            |(prefix, (batch, duration, retry_interval), policy, trim)| StreamOptions {
                prefix: Prefix::new(&prefix),
                batch,
                duration,
                policy,
                retry_interval,
                trim,
            },
        )
    }

    /// What a kind is made of, as streams are not compared.
    #[derive(Clone, Debug, PartialEq)]
    enum Content {
        Trigger(Vec<u8>, bool, Option<Edition>),
        Hook(Hook, bool),
        Keys(KeyEvents),
        Stream(StreamOptions),
    }

    impl Content {
        fn of(kind: Kind) -> Self {
            match kind {
                Kind::Trigger {
                    name,
                    in_order,
                    edition,
                } => Self::Trigger(name, in_order, edition),
                Kind::Hook { hook, in_order } => Self::Hook(hook, in_order),
                Kind::Keys(events) => Self::Keys(events),
                Kind::Stream(stream) => Self::Stream(stream.options),
            }
        }

        fn into_kind(self) -> Kind {
            match self {
                Self::Trigger(name, in_order, edition) => Kind::Trigger {
                    name,
                    in_order,
                    edition,
                },
                Self::Hook(hook, in_order) => Kind::Hook { hook, in_order },
                Self::Keys(events) => Kind::Keys(events),
                Self::Stream(options) => Kind::Stream(Stream::new(options)),
            }
        }
    }

    fn editions() -> impl Strategy<Value = Edition> {
        let parts = ("[0-9A-Za-z._-]{1,64}", any::<u64>(), durations());
        parts.prop_map(|(version, since, keep)| Edition {
            version,
            since,
            keep,
        })
    }

    fn contents() -> impl Strategy<Value = Content> {
        let hooks = (commands(), option::of(bytes()));
        let hooks = hooks.prop_map(|(command, prefix)| Hook::stored(command, prefix));
        prop_oneof![
            (bytes(), any::<bool>(), option::of(editions()))
                .prop_map(|(name, ordered, edition)| Content::Trigger(name, ordered, edition)),
            (hooks, any::<bool>()).prop_map(|(hook, ordered)| Content::Hook(hook, ordered)),
            key_events().prop_map(Content::Keys),
            streams().prop_map(Content::Stream),
        ]
    }

    fn there_and_back(content: Content) -> Result<Content, Damaged> {
        Kind::decode(&content.into_kind().encode()).map(Content::of)
    }

    proptest! {
        #[test]
        fn kinds_come_back(content in contents()) {
            prop_assert_eq!(there_and_back(content.clone()), Ok(content));
        }

        #[test]
        fn fields_of_later_versions_are_passed_over(content in contents(), value in bytes()) {
            let mut stored = Fields::default();
            stored.put(200, &value);
            let stored = [stored.finish(), content.clone().into_kind().encode()].concat();
            prop_assert_eq!(Kind::decode(&stored).map(Content::of), Ok(content));
        }

        #[test]
        fn cut_and_changed_kinds_do_no_harm(
            content in contents(),
            at in any::<Index>(),
            byte in any::<u8>(),
        ) {
            let mut stored = content.into_kind().encode();
            let at = at.index(stored.len());
            stored[at] = byte;
            for stored in [&stored[..], &stored[..at]] {
                if let Ok(other) = Kind::decode(stored).map(Content::of) {
                    prop_assert_eq!(there_and_back(other.clone()), Ok(other));
                }
            }
        }

        #[test]
        fn hostile_bytes_do_no_harm(hostile in vec(any::<u8>(), 0..200)) {
            if let Ok(kind) = Kind::decode(&hostile).map(Content::of) {
                prop_assert_eq!(there_and_back(kind.clone()), Ok(kind));
            }
        }
    }

    #[test]
    fn a_trigger_without_version_is_stored_as_it_always_was() {
        let stored = b"\x01\x0d\0\0\0\0\0\0\0CommandReader\
            \x02\x05\0\0\0\0\0\0\0quote\
            \x03\x08\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0";
        let quote = Content::Trigger(b"quote".to_vec(), true, None);
        assert_eq!(Kind::decode(stored).map(Content::of), Ok(quote.clone()));
        assert_eq!(quote.into_kind().encode(), stored);
    }

    #[test]
    fn a_version_is_checked() {
        let edition = |version: &str| {
            let edition = Edition {
                version: version.to_owned(),
                since: 7,
                keep: Duration::from_millis(5),
            };
            Content::Trigger(b"quote".to_vec(), false, Some(edition))
        };
        assert_eq!(there_and_back(edition("1.2")), Ok(edition("1.2")));
        for wrong in ["", "a@b", "a b"] {
            assert!(there_and_back(edition(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_script_that_runs_again_registers_its_version_at_the_time_that_is_stored() {
        let version = |since, keep| {
            let edition = Edition {
                version: "1".to_owned(),
                since,
                keep: Duration::from_millis(keep),
            };
            Content::Trigger(b"quote".to_vec(), false, Some(edition)).into_kind()
        };
        let stored = version(7, 5);
        assert!(version(9, 5).comes_again(&stored, &stored.encode()));
        assert!(!version(7, 6).comes_again(&stored, &stored.encode()));
        let plain = Content::Trigger(b"quote".to_vec(), false, None).into_kind();
        assert!(!plain.comes_again(&stored, &stored.encode()));
        assert!(!stored.comes_again(&plain, &plain.encode()));
    }

    #[test]
    fn what_is_not_known_is_named() {
        let mut fields = Fields::default();
        fields.put(tag::READER, b"CloudReader");
        let error = Kind::decode(&fields.finish()).err().unwrap();
        assert_eq!(
            error.0,
            "the reader CloudReader is not known to this version of the engine"
        );
    }
}
