//! A port in front of a server, which counts how often clients wait for it.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use redis::{Client, ConnectionAddr};

/// How long a client is silent that waits for replies.
const SILENCE: Duration = Duration::from_millis(50);

const PING: &[u8] = b"*1\r\n$4\r\nPING\r\n";

/// A port in front of a server's own that counts round trips, until the program ends.
///
/// It takes what a client sends until the client falls silent, counts one, and only then passes
/// it on. A PING alone does not count: how long a connection idled on a busy machine is nobody's
/// doing.
pub struct CountedFront {
    port: u16,
    round_trips: Arc<AtomicUsize>,
}

impl CountedFront {
    /// Opens a port in front of the one in this URL.
    ///
    /// # Panics
    ///
    /// When the URL names no port, or none can be had.
    pub fn open(url: &str) -> Self {
        let client = Client::open(url).unwrap();
        let ConnectionAddr::Tcp(_, server) = *client.get_connection_info().addr() else {
            panic!("{url} is no port");
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let round_trips = Arc::<AtomicUsize>::default();
        let counter = Arc::clone(&round_trips);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let counter = Arc::clone(&counter);
                // Either side may hang up at any time.
                thread::spawn(move || pass(client, server, &counter));
            }
        });
        Self { port, round_trips }
    }

    /// Returns the URL of the port.
    pub fn url(&self) -> String {
        format!("redis://{}:{}/", Ipv4Addr::LOCALHOST, self.port)
    }

    /// Returns the round trips since the last call.
    pub fn take(&self) -> usize {
        self.round_trips.swap(0, Ordering::SeqCst)
    }
}

fn pass(mut client: TcpStream, server: u16, counter: &AtomicUsize) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, server))?;
    let (mut replies, mut back) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || io::copy(&mut replies, &mut back));
    let mut buffer = vec![0; 1 << 16];
    loop {
        client.set_read_timeout(None)?;
        let mut burst = Vec::new();
        loop {
            match client.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(length) => burst.extend_from_slice(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
            client.set_read_timeout(Some(SILENCE))?;
        }
        if burst != PING {
            counter.fetch_add(1, Ordering::SeqCst);
        }
        server.write_all(&burst)?;
    }
}
