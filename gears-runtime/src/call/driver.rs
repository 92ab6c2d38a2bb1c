//! One call of a gear, there and back.

#[cfg(feature = "aio")]
use std::pin::pin;
use std::time::Duration;

use redis::{Cmd, Value};

use super::{called::Called, route::call_of};
#[cfg(feature = "aio")]
use crate::connect::way::asynchronous;
#[cfg(feature = "aio")]
use crate::gear::mode::Mode;
use crate::{
    connect::{
        cluster::{Cluster, Reach},
        gears::Gears,
        pool::Purpose,
        way::{Way, lent::Lent},
    },
    error::{Error, Result},
    gear::{descriptor::Gear, mode::Replace, naming::Naming},
    observe,
    server::{known::Server, refusal::is_unknown_trigger},
    wire::{call::Call, outcome::Outcome, packed::Packed, reply::Reply},
};

/// A call that was sent, and what came of it.
struct Sent {
    /// The call, where it may have to go out once more.
    command: Option<Cmd>,
    reply: Value,
    server: Server,
}

impl Sent {
    fn new(command: impl Into<Option<Cmd>>, reply: Value, server: Server) -> Self {
        Self {
            command: command.into(),
            reply,
            server,
        }
    }

    /// Returns the call, if the server refused it because it knew no such gear.
    fn refused(&self) -> Option<&Cmd> {
        self.command
            .as_ref()
            .filter(|_| is_unknown_trigger(&self.reply))
    }
}

/// Calls a gear and waits for its result.
pub fn call<R: Outcome>(
    way: &Way<'_>,
    gear: &'static Gear,
    encode: impl FnOnce(&mut Call) -> Result<()>,
    decode: impl FnOnce(Reply) -> Result<R::Value>,
) -> R {
    R::from_result(observe::call(gear, || {
        let reply = match way {
            Way::Ours(gears) => gears.call(gear, encode),
            Way::Lent(lent) => lent.call(gear, encode),
        };
        reply.and_then(decode)
    }))
}

/// Calls a gear and awaits its result.
#[cfg(feature = "aio")]
pub async fn call_async<R: Outcome>(
    way: &asynchronous::Way<'_>,
    gear: &'static Gear,
    encode: impl FnOnce(&mut Call) -> Result<()>,
    decode: impl FnOnce(Reply) -> Result<R::Value>,
) -> R {
    let call = async {
        let reply = match way {
            asynchronous::Way::Ours(gears) => gears.call_async(gear, encode).await,
            asynchronous::Way::Lent(lent) => lent.call(gear, encode).await,
        };
        reply.and_then(decode)
    };
    // Where it stands: handed on by value, it would be copied at each step and kept twice.
    R::from_result(observe::call_async(gear, pin!(call)).await)
}

impl Gears {
    /// Calls a gear and returns its reply; once more when the server had forgotten it, and has it again.
    pub(crate) fn call(
        &self,
        gear: &'static Gear,
        encode: impl FnOnce(&mut Call) -> Result<()>,
    ) -> Result<Reply> {
        let attempts = self.attempts();
        let sent = self.call_first(gear, encode)?;
        let Some(command) = sent.refused().filter(|_| self.remembers(gear)) else {
            return self.replied(sent.reply, gear, sent.server);
        };
        match self.restore(attempts) {
            Ok(()) => {
                let (reply, server) = self.call_again(gear, command)?;
                self.replied(reply, gear, server)
            }
            Err(why) => self.stays_forgotten(gear, sent, why),
        }
    }

    fn call_first(
        &self,
        gear: &'static Gear,
        encode: impl FnOnce(&mut Call) -> Result<()>,
    ) -> Result<Sent> {
        let node = match self.reach()? {
            Reach::One(node) => node,
            Reach::Many(cluster) => {
                let server = cluster.map().server;
                let command = self.encoded(gear, server, encode)?;
                let reply = call_in(cluster, gear, &command, self.response_timeout())?;
                return Ok(Sent::new(command, reply, server));
            }
        };
        let mut connection = node.checkout(self.response_timeout())?;
        let server = connection.server();
        // Written where it is sent from, so that the arguments are copied once.
        let mut call = self.begin_call(gear, server, Some(connection.room()));
        encode(&mut call)?;
        let (reply, command) = connection.request_packed(
            call.into_packed(true),
            gear.trigger(),
            self.response_timeout(),
        )?;
        Ok(Sent::new(command, reply, server))
    }

    /// Sends a call that the server refused because it knew no such gear.
    pub(super) fn call_again(&self, gear: &'static Gear, command: &Cmd) -> Result<(Value, Server)> {
        match self.reach()? {
            Reach::One(node) => {
                let mut connection = node.checkout(self.response_timeout())?;
                let reply = connection.request(command, gear.trigger(), self.response_timeout())?;
                Ok((reply, connection.server()))
            }
            Reach::Many(cluster) => {
                let reply = call_in(cluster, gear, command, self.response_timeout())?;
                Ok((reply, cluster.map().server))
            }
        }
    }

    /// Tells whether a reply says that the server has forgotten a gear that was registered over this connection.
    pub(super) fn is_forgotten(&self, gear: &Gear, reply: &Value) -> bool {
        is_unknown_trigger(reply) && self.remembers(gear)
    }

    /// Makes the error of a call whose gear could not be put back.
    fn stays_forgotten(&self, gear: &'static Gear, sent: Sent, why: Error) -> Result<Reply> {
        let refused = self.replied(sent.reply, gear, sent.server);
        refused.map_err(|error| error.with_source(why))
    }

    fn encoded(
        &self,
        gear: &'static Gear,
        server: Server,
        encode: impl FnOnce(&mut Call) -> Result<()>,
    ) -> Result<Cmd> {
        let mut call = self.begin_call(gear, server, None);
        encode(&mut call)?;
        Ok(call.into_command())
    }

    /// Begins a call of a gear by the name that it has over this connection.
    pub(crate) fn begin_call(
        &self,
        gear: &'static Gear,
        server: Server,
        packed: Option<Packed>,
    ) -> Call {
        Call::new(gear, server, self.naming(), self.is_plain(gear), packed)
    }

    /// Takes the reply to a call; an exception is told what was called.
    fn replied(&self, value: Value, gear: &'static Gear, server: Server) -> Result<Reply> {
        Reply::from_value(value, gear, server)
            .map_err(|error| self.called(gear, server).tell(error))
    }

    /// Names a call of a gear, for errors.
    pub(crate) fn called(&self, gear: &'static Gear, server: Server) -> Called {
        let address = self.client().get_connection_info().addr().to_string();
        let is_pinned = !self.is_plain(gear) && self.naming().pins(gear, server);
        Called::new(gear, server, Some(address), is_pinned)
    }
}

impl Lent<'_> {
    /// Calls a gear and returns its reply.
    fn call(
        &self,
        gear: &'static Gear,
        encode: impl FnOnce(&mut Call) -> Result<()>,
    ) -> Result<Reply> {
        let server = self.server()?;
        let mut call = lent_call(gear, server, None);
        encode(&mut call)?;
        let what = Purpose::Call(gear.trigger());
        let value = self.send(&call.into_command(), format_args!("{what}"))?;
        replied(value, gear, server)
    }
}

#[cfg(feature = "aio")]
impl asynchronous::Lent<'_> {
    /// Calls a gear and awaits its reply.
    async fn call(
        &self,
        gear: &'static Gear,
        encode: impl FnOnce(&mut Call) -> Result<()>,
    ) -> Result<Reply> {
        let server = self.server().await?;
        let mut call = lent_call(gear, server, None);
        encode(&mut call)?;
        let what = Purpose::Call(gear.trigger()).to_string();
        let value = self.send(&call.into_command(), &what).await?;
        replied(value, gear, server)
    }
}

/// Takes the reply to a call over a connection that was lent.
fn replied(value: Value, gear: &'static Gear, server: Server) -> Result<Reply> {
    Reply::from_value(value, gear, server).map_err(|error| called_lent(gear, server).tell(error))
}

/// Begins a call of a gear over a connection that was lent: nobody has noted anything about names.
pub(super) fn lent_call(gear: &'static Gear, server: Server, packed: Option<Packed>) -> Call {
    Call::new(gear, server, &Naming::default(), is_plain(gear), packed)
}

/// Names such a call, for errors.
pub(super) fn called_lent(gear: &'static Gear, server: Server) -> Called {
    let is_pinned = !is_plain(gear) && Naming::default().pins(gear, server);
    Called::new(gear, server, None, is_pinned)
}

/// Tells whether a gear lets whatever is there answer to its trigger.
fn is_plain(gear: &Gear) -> bool {
    gear.replace() == Replace::Never
}

#[cfg(feature = "aio")]
impl Gears {
    /// Calls a gear and awaits its reply, as [`call`](Self::call) does.
    pub(crate) async fn call_async(
        &self,
        gear: &'static Gear,
        encode: impl FnOnce(&mut Call) -> Result<()>,
    ) -> Result<Reply> {
        let attempts = self.attempts();
        let sent = self.call_first_async(gear, encode).await?;
        if sent.refused().is_none() {
            return self.replied(sent.reply, gear, sent.server);
        }
        // What is seldom is apart: its room would be part of the future of every call.
        Box::pin(self.call_refused_async(gear, sent, attempts)).await
    }

    /// Has the gear put back if it was forgotten, and calls it once more.
    async fn call_refused_async(
        &self,
        gear: &'static Gear,
        sent: Sent,
        attempts: u64,
    ) -> Result<Reply> {
        let Some(command) = sent.refused().filter(|_| self.remembers(gear)) else {
            return self.replied(sent.reply, gear, sent.server);
        };
        match self.restore_async(attempts).await {
            Ok(()) => {
                let (reply, server) = self.call_again_async(gear, command).await?;
                self.replied(reply, gear, server)
            }
            Err(why) => self.stays_forgotten(gear, sent, why),
        }
    }

    async fn call_first_async(
        &self,
        gear: &'static Gear,
        encode: impl FnOnce(&mut Call) -> Result<()>,
    ) -> Result<Sent> {
        let timeout = self.response_timeout();
        let node = match self.reach_async().await? {
            Reach::One(node) => node,
            Reach::Many(cluster) => {
                let server = cluster.map().server;
                let command = self.encoded(gear, server, encode)?;
                let reply = call_in_async(cluster, gear, &command, timeout).await?;
                return Ok(Sent::new(command, reply, server));
            }
        };
        // A client that waits for a worker holds up what is queued behind it.
        let mut connection = node.checkout_async(gear.mode() != Mode::Sync).await?;
        let server = connection.server();
        let command = self.encoded(gear, server, encode)?;
        let reply = connection
            .request(&command, gear.trigger(), timeout)
            .await?;
        Ok(Sent::new(command, reply, server))
    }

    /// Sends a call that the server refused, as [`call_again`](Self::call_again) does.
    pub(super) async fn call_again_async(
        &self,
        gear: &'static Gear,
        command: &Cmd,
    ) -> Result<(Value, Server)> {
        let timeout = self.response_timeout();
        match self.reach_async().await? {
            Reach::One(node) => {
                let mut connection = node.checkout_async(gear.mode() != Mode::Sync).await?;
                let reply = connection.request(command, gear.trigger(), timeout).await?;
                Ok((reply, connection.server()))
            }
            Reach::Many(cluster) => {
                let reply = call_in_async(cluster, gear, command, timeout).await?;
                Ok((reply, cluster.map().server))
            }
        }
    }
}

/// Calls a gear where its key is, or on the primary whose turn it is.
fn call_in(cluster: &Cluster, gear: &Gear, command: &Cmd, timeout: Duration) -> Result<Value> {
    let (route, errand) = call_of(gear, command, timeout);
    cluster.send(route, errand).map(|answer| answer.reply)
}

#[cfg(feature = "aio")]
/// Calls a gear, as [`call_in`] does.
async fn call_in_async(
    cluster: &Cluster,
    gear: &Gear,
    command: &Cmd,
    timeout: Duration,
) -> Result<Value> {
    let (route, errand) = call_of(gear, command, timeout);
    cluster
        .send_async(route, errand)
        .await
        .map(|answer| answer.reply)
}
