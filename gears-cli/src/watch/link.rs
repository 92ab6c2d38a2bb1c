//! The server of the scripts, while it is there.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use gears_runtime::{
    ErrorKind, Gears, Script,
    data::{Executed, ExecutionResult, RegistrationId, SessionQuery},
};

use redis::{Connection, RedisResult};

use super::{
    connection,
    held::{self, Held},
    index::Index,
    lease::Lease,
    script::Content,
    trouble::Trouble,
};
use crate::{
    connection::Address,
    execution,
    failure::{Code, Failure},
    work::{Waited, Why, Work},
};

/// How often it is looked whether a script that runs has changed.
const LOOK: Duration = Duration::from_millis(250);

/// A server that answers.
pub(super) struct Link {
    pub(super) gears: Gears,
    /// The primaries of a cluster, by their ids; a server that is alone is the only one.
    pub(super) shards: BTreeMap<String, Gears>,
    /// A connection to each: one that breaks tells that its server went, even if it is back.
    pulses: Vec<Connection>,
    /// `None` where we may not write.
    pub(super) index: Option<Index>,
    /// Whether the server has sessions: what a script registers is replaced in one step then.
    pub(super) has_sessions: bool,
    /// Why there is no index any more, until somebody tells it.
    pub(super) lost: Option<Failure>,
    prefix: String,
}

/// What came of a script.
pub(super) enum Outcome {
    /// It is done, and this is what it returned.
    Done(ExecutionResult),
    /// It goes on, under this id.
    Started(String),
}

impl Link {
    /// Connects, and finds out what the server has.
    ///
    /// # Errors
    ///
    /// The server is away, or it is one that nothing can be done with.
    pub(super) fn open(address: &Address, prefix: &str) -> Result<Self, Trouble> {
        let gears = address.connect().map_err(|failure| {
            if failure.code() == Code::Connection && !failure.is_lasting() {
                Trouble::Away(failure)
            } else {
                Trouble::End(failure)
            }
        })?;
        let gears = gears.with_execute_timeout(execution::FOR_EVER);
        // One without a module says so here, and so does one that does not let us in.
        if let Err(error) = gears.dump_registrations() {
            return Err(match Trouble::from(error) {
                Trouble::Away(failure) if !failure.is_lasting() => {
                    Trouble::Away(failure.at(&address.to_string()))
                }
                Trouble::Away(failure) | Trouble::Refused(failure) => Trouble::End(failure),
                trouble => trouble,
            });
        }
        let none = SessionQuery::new().only(Vec::<String>::new());
        let has_sessions = match gears.py_dump_sessions(&none) {
            Ok(_) => true,
            Err(error) if error.kind() == ErrorKind::Unsupported => false,
            Err(error) => return Err(error.into()),
        };
        let shards = gears.shards()?;
        let pulses = shards
            .values()
            .map(connection::open)
            .collect::<Result<_, _>>()?;
        let (index, lost) = match Index::open(&gears, prefix) {
            Ok(index) => (Some(index), None),
            Err(Trouble::Refused(failure)) => (None, Some(failure)),
            Err(trouble) => return Err(trouble),
        };
        Ok(Self {
            gears,
            shards,
            pulses,
            index,
            has_sessions,
            lost,
            prefix: prefix.to_owned(),
        })
    }

    /// Asks whether it is still there, and still the same.
    pub(super) fn ping(&mut self) -> Result<(), Trouble> {
        for pulse in &mut self.pulses {
            redis::cmd("PING").exec(pulse)?;
        }
        if self.gears.is_cluster()? && !self.gears.shards()?.keys().eq(self.shards.keys()) {
            return Err(Trouble::away("the cluster has other shards than before"));
        }
        Ok(())
    }

    /// Waits for our turn; `None` where watchers cannot take turns.
    pub(super) fn turn(&mut self, say: impl FnOnce()) -> Result<Option<Lease>, Trouble> {
        let Some(index) = &mut self.index else {
            return Ok(None);
        };
        let turn = Lease::wait(&self.gears, &self.prefix, index, say);
        self.without_what_is_refused(turn)
    }

    /// Asks the index something; `None` where we may not.
    pub(super) fn index<T>(
        &mut self,
        ask: impl FnOnce(&mut Index) -> RedisResult<T>,
    ) -> Result<Option<T>, Trouble> {
        let Some(index) = &mut self.index else {
            return Ok(None);
        };
        let answer = ask(index).map_err(Trouble::from);
        self.without_what_is_refused(answer)
    }

    /// Does without the index where the server does not let us have one.
    fn without_what_is_refused<T>(
        &mut self,
        answer: Result<T, Trouble>,
    ) -> Result<Option<T>, Trouble> {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(Trouble::Refused(failure)) => {
                self.index = None;
                self.lost = Some(failure);
                Ok(None)
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// Runs a script and waits for its end, unless it is one to be left alone.
    ///
    /// As `gears run`, it runs in the background in any case, so that it can be aborted: by Ctrl-C,
    /// and when its file changes, for then nobody waits for these results any more.
    pub(super) fn execute(
        &self,
        shard: &Gears,
        script: Script,
        content: &Content,
    ) -> Result<Outcome, Trouble> {
        let sender = shard.clone();
        let started = Work::begin(move || sender.py_execute_unblocking(&script));
        let id = match started.wait(None) {
            Waited::Done(Ok(Executed::Started(id))) => id,
            Waited::Done(executed) => return Ok(Outcome::Done(executed?.into_results())),
            Waited::GaveUp(_) => {
                // What it registers is there or not: no server stops half way.
                if let Waited::Done(Ok(Executed::Started(id))) = started.wait_on(execution::GRACE) {
                    execution::abort(shard.execution(id)).map_err(Trouble::Refused)?;
                }
                return Err(Trouble::Interrupted);
            }
        };
        if content.unblocking {
            return Ok(Outcome::Started(id.as_str().to_owned()));
        }
        let execution = shard.execution(&id);
        let waiting = shard.execution(&id);
        let ended = Work::begin(move || waiting.wait(execution::FOR_EVER));
        let trouble = loop {
            match ended.wait(Some(Instant::now() + LOOK)) {
                Waited::Done(results) => {
                    let results = results?;
                    execution.discard()?;
                    return Ok(Outcome::Done(results));
                }
                Waited::GaveUp(Why::Interrupted) => break Trouble::Interrupted,
                Waited::GaveUp(Why::TooLong) if content.is_outdated() => {
                    break Trouble::Refused(Failure::new(
                        Code::Failed,
                        "its file changed while it ran, so the execution was aborted",
                    ));
                }
                Waited::GaveUp(Why::TooLong) => {}
            }
        };
        execution::abort(execution).map_err(Trouble::Refused)?;
        Err(trouble)
    }

    /// Returns the ids of all that is registered.
    pub(super) fn registered(&self) -> Result<BTreeSet<String>, Trouble> {
        let all = self.gears.dump_registrations()?.into_iter();
        Ok(all.map(|one| one.id.as_str().to_owned()).collect())
    }

    /// Takes away what a script registered, wherever it is; what is gone already is as good.
    pub(super) fn unregister(&self, held: &Held) -> Result<(), Trouble> {
        let mut refused = Vec::new();
        let Some(session) = &held.session else {
            take_away(&self.gears, &held.registrations, &mut refused)?;
            return all_done(&refused);
        };
        let query = SessionQuery::new().only([session]);
        for shard in self.shards.values() {
            // Shards can have different things by one id.
            for session in shard.py_dump_sessions(&query)?.sessions {
                take_away(shard, &held::ids(&session), &mut refused)?;
            }
        }
        all_done(&refused)
    }
}

fn take_away(gears: &Gears, ids: &[String], refused: &mut Vec<String>) -> Result<(), Trouble> {
    for id in ids {
        if let Err(error) = gears.unregister(RegistrationId::from(id.as_str())) {
            match Trouble::from(error) {
                Trouble::Refused(failure) => {
                    let all = gears.dump_registrations()?;
                    if all.iter().any(|one| one.id.as_str() == id) {
                        refused.push(failure.to_string());
                    }
                }
                trouble => return Err(trouble),
            }
        }
    }
    Ok(())
}

fn all_done(refused: &[String]) -> Result<(), Trouble> {
    if refused.is_empty() {
        return Ok(());
    }
    let refused = refused.join("; ");
    Err(Trouble::Refused(Failure::server(format!(
        "not unregistered: {refused}"
    ))))
}
