//! How much of a cluster the run of a script is over.
//!
//! A function that is built here and does not say otherwise is over all shards, and its result says how
//! many those were. The shard that gets it is asked in the same go, as it alone knows whom it has taken part:
//! shards without slots do, and the client does not know them. A cluster that cannot run it so is refused
//! before anything is sent. Only RedisGears has to be asked first, since it runs over one shard until it is
//! told of the others, and does not say so.

use crate::{
    command::{catalog, request::Request, script::Script, sending::Sent},
    connect::{cluster::Reach, gears::Gears},
    data::{ClusterInfo, Executed},
    error::{Error, Result},
    server::{dialect::Dialect, known::Server},
    wire::decoder::Decoder,
};

/// What to do where gears-engine knows no other shards.
const UPDATE: &str = "bring gears-engine up to date on all nodes, or let it stay on one shard with \
     `.run().local()`";

/// What to do where RedisGears was not told of its cluster.
const TELL: &str = "call `refresh_cluster()`, which tells all nodes of the others, or let it stay on one \
     shard with `.run().local()`";

/// Says how much of a cluster the run of a script is over.
#[derive(Clone, Debug)]
pub(crate) enum Extent {
    /// Nobody knows: it is text, and decides for itself.
    Unsaid,
    /// All shards; this is the place of the function.
    All(String),
    /// The shard that gets it.
    One,
}

/// A script that a server has taken.
pub(crate) struct Began {
    pub(crate) executed: Executed,
    /// How many shards it is over, where that is known.
    pub(crate) shards: Option<usize>,
    /// Whom to ask about it: in a cluster, the shard that got it.
    pub(crate) gears: Gears,
}

/// Says from whom it is known how many shards there are.
enum Count {
    /// From nobody: it is known, or is not to be.
    Known(Option<usize>),
    /// From the shard that gets the script, in the same go.
    Along,
    /// From the shard that is to get the script, before it does.
    Before(Server),
}

impl Began {
    /// Returns what came of it, with results of another type.
    pub(super) fn decode_with<T>(self, decoder: Decoder<T>) -> Result<Executed<T>> {
        self.executed.over(self.shards).decode_with(decoder)
    }

    fn new(gears: &Gears, sent: Sent<Executed>, count: &Count) -> Self {
        Self {
            executed: sent.answer,
            shards: match count {
                Count::Known(shards) => *shards,
                Count::Along | Count::Before(_) => {
                    sent.ahead.and_then(|reply| count_shards(&reply))
                }
            },
            gears: match sent.node {
                Some(node) => gears.at(node),
                None => gears.clone(),
            },
        }
    }
}

impl Extent {
    /// Decides who is to say how many shards there are.
    ///
    /// # Errors
    ///
    /// The cluster is known to run nothing over all of its shards.
    fn count(&self, gears: &Gears, reach: Reach<'_>) -> Result<Count> {
        let place = match self {
            Self::Unsaid => return Ok(Count::Known(None)),
            Self::One => return Ok(Count::Known(Some(1))),
            Self::All(place) => place,
        };
        let Reach::Many(cluster) = reach else {
            let is_alone = gears.is_alone();
            return Ok(if is_alone {
                Count::Known(Some(1))
            } else {
                Count::Along
            });
        };
        let server = cluster.map().server;
        match server.dialect {
            Dialect::Engine if !server.shares => Err(cannot(place, server.to_string(), UPDATE)),
            Dialect::RedisGears => Ok(Count::Before(server)),
            _ => Ok(Count::Along),
        }
    }

    /// Returns what a connection that is lent is asked before, as nothing is known of what is at its other end.
    pub(super) fn question(&self) -> Option<Request<Option<ClusterInfo>>> {
        matches!(self, Self::All(_)).then(catalog::info_cluster)
    }

    /// Returns how many shards it is over, where nobody has to be asked.
    pub(super) fn known(&self) -> Option<usize> {
        matches!(self, Self::One).then_some(1)
    }

    /// Reads how many shards it is over from what a connection that is lent says to the question.
    ///
    /// # Errors
    ///
    /// The cluster runs nothing over all of its shards, or cannot be asked.
    pub(super) fn told(
        &self,
        told: Result<Option<ClusterInfo>>,
        server: Server,
    ) -> Result<Option<usize>> {
        match (told, self) {
            (Ok(Some(_)), Self::All(place))
                if server.dialect == Dialect::Engine && !server.shares =>
            {
                Err(cannot(place, server.to_string(), UPDATE))
            }
            (Ok(cluster), _) => Ok(Some(cluster.map_or(1, |cluster| cluster.shards.len()))),
            // Without leave to ask, hope.
            (Err(error), _) if error.is_permission() => Ok(None),
            (Err(error), _) => Err(error),
        }
    }

    /// Reads what a shard of RedisGears says about its cluster.
    ///
    /// # Errors
    ///
    /// It does not know that there are others, or cannot be asked.
    fn check(&self, told: Result<Option<ClusterInfo>>, server: Server) -> Result<Count> {
        match (told, self) {
            (Ok(Some(cluster)), _) => Ok(Count::Known(Some(cluster.shards.len()))),
            (Ok(None), Self::All(place)) => {
                let server = format!("{server} that knows no other shards");
                Err(cannot(place, server, TELL))
            }
            (Ok(None), _) => Ok(Count::Known(None)),
            // Without leave to ask, hope.
            (Err(error), _) if error.is_permission() => Ok(Count::Known(None)),
            (Err(error), _) => Err(error),
        }
    }
}

fn cannot(place: &str, server: String, remedy: &'static str) -> Error {
    Error::lacks(
        format!("running over all shards of the cluster, of {place},"),
        server,
        remedy,
    )
}

/// Reads a reply to `RG.INFOCLUSTER`; nothing when it tells nothing.
fn count_shards(reply: &redis::Value) -> Option<usize> {
    let cluster = ClusterInfo::read_reply(reply).ok()?;
    Some(cluster.map_or(1, |cluster| cluster.shards.len()))
}

fn request<T>(
    script: &Script<T>,
    unblocking: bool,
    count: &Count,
    server: Server,
) -> Request<Executed> {
    let make = match count {
        Count::Along => catalog::py_execute_and_ask,
        Count::Known(_) | Count::Before(_) => catalog::py_execute,
    };
    make(script, unblocking, server.dialect)
}

impl Gears {
    /// Has a server take a script.
    ///
    /// # Errors
    ///
    /// The script is to run over all shards, and the cluster cannot do that; else those of sending.
    pub(super) fn begin<T>(&self, script: &Script<T>, unblocking: bool) -> Result<Began> {
        let extent = script.extent();
        let (gears, count) = match extent.count(self, self.reach()?)? {
            Count::Before(server) => {
                let gears = self.settled()?.unwrap_or_else(|| self.clone());
                let count = extent.check(gears.info_cluster(), server)?;
                (gears, count)
            }
            count => (self.clone(), count),
        };
        let make = |server| request(script, unblocking, &count, server);
        Ok(Began::new(&gears, gears.send_where(make)?, &count))
    }

    /// Has a server take a script, as [`begin`](Self::begin) does.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin).
    #[cfg(feature = "aio")]
    pub(super) async fn begin_async<T>(
        &self,
        script: &Script<T>,
        unblocking: bool,
    ) -> Result<Began> {
        let extent = script.extent();
        let (gears, count) = match extent.count(self, self.reach_async().await?)? {
            Count::Before(server) => {
                let settled = self.settled_async().await?;
                let gears = settled.unwrap_or_else(|| self.clone());
                let told = gears.send_async(catalog::info_cluster()).await;
                (gears, extent.check(told, server)?)
            }
            count => (self.clone(), count),
        };
        let make = |server| request(script, unblocking, &count, server);
        let sent = gears.send_where_async(true, make).await?;
        Ok(Began::new(&gears, sent, &count))
    }
}
