//! Servers that a test or a program starts for itself.

use std::collections::HashSet;
use std::thread;

use gears_runtime::embedded::Server;

#[test]
fn servers_that_are_started_at_once_are_each_their_own() {
    let starting: Vec<_> = (0..16)
        .map(|_| thread::spawn(|| Server::builder().plain().tcp().start().unwrap()))
        .collect();
    let servers: Vec<_> = starting
        .into_iter()
        .map(|server| server.join().unwrap())
        .collect();
    let identities: HashSet<String> = servers.iter().map(identity).collect();
    assert_eq!(identities.len(), servers.len());
}

/// Returns what the process that answers at the server's address calls itself.
fn identity(server: &Server) -> String {
    let client = redis::Client::open(server.url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    let info: redis::InfoDict = redis::cmd("INFO").query(&mut connection).unwrap();
    info.get("run_id").unwrap()
}
