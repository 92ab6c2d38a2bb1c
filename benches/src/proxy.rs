//! A proxy between client and server that counts round trips.
//!
//! It takes what the client sends until the client falls silent, counts one
//! round trip, and only then passes it on. A client that waits for replies
//! before it sends more is counted once for each wait; a pause in the middle
//! of sending would be counted too, so the figure is never too low.

use std::{
    io::{self, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// How long a client is silent when it waits for replies.
const SILENCE: Duration = Duration::from_millis(20);

/// Passes bytes between clients and one server, and counts.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    round_trips: Arc<AtomicUsize>,
}

impl Proxy {
    /// Starts to listen on a free port of the loopback.
    ///
    /// # Errors
    ///
    /// No port is free.
    pub fn start(server: u16) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let round_trips = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&round_trips);
        // Ends with the process.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let counter = Arc::clone(&counter);
                thread::spawn(move || pass(&client, server, &counter));
            }
        });
        Ok(Self { port, round_trips })
    }

    /// Returns the URL that clients connect to.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Returns the round trips since the last call.
    pub fn take(&self) -> usize {
        self.round_trips.swap(0, Ordering::SeqCst)
    }
}

fn pass(client: &TcpStream, server: u16, counter: &AtomicUsize) -> io::Result<()> {
    let server = TcpStream::connect(("127.0.0.1", server))?;
    let (mut replies, mut back) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || io::copy(&mut replies, &mut back));
    let (mut client, mut server) = (client, server);
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
        counter.fetch_add(1, Ordering::SeqCst);
        server.write_all(&burst)?;
    }
}
