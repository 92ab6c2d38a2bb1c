//! What is said of runs, as bytes.

use std::ops::RangeInclusive;

use super::{Parts, kind, needed, put_ids, tag};
use crate::message::{Origin, Prepare, Told, Work};
use crate::wire::{Damaged, Fields};
use crate::{Id, ShardId};

/// How many letters the name of a shard has.
const NAME: usize = 40;

mod origin {
    pub(super) const WORDS: u8 = 1;
    pub(super) const READER: u8 = 2;
    pub(super) const ELSEWHERE: u8 = 3;
}

pub(super) fn put_run(run: Id, fields: &mut Fields) {
    fields.put(tag::RUN, run.to_string().as_bytes());
}

pub(super) fn put_prepare(prepare: &Prepare, fields: &mut Fields) {
    put_run(prepare.run, fields);
    match &prepare.work {
        Work::Registered { id, trigger } => {
            put_ids(&[*id], fields);
            fields.put(tag::TRIGGER, trigger);
        }
        Work::Sent(program) => fields.put(tag::PROGRAM, program),
    }
    fields.put_some(tag::USER, prepare.user.as_deref());
    let (from, words): (u8, &[Vec<u8>]) = match &prepare.origin {
        Origin::Words(words) => (origin::WORDS, words),
        Origin::Reader => (origin::READER, &[]),
        Origin::Elsewhere => (origin::ELSEWHERE, &[]),
    };
    fields.put(tag::ORIGIN, &[from]);
    for word in words {
        fields.put(tag::WORD, word);
    }
    for (shard, slots) in &prepare.shards {
        let mut one = shard.as_str().as_bytes().to_vec();
        for slots in slots {
            one.extend(slots.start().to_le_bytes());
            one.extend(slots.end().to_le_bytes());
        }
        fields.put(tag::SHARD, &one);
    }
    fields.put(tag::CUT, &prepare.cut);
    fields.put_number(tag::WINDOW, prepare.window);
    if let Some(cause) = prepare.cause {
        fields.put(tag::CAUSE, cause.to_string().as_bytes());
    }
    fields.put(tag::KEPT, &[u8::from(prepare.is_kept)]);
}

pub(super) fn put_told(run: Id, told: &Told, fields: &mut Fields) -> u8 {
    put_run(run, fields);
    match told {
        Told::Records { stage, bytes } => {
            fields.put_number(tag::STAGE, *stage);
            fields.put(tag::CONTENT, bytes);
            kind::RECORDS
        }
        Told::Close { stage, records } => {
            fields.put_number(tag::STAGE, *stage);
            fields.put_number(tag::NUMBER, *records);
            kind::CLOSE
        }
        Told::Taken { stage, bytes } => {
            fields.put_number(tag::STAGE, *stage);
            fields.put_number(tag::NUMBER, *bytes);
            kind::TAKEN
        }
        Told::Enough { stage } => {
            fields.put_number(tag::STAGE, *stage);
            kind::ENOUGH
        }
        Told::Lost { shard, cause } => {
            fields.put(tag::SHARD, shard.as_str().as_bytes());
            fields.put(tag::CONTENT, cause.as_bytes());
            kind::LOST
        }
        Told::Abort => kind::ABORT,
        Told::Driven => kind::DRIVEN,
    }
}

/// Reads a shard with the slots that it serves.
pub(super) fn shard(bytes: &[u8]) -> Result<(ShardId, Vec<RangeInclusive<u16>>), Damaged> {
    let (id, slots) = bytes.split_at(bytes.len().min(NAME));
    let id = needed(ShardId::parse(id), "the name of a shard")?;
    let (slots, rest) = slots.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(Damaged::new("the slots of a shard are cut"));
    }
    let slots = slots
        .iter()
        .map(|[a, b, c, d]| u16::from_le_bytes([*a, *b])..=u16::from_le_bytes([*c, *d]));
    Ok((id, slots.collect()))
}

impl Parts<'_> {
    pub(super) fn run(&self) -> Result<Id, Damaged> {
        needed(self.run, "the id of a run")
    }

    fn stage(&self) -> Result<u64, Damaged> {
        needed(self.stage, "the number of a stage")
    }

    pub(super) fn told(self, kind: u8) -> Result<(Id, Told), Damaged> {
        let told = match kind {
            kind::RECORDS => Told::Records {
                stage: self.stage()?,
                bytes: self.content()?.to_vec(),
            },
            kind::CLOSE => Told::Close {
                stage: self.stage()?,
                records: self.number()?,
            },
            kind::TAKEN => Told::Taken {
                stage: self.stage()?,
                bytes: self.number()?,
            },
            kind::ENOUGH => Told::Enough {
                stage: self.stage()?,
            },
            kind::LOST => Told::Lost {
                shard: needed(self.shards.first(), "the shard that was lost")?.0,
                cause: String::from_utf8_lossy(self.content()?).into_owned(),
            },
            kind::ABORT => Told::Abort,
            _ => Told::Driven,
        };
        Ok((self.run()?, told))
    }

    pub(super) fn into_prepare(self) -> Result<Prepare, Damaged> {
        let run = self.run()?;
        let work = match self.program {
            Some(program) => Work::Sent(program.into()),
            None => Work::Registered {
                id: needed(self.ids.first().copied(), "the function to run")?,
                trigger: self.trigger.unwrap_or_default().to_vec(),
            },
        };
        let origin = match needed(self.origin, "where records come from")? {
            [origin::WORDS] => Origin::Words(self.words),
            [origin::READER] => Origin::Reader,
            [origin::ELSEWHERE] => Origin::Elsewhere,
            _ => return Err(Damaged::new("records come from nowhere known")),
        };
        Ok(Prepare {
            run,
            work,
            user: self.user.map(<[u8]>::to_vec),
            origin,
            shards: self.shards,
            cut: needed(self.cut, "the stages of a run")?.to_vec(),
            window: needed(self.window, "the window of a run")?,
            cause: self.cause,
            is_kept: self.is_kept,
        })
    }
}
