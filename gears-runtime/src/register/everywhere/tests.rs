//! Registration on stand-ins of three primaries that share, which keep what they were asked.

use std::{
    io::{BufReader, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use redis::Parser;

use super::*;
use crate::{
    connect::poison::unpoisoned,
    gear::{descriptor::Gear, sample},
    register::{
        options::Options,
        plan::Registration,
        report::{Change, Registered},
        setup::Setup,
    },
};

const IDS: [&str; 3] = ["aa", "bb", "cc"];

/// Three ports that answer as an empty cluster does whose shards share.
struct Cluster {
    ports: [u16; 3],
    asked: Asked,
}

/// How the stand-ins behave.
#[derive(Clone, Copy)]
struct Plan {
    /// How many gears are registered in one go: nothing is answered before all have come.
    gears: usize,
    /// The shards that each one knows.
    known: &'static [&'static str],
    installed: &'static str,
}

/// Which shard was asked what.
type Asked = Arc<Mutex<Vec<(usize, String)>>>;

impl Cluster {
    fn start(plan: Plan) -> Self {
        let listeners = IDS.map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
        let ports = [0, 1, 2].map(|place: usize| listeners[place].local_addr().unwrap().port());
        let asked = Asked::default();
        for (place, listener) in listeners.into_iter().enumerate() {
            let asked = Arc::clone(&asked);
            thread::spawn(move || {
                for client in listener.incoming().flatten() {
                    let asked = Arc::clone(&asked);
                    thread::spawn(move || serve(client, place, plan, ports, &asked));
                }
            });
        }
        Self { ports, asked }
    }

    /// Connects to all, so that what is counted later is no greeting.
    fn gears(&self) -> Gears {
        let gears = Gears::connect(format!("redis://127.0.0.1:{}/", self.ports[1])).unwrap();
        gears.dump_registrations().unwrap();
        self.take();
        gears
    }

    /// Returns what was asked since the last call.
    fn take(&self) -> Vec<(usize, String)> {
        std::mem::take(&mut *unpoisoned(self.asked.lock()))
    }

    /// Returns which shards were asked a command since the last call, in that order.
    fn told(&self, command: &str) -> Vec<usize> {
        let asked = self.take().into_iter();
        let told = asked.filter(|(_, name)| name == command);
        told.map(|(place, _)| place).collect()
    }
}

/// Answers a client until it hangs up.
fn serve(
    client: TcpStream,
    place: usize,
    plan: Plan,
    ports: [u16; 3],
    asked: &Mutex<Vec<(usize, String)>>,
) {
    let mut replies = client.try_clone().unwrap();
    let mut requests = BufReader::new(client);
    let mut parser = Parser::new();
    let (mut held, mut installing) = (String::new(), 0);
    while let Ok(Value::Array(words)) = parser.parse_value(&mut requests) {
        let name: String = redis::from_redis_value(words[0].clone()).unwrap();
        let is_first = installing == 0;
        let reply = match name.as_str() {
            "CLUSTER" => slots(ports),
            "RG.CONFIGGET" => "*3\r\n$5\r\n0.1.0\r\n:1\r\n:1\r\n".to_owned(),
            "MODULE" | "RG.DUMPREGISTRATIONS" => "*0\r\n".to_owned(),
            "RG.INFOCLUSTER" => known(plan.known),
            "RG.PYEXECUTE" => {
                installing = (installing + 1) % plan.gears;
                plan.installed.to_owned()
            }
            "PING" => "+PONG\r\n".to_owned(),
            _ => "+OK\r\n".to_owned(),
        };
        if is_first {
            unpoisoned(asked.lock()).push((place, name));
        }
        held.push_str(&reply);
        if installing == 0 {
            if replies.write_all(held.as_bytes()).is_err() {
                return;
            }
            held.clear();
        }
    }
}

fn slots(ports: [u16; 3]) -> String {
    let each = ports.iter().enumerate().map(|(place, port)| {
        let id = IDS[place];
        format!("*3\r\n:{place}\r\n:{place}\r\n*3\r\n$9\r\n127.0.0.1\r\n:{port}\r\n$2\r\n{id}\r\n")
    });
    format!("*3\r\n{}", each.collect::<String>())
}

fn known(ids: &[&str]) -> String {
    let each = ids
        .iter()
        .map(|id| format!("*2\r\n$2\r\nid\r\n$2\r\n{id}\r\n"));
    let (count, each) = (ids.len(), each.collect::<String>());
    format!("*5\r\n$4\r\nMyId\r\n$2\r\naa\r\n$7\r\nMyRunId\r\n$1\r\nr\r\n*{count}\r\n{each}")
}

fn many(count: usize) -> Vec<&'static Gear> {
    let each = (0..count).map(|number| {
        let mut parts = sample::parts();
        parts.trigger = format!("many.{number}").leak();
        sample::leaked(parts)
    });
    each.collect()
}

fn register(gears: &Gears, many: &[&'static Gear]) -> Result<Registered> {
    let setup = Setup::new(gears.naming(), &Options::new());
    run(&Way::Ours(gears.clone()), || {
        Registration::new(many.to_vec(), setup.clone())
    })
}

/// Returns in how many round trips a thousand gears were registered, and where.
fn round_trips(asked: &[(usize, String)]) -> (usize, Vec<usize>) {
    let of = |command: &str| asked.iter().filter(|(_, name)| name == command).count();
    let installed = asked.iter().filter(|(_, name)| name == "RG.PYEXECUTE");
    // Each of these stands for one pipeline: what is registered is answered together.
    let trips = of("CLUSTER") + of("RG.DUMPREGISTRATIONS") + of("RG.PYEXECUTE");
    (trips, installed.map(|(place, _)| *place).collect())
}

#[test]
fn a_thousand_gears_are_registered_once_for_all() {
    let plan = Plan {
        gears: 1000,
        known: &IDS,
        installed: "+OK\r\n",
    };
    let cluster = Cluster::start(plan);
    let (gears, thousand) = (cluster.gears(), many(1000));
    let report = register(&gears, &thousand).unwrap();
    assert_eq!(report.count(Change::Registered), 1000);
    let (trips, places) = round_trips(&cluster.take());
    assert!(trips <= 6, "{trips}");
    assert_eq!(places.len(), 1, "{places:?}");
}

#[cfg(feature = "aio")]
#[tokio::test]
async fn a_thousand_gears_are_registered_once_for_all_and_awaited() {
    let plan = Plan {
        gears: 1000,
        known: &IDS,
        installed: "+OK\r\n",
    };
    let cluster = Cluster::start(plan);
    let (gears, thousand) = (cluster.gears(), many(1000));
    // The connections for async calls are others.
    gears.aio().dump_registrations().await.unwrap();
    cluster.take();
    let setup = Setup::new(gears.naming(), &Options::new());
    let make = || Registration::new(thousand.clone(), setup.clone());
    let report = run_async(&asynchronous::Way::Ours(gears), make).await;
    assert_eq!(report.unwrap().count(Change::Registered), 1000);
    let (trips, places) = round_trips(&cluster.take());
    assert!(trips <= 6, "{trips}");
    assert_eq!(places.len(), 1, "{places:?}");
}

#[test]
fn refusal_of_shards_is_that_of_all() {
    let plan = Plan {
        gears: 1,
        known: &IDS,
        installed: "*2\r\n-ERR shard-bb: it was lost\r\n-ERR shard-cc: no room\r\n",
    };
    let cluster = Cluster::start(plan);
    let gears = cluster.gears();
    let error = register(&gears, &many(1)).unwrap_err();
    assert!(error.is_server(), "{error}");
    for named in ["shard-bb: it was lost", "shard-cc: no room"] {
        assert!(error.to_string().contains(named), "{error}");
    }
    assert_eq!(
        cluster.told("RG.PYEXECUTE").len(),
        1,
        "no other one is tried"
    );
}

#[test]
fn who_does_not_know_all_does_not_register_for_all() {
    let plan = Plan {
        gears: 1,
        known: &IDS[..2],
        installed: "+OK\r\n",
    };
    let cluster = Cluster::start(plan);
    let gears = cluster.gears();
    register(&gears, &many(1)).unwrap();
    assert_eq!(cluster.told("RG.PYEXECUTE").len(), 3);
}
