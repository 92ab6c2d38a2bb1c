//! What causes executions, as it is stored.
//!
//! The reader's name says which fields follow, in a field of its own, so that
//! another kind is another name here.

use std::time::Duration;

use gears_model::{
    CommandName, FailurePolicy, Hook, KeyEvents, Kind, OnFull, Prefix, Stream, StreamOptions,
};
use gears_server::{CommandInfo, KeyType};

use gears_model::wire::{Damaged, Fields, Reader, number, text};

mod tag {
    pub(crate) const READER: u8 = 1;
    /// The trigger, or what keys begin with.
    pub(crate) const NAME: u8 = 2;
    pub(crate) const IN_ORDER: u8 = 3;
    /// Only some events; those are in `EVENT`.
    pub(crate) const SOME_EVENTS: u8 = 4;
    pub(crate) const EVENT: u8 = 5;
    /// Only some types; those are in `KEY_TYPE`.
    pub(crate) const SOME_KEY_TYPES: u8 = 6;
    pub(crate) const KEY_TYPE: u8 = 7;
    pub(crate) const READ_VALUE: u8 = 8;
    pub(crate) const BATCH: u8 = 9;
    pub(crate) const DURATION: u8 = 10;
    pub(crate) const POLICY: u8 = 11;
    pub(crate) const RETRY_INTERVAL: u8 = 12;
    pub(crate) const TRIM: u8 = 13;
    /// A command that is hooked, or that must have caused an event.
    pub(crate) const COMMAND: u8 = 14;
    /// What a hooked command's key begins with.
    pub(crate) const KEY_PREFIX: u8 = 15;
    /// Only events of some commands; those are in `COMMAND`.
    pub(crate) const SOME_COMMANDS: u8 = 16;
    /// What becomes of events beyond the queue; absent when they are dropped, as
    /// they always were.
    pub(crate) const ON_FULL: u8 = 17;
}

/// What is in a `COMMAND`.
mod command_tag {
    pub(crate) const WRITTEN: u8 = 1;
    pub(crate) const NUMBER: u8 = 2;
}

/// Encodes a kind.
pub(crate) fn encode(kind: &Kind) -> Vec<u8> {
    let mut fields = Fields::default();
    // A hook is a CommandReader too, but another kind here.
    let reader = match kind {
        Kind::Hook { .. } => "Hook",
        other => other.reader(),
    };
    fields.put(tag::READER, reader.as_bytes());
    match kind {
        Kind::Hook { hook, in_order } => {
            fields.put(tag::COMMAND, &encode_command(&hook.command));
            fields.put_number(tag::IN_ORDER, u64::from(*in_order));
            if let Some(prefix) = hook.key_prefix() {
                fields.put(tag::KEY_PREFIX, prefix);
            }
        }
        Kind::Trigger { name, in_order } => {
            fields.put(tag::NAME, name);
            fields.put_number(tag::IN_ORDER, u64::from(*in_order));
        }
        Kind::Keys(events) => {
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
        Kind::Stream(stream) => {
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
}

/// Reads what [`encode`] wrote.
pub(crate) fn decode(bytes: &[u8]) -> Result<Kind, Damaged> {
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
            _ => {}
        }
    }
    found.into_kind()
}

impl Found<'_> {
    fn into_kind(self) -> Result<Kind, Damaged> {
        Ok(match self.reader {
            b"CommandReader" => Kind::Trigger {
                name: self.name.to_vec(),
                in_order: self.in_order,
            },
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
