//! Commands of all kinds, right ones and wrong ones.

use std::io::Result;

use fastrand::Rng;

use crate::client::{Client, Value, encode};
use crate::program;

/// What stops, pauses or detaches a server because it is asked to, and so would pass for a find.
const LEFT_OUT: [&str; 18] = [
    "shutdown",
    "debug",
    "migrate",
    "replicaof",
    "slaveof",
    "failover",
    "cluster",
    "module",
    "client",
    "acl",
    "config",
    "sync",
    "psync",
    "monitor",
    "save",
    "replconf",
    "script",
    // Takes seconds.
    "pfselftest",
];

/// What waits, or turns the connection into one without replies: rare, for the rest of a batch waits with it.
const WAITING: [&str; 17] = [
    "blpop",
    "brpop",
    "blmove",
    "blmpop",
    "brpoplpush",
    "bzpopmin",
    "bzpopmax",
    "bzmpop",
    "wait",
    "waitaof",
    "xread",
    "xreadgroup",
    "subscribe",
    "psubscribe",
    "ssubscribe",
    "quit",
    "hello",
];

const WORDS: [&str; 52] = [
    "",
    "0",
    "1",
    "-1",
    "2",
    "100",
    "1000",
    "9223372036854775807",
    "-9223372036854775808",
    "1.5",
    "nan",
    "inf",
    "1e308",
    "*",
    "k",
    "k1",
    "k2",
    "{k}3",
    "s",
    "h",
    "l",
    "z",
    "UNBLOCKING",
    "REQUIREMENTS",
    "ID",
    "UPGRADE",
    "REPLACE_WITH",
    "DESCRIPTION",
    "SHARD",
    "CLUSTER",
    "VERBOSE",
    "PREFIX",
    "MATCH",
    "COUNT",
    "WITHSCORES",
    "EX",
    "MAXLEN",
    "~",
    ">",
    "$",
    "+",
    "-",
    "NX",
    "FIELDS",
    "STREAMS",
    "(1",
    "[a",
    "ascii\u{e9}",
    "t0",
    "t1",
    "0000000000000000000000000000000000000000-0",
    "0000000000000000000000000000000000000000-1",
];

const SETTINGS: [&str; 6] = [
    "MaxExecutions",
    "MaxExecutionsPerRegistration",
    "ProfileExecutions",
    "PythonAttemptTraceback",
    "ExecutionMaxIdleTime",
    "NoSuchSetting",
];

pub(crate) struct Grammar {
    gears: Vec<String>,
    others: Vec<String>,
    waiting: Vec<String>,
}

impl Grammar {
    /// Asks the server which commands it has.
    pub(crate) fn of(client: &mut Client) -> Result<Self> {
        let mut names = Vec::new();
        if let Value::Array(rows) = client.text(&["COMMAND"])? {
            for row in rows {
                if let Value::Array(row) = row
                    && let Some(Value::Text(name)) = row.first()
                {
                    names.push(String::from_utf8_lossy(name).to_lowercase());
                }
            }
        }
        names.sort();
        names.retain(|name| !LEFT_OUT.contains(&name.as_str()));
        let (gears, others) = names.into_iter().partition(|name| name.starts_with("rg."));
        let others: Vec<String> = others;
        let (waiting, others) = others
            .into_iter()
            .partition(|name| WAITING.contains(&name.as_str()));
        Ok(Self {
            gears,
            others,
            waiting,
        })
    }

    pub(crate) fn command(&self, random: &mut Rng) -> Vec<u8> {
        match random.u16(..1_000) {
            0 => encode(&[b"RG.PYEXECUTE", program::program(random).as_bytes()]),
            1 => self.words(&self.waiting, random),
            2..50 => encode(&[
                b"RG.PYCONFIGSET",
                random.choice(SETTINGS).unwrap_or("").as_bytes(),
                &word(random),
            ]),
            50..90 => encode(&[random
                .choice([&b"MULTI"[..], b"EXEC", b"EXEC", b"DISCARD"])
                .unwrap_or(b"EXEC")]),
            90..130 => self.script(random),
            130..140 => encode(&[b"CONFIG", b"GET", &word(random)]),
            140..150 => encode(&[b"AUTH", b"someone", b"secret"]),
            150..500 => self.words(&self.gears, random),
            500..520 => encode(&[
                b"RG.TRIGGER",
                random.choice(["t0", "t1", "t2"]).unwrap_or("t0").as_bytes(),
                &word(random),
            ]),
            _ => self.words(&self.others, random),
        }
    }

    fn words(&self, names: &[String], random: &mut Rng) -> Vec<u8> {
        let name = random.choice(names).map_or("ping", String::as_str);
        let words: Vec<Vec<u8>> = (0..random.usize(..6)).map(|_| word(random)).collect();
        let mut all = vec![name.as_bytes()];
        all.extend(words.iter().map(Vec::as_slice));
        encode(&all)
    }

    fn script(&self, random: &mut Rng) -> Vec<u8> {
        let names = if random.bool() {
            &self.gears
        } else {
            &self.others
        };
        let name = random.choice(names).map_or("ping", String::as_str);
        let words: Vec<Vec<u8>> = (0..random.usize(..4)).map(|_| word(random)).collect();
        let call = random.choice(["call", "pcall"]).unwrap_or("call");
        let script = format!("return redis.{call}('{name}', unpack(ARGV))");
        let mut all = vec![&b"EVAL"[..], script.as_bytes(), b"0"];
        all.extend(words.iter().map(Vec::as_slice));
        encode(&all)
    }
}

fn word(random: &mut Rng) -> Vec<u8> {
    match random.u8(..20) {
        0 => (0..random.usize(..40)).map(|_| random.u8(..)).collect(),
        1 => vec![b'x'; random.usize(..2_000)],
        2 => program::expression(random, 2).into_bytes(),
        _ => random.choice(WORDS).unwrap_or("").as_bytes().to_vec(),
    }
}
