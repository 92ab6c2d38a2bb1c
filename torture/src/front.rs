//! A link between two servers that can break.

use std::io::{Read, Result, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU16, Ordering};
use std::thread;

/// More than ever goes through.
const NEVER: i64 = i64::MAX / 2;

/// A port in front of that of a server, which may change.
pub(crate) struct Front {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    to: AtomicU16,
    /// How many bytes of the server's still go through before the link is cut.
    left: AtomicI64,
    closed: AtomicBool,
}

impl Front {
    pub(crate) fn open(to: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared {
            to: AtomicU16::new(to),
            left: AtomicI64::new(NEVER),
            closed: AtomicBool::new(false),
        });
        let own = Arc::clone(&shared);
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                if own.closed.load(Ordering::Relaxed) {
                    return;
                }
                let far = (Ipv4Addr::LOCALHOST, own.to.load(Ordering::Relaxed));
                if let Ok(far) = TcpStream::connect(far) {
                    let _ = link(near, far, Arc::clone(&own));
                }
            }
        });
        Ok(Self { port, shared })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Leads new links to this port.
    pub(crate) fn lead_to(&self, port: u16) {
        self.shared.to.store(port, Ordering::Relaxed);
    }

    /// Cuts the link once when so many more bytes came from the server.
    pub(crate) fn cut_after(&self, bytes: i64) {
        self.shared.left.store(bytes, Ordering::Relaxed);
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for links.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

/// Whoever hangs up ends both ways.
fn link(near: TcpStream, far: TcpStream, shared: Arc<Shared>) -> Result<()> {
    let (mut from_near, mut to_far) = (near.try_clone()?, far.try_clone()?);
    thread::spawn(move || {
        let _ = std::io::copy(&mut from_near, &mut to_far);
        let _ = to_far.shutdown(Shutdown::Both);
    });
    thread::spawn(move || {
        let _ = pass_on(&far, &near, &shared.left);
        let _ = near.shutdown(Shutdown::Both);
        let _ = far.shutdown(Shutdown::Both);
    });
    Ok(())
}

fn pass_on(mut from: &TcpStream, mut to: &TcpStream, left: &AtomicI64) -> Result<()> {
    let mut chunk = vec![0; 1 << 16];
    loop {
        let length = from.read(&mut chunk)?;
        let bytes = i64::try_from(length).unwrap_or(NEVER);
        let before = left.fetch_sub(bytes, Ordering::Relaxed);
        if length == 0 || before < bytes {
            left.store(NEVER, Ordering::Relaxed);
            let rest = usize::try_from(before).unwrap_or_default().min(length);
            return to.write_all(&chunk[..rest]);
        }
        to.write_all(&chunk[..length])?;
    }
}
