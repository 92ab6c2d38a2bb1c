//! Sends commands to the nodes that they are for.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use redis::{Cmd, Value};

use super::{
    Cluster,
    journey::{Attempt, Journey, Route},
};
#[cfg(feature = "aio")]
use crate::connect::multiplexed;
use crate::{
    connect::{
        node::Node,
        pool::{self, Purpose},
    },
    error::Result,
};

/// For how long a shard is asked again that does not have its gears yet, and how often.
const LONGEST: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(50);

/// Says for how long somebody asks again.
struct Patience {
    began: Instant,
    longest: Duration,
}

impl Patience {
    fn begin(timeout: Duration) -> Self {
        Self {
            began: Instant::now(),
            longest: LONGEST.min(timeout),
        }
    }

    fn is_left(&self) -> bool {
        self.began.elapsed() + PAUSE < self.longest
    }
}

/// A command with all that sending it takes.
#[derive(Clone, Copy)]
pub(crate) struct Errand<'a> {
    pub(crate) command: &'a Cmd,
    /// What is asked of the same node just before, in the same go.
    pub(crate) ahead: Option<&'a Cmd>,
    /// Whether it may run twice.
    pub(crate) reads: bool,
    pub(crate) what: Purpose<'a>,
    pub(crate) timeout: Duration,
    /// Whether the server may make an async connection wait.
    #[cfg_attr(not(feature = "aio"), expect(dead_code))]
    pub(crate) blocks: bool,
}

/// What came of an errand.
pub(crate) struct Answer {
    pub(crate) reply: Value,
    /// What the node said to what was asked ahead.
    pub(crate) ahead: Option<Value>,
    /// The node that gave it; none when it is of several.
    pub(crate) node: Option<Arc<Node>>,
}

impl Answer {
    /// Makes one of what several nodes replied.
    pub(crate) fn of_several(reply: Value) -> Self {
        Self {
            reply,
            ahead: None,
            node: None,
        }
    }
}

impl Errand<'_> {
    /// Returns what goes over the connection in one go, if that is more than the command.
    fn together(&self, asking: bool) -> Option<Vec<Cmd>> {
        let asking = asking.then(|| redis::cmd("ASKING"));
        let before: Vec<Cmd> = self.ahead.cloned().into_iter().chain(asking).collect();
        (!before.is_empty()).then(|| {
            let command = [self.command.clone()];
            before.into_iter().chain(command).collect()
        })
    }

    /// Takes the reply apart from the one to what was asked ahead.
    fn apart(&self, mut replies: Vec<Value>) -> (Value, Option<Value>) {
        let reply = replies.pop().unwrap_or_default();
        (reply, self.ahead.and(replies.into_iter().next()))
    }
}

impl pool::Checkout<'_> {
    /// Sends a command with what goes before it; returns the reply, and that to what was asked ahead.
    ///
    /// # Errors
    ///
    /// The connection broke, or nothing came in time.
    pub(crate) fn run(
        &mut self,
        errand: Errand<'_>,
        asking: bool,
    ) -> Result<(Value, Option<Value>)> {
        match errand.together(asking) {
            None => {
                let reply = self.send(errand.command, errand.what, errand.timeout)?;
                Ok((reply, None))
            }
            Some(commands) => {
                let what = errand.what.to_string();
                let replies = self.pipeline(&commands, &what, errand.timeout)?;
                Ok(errand.apart(replies))
            }
        }
    }
}

#[cfg(feature = "aio")]
impl multiplexed::Checkout<'_> {
    /// Sends a command with what goes before it, as that of a sync connection does.
    ///
    /// # Errors
    ///
    /// As there.
    pub(crate) async fn run(
        &mut self,
        errand: Errand<'_>,
        asking: bool,
    ) -> Result<(Value, Option<Value>)> {
        match errand.together(asking) {
            None => {
                let sent = self.send(errand.command, errand.what, errand.timeout);
                Ok((sent.await?, None))
            }
            Some(commands) => {
                let what = errand.what.to_string();
                let commands = multiplexed::together(commands);
                let replies = self.pipeline(&commands, &what, errand.timeout).await?;
                Ok(errand.apart(replies))
            }
        }
    }
}

impl Cluster {
    /// Sends a command along a route.
    ///
    /// # Errors
    ///
    /// The node cannot be reached or does not answer in time.
    pub(crate) fn send(&self, route: Route, errand: Errand<'_>) -> Result<Answer> {
        let mut journey = Journey::new(route, errand.reads);
        let patience = Patience::begin(errand.timeout);
        loop {
            let seen = self.map().version;
            let (node, asking) = journey.target(self)?;
            let mut ahead = None;
            let attempt = match node.checkout(errand.timeout) {
                Err(error) => Attempt::Unreached(error),
                Ok(mut connection) => match connection.run(errand, asking) {
                    Ok((reply, before)) => {
                        ahead = before;
                        Attempt::Replied(reply)
                    }
                    Err(error) => Attempt::Lost(error),
                },
            };
            let verdict = journey.after(self, &node, attempt);
            if verdict.is_stale {
                // Without a new map the old one has to do: the attempt itself says what is wrong.
                let _ = self.refresh(seen);
            }
            if verdict.is_early && patience.is_left() {
                thread::sleep(PAUSE);
                continue;
            }
            if let Some(end) = verdict.end {
                return end.map(|reply| Answer {
                    reply,
                    ahead,
                    node: Some(node),
                });
            }
        }
    }

    /// Sends a command to these nodes, or to every primary.
    pub(crate) fn send_each(
        &self,
        nodes: Option<&[Asked]>,
        errand: Errand<'_>,
    ) -> Result<Vec<(Asked, Value)>> {
        let mut may_repeat = errand.reads && nodes.is_none();
        loop {
            let map = self.map();
            let all = nodes.map_or_else(|| map.primaries().to_vec(), <[_]>::to_vec);
            let mut replies = Vec::with_capacity(all.len());
            let mut failure = None;
            for asked in all {
                match self.send(Route::Node(Arc::clone(&asked.node)), errand) {
                    Ok(answer) => replies.push((asked, answer.reply)),
                    Err(error) => {
                        failure = Some(error);
                        break;
                    }
                }
            }
            match failure {
                None => return Ok(replies),
                // Another node may have taken the place of the one that is gone.
                Some(_) if may_repeat && self.map().version != map.version => may_repeat = false,
                Some(error) => return Err(error),
            }
        }
    }
}

/// A node that is asked among others.
pub(crate) type Asked = super::slot_map::Primary;

impl Cluster {
    /// Finds a primary that can be reached, for what is not to be spread.
    pub(crate) fn settle(&self, patience: Duration) -> Result<Arc<Node>> {
        let mut journey = Journey::new(Route::Any, false);
        loop {
            let seen = self.map().version;
            let (node, _) = journey.target(self)?;
            let Err(error) = node.checkout(patience).map(drop) else {
                return Ok(node);
            };
            let verdict = journey.after(self, &node, Attempt::Unreached(error));
            // Without a new map the old one has to do: the error says what is wrong.
            let _ = self.refresh(seen);
            if let Some(Err(error)) = verdict.end {
                return Err(error);
            }
        }
    }
}

#[cfg(feature = "aio")]
impl Cluster {
    /// Finds a primary, as [`settle`](Self::settle) does.
    pub(crate) async fn settle_async(&self) -> Result<Arc<Node>> {
        let mut journey = Journey::new(Route::Any, false);
        loop {
            let seen = self.map().version;
            let (node, _) = journey.target(self)?;
            let Err(error) = node.checkout_async(false).await.map(drop) else {
                return Ok(node);
            };
            let verdict = journey.after(self, &node, Attempt::Unreached(error));
            // Without a new map the old one has to do: the error says what is wrong.
            let _ = Box::pin(self.refresh_async(seen)).await;
            if let Some(Err(error)) = verdict.end {
                return Err(error);
            }
        }
    }

    /// Sends a command along a route, as [`send`](Self::send) does.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub(crate) async fn send_async(&self, route: Route, errand: Errand<'_>) -> Result<Answer> {
        let mut journey = Journey::new(route, errand.reads);
        let patience = Patience::begin(errand.timeout);
        loop {
            let seen = self.map().version;
            let (node, asking) = journey.target(self)?;
            let mut ahead = None;
            let attempt = match node.checkout_async(errand.blocks).await {
                Err(error) => Attempt::Unreached(error),
                Ok(mut connection) => match connection.run(errand, asking).await {
                    Ok((reply, before)) => {
                        ahead = before;
                        Attempt::Replied(reply)
                    }
                    Err(error) => Attempt::Lost(error),
                },
            };
            let verdict = journey.after(self, &node, attempt);
            if verdict.is_stale {
                // Without a new map the old one has to do: the attempt itself says what is wrong.
                let _ = Box::pin(self.refresh_async(seen)).await;
            }
            if verdict.is_early && patience.is_left() {
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            if let Some(end) = verdict.end {
                return end.map(|reply| Answer {
                    reply,
                    ahead,
                    node: Some(node),
                });
            }
        }
    }

    /// Sends a command to these nodes, as [`send_each`](Self::send_each) does.
    pub(crate) async fn send_each_async(
        &self,
        nodes: Option<&[Asked]>,
        errand: Errand<'_>,
    ) -> Result<Vec<(Asked, Value)>> {
        let mut may_repeat = errand.reads && nodes.is_none();
        loop {
            let map = self.map();
            let all = nodes.map_or_else(|| map.primaries().to_vec(), <[_]>::to_vec);
            let mut replies = Vec::with_capacity(all.len());
            let mut failure = None;
            for asked in all {
                let route = Route::Node(Arc::clone(&asked.node));
                match self.send_async(route, errand).await {
                    Ok(answer) => replies.push((asked, answer.reply)),
                    Err(error) => {
                        failure = Some(error);
                        break;
                    }
                }
            }
            match failure {
                None => return Ok(replies),
                // Another node may have taken the place of the one that is gone.
                Some(_) if may_repeat && self.map().version != map.version => may_repeat = false,
                Some(error) => return Err(error),
            }
        }
    }
}
