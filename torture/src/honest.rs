//! Commands and functions that mean well: all that they do has to be the same everywhere in the end.

use fastrand::Rng;

use crate::client::{encode, encode_text};
use crate::words::text;

/// What functions do, to things with a number, `@`. None writes what other functions are called for, so that there is an end to it.
const BODIES: [&str; 20] = [
    "execute('INCR', 'c:@')",
    "execute('RPUSH', 'l:@', str(random.random()))",
    "execute('SET', 'x:@', str(time.time()), 'PX', '40')",
    "execute('SET', 'x:@', 'v'), execute('EXPIRE', 'x:@', '1000')",
    "execute('SADD', 'set:@', *map(str, range(6))), execute('SPOP', 'set:@')",
    "execute('XADD', 'out:@', 'MAXLEN', '~', '10', '*', 'v', str(random.random()))",
    "execute('HINCRBYFLOAT', 'hash:@', 'f', '0.1')",
    "execute('DEL', 'c:@', 'l:@')",
    "execute('RENAME', 'c:@', 'x:@')",
    "execute('ZADD', 'z:@', str(random.random()), 'm'), execute('ZPOPMIN', 'z:@')",
    "execute('COPY', 'c:@', 'x:@', 'REPLACE')",
    "execute('SORT', 'l:@', 'ALPHA', 'STORE', 'x:@')",
    "execute('INCR', 'c:@'), 1 / 0",
    "execute('EVAL', 'redis.call(\"incr\", KEYS[1]) return redis.call(\"lpush\", KEYS[2], ARGV[1])', '2', 'c:@', 'l:@', str(time.time()))",
    "atomically('INCR c:@', 'RPUSH l:@ v', 'INCR c:@')",
    "atomically('MSET x:@ 1 x:@b 2', 'GET c:@', 'DEL x:@')",
    "execute('SETRANGE', 'x:@', str(random.randrange(50)), 'text')",
    "cmd.incr('c:@')",
    "execute('LTRIM', 'l:@', '-5', '-1')",
    "execute('NOSUCHCOMMAND', 'x')",
];

/// What functions of keys do to the key.
const OWN: [&str; 7] = [
    "execute('EXPIRE', r['key'], '1000')",
    "execute('PERSIST', r['key'])",
    "execute('DEL', r['key'])",
    "execute('UNLINK', r['key'])",
    "execute('RENAME', r['key'], 'x:@')",
    "execute('SADD', 'seen', r['key'], str(r['value']))",
    "execute('MOVE', r['key'], '1')",
];

/// What calls more functions.
const CHAINS: [&str; 5] = [
    "execute('SET', 'j@', str(random.random()))",
    "execute('LPUSH', 'j@', 'v')",
    "execute('XADD', 's@', '*', 'v', str(random.random()))",
    "execute('RG.TRIGGER', 't@', 'chained')",
    "atomically('SET j@ v', 'XADD s@ * f v', 'DEL j@')",
];

const PRELUDE: &str = "import random, threading, time
def atomically(*lines):
    with atomic():
        for line in lines: execute(*line.split())
";

/// Events that happen when commands are sent, and none that only `OWN` causes.
const EVENTS: &str = "['set', 'lpush', 'hset', 'zadd', 'incrby', 'sadd', 'append']";

pub(crate) fn command(random: &mut Rng) -> Vec<u8> {
    match random.u16(..1_000) {
        0..6 => rarely(random),
        _ => calm(random),
    }
}

/// A command that leaves alone what it has not to do with.
pub(crate) fn calm(random: &mut Rng) -> Vec<u8> {
    match random.u16(..1_000) {
        0..12 => register(random),
        12..16 => unregister(random),
        16..30 => run(random),
        30..230 => {
            let trigger = format!("t{}", random.u8(..10));
            encode_text(&["RG.TRIGGER", &trigger, text(random, &["a", "b"])])
        }
        230..330 => {
            let mut bytes = encode(&[b"MULTI"]);
            for _ in 0..random.usize(1..5) {
                bytes.extend(match random.u8(..5) {
                    0 => encode_text(&["RG.TRIGGER", &format!("t{}", random.u8(..10))]),
                    1 if random.u8(..10) == 0 => register(random),
                    _ => write(random, &[]),
                });
            }
            bytes.extend(encode(&[if random.u8(..10) == 0 {
                b"DISCARD"
            } else {
                b"EXEC"
            }]));
            bytes
        }
        330..430 => {
            let script = "local r = redis.pcall(unpack(ARGV)) redis.call('incr', 'c:0') return r";
            let trigger = format!("t{}", random.u8(..10));
            match random.u8(..3) {
                0 => encode_text(&["EVAL", script, "0", "RG.TRIGGER", &trigger]),
                _ => write(random, &["EVAL", script, "0"]),
            }
        }
        _ => write(random, &[]),
    }
}

/// A write of what functions are called for, after these words.
fn write(random: &mut Rng, before: &[&str]) -> Vec<u8> {
    let key = format!("k{}", random.u8(..8));
    let other = format!("k{}", random.u8(..8));
    let number = random.u32(..1_000).to_string();
    let words: &[&str] = match random.u8(..30) {
        0..4 => &["SET", &key, &number],
        4 => &["SET", &key, &number, "PX", "20"],
        5 => &["SET", &key, &number, "EX", "100"],
        6..8 => &["DEL", &key, &other],
        8 => &["INCR", &key],
        9..11 => &["LPUSH", &key, &number],
        11 => &["RPOP", &key],
        12 => &["SADD", &key, &number, "1", "2"],
        13 => &["SPOP", &key],
        14 => &["ZADD", &key, &number, &number],
        15 => &["HSET", &key, &number, "v"],
        16..19 => &["HSET", "h1", &number, "v"],
        19 => &["DEL", "h1"],
        20..24 => {
            let stream = &key.replace('k', "s");
            return encode_text(&[before, &["XADD", stream, "*", "n", &number]].concat());
        }
        24 => &["RENAME", &key, &other],
        25 => &["APPEND", &key, "+"],
        26 => &["MSET", &key, &number, &other, &number],
        27 => &["EXPIRE", &key, "0"],
        28 => &["LMOVE", &key, &other, "LEFT", "RIGHT"],
        _ => &["GETSET", &key, &number],
    };
    encode_text(&[before, words].concat())
}

/// What turns everything over.
fn rarely(random: &mut Rng) -> Vec<u8> {
    encode_text(match random.u8(..6) {
        0 => &["FLUSHALL"],
        1 => &["FLUSHDB"],
        2 => &["SWAPDB", "0", "1"],
        3 => &["SELECT", "1"],
        _ => &["SELECT", "0"],
    })
}

fn body(random: &mut Rng, lists: &[&[&'static str]]) -> String {
    let list = lists[random.usize(..lists.len())];
    let digit = random.u8(..8).to_string();
    let mut body = text(random, list).replace('@', &digit);
    if random.u8(..3) == 0 {
        body = format!("{body}, {}", text(random, &BODIES).replace('@', &digit));
    }
    body
}

/// The definition of `f`, and the mode it is registered in.
fn function(random: &mut Rng, lists: &[&[&'static str]]) -> (String, &'static str) {
    let body = body(random, lists);
    let mode = text(random, &["sync", "async", "async_local"]);
    let function = match random.u8(..6) {
        0 if mode != "sync" => format!("async def f(r):\n    {body}\n    return 1\n"),
        1 if mode != "sync" => format!(
            "def f(r):\n    future = gearsFuture()\n    def later():\n        try: {body}\n        \
             finally: future.continueRun(1)\n    threading.Thread(target=later).start()\n    return future\n"
        ),
        _ => format!("def f(r):\n    {body}\n    return 1\n"),
    };
    (format!("{PRELUDE}{function}"), mode)
}

pub(crate) fn register(random: &mut Rng) -> Vec<u8> {
    let name = format!("g{}", random.u8(..10));
    let code = match random.u8(..10) {
        0..3 => {
            let (code, mode) = function(random, &[&BODIES, &CHAINS]);
            // Who calls in a ring gets an error at some depth, which takes too long.
            let code = code.replace("'RG.TRIGGER', 't", "'RG.TRIGGER', 'u");
            let order = ["", ", inorder=True"][random.usize(..2)];
            format!(
                "{code}GB('CommandReader').map(f).register(trigger='t{}', mode='{mode}'{order})",
                random.u8(..10)
            )
        }
        3 => {
            let (code, mode) = function(random, &[&BODIES]);
            format!(
                "{code}GB('CommandReader').map(f).register(trigger='u{}', mode='{mode}')",
                random.u8(..8)
            )
        }
        4..6 => {
            let (code, mode) = function(random, &[&BODIES, &CHAINS, &OWN]);
            let which = text(
                random,
                &["eventTypes=EVENTS", "commands=['set', 'lpush', 'getset']"],
            );
            let which = which.replace("EVENTS", EVENTS);
            format!(
                "{code}GB('KeysReader').foreach(f).register(prefix='k*', mode='{mode}', {which})"
            )
        }
        6 => {
            let (code, mode) = function(random, &[&BODIES]);
            format!("{code}GB('KeysReader').foreach(f).register(prefix='j*', mode='{mode}')")
        }
        7..9 => {
            let (code, mode) = function(random, &[&BODIES]);
            format!(
                "{code}GB('StreamReader').foreach(f).register(prefix='s*', mode='{mode}', batch={}, trimStream={}, \
                 onFailedPolicy='{}')",
                random.u8(1..5),
                text(random, &["True", "True", "False"]),
                text(random, &["continue", "abort"]),
            )
        }
        _ => {
            let (code, mode) = function(random, &[&BODIES]);
            format!(
                "{code}GB('CommandReader').foreach(f).map(lambda r: call_next(*r[1:])).register(hook='hset', \
                 keyprefix='h', mode='{mode}')"
            )
        }
    };
    encode_text(&["RG.PYEXECUTE", &code, "ID", &name, "UPGRADE"])
}

fn unregister(random: &mut Rng) -> Vec<u8> {
    let code = format!(
        "all = sorted(r[1] for r in execute('RG.DUMPREGISTRATIONS'))\n\
         if all: execute('RG.UNREGISTER', all[{} % len(all)]{})",
        random.u8(..),
        text(random, &["", ", 'ABORTPENDING'"]),
    );
    encode_text(&["RG.PYEXECUTE", &code])
}

fn run(random: &mut Rng) -> Vec<u8> {
    let (code, _) = function(random, &[&BODIES]);
    let end = text(
        random,
        &[
            "GB('KeysReader').foreach(f).run('k*')",
            "GB('KeysReader').map(f).count().run()",
            "GB('StreamReader').foreach(f).run('s1')",
            "GB('ShardsIDReader').foreach(f).run()",
            "GB('PythonReader', lambda: iter(range(5))).map(f).run()",
            "f({'key': 'k1', 'value': 1})",
        ],
    );
    let code = format!("{code}{end}");
    match random.bool() {
        true => encode_text(&["RG.PYEXECUTE", &code, "UNBLOCKING"]),
        false => encode_text(&["RG.PYEXECUTE", &code]),
    }
}
