//! The pool of connections behind sync calls.
//!
//! A checkout costs a lock and nothing on the wire. When a connection breaks,
//! those that idled at the time are not used again; one that idled for long is
//! tried with a PING before a call depends on it.

use std::{
    fmt, mem,
    sync::{Condvar, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use redis::{Client, Cmd, Connection, ConnectionLike as _, Value};

use super::{overseer::Overseer, poison::unpoisoned};
use crate::{
    error::{Error, Result},
    server::{dialect::Dialect, known::Server, refusal::is_unknown_trigger},
    wire::packed::Packed,
};

/// How long a connection may idle and still be trusted.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);

/// How many bytes of room for calls a connection keeps.
const ROOM: usize = 16 << 10;

/// Lends connections to sync calls.
#[derive(Debug)]
pub(crate) struct Pool {
    state: Mutex<State>,
    returned: Condvar,
    max: usize,
    connect_timeout: Duration,
    overseer: Overseer,
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<Idle>,
    /// Connections that idle, are lent or are being opened.
    open: usize,
    /// Counts the times that a connection broke.
    generation: u64,
    /// Which process the connections are to, where it is ours.
    epoch: u64,
    /// Calls that wait for a connection: waking nobody costs a system call too.
    waiting: usize,
}

struct Idle {
    lent: Lent,
    since: Instant,
}

impl fmt::Debug for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Idle")
            .field("since", &self.since)
            .finish_non_exhaustive()
    }
}

/// A connection with what is known about it.
struct Lent {
    connection: Connection,
    server: Server,
    generation: u64,
    timeout: Option<Duration>,
    /// Room for the next call, so that it need not ask for memory.
    room: Packed,
}

/// A connection on loan: back to the pool on drop, unless a call on it failed.
pub(crate) struct Checkout<'a> {
    pool: &'a Pool,
    lent: Option<Lent>,
    fate: Fate,
}

/// Says what a command is for, in messages.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose<'a> {
    /// A call of this trigger.
    Call(&'a str),
    /// The command itself.
    Send(&'a str),
}

impl fmt::Display for Purpose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(trigger) => write!(f, "calling `{trigger}`"),
            Self::Send(command) => write!(f, "sending {command}"),
        }
    }
}

/// What becomes of a connection when its loan ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Keep,
    /// A reply is outstanding: nobody may read it for the wrong call.
    Drop,
    /// The server closed it, and so perhaps others.
    Broken,
}

impl Pool {
    pub(crate) fn new(max: usize, connect_timeout: Duration, overseer: Overseer) -> Self {
        Self {
            state: Mutex::default(),
            returned: Condvar::new(),
            max: max.max(1),
            connect_timeout,
            overseer,
        }
    }

    /// Lends a connection, opening one when none idles.
    ///
    /// # Errors
    ///
    /// The server cannot be reached, or all connections stay lent for `patience`.
    pub(crate) fn checkout(&self, client: &Client, patience: Duration) -> Result<Checkout<'_>> {
        let (checkout, _) = self.take(client, patience, None)?;
        Ok(checkout)
    }

    /// Lends a connection, with the reply to a command that costs a new connection no round trip.
    ///
    /// # Errors
    ///
    /// As [`checkout`](Self::checkout), and those of sending.
    pub(crate) fn checkout_and_ask(
        &self,
        client: &Client,
        patience: Duration,
        question: &Cmd,
        what: Purpose<'_>,
    ) -> Result<(Checkout<'_>, Value)> {
        let (mut checkout, reply) = self.take(client, patience, Some(question))?;
        let reply = match reply {
            Some(reply) => reply,
            None => checkout.send(question, what, self.connect_timeout)?,
        };
        Ok((checkout, reply))
    }

    /// Lends a connection; one that is opened is asked this question together with its own.
    fn take(
        &self,
        client: &Client,
        patience: Duration,
        question: Option<&Cmd>,
    ) -> Result<(Checkout<'_>, Option<Value>)> {
        let epoch = self.overseer.ready()?;
        let started = Instant::now();
        let mut state = self.lock();
        if state.epoch < epoch {
            state.epoch = epoch;
            state.generation += 1;
        }
        loop {
            while let Some(Idle { lent, since }) = state.idle.pop() {
                if lent.generation != state.generation {
                    state.open -= 1;
                    continue;
                }
                let mut checkout = self.lend(lent);
                if started.saturating_duration_since(since) <= TRUSTED_IDLE {
                    return Ok((checkout, None));
                }
                drop(state);
                if checkout.answers(self.connect_timeout) {
                    return Ok((checkout, None));
                }
                drop(checkout);
                state = self.lock();
            }
            if state.open < self.max {
                state.open += 1;
                let generation = state.generation;
                drop(state);
                return self.open(client, generation, question);
            }
            let left = patience.saturating_sub(started.elapsed());
            if left.is_zero() {
                return Err(Error::timeout(
                    format!("waiting for one of {} connections, all in use", self.max),
                    patience,
                ));
            }
            state.waiting += 1;
            state = unpoisoned(self.returned.wait_timeout(state, left)).0;
            state.waiting -= 1;
        }
    }

    /// Opens the connection that `open` already counts.
    fn open(
        &self,
        client: &Client,
        generation: u64,
        question: Option<&Cmd>,
    ) -> Result<(Checkout<'_>, Option<Value>)> {
        match self.connect(client, generation, question) {
            Ok((lent, reply)) => Ok((self.lend(lent), reply)),
            Err(error) => {
                let mut state = self.lock();
                state.open -= 1;
                self.wake_one(state);
                Err(error)
            }
        }
    }

    fn connect(
        &self,
        client: &Client,
        generation: u64,
        question: Option<&Cmd>,
    ) -> Result<(Lent, Option<Value>)> {
        let failed = |error| Error::from_connecting(error, client, self.connect_timeout);
        let mut connection = client
            .get_connection_with_timeout(self.connect_timeout)
            .map_err(failed)?;
        // A server that accepts and then says nothing must not hold us.
        set_timeout(&connection, self.connect_timeout).map_err(failed)?;
        let mut packed = Vec::new();
        for question in Server::questions().iter().chain(question) {
            question.write_packed_command(&mut packed);
        }
        connection.send_packed_command(&packed).map_err(failed)?;
        let mut answer = || {
            loop {
                match connection.recv_response().map_err(failed)? {
                    // RESP3 puts these between replies.
                    Value::Push { .. } => {}
                    reply => return Ok::<_, Error>(reply),
                }
            }
        };
        let server = Server::from_answers(&answer()?, &answer()?)?;
        let reply = question.map(|_| answer()).transpose()?;
        let lent = Lent {
            connection,
            server,
            generation,
            timeout: Some(self.connect_timeout),
            room: Packed::default(),
        };
        Ok((lent, reply))
    }

    fn lend(&self, lent: Lent) -> Checkout<'_> {
        Checkout {
            pool: self,
            lent: Some(lent),
            fate: Fate::Keep,
        }
    }

    fn wake_one(&self, state: MutexGuard<'_, State>) {
        let waiting = state.waiting > 0;
        drop(state);
        if waiting {
            self.returned.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        unpoisoned(self.state.lock())
    }
}

impl Checkout<'_> {
    /// Returns what is known about the server at the other end.
    pub(crate) fn server(&self) -> Server {
        self.lent().server
    }

    /// Sends a command and reads the reply, an error reply too.
    ///
    /// # Errors
    ///
    /// The connection broke, or nothing came within `timeout`.
    pub(crate) fn send(
        &mut self,
        command: &Cmd,
        what: Purpose<'_>,
        timeout: Duration,
    ) -> Result<Value> {
        self.exchange(format_args!("{what}"), timeout, |connection| {
            connection.req_command(command)
        })
    }

    /// Calls a trigger and reads the reply, an error reply too.
    ///
    /// # Errors
    ///
    /// The connection broke, or nothing came within `timeout`.
    pub(crate) fn request(
        &mut self,
        command: &Cmd,
        trigger: &str,
        timeout: Duration,
    ) -> Result<Value> {
        self.send(command, Purpose::Call(trigger), timeout)
    }

    /// Calls a trigger by what is packed in the [`room`](Self::room) of this connection, and gives it back.
    ///
    /// Returns the reply, an error reply too, and the call itself where the server knows no such trigger.
    ///
    /// # Errors
    ///
    /// The connection broke, or nothing came within `timeout`.
    pub(crate) fn request_packed(
        &mut self,
        mut call: Packed,
        trigger: &str,
        timeout: Duration,
    ) -> Result<(Value, Option<Cmd>)> {
        let what = Purpose::Call(trigger);
        let reply = self.exchange(format_args!("{what}"), timeout, |connection| {
            connection.req_packed_command(call.bytes())
        })?;
        let refused = is_unknown_trigger(&reply).then(|| call.last()).flatten();
        call.clear(ROOM);
        self.lent_mut().room = call;
        Ok((reply, refused))
    }

    /// Takes the room that this connection has for a call.
    pub(crate) fn room(&mut self) -> Packed {
        mem::take(&mut self.lent_mut().room)
    }

    /// Sends commands in one go and reads one reply for each.
    ///
    /// # Errors
    ///
    /// The connection broke, or one of the replies took longer than `timeout`.
    pub(crate) fn pipeline<'c>(
        &mut self,
        commands: impl IntoIterator<Item = &'c Cmd>,
        what: &str,
        timeout: Duration,
    ) -> Result<Vec<Value>> {
        let mut packed = Vec::new();
        let mut count = 0;
        for command in commands {
            command.write_packed_command(&mut packed);
            count += 1;
        }
        self.exchange(format_args!("{what}"), timeout, |connection| {
            connection.send_packed_command(&packed)?;
            let mut replies = Vec::with_capacity(count);
            while replies.len() < count {
                match connection.recv_response()? {
                    // RESP3 puts these between replies.
                    Value::Push { .. } => {}
                    reply => replies.push(reply),
                }
            }
            Ok(replies)
        })
    }

    /// Talks over the connection; nobody else uses it when that fails.
    ///
    /// # Errors
    ///
    /// What `talk` failed with.
    pub(crate) fn exchange<T>(
        &mut self,
        what: fmt::Arguments<'_>,
        timeout: Duration,
        talk: impl FnOnce(&mut Connection) -> redis::RedisResult<T>,
    ) -> Result<T> {
        // Stays so when `talk` panics.
        self.fate = Fate::Drop;
        let watch = self.pool.overseer.watch(timeout);
        let patience = watch.patience();
        let lent = self.lent_mut();
        let talked = if lent.timeout == Some(patience) {
            Ok(())
        } else {
            set_timeout(&lent.connection, patience)
        }
        .and_then(|()| {
            lent.timeout = Some(patience);
            talk(&mut lent.connection)
        });
        match talked {
            Ok(value) => {
                self.fate = Fate::Keep;
                Ok(value)
            }
            Err(error) => {
                if !error.is_timeout() {
                    self.fate = Fate::Broken;
                }
                let error = Error::from_redis(error, what, timeout);
                Err(watch.explain(error, || what.to_string()))
            }
        }
    }

    fn answers(&mut self, timeout: Duration) -> bool {
        self.exchange(format_args!("sending PING"), timeout, |connection| {
            connection.req_command(&redis::cmd("PING"))
        })
        .is_ok()
    }

    #[expect(clippy::expect_used, reason = "`drop` alone takes it")]
    fn lent(&self) -> &Lent {
        self.lent.as_ref().expect("lent until dropped")
    }

    #[expect(clippy::expect_used, reason = "`drop` alone takes it")]
    fn lent_mut(&mut self) -> &mut Lent {
        self.lent.as_mut().expect("lent until dropped")
    }
}

impl Drop for Checkout<'_> {
    fn drop(&mut self) {
        let Some(lent) = self.lent.take() else {
            return;
        };
        let mut state = self.pool.lock();
        // A server without the module may have it by the next call.
        let known = lent.server.dialect != Dialect::Plain;
        if self.fate == Fate::Keep && known && lent.generation == state.generation {
            state.idle.push(Idle {
                lent,
                since: Instant::now(),
            });
        } else {
            state.open -= 1;
            if self.fate == Fate::Broken && lent.generation == state.generation {
                state.generation += 1;
            }
        }
        self.pool.wake_one(state);
    }
}

fn set_timeout(connection: &Connection, timeout: Duration) -> redis::RedisResult<()> {
    // The socket takes no zero, which would mean "for ever".
    let timeout = Some(timeout.max(Duration::from_millis(1)));
    connection.set_read_timeout(timeout)?;
    connection.set_write_timeout(timeout)
}
