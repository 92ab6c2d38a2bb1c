//! A function that other shards do not know, as it is sent to them: its plan, what that calls as
//! a pickle, and its reader.

use std::sync::Arc;
use std::time::Duration;

use gears_model::Script;
use gears_model::plan::{decode as decode_plan, encode as encode_plan};
use gears_model::wire::{Damaged, Fields, Reader, number, text};
use gears_server::Refusal;
use pyo3::prelude::*;

use crate::execution::Spread;
use crate::plan::Function;
use crate::python::failure;
use crate::python::interpreter::minor_version;
use crate::reader::BatchReader;
use crate::requirement::requirements;
use crate::script::pickle;
use crate::session::user::User;
use crate::session::{Packages, Session};

/// A function to run once, as another shard has it.
pub(super) struct Program {
    pub(super) function: Arc<Function>,
    pub(super) reader: BatchReader,
    pub(super) timeout: Option<Duration>,
    pub(super) session: Arc<Session>,
}

mod tag {
    pub(super) const SESSION: u8 = 1;
    pub(super) const REQUIREMENT: u8 = 2;
    pub(super) const PYTHON: u8 = 3;
    pub(super) const PLAN: u8 = 4;
    pub(super) const PICKLE: u8 = 5;
    pub(super) const READER: u8 = 6;
    pub(super) const TIMEOUT: u8 = 7;
}

/// Writes what a script asked to run.
///
/// # Errors
///
/// When its callbacks cannot be pickled.
pub(super) fn encode(py: Python<'_>, run: &Spread, reader: &BatchReader) -> PyResult<Vec<u8>> {
    let mut callbacks = run.function.callbacks().share(py);
    let reader = reader.describe(py, &mut callbacks);
    let pickled = pickle::dumps(py, &callbacks).or_else(|error| {
        // Which one it is, and why, in RedisGears' words.
        pickle::check(py, &callbacks)?;
        Err(error)
    })?;
    let Some(pickled) = pickled else {
        return Err(failure::of_refusal(&Refusal::new(
            "a function travels to other shards by the Python package cloudpickle, which is \
             missing: install it beside the engine's Python",
        )));
    };
    let mut fields = Fields::default();
    fields.put(tag::SESSION, run.session.id.as_bytes());
    for requirement in &run.session.requirements {
        fields.put(tag::REQUIREMENT, requirement.as_bytes());
    }
    fields.put(tag::PYTHON, minor_version().as_bytes());
    fields.put(tag::PLAN, &encode_plan(run.function.plan()));
    fields.put(tag::PICKLE, &pickled);
    fields.put(tag::READER, &reader);
    if let Some(timeout) = run.timeout {
        let milliseconds = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        fields.put_number(tag::TIMEOUT, milliseconds);
    }
    Ok(fields.finish())
}

/// Reads what [`encode`] wrote, for whose permissions it will have.
///
/// # Errors
///
/// Why it cannot run here.
pub(super) fn decode(py: Python<'_>, bytes: &[u8], user: User) -> Result<Program, String> {
    let sent = Sent::read(bytes).map_err(|damaged| damaged.0)?;
    if sent.python != minor_version() {
        return Err(format!(
            "this shard has Python {} and the one that sent the function has {}: functions that \
             run on all shards need the same Python on them",
            minor_version(),
            sent.python
        ));
    }
    let session = Session {
        id: sent.session,
        description: None,
        requirements: sent.requirements,
        packages: Packages::default(),
        script: Arc::new(Script::default()),
        user,
    };
    if !session.requirements.is_empty() {
        let present = requirements().use_present(&session);
        if !present.map_err(|refusal| refusal.to_string())? {
            return Err(format!(
                "the packages {} are not on this shard: register a function with them, or import \
                 them (RG.PYIMPORTREQ)",
                session.requirements.join(", ")
            ));
        }
    }
    let callbacks = pickle::loads(py, sent.pickle).map_err(|error| failure::text(py, &error))?;
    let reader =
        BatchReader::described(py, sent.reader, &callbacks).map_err(|damaged| damaged.0)?;
    let plan = decode_plan(sent.plan).map_err(|damaged| damaged.0)?;
    let function = Function::stored(plan, &Arc::new(callbacks)).map_err(|damaged| damaged.0)?;
    Ok(Program {
        function: Arc::new(function),
        reader,
        timeout: sent.timeout,
        session: Arc::new(session),
    })
}

#[derive(Default)]
struct Sent<'a> {
    session: String,
    requirements: Vec<String>,
    python: String,
    plan: &'a [u8],
    pickle: &'a [u8],
    reader: &'a [u8],
    timeout: Option<Duration>,
}

impl<'a> Sent<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Damaged> {
        let mut sent = Self::default();
        let mut reader = Reader::new(bytes);
        while let Some((tag, value)) = reader.field()? {
            match tag {
                tag::SESSION => sent.session = text(value)?,
                tag::REQUIREMENT => sent.requirements.push(text(value)?),
                tag::PYTHON => sent.python = text(value)?,
                tag::PLAN => sent.plan = value,
                tag::PICKLE => sent.pickle = value,
                tag::READER => sent.reader = value,
                tag::TIMEOUT => sent.timeout = Some(Duration::from_millis(number(value)?)),
                _ => {}
            }
        }
        Ok(sent)
    }
}
