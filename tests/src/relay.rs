//! Another address of a server, as those have that are behind NAT or in containers.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// A port at an address at which no test server listens, in front of one that does, until
/// the program ends.
pub struct Relay {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Relay {
    /// Where relays listen.
    pub const HOST: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

    /// Opens a port in front of one of this machine.
    ///
    /// # Panics
    ///
    /// When none can be had.
    pub fn open(port: u16) -> Self {
        let listener = TcpListener::bind((Self::HOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::<AtomicUsize>::default();
        let counter = Arc::clone(&connections);
        thread::spawn(move || {
            for outside in listener.incoming().flatten() {
                counter.fetch_add(1, Ordering::SeqCst);
                // Either side may hang up at any time.
                let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, port))
                    .and_then(|inside| pass(&outside, &inside));
            }
        });
        Self {
            address,
            connections,
        }
    }

    /// Returns the port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Returns how many have come by it.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn pass(outside: &TcpStream, inside: &TcpStream) -> io::Result<()> {
    for (from, to) in [(outside, inside), (inside, outside)] {
        let (mut from, mut to) = (from.try_clone()?, to.try_clone()?);
        to.set_nodelay(true)?;
        thread::spawn(move || {
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Both);
        });
    }
    Ok(())
}
