//! The server of the scripts, while it is there.

use std::collections::BTreeSet;

use gears_runtime::{
    ErrorKind, Gears, Script,
    data::{Executed, ExecutionResult, RegistrationId, SessionQuery},
};

use redis::RedisResult;

use super::{index::Index, lease::Lease, trouble::Trouble};
use crate::{
    connection::Address,
    execution,
    failure::{Code, Failure},
    work::{Waited, Work},
};

/// A server that answers.
pub(super) struct Link {
    pub(super) gears: Gears,
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
        let (index, lost) = match Index::open(&gears, prefix) {
            Ok(index) => (Some(index), None),
            Err(Trouble::Refused(failure)) => (None, Some(failure)),
            Err(trouble) => return Err(trouble),
        };
        Ok(Self {
            gears,
            index,
            has_sessions,
            lost,
            prefix: prefix.to_owned(),
        })
    }

    /// Asks whether it is still there.
    pub(super) fn ping(&mut self) -> Result<(), Trouble> {
        match &mut self.index {
            Some(index) => Ok(index.ask::<()>(&redis::cmd("PING"))?),
            None => {
                self.gears.dump_registrations()?;
                Ok(())
            }
        }
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
    /// As `gears run`, it runs in the background in any case, so that Ctrl-C can abort it.
    pub(super) fn execute(&self, script: Script, wait: bool) -> Result<Outcome, Trouble> {
        let sender = self.gears.clone();
        let started = Work::begin(move || sender.py_execute_unblocking(&script));
        let id = match started.wait(None) {
            Waited::Done(Ok(Executed::Started(id))) => id,
            Waited::Done(executed) => return Ok(Outcome::Done(executed?.into_results())),
            Waited::GaveUp(_) => {
                // What it registers is there or not: no server stops half way.
                if let Waited::Done(Ok(Executed::Started(id))) = started.wait_on(execution::GRACE) {
                    execution::abort(self.gears.execution(id)).map_err(Trouble::Refused)?;
                }
                return Err(Trouble::Interrupted);
            }
        };
        if !wait {
            return Ok(Outcome::Started(id.as_str().to_owned()));
        }
        let execution = self.gears.execution(&id);
        let waiting = self.gears.execution(&id);
        match Work::begin(move || waiting.wait(execution::FOR_EVER)).wait(None) {
            Waited::Done(results) => {
                let results = results?;
                execution.discard()?;
                Ok(Outcome::Done(results))
            }
            Waited::GaveUp(_) => {
                execution::abort(execution).map_err(Trouble::Refused)?;
                Err(Trouble::Interrupted)
            }
        }
    }

    /// Returns the ids of all that is registered.
    pub(super) fn registered(&self) -> Result<BTreeSet<String>, Trouble> {
        let all = self.gears.dump_registrations()?.into_iter();
        Ok(all.map(|one| one.id.as_str().to_owned()).collect())
    }

    /// Takes registrations away; those that are gone already are as good.
    pub(super) fn unregister(&self, ids: &[String]) -> Result<(), Trouble> {
        if ids.is_empty() {
            return Ok(());
        }
        let there = self.registered()?;
        let mut refused = Vec::new();
        for id in ids.iter().filter(|id| there.contains(*id)) {
            match self.gears.unregister(RegistrationId::from(id.as_str())) {
                Ok(()) => {}
                Err(error) => match Trouble::from(error) {
                    Trouble::Refused(failure) => refused.push(failure.to_string()),
                    trouble => return Err(trouble),
                },
            }
        }
        if refused.is_empty() {
            return Ok(());
        }
        Err(Trouble::Refused(Failure::server(format!(
            "not unregistered: {}",
            refused.join("; ")
        ))))
    }
}
