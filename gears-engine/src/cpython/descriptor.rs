//! Which open descriptors are the server's.
//!
//! Those that were open before the first script ran, and connections that came to
//! the addresses where the server listened then. Nothing tells others from those that
//! Python opened.

use std::collections::HashMap;
use std::mem::{MaybeUninit, size_of};
use std::os::raw::c_int;
use std::sync::OnceLock;

use pyo3::prelude::*;

/// What a descriptor stands for: a device and a number there.
type File = (libc::dev_t, libc::ino_t);

struct Kept {
    files: HashMap<c_int, File>,
    addresses: Vec<Address>,
}

/// An address as the system writes it; of internet ones only the port, because a
/// server that listens everywhere is reached at many.
#[derive(Debug, PartialEq, Eq)]
enum Address {
    Port(u16),
    Other(Vec<u8>),
}

static KEPT: OnceLock<Kept> = OnceLock::new();

/// Notes what is open; only the first call does, which comes before all scripts.
pub(crate) fn note_open() {
    KEPT.get_or_init(|| {
        let mut kept = Kept {
            files: HashMap::new(),
            addresses: Vec::new(),
        };
        for descriptor in 0..highest() {
            if let Some((file, is_socket)) = file(descriptor) {
                kept.files.insert(descriptor, file);
                if is_socket && listens(descriptor) {
                    kept.addresses.extend(address(descriptor));
                }
            }
        }
        kept
    });
}

/// Says whether a descriptor is the server's.
#[pyfunction]
pub(crate) fn is_of_server(descriptor: i64) -> bool {
    let (Ok(descriptor), Some(kept)) = (c_int::try_from(descriptor), KEPT.get()) else {
        return false;
    };
    let Some((file, is_socket)) = file(descriptor) else {
        return false;
    };
    kept.files.get(&descriptor) == Some(&file)
        || is_socket && address(descriptor).is_some_and(|address| kept.addresses.contains(&address))
}

/// Returns a number above those of all open descriptors, where the system tells.
fn highest() -> c_int {
    /// As far as is looked where it does not.
    const USUAL: c_int = 4096;
    let Ok(entries) = std::fs::read_dir("/dev/fd") else {
        return USUAL;
    };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<c_int>().ok())
        .max()
        .map_or(USUAL, |highest| highest + 1)
}

/// Returns what a descriptor stands for, and whether that is a socket.
fn file(descriptor: c_int) -> Option<(File, bool)> {
    let mut status = MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: the structure is ours, and zeroes are a value of it; any number may be
    // asked about.
    let status = unsafe {
        if libc::fstat(descriptor, status.as_mut_ptr()) != 0 {
            return None;
        }
        status.assume_init()
    };
    let is_socket = status.st_mode & libc::S_IFMT == libc::S_IFSOCK;
    Some(((status.st_dev, status.st_ino), is_socket))
}

fn listens(socket: c_int) -> bool {
    let mut value: c_int = 0;
    let mut size = size_of::<c_int>() as libc::socklen_t;
    // SAFETY: the option is a whole number, for which there is room of that size.
    let asked = unsafe {
        libc::getsockopt(
            socket,
            libc::SOL_SOCKET,
            libc::SO_ACCEPTCONN,
            (&raw mut value).cast(),
            &raw mut size,
        )
    };
    asked == 0 && value != 0
}

/// Returns the address of this end of a socket; none where it has no name.
fn address(socket: c_int) -> Option<Address> {
    let mut name = MaybeUninit::<libc::sockaddr_storage>::zeroed();
    let mut size = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
    // SAFETY: the structure has room for every kind of address, `size` says how much,
    // and zeroes are a value of it. The kind says what the structure is read as.
    unsafe {
        if libc::getsockname(socket, name.as_mut_ptr().cast(), &raw mut size) != 0 {
            return None;
        }
        let storage = name.as_ptr();
        let port = match c_int::from((*storage).ss_family) {
            libc::AF_INET => (*storage.cast::<libc::sockaddr_in>()).sin_port,
            libc::AF_INET6 => (*storage.cast::<libc::sockaddr_in6>()).sin6_port,
            _ => {
                let size = (size as usize).min(size_of::<libc::sockaddr_storage>());
                let bytes = std::slice::from_raw_parts(storage.cast::<u8>(), size);
                // Without a name there is only the family.
                return (size > size_of::<libc::sa_family_t>())
                    .then(|| Address::Other(bytes.to_vec()));
            }
        };
        (port != 0).then_some(Address::Port(port))
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn accepted_connections_have_the_address_of_their_listener() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        assert!(listens(listener.as_raw_fd()));
        assert!(!listens(accepted.as_raw_fd()));
        let of = |socket: c_int| address(socket).unwrap();
        assert_eq!(of(accepted.as_raw_fd()), of(listener.as_raw_fd()));
        assert_ne!(of(client.as_raw_fd()), of(listener.as_raw_fd()));
    }

    #[test]
    fn no_descriptor_is_no_file() {
        assert_eq!(file(-1), None);
        assert!(highest() > 2);
    }
}
