//! `PythonMemoryLimit`: functions beyond it end, and the server lives.

use gears_runtime::embedded::Server;
use gears_tests::{Client, TestServer, ask};

/// On a busy machine the memory is not full when the usual time is up.
fn server() -> TestServer {
    TestServer::of(Server::builder().engine_args(["SyncDeadline", "100000"]))
}

/// Less than Python uses before the first script.
const EXCEEDED: &str = "1";

fn limit(client: &mut Client, bytes: &str) {
    let set = ask!(client, "RG.CONFIGSET", "PythonMemoryLimit", bytes);
    assert_eq!(set, "[+OK]");
}

/// Says whether a reply is that of a function that got no memory, or of one that a
/// function called that got none.
fn is_out_of_memory(reply: &str) -> bool {
    reply.contains("MemoryError") || reply.contains("PythonMemoryLimit")
}

/// Defines `f`, which takes memory of one kind and gives it back when it ends.
const GREEDY: &[(&str, &str)] = &[
    (
        "small objects",
        "def f(r):\n    \
             kept = None\n    \
             while True: kept = (kept, object())\n",
    ),
    (
        "objects with dictionaries",
        "class C: pass\n\
         def f(r):\n    \
             first = last = C()\n    \
             while True:\n        \
                 last.next = C()\n        \
                 last = last.next\n",
    ),
    (
        "big objects",
        "def f(r):\n    \
             kept = []\n    \
             while True: kept.append(bytes(1_000_000))\n",
    ),
    (
        "one big object",
        "def f(r): return len(bytearray(2_000_000_000))\n",
    ),
    (
        "one object that grows",
        "def f(r):\n    \
             kept = bytearray()\n    \
             while True: kept += b'x' * 1000\n",
    ),
    (
        "a list that C code makes",
        "import itertools\n\
         def f(r): return list(itertools.count())\n",
    ),
    (
        "generators",
        "def g():\n    \
             yield from g()\n\
         def f(r):\n    \
             kept = []\n    \
             while True:\n        \
                 kept.append(x for x in 'abc')\n        \
                 next(kept[-1])\n",
    ),
    (
        "exceptions",
        "def f(r):\n    \
             kept = None\n    \
             while True:\n        \
                 try: raise ValueError(kept)\n        \
                 except ValueError as e: kept = e\n",
    ),
    (
        "who catches everything",
        "def f(r):\n    \
             kept = None\n    \
             while True:\n        \
                 try:\n            \
                     while True: kept = (kept, bytes(100))\n        \
                 except BaseException: pass\n",
    ),
];

#[test]
fn greedy_functions_end_in_every_mode_and_the_next_ones_run() {
    let server = server();
    let mut client = server.client();
    client.install(
        "GB('CommandReader').map(lambda r: len([0] * 10)).register(trigger='modest', mode='sync')",
    );
    for (what, source) in GREEDY {
        for mode in ["sync", "async_local"] {
            client.install(&format!(
                "{source}GB('CommandReader').map(f).register(trigger='{what} {mode}', mode='{mode}')"
            ));
        }
    }
    limit(&mut client, "90000000");
    for (what, _) in GREEDY {
        for mode in ["sync", "async_local"] {
            let reply = client.trigger(&format!("{what} {mode}"), &[]);
            assert!(is_out_of_memory(&reply), "{what} {mode}: {reply}");
            let modest = client.trigger("modest", &[]);
            assert_eq!(modest, r#"[$"10"]"#, "{what} {mode}");
        }
    }
}

/// Registers functions that need frames: their own, those of functions that they
/// trigger, and those of C code between them.
const DEEP: &str = "\
def again(r): return execute('RG.TRIGGER', 'again')
def nested(r):
    def deeper(n): return deeper(n + 1) if n < 900 else 0
    return deeper(0) + execute('RG.TRIGGER', 'nested')
def deep(r):
    def deeper(n): return deeper(n + 1)
    return deeper(0)
def native(r):
    def deeper(n): return max([n], key=deeper)
    return deeper(0)
def generated(r):
    def deeper():
        yield 1
        yield from deeper()
    return sum(deeper())
def catching(r):
    def deeper():
        try: deeper()
        except RecursionError: pass
        except BaseException: deeper()
    deeper()
def wide(r):
    names = ', '.join('a%d' % n for n in range(2000))
    found = {'f': None}
    exec(f'def f(n, {names}): return f(n + 1, {names}) if n < 400 else 0', found)
    return found['f'](0, *range(2000))
for f in (again, nested, deep, native, generated, catching, wide):
    for mode in ('sync', 'async_local'):
        name = f.__name__ if mode == 'sync' else f.__name__ + ' ' + mode
        GB('CommandReader').map(f).register(trigger=name, mode=mode)
";

#[test]
fn calls_beyond_the_limit_end_functions_and_not_the_server() {
    let server = server();
    let mut client = server.client();
    client.install(DEEP);
    client.install("GB('CommandReader').map(lambda r: 7).register(trigger='small', mode='sync')");
    let names = [
        "again",
        "nested",
        "deep",
        "native",
        "generated",
        "catching",
        "wide",
    ];
    for bytes in [EXCEEDED, "40000000", EXCEEDED, "0"] {
        limit(&mut client, bytes);
        for name in names {
            for mode in ["", " async_local"] {
                client.trigger(&format!("{name}{mode}"), &[]);
            }
        }
        assert_eq!(ask!(client, "PING"), "+PONG");
    }
    assert_eq!(client.trigger("small", &[]), r#"[$"7"]"#);
}

#[test]
fn limit_below_what_is_in_use_ends_what_asks_for_more() {
    let server = server();
    let mut client = server.client();
    client.install(
        "kept = []\n\
         def keep(r): kept.append([str(n) for n in range(1_000_000)])\n\
         def free(r): kept.clear()\n\
         def use(r): return len([str(n) for n in range(100_000)])\n\
         for f in (keep, free, use):\n    \
             GB('CommandReader').map(f).register(trigger=f.__name__, mode='sync')",
    );
    assert_eq!(client.trigger("keep", &[]), r#"[$"None"]"#);
    assert_eq!(client.trigger("use", &[]), r#"[$"100000"]"#);
    limit(&mut client, EXCEEDED);
    let reply = client.trigger("use", &[]);
    assert!(is_out_of_memory(&reply), "{reply}");
    // Enough without what is kept, and not with it.
    limit(&mut client, "70000000");
    let reply = client.trigger("use", &[]);
    assert!(is_out_of_memory(&reply), "{reply}");
    assert_eq!(client.trigger("free", &[]), r#"[$"None"]"#);
    assert_eq!(client.trigger("use", &[]), r#"[$"100000"]"#);
}

/// What functions are handed and read can be longer than the memory that is left.
#[test]
fn long_values_that_functions_get_raise_and_nothing_else() {
    let server = server();
    let mut client = server.client();
    let long = vec![b'x'; 30_000_000];
    let odd = vec![0xff; 30_000_000];
    for (key, value) in [("k:text", &long), ("k:bytes", &odd)] {
        ask!(client, "SET", key, value);
        ask!(client, "HSET", format!("h:{key}"), "field", value);
        ask!(client, "HSET", format!("f:{key}"), value, "value");
        ask!(client, "RPUSH", format!("l:{key}"), value);
        ask!(client, "XADD", format!("s:{key}"), "*", "field", value);
    }
    client.install(
        "GB('CommandReader').map(lambda r: len(execute(*r[1:]))).register(trigger='sync', mode='sync')\n\
         GB('CommandReader').map(lambda r: len(execute(*r[1:]))).register(trigger='worker', mode='async_local')",
    );
    limit(&mut client, "40000000");
    for words in [
        &["GET", "k:text"][..],
        &["GET", "k:bytes"],
        &["HGETALL", "h:k:text"],
        &["HGETALL", "f:k:bytes"],
        &["LRANGE", "l:k:text", "0", "-1"],
    ] {
        for trigger in ["sync", "worker"] {
            let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
            let reply = client.trigger(trigger, &words);
            assert!(is_out_of_memory(&reply), "{trigger} {words:?}: {reply}");
        }
    }
    for kind in ["k", "h", "f", "l"] {
        for key in ["text", "bytes"] {
            let prefix = if kind == "k" {
                String::new()
            } else {
                format!("{kind}:")
            };
            let run =
                format!("GB('KeysReader').map(lambda r: r['value'] and 1).run('{prefix}k:{key}')");
            let reply = client.execute(&run);
            assert!(is_out_of_memory(&reply), "{run}: {reply}");
        }
    }
    for key in ["text", "bytes"] {
        let run = format!("GB('StreamReader').map(lambda r: 1).run('s:k:{key}')");
        let reply = client.execute(&run);
        assert!(is_out_of_memory(&reply), "{run}: {reply}");
    }
    limit(&mut client, "0");
    let reply = client.trigger("sync", &[b"GET", b"k:text"]);
    assert_eq!(reply, r#"[$"30000000"]"#);
}
