//! What a server of another version answers, where that server cannot run.

mod cluster;

use std::io::{BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use redis::{Parser, Value};

use self::cluster::OnlyShard;

/// A port that answers as genuine RedisGears of some version does, and keeps what it was asked.
///
/// The replies are those of the specification (its sections 1 and 11): what a version lacks, it
/// refuses in its own words or passes over in silence. Nothing runs.
pub struct StandIn {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

/// The commands that came later, and with which version.
const LATER: &[(&str, i64)] = &[
    ("RG.DUMPPLUGINS", 10200),
    ("RG.TRIGGERONKEY", 10202),
    ("RG.PYDUMPSESSIONS", 10202),
    ("RG.PYPROFILE", 10202),
    ("RG.CLEARREGISTRATIONSSTATS", 10202),
    ("RG.PAUSEREGISTRATIONS", 10203),
    ("RG.UNPAUSEREGISTRATIONS", 10203),
];

impl StandIn {
    /// Opens a port that answers as this version does, until the program ends: 10006 is 1.0.6.
    ///
    /// # Panics
    ///
    /// When no port can be had.
    pub fn start(version: i64) -> Self {
        let (listener, port) = listen();
        Self::answering(listener, port, version, None)
    }

    /// Opens one that is the only primary of a cluster, and does not know it until it is told to look.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub fn start_in_cluster(version: i64) -> Self {
        let (listener, port) = listen();
        Self::answering(listener, port, version, Some(OnlyShard::new(port)))
    }

    fn answering(listener: TcpListener, port: u16, version: i64, shard: Option<OnlyShard>) -> Self {
        let shard = Arc::new(shard);
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let kept = Arc::clone(&asked);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (kept, shard) = (Arc::clone(&kept), Arc::clone(&shard));
                thread::spawn(move || answer(client, version, shard.as_ref().as_ref(), &kept));
            }
        });
        Self { port, asked }
    }

    /// Returns the URL of the port.
    pub fn url(&self) -> String {
        format!("redis://{}:{}/", Ipv4Addr::LOCALHOST, self.port)
    }

    /// Returns the commands that came since the last call, without those that greet.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.asked))
    }
}

fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

fn lock(asked: &Mutex<Vec<String>>) -> std::sync::MutexGuard<'_, Vec<String>> {
    asked.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers one client until it hangs up.
fn answer(client: TcpStream, version: i64, shard: Option<&OnlyShard>, asked: &Mutex<Vec<String>>) {
    client.set_nodelay(true).unwrap();
    let mut replies = client.try_clone().unwrap();
    let mut requests = BufReader::new(client);
    let mut parser = Parser::new();
    while let Ok(Value::Array(words)) = parser.parse_value(&mut requests) {
        let words: Vec<String> = words
            .into_iter()
            .map(|word| redis::from_redis_value(word).unwrap())
            .collect();
        if words[0] != "CLIENT" {
            lock(asked).push(words.join(" "));
        }
        let of_shard = shard.and_then(|shard| shard.reply(&words));
        let reply = of_shard.unwrap_or_else(|| reply(&words, version));
        if replies.write_all(reply.as_bytes()).is_err() {
            return;
        }
    }
}

/// Tells whether a command came after this version.
pub(crate) fn is_later(name: &str, version: i64) -> bool {
    let since = LATER.iter().find(|(later, _)| *later == name);
    since.is_some_and(|(_, since)| version < *since)
}

/// Answers a command as this version does.
pub(crate) fn reply(words: &[String], version: i64) -> String {
    let name = words[0].to_ascii_uppercase();
    if is_later(&name, version) {
        return unknown(&words[0]);
    }
    match name.as_str() {
        "CLIENT" | "RG.REFRESHCLUSTER" | "RG.NETWORKTEST" | "RG.CLEARREGISTRATIONSSTATS" => {
            "+OK\r\n".to_owned()
        }
        "PING" => "+PONG\r\n".to_owned(),
        "CLUSTER" => "-ERR This instance has cluster support disabled\r\n".to_owned(),
        "MODULE" => array(&[array(&[
            bulk("name"),
            bulk("rg"),
            bulk("ver"),
            format!(":{version}\r\n"),
        ])]),
        "RG.CONFIGGET" => {
            let each = words[1..].iter();
            let each = each.map(|key| format!("-(error) Unsupported config parameter: {key}\r\n"));
            array(&each.collect::<Vec<_>>())
        }
        "RG.PYEXECUTE" => executed(&words[2..], version),
        "RG.TRIGGER" | "RG.TRIGGERONKEY" => "-ERR subcommand not found\r\n".to_owned(),
        "RG.DUMPREGISTRATIONS" | "RG.DUMPEXECUTIONS" | "RG.PYDUMPREQS" | "RG.PYDUMPSESSIONS" => {
            array(&[])
        }
        "RG.DUMPPLUGINS" => array(&[array(&[bulk("GearsPythonPlugin"), ":10000\r\n".to_owned()])]),
        "RG.GETEXECUTION" | "RG.GETRESULTS" | "RG.GETRESULTSBLOCKING" | "RG.DROPEXECUTION" => {
            "-execution plan does not exist\r\n".to_owned()
        }
        "RG.ABORTEXECUTION" => "-execution does not exist\r\n".to_owned(),
        "RG.UNREGISTER" if version < 10200 => "-execution does not registered\r\n".to_owned(),
        "RG.UNREGISTER" => "-execution is not registered\r\n".to_owned(),
        "RG.PAUSEREGISTRATIONS" | "RG.UNPAUSEREGISTRATIONS" => format!(
            "-Execution {} does not exists on shard {}\r\n",
            words[1],
            "0".repeat(40)
        ),
        "RG.INFOCLUSTER" => bulk("no cluster mode"),
        "RG.PYSTATS" => array(&[
            bulk("TotalAllocated"),
            ":23834896\r\n".to_owned(),
            bulk("PeakAllocated"),
            ":8297056\r\n".to_owned(),
            bulk("CurrAllocated"),
            ":8204544\r\n".to_owned(),
        ]),
        "RG.PYPROFILE" => "-session does not exists\r\n".to_owned(),
        _ => unknown(&words[0]),
    }
}

/// Answers a script by the options after it: nothing runs.
fn executed(options: &[String], version: i64) -> String {
    let mut rest = options;
    if version < 10202 {
        // In exactly this order.
        if let [first, after @ ..] = rest
            && first == "UNBLOCKING"
        {
            rest = after;
        }
        return match rest.first().map(String::as_str) {
            None | Some("REQUIREMENTS") => "+OK\r\n".to_owned(),
            Some(_) => "-Extra unkown arguments was given.\r\n".to_owned(),
        };
    }
    while let [option, after @ ..] = rest {
        rest = match option.as_str() {
            "REQUIREMENTS" => break,
            "UNBLOCKING" | "UPGRADE" => after,
            "FORCE_REINSTALL_REQUIREMENTS" if version >= 10204 => after,
            "ID" | "DESCRIPTION" | "REPLACE_WITH" => &after[1..],
            other => return format!("-Unknown arguments were given: {other}\r\n"),
        };
    }
    "+OK\r\n".to_owned()
}

fn unknown(name: &str) -> String {
    format!("-ERR unknown command `{name}`, with args beginning with: \r\n")
}

fn bulk(text: &str) -> String {
    format!("${}\r\n{text}\r\n", text.len())
}

fn array(elements: &[String]) -> String {
    format!("*{}\r\n{}", elements.len(), elements.concat())
}
