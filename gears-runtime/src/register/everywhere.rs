//! Registration on a server, or on every primary of a cluster.
//!
//! All primaries are looked at before one is changed, so that a refusal changes none. Where they
//! share their registrations, what one of them lacks is sent to that one, which answers when all
//! have it. Elsewhere one after another is brought up to date; genuine RedisGears distributes a
//! registration by itself, so whatever comes after a change is looked at anew.

use std::collections::HashSet;

use redis::{Cmd, Value};

use super::{
    held::Look,
    idle,
    plan::{Step, Task},
    report::Merged,
    sight::Sight,
};
#[cfg(feature = "aio")]
use crate::connect::{multiplexed::together, way::asynchronous};
use crate::{
    command::catalog,
    connect::{gears::Gears, way::Way},
    error::{Error, Result},
};

const WHAT: &str = "registering gears";

/// A primary with its id.
type Primary = (String, Gears);

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
    pub(crate) fn run(&self, primaries: &[Primary]) -> Result<T::Output> {
        let questions = Sight::commands((self.make)()?.look());
        let look = || {
            let replies = primaries
                .iter()
                .map(|(_, primary)| primary.pipeline(&questions, WHAT));
            replies.collect::<Result<Vec<_>>>().map(Looks::new)
        };
        let mut looks = look()?;
        if T::REGISTERS && looks.are_strangers() {
            for (_, primary) in primaries {
                primary.send(catalog::refresh_cluster())?;
            }
            looks = look()?;
        }
        let mut progress = Progress::new(&looks.sights, primaries);
        let begun = looks.begin(&self.make)?;
        for (place, (task, step)) in begun.into_iter().enumerate() {
            let primary = Way::Ours(primaries[place].1.clone());
            let result = match progress.next(place, task, step) {
                Next::Done(output) => Ok(output),
                Next::Send(task, commands) => run_on(&primary, task, commands),
                Next::LookAgain => look_and_run(&primary, (self.make)()?),
            };
            if progress.add(result).is_end() {
                break;
            }
        }
        progress.into_result()
    }

    /// Does the task, as [`run`](Self::run) does.
    #[cfg(feature = "aio")]
    pub(crate) async fn run_async(&self, primaries: &[Primary]) -> Result<T::Output> {
        let questions = together(Sight::commands((self.make)()?.look()));
        let look = || async {
            let mut replies = Vec::new();
            for (_, primary) in primaries {
                replies.push(primary.pipeline_async(&questions, WHAT).await?);
            }
            Ok::<_, Error>(Looks::new(replies))
        };
        let mut looks = look().await?;
        if T::REGISTERS && looks.are_strangers() {
            for (_, primary) in primaries {
                primary.send_async(catalog::refresh_cluster()).await?;
            }
            looks = look().await?;
        }
        let mut progress = Progress::new(&looks.sights, primaries);
        let begun = looks.begin(&self.make)?;
        for (place, (task, step)) in begun.into_iter().enumerate() {
            let primary = asynchronous::Way::Ours(primaries[place].1.clone());
            let result = match progress.next(place, task, step) {
                Next::Done(output) => Ok(output),
                Next::Send(task, commands) => run_on_async(&primary, task, commands).await,
                Next::LookAgain => look_and_run_async(&primary, (self.make)()?).await,
            };
            if progress.add(result).is_end() {
                break;
            }
        }
        progress.into_result()
    }
}

/// Carries out a task on the server, or on every primary of the cluster; `make` makes it anew for each.
///
/// A connection that is lent leads to one server, or is a cluster's and does as one.
pub(crate) fn run<T: Task>(way: &Way<'_>, make: impl Fn() -> Result<T>) -> Result<T::Output>
where
    T::Output: Merged,
{
    let task = make()?;
    let primaries = match way {
        Way::Ours(gears) => gears.primaries()?,
        Way::Lent(_) => None,
    };
    match primaries {
        None => look_and_run(way, task),
        Some(primaries) => Everywhere { make }.run(&primaries),
    }
}

/// Carries out a task, as [`run`] does.
#[cfg(feature = "aio")]
pub(crate) async fn run_async<T: Task>(
    way: &asynchronous::Way<'_>,
    make: impl Fn() -> Result<T>,
) -> Result<T::Output>
where
    T::Output: Merged,
{
    let task = make()?;
    let primaries = match way {
        asynchronous::Way::Ours(gears) => gears.primaries_async().await?,
        asynchronous::Way::Lent(_) => None,
    };
    match primaries {
        None => look_and_run_async(way, task).await,
        Some(primaries) => Everywhere { make }.run_async(&primaries).await,
    }
}

/// What a look at every primary showed.
struct Looks {
    sights: Vec<Sight>,
    replies: Vec<Vec<Value>>,
}

impl Looks {
    fn new(mut replies: Vec<Vec<Value>>) -> Self {
        let sights = replies.iter_mut().map(Sight::take_from).collect();
        idle::level(&mut replies);
        Self { sights, replies }
    }

    fn are_strangers(&self) -> bool {
        let count = self.sights.len();
        count > 1 && self.sights.iter().any(|sight| sight.is_strangers(count))
    }

    /// Has a task for each primary take what was seen there.
    fn begin<T: Task>(self, make: impl Fn() -> Result<T>) -> Result<Vec<(T, Step<T::Output>)>> {
        let begun = self.replies.into_iter().map(|replies| {
            let mut task = make()?;
            let step = task.receive(replies)?;
            Ok((task, step))
        });
        begun.collect()
    }
}

/// Looks at one server, and does the task there.
fn look_and_run<T: Task>(way: &Way<'_>, task: T) -> Result<T::Output> {
    let look = task.look();
    run_on(way, task, look)
}

/// Looks at one server, and does the task there.
#[cfg(feature = "aio")]
async fn look_and_run_async<T: Task>(way: &asynchronous::Way<'_>, task: T) -> Result<T::Output> {
    let look = task.look();
    run_on_async(way, task, look).await
}

/// Carries a task to its end on one server.
pub(crate) fn run_on<T: Task>(
    way: &Way<'_>,
    mut task: T,
    mut commands: Vec<Cmd>,
) -> Result<T::Output> {
    let mut may_repeat = is_look(&commands);
    loop {
        let mut replies = way.pipeline(&commands, WHAT);
        if std::mem::take(&mut may_repeat) && replies.as_ref().is_err_and(Error::is_connection) {
            replies = way.pipeline(&commands, WHAT);
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
    way: &asynchronous::Way<'_>,
    mut task: T,
    mut commands: Vec<Cmd>,
) -> Result<T::Output> {
    let mut may_repeat = is_look(&commands);
    loop {
        let again = std::mem::take(&mut may_repeat).then(|| commands.clone());
        let mut replies = way.pipeline(commands, WHAT).await;
        if let Some(look) = again
            && replies.as_ref().is_err_and(Error::is_connection)
        {
            replies = way.pipeline(look, WHAT).await;
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
    commands.len() >= look.len()
        && commands
            .iter()
            .zip(&look)
            .all(|(one, other)| one.get_packed_command() == other.get_packed_command())
}

/// Tells whether a command is about the server's own functions, which each primary has for itself.
fn is_of_functions(command: &Cmd) -> bool {
    matches!(
        command.args_iter().next(),
        Some(redis::Arg::Simple(b"FUNCTION"))
    )
}

/// What is next for a primary.
enum Next<T: Task> {
    Done(T::Output),
    Send(T, Vec<Cmd>),
    LookAgain,
}

/// What came of the primaries so far.
struct Progress<O> {
    outputs: Vec<O>,
    failure: Option<Error>,
    has_changed: bool,
    /// Whether a change of one primary is a change of all that it knows.
    shares: bool,
    /// For each primary, whether it knows all.
    knows_all: Vec<bool>,
    /// What was sent to one primary and followed by all of them.
    followed: HashSet<Vec<u8>>,
}

impl<O: Merged> Progress<O> {
    fn new(sights: &[Sight], primaries: &[Primary]) -> Self {
        let ids = || primaries.iter().map(|(id, _)| id.as_str());
        Self {
            outputs: Vec::new(),
            failure: None,
            has_changed: false,
            shares: sights.iter().all(Sight::shares),
            knows_all: sights.iter().map(|sight| sight.knows_all(ids())).collect(),
            followed: HashSet::new(),
        }
    }

    /// Decides what is next for the primary at a place, which nothing was sent to since it was looked at.
    fn next<T: Task<Output = O>>(&mut self, place: usize, task: T, step: Step<O>) -> Next<T> {
        let commands = match step {
            Step::Done(output) => return Next::Done(output),
            Step::Send(commands) => commands,
        };
        if !std::mem::replace(&mut self.has_changed, true) {
            if self.shares && self.knows_all[place] {
                let shared = commands.iter().filter(|command| !is_of_functions(command));
                self.followed = shared.map(Cmd::get_packed_command).collect();
            }
            return Next::Send(task, commands);
        }
        let is_followed = |command: &Cmd| self.followed.contains(&command.get_packed_command());
        if commands.iter().all(is_followed)
            && let Some(output) = task.followed()
        {
            return Next::Done(output);
        }
        Next::LookAgain
    }

    fn add(&mut self, result: Result<O>) -> &Self {
        match result {
            Ok(output) => self.outputs.push(output),
            Err(error) => {
                self.failure.get_or_insert(error);
            }
        }
        self
    }

    /// Tells whether there is nothing left to try: where one is for all, so is its failure.
    fn is_end(&self) -> bool {
        self.shares && self.failure.is_some()
    }

    fn into_result(self) -> Result<O> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        let merged = self.outputs.into_iter().reduce(O::merge);
        merged.ok_or_else(|| Error::refused("the cluster has no primary"))
    }
}

#[cfg(test)]
mod tests;
