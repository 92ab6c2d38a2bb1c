//! Commands of all kinds, right ones and wrong ones.

use std::io::Result;

use fastrand::Rng;

use crate::client::{Client, Value, encode};
use crate::program;
use crate::words::{engine_setting, server_setting, text, user, word};

/// What stops, pauses or detaches a server because it is asked to, and so would pass for a find. Some of them have
/// forms that do not, which are written below.
const LEFT_OUT: [&str; 15] = [
    "shutdown",
    "debug",
    "migrate",
    "replicaof",
    "slaveof",
    "module",
    "client",
    "acl",
    "config",
    "script",
    "sync",
    "psync",
    "monitor",
    "replconf",
    // Takes seconds.
    "pfselftest",
];

/// What servers by themselves do not survive, with lengths and counts beyond what there is: Redis 6.2.5 or 7.0.15 end, Redis
/// 8.2.3 and others choose members for ever. Of these, only the forms that are written below are sent.
const FAULTY: [&str; 10] = [
    "setrange",
    "hrandfield",
    "srandmember",
    "zrandmember",
    "eval",
    "eval_ro",
    "evalsha",
    "evalsha_ro",
    "fcall",
    "fcall_ro",
];

/// What waits, turns the connection into another one, or answers at length: rare, for the rest of a batch waits.
const RARE: [&str; 28] = [
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
    "auth",
    "reset",
    "save",
    "bgsave",
    "bgrewriteaof",
    "failover",
    "command",
    "lolwut",
    "info",
    "rg.pyexecute",
    "rg.refreshcluster",
];

pub(crate) struct Grammar {
    gears: Vec<String>,
    others: Vec<String>,
    rare: Vec<String>,
}

impl Grammar {
    /// Asks the server which commands it has.
    pub(crate) fn of(client: &mut Client) -> Result<Self> {
        let mut names = Vec::new();
        for row in client.must(&["COMMAND"])?.elements() {
            let name = row.elements().first().and_then(Value::as_text);
            names.extend(name.map(|name| name.to_lowercase()));
        }
        names.sort();
        names.retain(|name| ![&LEFT_OUT[..], &FAULTY].concat().contains(&name.as_str()));
        let (rare, names) = names
            .into_iter()
            .partition(|name| RARE.contains(&name.as_str()));
        let names: Vec<String> = names;
        let (gears, others) = names.into_iter().partition(|name| name.starts_with("rg."));
        Ok(Self {
            gears,
            others,
            rare,
        })
    }

    /// Leaves out more commands.
    pub(crate) fn spare(&mut self, names: &[String]) {
        for list in [&mut self.gears, &mut self.others, &mut self.rare] {
            list.retain(|name| !names.contains(name));
        }
    }

    pub(crate) fn command(&self, random: &mut Rng) -> Vec<u8> {
        match random.u16(..10_000) {
            0..8 => encode(&[b"RG.PYEXECUTE", program::program(random).as_bytes()]),
            8..20 => self.words(&self.rare, random),
            20..26 => forget(random),
            26..200 => {
                let (name, value) = engine_setting(random);
                match random.bool() {
                    true => encode(&[b"RG.CONFIGSET", name.as_bytes(), &value]),
                    false => encode(&[b"RG.CONFIGGET", name.as_bytes(), &value]),
                }
            }
            200..500 => encode(&[text(random, &["MULTI", "EXEC", "EXEC", "DISCARD"]).as_bytes()]),
            500..900 => self.script(random),
            900..940 => with("CONFIG", &server_setting(random)),
            940..950 => encode(&[
                b"CONFIG",
                text(random, &["GET", "RESETSTAT", "HELP"]).as_bytes(),
                b"rg.*",
            ]),
            950..980 => client(random),
            980..1_010 => access(random),
            1_010..1_060 => scripts(random),
            1_060..1_070 => encode(&[b"AUTH", user(random).as_bytes(), b"secret"]),
            1_070..1_074 => encode(&[b"HELLO", text(random, &["2", "3", "4"]).as_bytes()]),
            1_074..1_100 => encode(&[b"RESET"]),
            1_100..1_400 => encode(&[
                b"RG.TRIGGER",
                text(random, &["t0", "t1", "t2"]).as_bytes(),
                &word(random),
            ]),
            1_400..5_000 => self.words(&self.gears, random),
            _ => self.other(random),
        }
    }

    /// A command of the server's own.
    pub(crate) fn other(&self, random: &mut Rng) -> Vec<u8> {
        self.words(&self.others, random)
    }

    fn words(&self, names: &[String], random: &mut Rng) -> Vec<u8> {
        let name = random.choice(names).map_or("ping", String::as_str);
        let words: Vec<Vec<u8>> = (0..random.usize(..6)).map(|_| word(random)).collect();
        with(name, &words)
    }

    fn script(&self, random: &mut Rng) -> Vec<u8> {
        let names = if random.bool() {
            &self.gears
        } else {
            &self.others
        };
        let name = random.choice(names).map_or("ping", String::as_str);
        let call = text(random, &["call", "pcall"]);
        let script = format!("return redis.{call}('{name}', unpack(ARGV))");
        let mut words = vec![script.into_bytes(), b"0".to_vec()];
        words.extend((0..random.usize(..4)).map(|_| word(random)));
        with("EVAL", &words)
    }
}

fn with(name: &str, words: &[Vec<u8>]) -> Vec<u8> {
    let mut all = vec![name.as_bytes()];
    all.extend(words.iter().map(Vec::as_slice));
    encode(&all)
}

/// Unregisters, so that not all that was ever registered answers each event.
fn forget(random: &mut Rng) -> Vec<u8> {
    let code = "for r in execute('RG.DUMPREGISTRATIONS'):\n    execute('RG.UNREGISTER', r[1])";
    let abort = code.replace("r[1]", "r[1], 'ABORTPENDING'");
    encode(&[
        b"RG.PYEXECUTE",
        if random.bool() { code } else { &abort }.as_bytes(),
    ])
}

fn client(random: &mut Rng) -> Vec<u8> {
    let number = random.u8(..40).to_string();
    let words: &[&str] = match random.u8(..13) {
        0 => &["LIST"],
        1 => &["ID"],
        2 => &["KILL", "ID", &number],
        3 => &["KILL", "TYPE", "pubsub", "SKIPME", "no"],
        4 => &["TRACKING", "ON", "BCAST"],
        5 => &["TRACKING", "OFF"],
        6 => &["NO-EVICT", "on"],
        7 => &["UNBLOCK", &number, "ERROR"],
        8 => &["UNBLOCK", &number, "TIMEOUT"],
        // For a moment only.
        9 => &["PAUSE", &number, "WRITE"],
        10 => &["UNPAUSE"],
        11 => &["SETNAME", "name"],
        _ => &["REPLY", if random.u8(..10) == 0 { "SKIP" } else { "ON" }],
    };
    with("CLIENT", &owned(words))
}

/// Never what would shut the user `default` out, whom the attack needs.
fn access(random: &mut Rng) -> Vec<u8> {
    const RIGHTS: [&str; 16] = [
        "on",
        "off",
        "~*",
        "~k*",
        "resetkeys",
        "allkeys",
        "+@all",
        "-@all",
        "+rg.trigger",
        "-rg.trigger",
        "+rg.pyexecute",
        "-rg.pyexecute",
        "+@gearstrigger",
        "-@gearsregister",
        "+set|x",
        "(~z* +@read)",
    ];
    let name = text(
        random,
        &["keys", "reader", "caller", "author", "nobody", "another"],
    );
    let mut words: Vec<Vec<u8>> = match random.u8(..8) {
        0 => owned(&["DELUSER", name]),
        1 => owned(&["GETUSER", name]),
        2 => owned(&["LIST"]),
        3 => owned(&["CAT", "gearstrigger"]),
        4 => owned(&["DRYRUN", name, "rg.trigger", "t0"]),
        5 => owned(&["LOG"]),
        _ => owned(&["SETUSER", name, ">secret"]),
    };
    if words[0] == b"SETUSER" {
        words.extend((0..random.usize(..4)).map(|_| text(random, &RIGHTS).into()));
    }
    with("ACL", &words)
}

fn scripts(random: &mut Rng) -> Vec<u8> {
    const LIBRARY: &str = "#!lua name=lib\nredis.register_function('f', function(k, a) return redis.call(unpack(a)) end)";
    match random.u8(..10) {
        0 => with("SCRIPT", &owned(&["FLUSH"])),
        1 => with(
            "SCRIPT",
            &owned(&["LOAD", "return redis.call('RG.TRIGGER', 't0')"]),
        ),
        2 => with("SCRIPT", &owned(&["KILL"])),
        3 => with("FUNCTION", &owned(&["LOAD", "REPLACE", LIBRARY])),
        4 => with("FUNCTION", &owned(&["DELETE", "lib"])),
        5 => with("FUNCTION", &owned(&["LIST"])),
        6 => with("FUNCTION", &owned(&["KILL"])),
        7 => with("FUNCTION", &[b"RESTORE".to_vec(), word(random)]),
        _ => with(
            "FCALL",
            &[
                b"f".to_vec(),
                b"0".to_vec(),
                b"RG.TRIGGER".to_vec(),
                word(random),
            ],
        ),
    }
}

fn owned(words: &[&str]) -> Vec<Vec<u8>> {
    words.iter().map(|&word| word.into()).collect()
}
