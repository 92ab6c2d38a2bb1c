//! Sends requests over the connections of a [`Gears`].

use std::sync::Arc;

use redis::Value;

use super::request::Request;
#[cfg(feature = "aio")]
use crate::connect::gears::timeouts::Patience;
use crate::{
    connect::{cluster::Reach, gears::Gears, node::Node},
    error::Result,
    server::known::Server,
};

/// What came of a command.
pub(crate) struct Sent<T> {
    pub(crate) answer: T,
    /// What was said to what was asked ahead.
    pub(crate) ahead: Option<Value>,
    /// Which node of a cluster gave it; none when it is of several, and where there is one alone.
    pub(crate) node: Option<Arc<Node>>,
}

impl Gears {
    /// Sends a command and reads its reply.
    pub(crate) fn send<T>(&self, request: Request<T>) -> Result<T> {
        self.send_made(|_| request)
    }

    /// Sends a command that depends on the server, and reads its reply.
    pub(crate) fn send_made<T>(&self, make: impl FnOnce(Server) -> Request<T>) -> Result<T> {
        self.send_where(make).map(|sent| sent.answer)
    }

    /// Sends a command, reads its reply, and tells which node of a cluster gave it.
    pub(crate) fn send_where<T>(&self, make: impl FnOnce(Server) -> Request<T>) -> Result<Sent<T>> {
        match self.reach()? {
            Reach::One(node) => {
                let mut connection = node.checkout(self.response_timeout())?;
                let server = connection.server();
                let request = make(server);
                request.check(server)?;
                let errand = request.errand(self.timeout(request.patience));
                let (reply, ahead) = connection.run(errand, false)?;
                Ok(Sent {
                    answer: request.finish(reply, Some(server))?,
                    ahead,
                    node: None,
                })
            }
            Reach::Many(cluster) => {
                let server = cluster.map().server;
                let request = make(server);
                request.check(server)?;
                let errand = request.errand(self.timeout(request.patience));
                let came = cluster.dispatch(&request.scope, errand)?;
                Ok(Sent {
                    answer: request.finish(came.reply, Some(server))?,
                    ahead: came.ahead,
                    node: came.node,
                })
            }
        }
    }
}

#[cfg(feature = "aio")]
impl Gears {
    /// Sends a command and awaits its reply.
    pub(crate) async fn send_async<T>(&self, request: Request<T>) -> Result<T> {
        let blocks = request.patience != Patience::Response;
        self.send_made_async(blocks, |_| request).await
    }

    /// Sends a command that depends on the server, and awaits its reply.
    pub(crate) async fn send_made_async<T>(
        &self,
        blocks: bool,
        make: impl FnOnce(Server) -> Request<T>,
    ) -> Result<T> {
        let sent = self.send_where_async(blocks, make).await;
        sent.map(|sent| sent.answer)
    }

    /// Sends a command, as [`send_where`](Self::send_where) does.
    pub(crate) async fn send_where_async<T>(
        &self,
        blocks: bool,
        make: impl FnOnce(Server) -> Request<T>,
    ) -> Result<Sent<T>> {
        match self.reach_async().await? {
            Reach::One(node) => {
                let mut connection = node.checkout_async(blocks).await?;
                let server = connection.server();
                let request = make(server);
                request.check(server)?;
                let errand = request.errand(self.timeout(request.patience));
                let (reply, ahead) = connection.run(errand, false).await?;
                Ok(Sent {
                    answer: request.finish(reply, Some(server))?,
                    ahead,
                    node: None,
                })
            }
            Reach::Many(cluster) => {
                let server = cluster.map().server;
                let request = make(server);
                request.check(server)?;
                let errand = request.errand(self.timeout(request.patience));
                let came = cluster.dispatch_async(&request.scope, errand).await?;
                Ok(Sent {
                    answer: request.finish(came.reply, Some(server))?,
                    ahead: came.ahead,
                    node: came.node,
                })
            }
        }
    }
}
