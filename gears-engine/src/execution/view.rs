//! How far an execution is on one shard, as clients see it and as it crosses a link.

use std::time::Duration;

use gears_model::State;
use gears_model::wire::{Damaged, Fields, Reader, number, text};
use gears_server::{Refusal, Reply};

use super::{Execution, Shown};

/// How far an execution is on one shard.
#[derive(Default)]
pub(crate) struct View {
    state: String,
    /// How many other shards have got ready for it, and how many of them have ended.
    ready: u64,
    ended: u64,
    /// How many results there are; nothing before the end.
    results: Option<u64>,
    errors: Vec<String>,
    total: u64,
    read: u64,
    steps: Vec<Step>,
}

/// A step, with how many milliseconds it took.
#[derive(Default)]
struct Step {
    kind: String,
    name: String,
    argument: String,
    took: u64,
}

mod tag {
    pub(super) const STATE: u8 = 1;
    pub(super) const READY: u8 = 2;
    pub(super) const ENDED: u8 = 3;
    pub(super) const RESULTS: u8 = 4;
    pub(super) const ERROR: u8 = 5;
    pub(super) const TOTAL: u8 = 6;
    pub(super) const READ: u8 = 7;
    pub(super) const STEP: u8 = 8;
    pub(super) const KIND: u8 = 9;
    pub(super) const NAME: u8 = 10;
    pub(super) const ARGUMENT: u8 = 11;
    pub(super) const TOOK: u8 = 12;
}

impl View {
    /// Looks at an execution.
    ///
    /// # Errors
    ///
    /// When Python, which prints the callbacks, cannot be had.
    pub(crate) fn of(execution: &Execution) -> Result<Self, Refusal> {
        let steps = execution.steps()?;
        let progress = execution.progress();
        let (ready, ended) = execution.shards();
        let has_ended = progress.state.has_ended();
        Ok(Self {
            state: progress.state.name().to_owned(),
            ready,
            ended,
            results: has_ended.then_some(progress.outcome.results.len() as u64),
            errors: progress.outcome.errors.clone(),
            total: milliseconds(progress.total),
            read: milliseconds(progress.time_reading()),
            steps: steps
                .into_iter()
                .map(|(at, (kind, name, argument)): Shown| Step {
                    kind: kind.into(),
                    name: name.into(),
                    argument,
                    took: milliseconds(at.map_or(Duration::ZERO, |at| progress.time_in(at))),
                })
                .collect(),
        })
    }

    /// Writes it.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut fields = Fields::default();
        fields.put(tag::STATE, self.state.as_bytes());
        fields.put_number(tag::READY, self.ready);
        fields.put_number(tag::ENDED, self.ended);
        if let Some(results) = self.results {
            fields.put_number(tag::RESULTS, results);
        }
        for error in &self.errors {
            fields.put(tag::ERROR, error.as_bytes());
        }
        fields.put_number(tag::TOTAL, self.total);
        fields.put_number(tag::READ, self.read);
        for step in &self.steps {
            fields.put(tag::STEP, &step.encode());
        }
        fields.finish()
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the bytes.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Damaged> {
        let mut view = Self {
            state: State::Created.name().to_owned(),
            ..Self::default()
        };
        let mut reader = Reader::new(bytes);
        while let Some((tag, value)) = reader.field()? {
            match tag {
                tag::STATE => view.state = text(value)?,
                tag::READY => view.ready = number(value)?,
                tag::ENDED => view.ended = number(value)?,
                tag::RESULTS => view.results = Some(number(value)?),
                tag::ERROR => view.errors.push(text(value)?),
                tag::TOTAL => view.total = number(value)?,
                tag::READ => view.read = number(value)?,
                tag::STEP => view.steps.push(Step::decode(value)?),
                _ => {}
            }
        }
        Ok(view)
    }

    /// Replies with it (spec section 1.8).
    pub(crate) fn reply(&self, to: &mut impl Reply) {
        to.array(16);
        to.bulk(b"status");
        to.bulk(self.state.as_bytes());
        for (name, count) in [
            ("shards_received", self.ready),
            ("shards_completed", self.ended),
        ] {
            to.bulk(name.as_bytes());
            to.integer(signed(count));
        }
        to.bulk(b"results");
        to.integer(self.results.map_or(-1, signed));
        to.bulk(b"errors");
        to.array(self.errors.len());
        for error in &self.errors {
            to.bulk(error.as_bytes());
        }
        to.bulk(b"total_duration");
        to.integer(signed(self.total));
        to.bulk(b"read_duration");
        to.integer(signed(self.read));
        to.bulk(b"steps");
        to.array(self.steps.len());
        for step in self.steps.iter().rev() {
            to.array(8);
            to.bulk(b"type");
            to.bulk(step.kind.as_bytes());
            to.bulk(b"duration");
            to.integer(signed(step.took));
            to.bulk(b"name");
            to.bulk(step.name.as_bytes());
            to.bulk(b"arg");
            to.bulk(step.argument.as_bytes());
        }
    }
}

impl Step {
    fn encode(&self) -> Vec<u8> {
        let mut fields = Fields::default();
        fields.put(tag::KIND, self.kind.as_bytes());
        fields.put(tag::NAME, self.name.as_bytes());
        fields.put(tag::ARGUMENT, self.argument.as_bytes());
        fields.put_number(tag::TOOK, self.took);
        fields.finish()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Damaged> {
        let mut step = Self::default();
        let mut reader = Reader::new(bytes);
        while let Some((tag, value)) = reader.field()? {
            match tag {
                tag::KIND => step.kind = text(value)?,
                tag::NAME => step.name = text(value)?,
                tag::ARGUMENT => step.argument = text(value)?,
                tag::TOOK => step.took = number(value)?,
                _ => {}
            }
        }
        Ok(step)
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
