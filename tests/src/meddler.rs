//! A port in front of a server, at which a test changes what passes.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the server.
    In,
    /// Back from it.
    Out,
}

/// What may change bytes on their way; says whether the connection goes on behind them.
type Hand = dyn Fn(Way, &mut Vec<u8>) -> bool + Send + Sync;

/// A port in front of one of this machine, which hands a test all that passes, until the program
/// ends.
pub struct Meddler {
    address: SocketAddr,
}

impl Meddler {
    /// Opens a port in front of another one. What `hand` leaves of the bytes is passed on; when
    /// it says so, the connection ends then.
    ///
    /// # Panics
    ///
    /// When no port can be had.
    pub fn open(
        port: u16,
        hand: impl Fn(Way, &mut Vec<u8>) -> bool + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let hand: Arc<Hand> = Arc::new(hand);
        thread::spawn(move || {
            for outside in listener.incoming().flatten() {
                // The server may be away; whoever connects is told as if it were there itself.
                if let Ok(inside) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
                    pass(Way::In, &outside, &inside, &hand);
                    pass(Way::Out, &inside, &outside, &hand);
                }
            }
        });
        Self { address }
    }

    /// Returns the port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

fn pass(way: Way, from: &TcpStream, to: &TcpStream, hand: &Arc<Hand>) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    let hand = Arc::clone(hand);
    thread::spawn(move || {
        // Small writes shall not wait for each other.
        let _ = to.set_nodelay(true);
        let mut buffer = vec![0; 1 << 16];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            let mut bytes = buffer[..length].to_vec();
            let goes_on = hand(way, &mut bytes);
            if to.write_all(&bytes).is_err() || !goes_on {
                break;
            }
        }
        for end in [&from, &to] {
            // Whoever hung up ends both ways; it may be closed already.
            let _ = end.shutdown(Shutdown::Both);
        }
    });
}
