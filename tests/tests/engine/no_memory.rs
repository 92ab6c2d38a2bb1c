//! A system that gives no more memory: the server may end, but not hang.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;

use gears_runtime::embedded::Server;
use gears_tests::{DEADLINE, TestServer};
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

/// Takes all there is, first in large pieces and then in small ones, and fails with it in its hands.
const GREEDY: &str = "\
def f(r):
    kept = []
    for size in (1_000_000, 10_000, 100):
        try:
            while True: kept.append(bytes(size))
        except MemoryError: pass
    return [kept, 1 / 0]
GB('CommandReader').map(f).register(trigger='f', mode='async_local')
";

/// Addresses beyond those that the server has when it begins.
const LEFT: u64 = 100_000_000;

fn addresses(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let size = status
        .lines()
        .find_map(|line| line.strip_prefix("VmSize:"))
        .unwrap();
    let kilobytes: u64 = size.trim().trim_end_matches(" kB").parse().unwrap();
    kilobytes * 1024
}

#[test]
fn server_that_gets_no_memory_ends_rather_than_to_hang() {
    // The standard library has more to tell then, and less to tell it with.
    let builder = Server::builder().env("RUST_BACKTRACE", "full");
    let mut server = TestServer::of(builder);
    server.client().install(GREEDY);
    let process = server.private_mut().pid().unwrap();
    let limit = Rlimit {
        current: Some(addresses(process) + LEFT),
        maximum: getrlimit(Resource::As).maximum,
    };
    let pid = Pid::from_raw(i32::try_from(process).unwrap());
    prlimit(pid, Resource::As, limit).unwrap();
    let socket = server.url().trim_start_matches("unix://").to_owned();
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream
        .write_all(b"*2\r\n$10\r\nRG.TRIGGER\r\n$1\r\nf\r\n")
        .unwrap();
    let mut kind = [0];
    match stream.read(&mut kind) {
        // It found enough to go on.
        Ok(1) => assert_eq!(kind, *b"-"),
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
    }
    server.kill();
}
