//! The bytes to and from a peer: TCP, or TLS over it.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::failure::describe;
use crate::{Access, Peer, tls};

/// So many bytes may come before they make up a reply. Replies are a few dozen bytes each, and
/// there are not so many of them at once.
const LONGEST_REPLY: usize = 1024 * 1024;

/// What there is to read and to write.
trait Duplex: AsyncRead + AsyncWrite + Send {}

impl<T: AsyncRead + AsyncWrite + Send> Duplex for T {}

/// A stream to a peer, which sees to it that a peer cannot fill the memory of this process.
pub(crate) struct Stream {
    bytes: Pin<Box<dyn Duplex>>,
    seen: Arc<Seen>,
}

/// What a stream has seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Bytes since the last reply.
    unread: AtomicUsize,
    /// Why it has ended.
    end: Mutex<Option<String>>,
}

impl Seen {
    /// Notes that the bytes made up a reply.
    pub(crate) fn reply(&self) {
        self.unread.store(0, Ordering::Relaxed);
    }

    /// Returns why the stream has ended, as far as it has.
    pub(crate) fn end(&self) -> Option<String> {
        let end = self.end.lock();
        end.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, end: String) {
        let mut noted = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        noted.get_or_insert(end);
    }
}

impl Stream {
    /// Connects to a peer.
    ///
    /// # Errors
    ///
    /// What the system or the peer says against it, and what to do.
    pub(crate) async fn open(
        peer: &Peer,
        access: &Access,
        timeout: Duration,
    ) -> Result<Self, String> {
        if peer.host.is_empty() || peer.port == 0 {
            return Err(format!(
                "shard {} has no address yet: CLUSTER NODES tells one as soon as another node has \
                 met it",
                peer.id
            ));
        }
        let refused = |error: io::Error| {
            format!(
                "cannot connect to {}: {error}; look whether it runs there, and whether a firewall \
                 lets this node in",
                describe(peer)
            )
        };
        let tcp = TcpStream::connect((peer.host.as_str(), peer.port)).await;
        let tcp = tcp.map_err(refused)?;
        tcp.set_nodelay(true).map_err(refused)?;
        // A host that vanished does not say so. The kernel knows whole seconds alone.
        let second = Duration::from_secs(1);
        let keepalive = TcpKeepalive::new()
            .with_time(timeout.max(second))
            .with_interval((timeout / 3).max(second))
            .with_retries(3);
        let keepalive = SockRef::from(&tcp).set_tcp_keepalive(&keepalive);
        keepalive.map_err(refused)?;
        let bytes: Pin<Box<dyn Duplex>> = match &access.tls {
            None => Box::pin(tcp),
            Some(files) => Box::pin(tls::connect(files, peer, tcp).await?),
        };
        Ok(Self {
            bytes,
            seen: Arc::default(),
        })
    }

    /// Returns what tells of it, to whom it does not belong any more.
    pub(crate) fn seen(&self) -> Arc<Seen> {
        Arc::clone(&self.seen)
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let has_room = buffer.remaining() > 0;
        let poll = self.bytes.as_mut().poll_read(context, buffer);
        match &poll {
            Poll::Pending => {}
            Poll::Ready(Err(error)) => self.seen.note(error.to_string()),
            Poll::Ready(Ok(())) => {
                let came = buffer.filled().len() - before;
                if came == 0 && has_room {
                    self.seen.note("it closed the connection".to_owned());
                }
                let unread = self.seen.unread.fetch_add(came, Ordering::Relaxed) + came;
                if unread > LONGEST_REPLY {
                    let end = "it sends more than any reply has, so it is no gears engine";
                    self.seen.note(end.to_owned());
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, end)));
                }
            }
        }
        poll
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let poll = self.bytes.as_mut().poll_write(context, bytes);
        if let Poll::Ready(Err(error)) = &poll {
            self.seen.note(error.to_string());
        }
        poll
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.bytes.as_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.bytes.as_mut().poll_shutdown(context)
    }
}
