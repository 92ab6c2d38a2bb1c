//! A link between two servers that breaks where a test wants it to.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// What every dump begins with, whoever makes it; a version follows.
const MAGICS: [&[u8]; 2] = [b"REDIS0", b"VALKEY"];

/// A port in front of a primary, whose replica gets only as much as a test allows.
pub struct CutFront {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// What the last replica got, from the first byte of the dump on.
    dump: Vec<u8>,
    /// How many bytes of the dump the next replica gets.
    cut: Option<usize>,
    /// Whether the link was cut since that was wanted.
    was_cut: bool,
    /// Whether replicas are let in.
    closed: bool,
}

impl CutFront {
    /// Opens a port in front of a primary's port.
    ///
    /// # Panics
    ///
    /// When no port can be had.
    pub fn open(primary: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        // Ends with the process, as the listener does.
        thread::spawn(move || {
            for replica in listener.incoming().flatten() {
                let primary = TcpStream::connect((Ipv4Addr::LOCALHOST, primary));
                let (Ok(primary), false) = (primary, lock(&shared).closed) else {
                    continue;
                };
                pass_on(replica, primary, &shared);
            }
        });
        Self { address, state }
    }

    /// Returns the port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Cuts the next dump after so many bytes, and lets no replica in after that.
    pub fn cut_after(&self, bytes: usize) {
        let mut state = lock(&self.state);
        state.cut = Some(bytes);
        state.was_cut = false;
    }

    /// Tells whether a dump was cut as wanted.
    pub fn was_cut(&self) -> bool {
        lock(&self.state).was_cut
    }

    /// Lets replicas in again.
    pub fn let_in(&self) {
        lock(&self.state).closed = false;
    }

    /// Returns the last dump that went through and what followed it.
    pub fn dump(&self) -> Vec<u8> {
        lock(&self.state).dump.clone()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pass_on(replica: TcpStream, primary: TcpStream, state: &Arc<Mutex<State>>) {
    let (mut from_replica, mut to_primary) =
        (replica.try_clone().unwrap(), primary.try_clone().unwrap());
    thread::spawn(move || {
        // Whoever hangs up ends both ways.
        let _ = std::io::copy(&mut from_replica, &mut to_primary);
        let _ = to_primary.shutdown(Shutdown::Both);
    });
    let state = Arc::clone(state);
    thread::spawn(move || {
        let _ = pass_dump(&replica, &primary, &state);
        let _ = replica.shutdown(Shutdown::Both);
        let _ = primary.shutdown(Shutdown::Both);
    });
}

/// Passes on what comes from the primary, up to the cut.
fn pass_dump(
    mut replica: &TcpStream,
    mut primary: &TcpStream,
    state: &Mutex<State>,
) -> std::io::Result<()> {
    let mut came = Vec::new();
    let mut passed = 0;
    let mut buffer = vec![0; 1 << 16];
    loop {
        let length = primary.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        came.extend_from_slice(&buffer[..length]);
        let begin = came
            .windows(MAGICS[0].len())
            .position(|bytes| MAGICS.contains(&bytes));
        let mut until = came.len();
        {
            let mut state = lock(state);
            if let Some(begin) = begin {
                state.dump = came[begin..].to_vec();
                if let Some(cut) = state.cut.filter(|cut| begin + cut <= came.len()) {
                    until = begin + cut;
                    state.cut = None;
                    state.was_cut = true;
                    state.closed = true;
                }
            }
        }
        replica.write_all(&came[passed..until])?;
        if until < came.len() || lock(state).closed {
            return Ok(());
        }
        passed = until;
    }
}
