//! Three servers that are a cluster.

use std::thread;
use std::time::{Duration, Instant};

use gears_runtime::{Result, embedded::Server, redis};

const SLOTS: u16 = 16384;
const COUNT: u16 = 3;
/// How much higher than its own port the one is over which a node talks with the others.
const BUS: u16 = 10_000;

/// Starts them, shares the slots out among them, and waits until they agree.
pub(crate) fn start() -> Result<Vec<Server>> {
    let nodes: Vec<Server> = (0..COUNT).map(|_| node()).collect::<Result<_>>()?;
    let first = nodes[0].port().expect("a port");
    for (place, node) in (0..COUNT).zip(&nodes) {
        let share = SLOTS / COUNT + 1;
        let slots: Vec<u16> = (place * share..SLOTS.min((place + 1) * share)).collect();
        let _: () = tell(node, redis::cmd("CLUSTER").arg("ADDSLOTS").arg(slots));
        if place > 0 {
            let mut meet = redis::cmd("CLUSTER");
            meet.arg("MEET")
                .arg("127.0.0.1")
                .arg(first)
                .arg(first + BUS);
            let _: () = tell(node, &meet);
        }
    }
    let deadline = Instant::now() + Duration::from_secs(30);
    for node in &nodes {
        loop {
            let info: String = tell(node, redis::cmd("CLUSTER").arg("INFO"));
            if info.contains("cluster_state:ok") && info.contains("cluster_slots_ok:16384") {
                break;
            }
            assert!(Instant::now() < deadline, "the nodes do not agree: {info}");
            thread::sleep(Duration::from_millis(20));
        }
    }
    Ok(nodes)
}

/// Starts one, on another port where the other one that it needs is taken.
fn node() -> Result<Server> {
    let mut attempts = 0..20;
    loop {
        let builder = Server::builder().tcp();
        match builder.server_args(["--cluster-enabled", "yes"]).start() {
            Err(_) if attempts.next().is_some() => {}
            started => return started,
        }
    }
}

fn tell<T: redis::FromRedisValue>(node: &Server, command: &redis::Cmd) -> T {
    let client = redis::Client::open(node.url()).expect("the URL of a server");
    let mut connection = client.get_connection().expect("a node that is up");
    command
        .query(&mut connection)
        .expect("an answer of the node")
}
