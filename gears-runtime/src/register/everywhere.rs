//! Registration on every primary of a cluster.
//!
//! All primaries are looked at before one is changed, so that a refusal changes none. Then one
//! after another is brought up to date. Genuine RedisGears distributes a registration by itself,
//! so whatever comes after a change is looked at anew.

use redis::{Cmd, Value};

use super::{
    held::Look,
    plan::{Step, Task},
    report::Merged,
};
use crate::{
    command::catalog,
    connect::gears::Gears,
    error::{Error, Result},
    server::dialect::Dialect,
};

const WHAT: &str = "registering gears";

/// A task that is done on every primary; `make` makes it anew for each.
pub(crate) struct Everywhere<F> {
    pub(crate) make: F,
}

impl<F, T> Everywhere<F>
where
    F: Fn() -> Result<T>,
    T: Task,
    T::Output: Merged,
{
    /// Does the task.
    ///
    /// # Errors
    ///
    /// Those of the first primary that has one; what the others can have they have then.
    pub(crate) fn run(&self, primaries: &[Gears]) -> Result<T::Output> {
        if T::REGISTERS && primaries.len() > 1 {
            let mut replies = Vec::new();
            for primary in primaries {
                replies.push(primary.pipeline(&acquaintance(), WHAT)?);
            }
            if is_stranger(&replies) {
                for primary in primaries {
                    primary.send(catalog::refresh_cluster())?;
                }
            }
        }
        let mut looks = Vec::new();
        for primary in primaries {
            let mut task = (self.make)()?;
            let step = task.receive(primary.pipeline(&Look::commands(), WHAT)?)?;
            looks.push((task, step));
        }
        let mut outcome = Outcome::default();
        for (primary, (task, step)) in primaries.iter().zip(looks) {
            let result = match step {
                Step::Done(output) => Ok(output),
                Step::Send(commands) if outcome.is_first_change() => {
                    run_on(primary, task, commands)
                }
                Step::Send(_) => run_on(primary, (self.make)()?, Look::commands()),
            };
            outcome.add(result);
        }
        outcome.into_result()
    }

    /// Does the task, as [`run`](Self::run) does.
    #[cfg(feature = "aio")]
    pub(crate) async fn run_async(&self, primaries: &[Gears]) -> Result<T::Output> {
        if T::REGISTERS && primaries.len() > 1 {
            let mut replies = Vec::new();
            for primary in primaries {
                replies.push(primary.pipeline_async(acquaintance(), WHAT).await?);
            }
            if is_stranger(&replies) {
                for primary in primaries {
                    primary.send_async(catalog::refresh_cluster()).await?;
                }
            }
        }
        let mut looks = Vec::new();
        for primary in primaries {
            let mut task = (self.make)()?;
            let step = task.receive(primary.pipeline_async(Look::commands(), WHAT).await?)?;
            looks.push((task, step));
        }
        let mut outcome = Outcome::default();
        for (primary, (task, step)) in primaries.iter().zip(looks) {
            let result = match step {
                Step::Done(output) => Ok(output),
                Step::Send(commands) if outcome.is_first_change() => {
                    run_on_async(primary, task, commands).await
                }
                Step::Send(_) => run_on_async(primary, (self.make)()?, Look::commands()).await,
            };
            outcome.add(result);
        }
        outcome.into_result()
    }
}

/// Carries a task to its end on one server.
pub(crate) fn run_on<T: Task>(
    gears: &Gears,
    mut task: T,
    mut commands: Vec<Cmd>,
) -> Result<T::Output> {
    let mut may_repeat = is_look(&commands);
    loop {
        let mut replies = gears.pipeline(&commands, WHAT);
        if std::mem::take(&mut may_repeat) && replies.as_ref().is_err_and(Error::is_connection) {
            replies = gears.pipeline(&commands, WHAT);
        }
        let replies = replies?;
        match task.receive(replies)? {
            Step::Send(next) => commands = next,
            Step::Done(output) => return Ok(output),
        }
    }
}

/// Carries a task to its end on one server.
#[cfg(feature = "aio")]
pub(crate) async fn run_on_async<T: Task>(
    gears: &Gears,
    mut task: T,
    mut commands: Vec<Cmd>,
) -> Result<T::Output> {
    let mut may_repeat = is_look(&commands);
    loop {
        let mut replies = gears.pipeline_async(commands, WHAT).await;
        if std::mem::take(&mut may_repeat) && replies.as_ref().is_err_and(Error::is_connection) {
            replies = gears.pipeline_async(Look::commands(), WHAT).await;
        }
        let replies = replies?;
        match task.receive(replies)? {
            Step::Send(next) => commands = next,
            Step::Done(output) => return Ok(output),
        }
    }
}

/// Tells whether a task has yet to look, which changes nothing.
///
/// A look is asked for again when a connection turns out to be one to a server that has restarted since.
fn is_look(commands: &[Cmd]) -> bool {
    let look = Look::commands();
    commands.len() == look.len()
        && commands
            .iter()
            .zip(&look)
            .all(|(one, other)| one.get_packed_command() == other.get_packed_command())
}

/// What came of the primaries so far.
struct Outcome<O> {
    outputs: Vec<O>,
    failure: Option<Error>,
    has_changed: bool,
}

impl<O> Default for Outcome<O> {
    fn default() -> Self {
        Self {
            outputs: Vec::new(),
            failure: None,
            has_changed: false,
        }
    }
}

impl<O: Merged> Outcome<O> {
    /// Tells whether nothing has been changed since all were looked at; from now on, something has.
    fn is_first_change(&mut self) -> bool {
        !std::mem::replace(&mut self.has_changed, true)
    }

    fn add(&mut self, result: Result<O>) {
        match result {
            Ok(output) => self.outputs.push(output),
            Err(error) => {
                self.failure.get_or_insert(error);
            }
        }
    }

    fn into_result(self) -> Result<O> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        let merged = self.outputs.into_iter().reduce(O::merge);
        merged.ok_or_else(|| Error::refused("the cluster has no primary"))
    }
}

/// Makes the commands that tell whether a node knows its cluster.
fn acquaintance() -> Vec<Cmd> {
    vec![Dialect::question(), redis::cmd("RG.INFOCLUSTER")]
}

/// Tells whether a node of RedisGears does not know the cluster as it is.
///
/// It has to be told with `RG.REFRESHCLUSTER`, on every node (spec section 9.1); until then it
/// registers for itself alone. gears-engine needs nothing of the kind.
fn is_stranger(replies: &[Vec<Value>]) -> bool {
    replies.iter().any(|answers| match answers.as_slice() {
        [question, cluster] => {
            matches!(Dialect::from_reply(question), Ok(Dialect::RedisGears))
                && known_shards(cluster) != Some(replies.len())
        }
        _ => false,
    })
}

/// Counts the shards that a node knows; none when it says that there is no cluster.
fn known_shards(cluster: &Value) -> Option<usize> {
    match cluster {
        Value::Array(parts) => match parts.last() {
            Some(Value::Array(shards)) => Some(shards.len()),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(question: &str, cluster: &str) -> Vec<Value> {
        [question, cluster]
            .map(|resp| redis::parse_redis_value(resp.as_bytes()).unwrap())
            .into()
    }

    const REDISGEARS: &str = "*1\r\n-(error) Unsupported config parameter: EngineVersion\r\n";
    const ENGINE: &str = "*1\r\n$5\r\n0.1.0\r\n";
    const ALONE: &str = "$15\r\nno cluster mode\r\n";
    const TWO: &str =
        "*5\r\n$4\r\nMyId\r\n$1\r\na\r\n$7\r\nMyRunId\r\n$1\r\nr\r\n*2\r\n*0\r\n*0\r\n";

    #[test]
    fn redisgears_is_told_about_a_cluster_that_it_does_not_know() {
        let known = || answers(REDISGEARS, TWO);
        assert!(!is_stranger(&[known(), known()]));
        assert!(is_stranger(&[known(), answers(REDISGEARS, ALONE)]));
        // One has joined.
        assert!(is_stranger(&[known(), known(), known()]));
        assert!(!is_stranger(&[
            answers(ENGINE, ALONE),
            answers(ENGINE, ALONE)
        ]));
    }
}
