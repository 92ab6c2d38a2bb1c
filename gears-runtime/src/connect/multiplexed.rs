//! The multiplexed connections behind async calls.
//!
//! Calls share connections, but a server keeps a connection waiting while a
//! worker runs a gear for it. So a call takes the connection with the fewest
//! calls under way, and opens another one, up to a limit, rather than queue
//! behind a gear that may be slow.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, Cmd, Pipeline, RedisResult, Value, aio::MultiplexedConnection,
};
use tokio::runtime::{self, Handle};

use super::{
    overseer::{Overseer, Watch},
    poison::unpoisoned,
    pool::Purpose,
};
use crate::{
    error::{Error, Result},
    server::{dialect::Dialect, known::Server},
};

/// Shares connections among async calls.
pub(crate) struct Multiplexed {
    lines: Mutex<Vec<Arc<Line>>>,
    overseer: Overseer,
    /// Which process the connections are to, where it is ours.
    epoch: AtomicU64,
    /// Held while connecting, so that a burst of calls does not open them all at once.
    connecting: tokio::sync::Mutex<()>,
    max: usize,
    connect_timeout: Duration,
}

/// One connection with what is known about it.
struct Line {
    connection: MultiplexedConnection,
    server: Server,
    /// The runtime that drives the connection, which no other can use.
    runtime: runtime::Id,
    calls: AtomicUsize,
}

/// A connection that counts one more call until it is dropped.
pub(crate) struct Checkout<'a> {
    multiplexed: &'a Multiplexed,
    line: Arc<Line>,
    connection: MultiplexedConnection,
    /// Whether the server may make the connection wait for this call.
    blocks: bool,
    /// Whether a reply is outstanding.
    in_flight: bool,
}

impl Multiplexed {
    pub(crate) fn new(max: usize, connect_timeout: Duration, overseer: Overseer) -> Self {
        Self {
            lines: Mutex::default(),
            overseer,
            epoch: AtomicU64::default(),
            connecting: tokio::sync::Mutex::default(),
            max: max.max(1),
            connect_timeout,
        }
    }

    /// Takes the connection with the fewest calls; an idle or a new one for a call that `blocks`.
    ///
    /// # Errors
    ///
    /// The server cannot be reached.
    pub(crate) async fn checkout(&self, client: &Client, blocks: bool) -> Result<Checkout<'_>> {
        let (checkout, _) = self.take(client, blocks, None).await?;
        Ok(checkout)
    }

    /// Takes a connection, with the reply to a command that costs a new connection no round trip.
    ///
    /// # Errors
    ///
    /// As [`checkout`](Self::checkout), and those of sending.
    pub(crate) async fn checkout_and_ask(
        &self,
        client: &Client,
        question: &Cmd,
        what: Purpose<'_>,
    ) -> Result<(Checkout<'_>, Value)> {
        let (mut checkout, reply) = self.take(client, false, Some(question)).await?;
        let reply = match reply {
            Some(reply) => reply,
            None => checkout.send(question, what, self.connect_timeout).await?,
        };
        Ok((checkout, reply))
    }

    /// Takes a connection; one that is opened is asked this question together with its own.
    async fn take(
        &self,
        client: &Client,
        blocks: bool,
        question: Option<&Cmd>,
    ) -> Result<(Checkout<'_>, Option<Value>)> {
        let runtime = Handle::try_current()
            .map_err(|_| {
                Error::configuration("an async gear was called outside of a tokio runtime")
            })?
            .id();
        let epoch = self.overseer.ready_async().await?;
        if self.epoch.fetch_max(epoch, Ordering::Relaxed) < epoch {
            self.lock().clear();
        }
        if let Some(line) = self.least_busy(runtime, blocks) {
            return Ok((self.lend(line, blocks), None));
        }
        let _connecting = self.connecting.lock().await;
        // Someone may have connected meanwhile.
        if let Some(line) = self.least_busy(runtime, blocks) {
            return Ok((self.lend(line, blocks), None));
        }
        // Apart, as it is seldom: its room would be part of the future of every call.
        let connected = Box::pin(self.connect(client, runtime, question));
        let (line, reply) = connected.await?;
        let line = Arc::new(line);
        // A server without the module may have it by the next call.
        if line.server.dialect != Dialect::Plain {
            self.lock().push(Arc::clone(&line));
        }
        Ok((self.lend(line, blocks), reply))
    }

    fn least_busy(&self, runtime: runtime::Id, blocks: bool) -> Option<Arc<Line>> {
        let lines = self.lock();
        let mut count = 0;
        let best = lines
            .iter()
            .filter(|line| line.runtime == runtime)
            .inspect(|_| count += 1)
            .min_by_key(|line| line.calls.load(Ordering::Relaxed))?;
        let idle = best.calls.load(Ordering::Relaxed) == 0;
        (idle || !blocks || count >= self.max).then(|| {
            // Counted under the lock, so that two calls do not find the same one idle.
            best.calls.fetch_add(1, Ordering::Relaxed);
            Arc::clone(best)
        })
    }

    async fn connect(
        &self,
        client: &Client,
        runtime: runtime::Id,
        question: Option<&Cmd>,
    ) -> Result<(Line, Option<Value>)> {
        let failed = |error| Error::from_connecting(error, client, self.connect_timeout);
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.connect_timeout))
            .set_response_timeout(Some(self.connect_timeout));
        let mut connection = client
            .get_multiplexed_async_connection_with_config(&config)
            .await
            .map_err(failed)?;
        let questions = Server::questions().into_iter();
        let questions = together(questions.chain(question.cloned()));
        let mut replies = connection
            .send_packed_commands(&questions, 0, questions.len())
            .await
            .map_err(failed)?;
        let server = match replies.as_slice() {
            [question, modules, ..] => Server::from_answers(question, modules)?,
            _ => return Err(Error::unexpected("a reply is missing", &Value::Nil)),
        };
        let line = Line {
            connection,
            server,
            runtime,
            calls: AtomicUsize::new(1),
        };
        Ok((line, question.and_then(|_| replies.pop())))
    }

    /// Lends a line whose call is counted already.
    fn lend(&self, line: Arc<Line>, blocks: bool) -> Checkout<'_> {
        Checkout {
            multiplexed: self,
            connection: line.connection.clone(),
            line,
            blocks,
            in_flight: false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Line>>> {
        unpoisoned(self.lines.lock())
    }
}

impl fmt::Debug for Multiplexed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Multiplexed")
            .field("connections", &self.lock().len())
            .finish_non_exhaustive()
    }
}

impl Checkout<'_> {
    /// Returns what is known about the server at the other end.
    pub(crate) fn server(&self) -> Server {
        self.line.server
    }

    /// Sends a command and awaits the reply, an error reply too.
    ///
    /// # Errors
    ///
    /// The connection broke, or nothing came within `timeout`.
    pub(crate) async fn send(
        &mut self,
        command: &Cmd,
        what: Purpose<'_>,
        timeout: Duration,
    ) -> Result<Value> {
        let watch = self.multiplexed.overseer.watch(timeout);
        self.connection.set_response_timeout(watch.patience());
        self.in_flight = true;
        let reply = self.connection.send_packed_command(command).await;
        self.in_flight = false;
        self.checked(reply, format_args!("{what}"), timeout, &watch)
    }

    /// Calls a trigger and awaits the reply, an error reply too.
    ///
    /// # Errors
    ///
    /// The connection broke, or nothing came within `timeout`.
    pub(crate) async fn request(
        &mut self,
        command: &Cmd,
        trigger: &str,
        timeout: Duration,
    ) -> Result<Value> {
        self.send(command, Purpose::Call(trigger), timeout).await
    }

    /// Sends commands in one go and awaits one reply for each, all within `timeout`.
    ///
    /// # Errors
    ///
    /// The connection broke, or the replies took longer than `timeout`.
    pub(crate) async fn pipeline(
        &mut self,
        commands: &Pipeline,
        what: &str,
        timeout: Duration,
    ) -> Result<Vec<Value>> {
        let watch = self.multiplexed.overseer.watch(timeout);
        self.connection.set_response_timeout(watch.patience());
        self.in_flight = true;
        let replies = self
            .connection
            .send_packed_commands(commands, 0, commands.len())
            .await;
        self.in_flight = false;
        self.checked(replies, format_args!("{what}"), timeout, &watch)
    }

    fn checked<T>(
        &self,
        result: RedisResult<T>,
        what: fmt::Arguments<'_>,
        timeout: Duration,
        watch: &Watch,
    ) -> Result<T> {
        result.map_err(|error| {
            let mut lines = self.multiplexed.lock();
            if error.is_timeout() {
                // Perhaps the server is busy, perhaps it is gone without a
                // word: the next call uses another connection.
                lines.retain(|line| !Arc::ptr_eq(line, &self.line));
            } else {
                // What broke one has likely broken all.
                lines.retain(|line| line.runtime != self.line.runtime);
            }
            drop(lines);
            let error = Error::from_redis(error, what, timeout);
            watch.explain(error, || what.to_string())
        })
    }
}

/// Puts commands together that go out in one go.
pub(crate) fn together(commands: impl IntoIterator<Item = Cmd>) -> Pipeline {
    let mut together = Pipeline::new();
    for command in commands {
        together.add_command(command);
    }
    together
}

impl Drop for Checkout<'_> {
    fn drop(&mut self) {
        if self.blocks && self.in_flight {
            // The future was dropped, but the server still keeps the connection
            // waiting: the next call uses another one.
            let mut lines = self.multiplexed.lock();
            lines.retain(|line| !Arc::ptr_eq(line, &self.line));
        }
        self.line.calls.fetch_sub(1, Ordering::Relaxed);
    }
}
