//! Ways to a server: connections of ours, and connections that somebody lends.
//!
//! Whatever sends something takes a [`ToServer`] (or, awaited, a `ToServerAsync`) and works on the [`Way`] that
//! comes of it, so that nothing is written once for each kind of connection.

#[cfg(feature = "aio")]
pub(crate) mod asynchronous;
pub(crate) mod kept;
pub(crate) mod lent;

use std::sync::Arc;

use redis::{Cmd, ConnectionLike, Value};

use self::{kept::ToGears, lent::Lent};
use super::gears::Gears;
use crate::{error::Result, gear::naming::Naming};

/// Whatever leads to a server: what [`register_all`](crate::register_all), `on` and `pipe` of a gear, and
/// [`Script::on`](crate::Script::on) take.
///
/// | what | connections | stubs are bound to it |
/// | --- | --- | --- |
/// | `&Gears` | its own | yes |
/// | `&redis::Client` | those of a [`Gears`] that equal clients share while one is in use | yes |
/// | `&redis::cluster::ClusterClient` (feature `cluster`) | as for a client | yes |
/// | `&mut` anything that is [`redis::ConnectionLike`]: a connection, one of a pool, a cluster's | that one | no |
///
/// A connection that is lent is used as it is: with its own timeouts, in its own order, and for as long as the
/// call takes. It cannot be kept, so [`register_all`](crate::register_all) registers over it and leaves plain stubs bound to whatever
/// they were bound to. What has to come back later, [`bind`](crate::bind) and
/// [`spawn_on`](crate::function::BatchFunction::spawn_on), takes a [`ToGears`].
///
/// Async programs have a trait of their own, `aio::ToServer`, for connections that are awaited.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Result, ToServer, embedded, gear_command, redis, register_all};
///
/// #[gear_command]
/// fn double(number: i64) -> Result<i64> {
///     "return 2 * number"
/// }
///
/// fn doubled_twice<'a>(server: impl ToServer<'a>) -> Result<i64> {
///     let double = double::on(server);
///     double.call(double.call(1)?)
/// }
///
/// # fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
/// let server = embedded::Server::start()?;
/// let client = redis::Client::open(server.url())?;
/// let mut connection = client.get_connection()?;
/// register_all(&mut connection)?;
/// assert_eq!(doubled_twice(&mut connection)?, 4);
/// assert_eq!(doubled_twice(&client)?, 4);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no way to a server for a call that waits",
    label = "gears are called over `&Gears`, `&redis::Client` or a `&mut` connection",
    note = "a connection of redis-rs or of a pool is lent as `&mut connection`",
    note = "a connection that is awaited goes with what is awaited: `register_all_async`, `on_async`, an `async fn` gear",
    note = "`&redis::cluster::ClusterClient` takes the feature `cluster` of gears-runtime"
)]
pub trait ToServer<'a>: Sealed {
    /// Makes what calls go over.
    #[doc(hidden)]
    fn into_way(self) -> Way<'a>;
}

/// Seals [`ToServer`] and its kin: what a way is may change.
pub trait Sealed {}

/// What calls go over, whether they wait or are awaited: `L` is how a connection is lent.
#[doc(hidden)]
pub enum Over<L> {
    /// Connections of ours.
    Ours(Gears),
    /// A connection of somebody else's.
    Lent(Arc<L>),
}

/// What calls go over that wait.
#[doc(hidden)]
pub type Way<'a> = Over<Lent<'a>>;

impl<L> Clone for Over<L> {
    fn clone(&self) -> Self {
        match self {
            Self::Ours(gears) => Self::Ours(gears.clone()),
            Self::Lent(lent) => Self::Lent(Arc::clone(lent)),
        }
    }
}

impl Sealed for Gears {}
impl Sealed for &Gears {}
impl Sealed for redis::Client {}
impl Sealed for &redis::Client {}
#[cfg(feature = "cluster")]
impl Sealed for redis::cluster::ClusterClient {}
#[cfg(feature = "cluster")]
impl Sealed for &redis::cluster::ClusterClient {}

#[diagnostic::do_not_recommend]
impl<C: ConnectionLike + Send> Sealed for &mut C {}

impl<'a> ToServer<'a> for &Gears {
    fn into_way(self) -> Way<'a> {
        Way::Ours(self.clone())
    }
}

impl<'a> ToServer<'a> for &redis::Client {
    fn into_way(self) -> Way<'a> {
        Way::Ours(self.to_gears())
    }
}

#[cfg(feature = "cluster")]
impl<'a> ToServer<'a> for &redis::cluster::ClusterClient {
    fn into_way(self) -> Way<'a> {
        Way::Ours(self.to_gears())
    }
}

#[diagnostic::do_not_recommend]
impl<'a, C: ConnectionLike + Send> ToServer<'a> for &'a mut C {
    fn into_way(self) -> Way<'a> {
        Way::Lent(Arc::new(Lent::new(self)))
    }
}

impl<L> Over<L> {
    /// Returns the connection, if it is one that can be kept.
    pub(crate) fn kept(&self) -> Option<&Gears> {
        match self {
            Self::Ours(gears) => Some(gears),
            Self::Lent(_) => None,
        }
    }

    /// Returns how gears are named over it: a connection that is lent has no names of its own.
    pub(crate) fn naming(&self) -> Naming {
        self.kept()
            .map_or_else(Naming::default, |gears| gears.naming().clone())
    }
}

impl Way<'_> {
    /// Sends commands in one go and returns one reply for each.
    pub(crate) fn pipeline(&self, commands: &[Cmd], what: &str) -> Result<Vec<Value>> {
        match self {
            Self::Ours(gears) => gears.pipeline(commands, what),
            Self::Lent(lent) => lent.pipeline(commands, format_args!("{what}")),
        }
    }
}
