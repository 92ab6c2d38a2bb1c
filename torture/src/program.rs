//! Programs in Python that mean the engine no good.

use fastrand::Rng;

use crate::words::text;

const ATOMS: [&str; 22] = [
    "0",
    "-1",
    "10**30",
    "1.5",
    "float('nan')",
    "None",
    "True",
    "''",
    "'x' * 5000",
    "b'\\xff\\x00'",
    "'\\ud800'",
    "[]",
    "{}",
    "()",
    "object()",
    "x",
    "Odd()",
    "lambda *a: a",
    "GB",
    "print",
    "execute",
    "(i for i in range(3))",
];

const STEPS: [&str; 16] = [
    "map",
    "foreach",
    "filter",
    "flatmap",
    "groupby",
    "batchgroupby",
    "aggregate",
    "aggregateby",
    "accumulate",
    "repartition",
    "limit",
    "collect",
    "distinct",
    "sort",
    "count",
    "avg",
];

const READERS: [&str; 7] = [
    "KeysReader",
    "KeysOnlyReader",
    "StreamReader",
    "PythonReader",
    "ShardsIDReader",
    "CommandReader",
    "NoReader",
];

/// Commands from functions; what would stop the server is refused, and has to be.
const COMMANDS: [&str; 64] = [
    "SET",
    "GET",
    "DEL",
    "INCR",
    "LPUSH",
    "LPOP",
    "XADD",
    "HSET",
    "EXPIRE",
    "RENAME",
    "FLUSHALL",
    "FLUSHDB",
    "SELECT",
    "SWAPDB",
    "KEYS",
    "SCAN",
    "PING",
    "",
    "EVAL",
    "EVALSHA",
    "SCRIPT",
    "FUNCTION",
    "FCALL",
    "MULTI",
    "EXEC",
    "DISCARD",
    "WATCH",
    "UNWATCH",
    "BLPOP",
    "BRPOPLPUSH",
    "XREAD",
    "WAIT",
    "WAITAOF",
    "SUBSCRIBE",
    "PSUBSCRIBE",
    "UNSUBSCRIBE",
    "PUBLISH",
    "MONITOR",
    "SYNC",
    "PSYNC",
    "REPLCONF",
    "CLIENT",
    "HELLO",
    "AUTH",
    "RESET",
    "QUIT",
    "ACL",
    "CONFIG",
    "SAVE",
    "BGSAVE",
    "SHUTDOWN",
    "DEBUG",
    "REPLICAOF",
    "FAILOVER",
    "CLUSTER",
    "MODULE",
    "MIGRATE",
    "RG.PYEXECUTE",
    "RG.TRIGGER",
    "RG.UNREGISTER",
    "RG.INNERHOOK",
    "RG.INNERREGISTER",
    "RG.GETRESULTSBLOCKING",
    "RG.ABORTEXECUTION",
];

const ARGUMENTS: [&str; 22] = [
    "0",
    "1",
    "10",
    "-1",
    "",
    "k",
    "k1",
    "v",
    "t0",
    "t1",
    "*",
    "f1",
    "KILL",
    "PAUSE",
    "REPLY",
    "OFF",
    "LIST",
    "SEGFAULT",
    "NO",
    "ONE",
    "GET",
    "return redis.call('RG.TRIGGER', 't0')",
];

/// An object whose every method is a trap.
const ODD: &str = "
class Odd:
    def __repr__(self): raise ValueError('repr')
    def __hash__(self): raise KeyError('hash')
    def __eq__(self, other): raise OSError('eq')
    def __del__(self):
        try: execute('INCR', 'deleted')
        except BaseException: raise
    def __iter__(self): yield self
    def __len__(self): return -1
    def __call__(self, *a, **k): raise RecursionError
x = 1
def deep(n): return deep(n + 1)
";

pub(crate) fn expression(random: &mut Rng, depth: u8) -> String {
    if depth == 0 {
        return random.choice(ATOMS).unwrap_or("0").to_owned();
    }
    let mut part = || expression(random, depth - 1);
    let (a, b) = (part(), part());
    match random.u8(..14) {
        0 => format!("[{a}, {b}]"),
        1 => format!("{{'k': {a}, 'v': {b}}}"),
        2 => format!("execute({:?}, 'k', {a})", text(random, &COMMANDS)),
        11..13 => {
            let words: Vec<String> = (0..random.usize(..4))
                .map(|_| format!(", {:?}", text(random, &ARGUMENTS)))
                .collect();
            format!("execute({:?}{})", text(random, &COMMANDS), words.concat())
        }
        3 => format!("(lambda x: {a})({b})"),
        4 => format!("[{a} for x in ({b}, 2)]"),
        5 => format!("call_next({a}, {b})"),
        6 => format!("log({a}, level={b})"),
        7 => format!("str({a}) + repr({b})"),
        8 => format!("hashtag() if {a} else {b}"),
        9 => format!("config_get({a})"),
        10 => format!("deep({a})"),
        _ => a,
    }
}

/// A whole program: definitions, statements, and perhaps a pipeline that runs or is registered.
pub(crate) fn program(random: &mut Rng) -> String {
    let mut code = ODD.to_owned();
    for _ in 0..random.usize(..3) {
        let value = expression(random, 2);
        code += &match random.u8(..8) {
            0 => format!("try:\n    x = {value}\nexcept BaseException as e:\n    x = e\n"),
            1 => format!(
                "import threading\nt = threading.Thread(target=lambda: {value})\nt.start()\nt.join(0.05)\n"
            ),
            2 => format!("with atomic():\n    x = {value}\n"),
            3 => format!("raise {value}\n"),
            4 => format!("async def coroutine(r):\n    return {value}\nx = coroutine\n"),
            5 => format!(
                "def later(r):\n    f = gearsFuture()\n    f.continueRun({value})\n    return f\nx = later\n"
            ),
            6 => "import sys\nsys.exit(3)\n".to_owned(),
            _ => format!("try:\n    x = {value}\nexcept Exception:\n    pass\n"),
        };
    }
    code += &format!("GB({:?})", random.choice(READERS).unwrap_or("KeysReader"));
    for _ in 0..random.usize(..4) {
        let step = random.choice(STEPS).unwrap_or("map");
        let value = expression(random, 2);
        code += &match random.u8(..4) {
            0 => format!(".{step}({value})"),
            1 => format!(".{step}()"),
            2 => format!(".{step}(x)"),
            _ => format!(".{step}(lambda *r: {value})"),
        };
    }
    let mode = random
        .choice(["sync", "async", "async_local", "wrong"])
        .unwrap_or("sync");
    code += &match random.u8(..5) {
        0 => format!(".register(trigger='t{}', mode={mode:?})", random.u8(..3)),
        1 => format!(".register(prefix='k*', mode={mode:?})"),
        2 => format!(".register({})", expression(random, 1)),
        3 => format!(".run({})", expression(random, 1)),
        _ => ".run()".to_owned(),
    };
    code
}
