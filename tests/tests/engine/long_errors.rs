//! Exceptions with much to say: what clients, the log and lists get of them is short.

use gears_tests::{Client, TestServer, ask};

/// How long an error may be, at the most, with what is around it and escaped twice.
const LONGEST: usize = 8 << 20;

/// Bodies of functions that raise, and what is left of their message.
const RAISES: &[(&str, &str)] = &[
    ("raise ValueError('x' * (64 << 20))", "ValueError: xxx"),
    ("raise ValueError('x\\n' * (16 << 20))", "ValueError: x"),
    ("raise ValueError('\\u00e9' * (16 << 20) + 'end')", "end"),
    ("raise ValueError([0] * (16 << 20))", "ValueError: [0"),
    (
        "raise ValueError([[0] * 10_000] * 10_000)",
        "ValueError: [[0",
    ),
    (
        "raise ValueError('a', b'x' * (64 << 20))",
        "ValueError: ('a'",
    ),
    ("raise KeyError('x' * (64 << 20))", "KeyError"),
    (
        "raise KeyError({n: n for n in range(1 << 20)})",
        "KeyError: {0: 0",
    ),
    (
        "raise OSError(2, 'x' * (16 << 20), 'y' * (16 << 20))",
        "Error: [Errno 2]",
    ),
    (
        "raise type('E' * (1 << 20), (Exception,), {})('short')",
        "short",
    ),
    (
        "class Long(Exception):\n        def __str__(self): return 'x' * (64 << 20)\n    raise Long()",
        "Long: xxx",
    ),
    (
        "class Wrong(Exception):\n        def __str__(self): 1 / 0\n    raise Wrong()",
        "Wrong",
    ),
    (
        "raise SyntaxError('x' * (16 << 20), ('f', 1, 16 << 20, 'y' * (16 << 20)))",
        "SyntaxError: xxx",
    ),
    (
        "compile('(' + ' ' * (8 << 20) + ')(', 'f', 'exec')",
        "SyntaxError",
    ),
    (
        "for n in range(100_000):\n        try: raise ValueError(n)\n        \
         except ValueError as error:\n            \
             if n: error.__cause__ = last\n            \
             last = error\n    raise last",
        "ValueError: 99999",
    ),
    (
        "last = None\n    for n in range(100_000):\n        error = ValueError(n)\n        \
         error.__context__, last = last, error\n    raise last",
        "ValueError: 99999",
    ),
    (
        "a, b = ValueError('a'), ValueError('b')\n    \
         a.__cause__, b.__cause__ = b, a\n    raise a",
        "ValueError: a",
    ),
    (
        "error = ValueError('often')\n    for _ in range(200_000):\n        \
         try: raise error\n        except ValueError: pass\n    raise error",
        "ValueError: often",
    ),
    (
        "def deeper(n): return deeper(n + 1) if n % 2 else other(n + 1)\n    \
         def other(n): return deeper(n + 1)\n    deeper(0)",
        "RecursionError",
    ),
    (
        "error = ValueError('noted')\n    error.__notes__ = ['x\\n' * 100_000] * 1000\n    raise error",
        "ValueError: noted",
    ),
    (
        "error = ValueError('noted')\n    error.__notes__ = [str(n) for n in range(1_000_000)]\n    raise error",
        "ValueError: noted",
    ),
    (
        "import builtins\n    Group = getattr(builtins, 'BaseExceptionGroup', lambda text, _: ValueError(text))\n    \
         raise Group('many', [ValueError('x\\n' * 1_000_000) for _ in range(30)])",
        "many",
    ),
    (
        "import builtins\n    Group = getattr(builtins, 'BaseExceptionGroup', lambda text, _: ValueError(text))\n    \
         raise Group('many', [ValueError(n) for n in range(100_000)])",
        "many",
    ),
];

/// Asserts that an error is there, and short.
fn is_short(what: &str, error: &str, contains: &str) {
    assert!(error.len() < LONGEST, "{what}: {}", error.len());
    assert!(error.contains(contains), "{what}: {error:.900}");
}

fn assert_alive(client: &mut Client, what: &str) {
    assert_eq!(ask!(client, "PING"), "+PONG", "{what}");
}

#[test]
fn huge_exceptions_make_short_errors_and_short_lists() {
    let server = TestServer::private();
    let mut client = server.client();
    // On a busy machine it takes long to make some of them.
    assert_eq!(
        ask!(client, "RG.CONFIGSET", "SyncDeadline", "60000"),
        "[+OK]"
    );
    for (raise, contains) in RAISES {
        let define = format!("def f(r):\n    {raise}\n");
        client.install(&format!(
            "{define}GB('CommandReader').map(f).register(trigger='f', mode='sync')\n\
             GB('CommandReader').map(f).register(trigger='local', mode='async_local')"
        ));
        for trigger in ["f", "local"] {
            is_short(raise, &client.trigger(trigger, &[]), contains);
        }
        assert_alive(&mut client, raise);
        is_short(
            raise,
            &ask!(client, "RG.DUMPREGISTRATIONS"),
            "CommandReader",
        );
        is_short(raise, &ask!(client, "INFO", "rg"), "CommandReader");
        for trigger in ["f", "local"] {
            let id = client.id(trigger).unwrap();
            assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
        }
        is_short(raise, &client.execute(&format!("{define}f(1)")), contains);
    }
    for line in server.log().unwrap().lines() {
        assert!(line.len() < LONGEST, "{line:.900}");
    }
}

#[test]
fn texts_that_scripts_give_for_errors_are_short() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(
        "import threading
def flat(r):
    import redisgears
    raise flat_error('x' * (64 << 20))
def future(r):
    f = gearsFuture()
    threading.Timer(0, lambda: f.continueFailed('x' * (64 << 20))).start()
    return f
async def coroutine(r): raise ValueError('x' * (64 << 20))
GB('CommandReader').map(flat).register(trigger='flat', mode='sync')
GB('CommandReader').map(future).register(trigger='future', mode='async_local')
GB('CommandReader').map(coroutine).register(trigger='coroutine', mode='async_local')",
    );
    for trigger in ["flat", "future", "coroutine"] {
        is_short(trigger, &client.trigger(trigger, &[]), "xxx [...] xxx");
    }
}

#[test]
fn what_exceptions_call_when_they_are_printed_ends() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(
        "class Loop(Exception):
    def __str__(self):
        while True:
            try:
                while True: pass
            except BaseException: pass
    __repr__ = __str__
def raises(r): raise Loop()
def holds(r): raise ValueError(Loop())
def handles(r):
    try: raise Loop()
    except Loop:
        while True: pass
for f in (raises, holds, handles):
    GB('CommandReader').map(f).register(trigger=f.__name__, mode='sync')
    GB('CommandReader').map(f).register(trigger=f.__name__ + ' local', mode='async_local')",
    );
    for deadline in ["SyncDeadline", "AsyncDeadline"] {
        assert_eq!(ask!(client, "RG.CONFIGSET", deadline, "200"), "[+OK]");
    }
    for trigger in ["raises", "holds", "handles"] {
        for mode in ["", " local"] {
            let reply = client.trigger(&format!("{trigger}{mode}"), &[]);
            assert!(reply.starts_with('-'), "{trigger}{mode}: {reply:.900}");
            assert_alive(&mut client, trigger);
        }
    }
}
