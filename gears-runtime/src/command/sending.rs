//! Sends requests over the connections of a [`Gears`].

use std::sync::Arc;

use super::request::Request;
#[cfg(feature = "aio")]
use crate::connect::gears::timeouts::Patience;
use crate::{
    connect::{cluster::Reach, gears::Gears, node::Node, pool::Purpose},
    error::Result,
    server::known::Server,
};

impl Gears {
    /// Sends a command and reads its reply.
    pub(crate) fn send<T>(&self, request: Request<T>) -> Result<T> {
        self.send_made(|_| request)
    }

    /// Sends a command that depends on the server, and reads its reply.
    pub(crate) fn send_made<T>(&self, make: impl FnOnce(Server) -> Request<T>) -> Result<T> {
        self.send_where(make).map(|(answer, _)| answer)
    }

    /// Sends a command, reads its reply, and tells which node of a cluster gave it.
    pub(crate) fn send_where<T>(
        &self,
        make: impl FnOnce(Server) -> Request<T>,
    ) -> Result<(T, Option<Arc<Node>>)> {
        match self.reach()? {
            Reach::One(node) => {
                let mut connection = node.checkout(self.response_timeout())?;
                let server = connection.server();
                let request = make(server);
                request.check(server)?;
                let timeout = self.timeout(request.patience);
                let what = Purpose::Send(request.name);
                let reply = connection.send(&request.command, what, timeout)?;
                Ok((request.finish(reply, Some(server))?, None))
            }
            Reach::Many(cluster) => {
                let server = cluster.map().server;
                let request = make(server);
                request.check(server)?;
                let errand = request.errand(self.timeout(request.patience));
                let (reply, node) = cluster.dispatch(&request.scope, errand)?;
                Ok((request.finish(reply, Some(server))?, node))
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
        sent.map(|(answer, _)| answer)
    }

    /// Sends a command, as [`send_where`](Self::send_where) does.
    pub(crate) async fn send_where_async<T>(
        &self,
        blocks: bool,
        make: impl FnOnce(Server) -> Request<T>,
    ) -> Result<(T, Option<Arc<Node>>)> {
        match self.reach_async().await? {
            Reach::One(node) => {
                let mut connection = node.checkout_async(blocks).await?;
                let server = connection.server();
                let request = make(server);
                request.check(server)?;
                let timeout = self.timeout(request.patience);
                let what = Purpose::Send(request.name);
                let reply = connection.send(&request.command, what, timeout).await?;
                Ok((request.finish(reply, Some(server))?, None))
            }
            Reach::Many(cluster) => {
                let server = cluster.map().server;
                let request = make(server);
                request.check(server)?;
                let errand = request.errand(self.timeout(request.patience));
                let (reply, node) = cluster.dispatch_async(&request.scope, errand).await?;
                Ok((request.finish(reply, Some(server))?, node))
            }
        }
    }
}
