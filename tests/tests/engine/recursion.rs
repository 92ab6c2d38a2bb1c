//! Recursion through every kind of call, with the limit as high as scripts can set it.

use gears_tests::{Client, TestServer, ask};

/// Functions that call themselves without end, through Python and through C.
const ENDLESS: &[&str] = &[
    "def f(r): return f(r)",
    "def f(r): return sorted([1], key=f)",
    "def f(r): return list(map(f, [1]))",
    "def f(r): return eval('f(1)', {'f': f})",
    "import functools\ndef f(r): return functools.partial(f)(r)",
    "import re\ndef f(r): return re.sub('x', f, 'x')",
    "class D:\n    def __str__(self): return str(self)\ndef f(r): return str(D())",
    "class D:\n    def __format__(self, how): return f'{self}'\ndef f(r): return f'{D()}'",
    "class D:\n    def __eq__(self, other): return self == other\ndef f(r): return D() == D()",
    "class D:\n    def __hash__(self): return hash(self)\ndef f(r): return hash(D())",
    "class D:\n    def __getattr__(self, name): return getattr(self, name + 'x')\n\
     def f(r): return D().a",
    "class D:\n    @property\n    def a(self): return self.a\ndef f(r): return D().a",
    "class D:\n    def __init__(self): D()\ndef f(r): return D()",
    "def g():\n    yield from g()\ndef f(r): return next(g())",
    "import sqlite3\ndef f(r):\n    base = sqlite3.connect(':memory:')\n    \
     base.create_function('f', 1, f)\n    return base.execute('select f(1)').fetchall()",
];

/// Values too deep for what C code does with them.
const DEEP: &[&str] = &[
    "return repr(x)",
    "return str(x)",
    "return x == y",
    "import json\n    return json.dumps(x)",
    "import json\n    return json.loads('[' * 200_000)",
    "import pickle\n    return pickle.dumps(x)",
    "import copy\n    return copy.deepcopy(x)",
    "return eval('-' * 100_000 + '1')",
    "return compile('a' + '.b' * 100_000, 'a', 'eval')",
    "del x\n    raise RecursionError('of our own')",
];

/// The limit that this server allows, from its own words.
fn highest(client: &mut Client) -> u32 {
    let refused = client.execute("import sys\nsys.setrecursionlimit(10**9)");
    let (_, rest) = refused
        .split_once("ValueError: recursion limit must be at most ")
        .unwrap_or_else(|| panic!("{refused}"));
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

fn assert_ends(client: &mut Client, limit: u32, define: &str) {
    let script = format!("import sys\nsys.setrecursionlimit({limit})\n{define}\n");
    let is_told = |place: &str, reply: &str| {
        assert!(
            reply.contains("Recursion")
                || reply.contains("MemoryError")
                || reply.contains("user-defined function raised exception"),
            "{place}: {define}: {reply:.500}"
        );
    };
    for mode in ["sync", "async_local"] {
        let register = format!("GB('CommandReader').map(f).register(trigger='f', mode='{mode}')");
        client.install(&format!("{script}{register}"));
        is_told(mode, &client.trigger("f", &[]));
        let id = client.id("f").unwrap();
        assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
    }
    let reply = client.execute(&format!(
        "{script}import threading\n\
         def run(r):\n    \
             said = []\n    \
             def body():\n        \
                 try: f(r)\n        \
                 except BaseException as error: said.append(repr(error))\n    \
             thread = threading.Thread(target=body)\n    \
             thread.start()\n    \
             thread.join()\n    \
             return said\n\
         GB('ShardsIDReader').map(run).run()"
    ));
    is_told("thread", &reply);
    assert_eq!(ask!(client, "PING"), "+PONG", "{define}");
}

#[test]
fn the_recursion_limit_is_bounded() {
    let server = TestServer::private();
    let mut client = server.client();
    let highest = highest(&mut client);
    assert!((1_000..100_000).contains(&highest), "{highest}");
    client.install(&format!("import sys\nsys.setrecursionlimit({highest})"));
    let refused = client.execute(&format!(
        "import sys\nsys.setrecursionlimit({})",
        highest + 1
    ));
    assert!(refused.contains("whose stack ends there"), "{refused}");
    for wrong in ["'1'", "None", "1.5", "0", "-1", "2**70"] {
        let refused = client.execute(&format!("import sys\nsys.setrecursionlimit({wrong})"));
        assert!(refused.starts_with("-["), "{wrong}: {refused}");
    }
    let limit = client
        .execute("import sys\nGB('ShardsIDReader').map(lambda r: sys.getrecursionlimit()).run()");
    assert_eq!(limit, format!("[[$\"{highest}\"], []]"));
}

#[test]
fn endless_recursion_under_the_highest_limit_is_an_error() {
    let server = TestServer::private();
    let mut client = server.client();
    let highest = highest(&mut client);
    for define in ENDLESS {
        assert_ends(&mut client, highest, define);
    }
}

#[test]
fn deep_values_under_the_highest_limit_are_errors() {
    let server = TestServer::private();
    let mut client = server.client();
    let highest = highest(&mut client);
    for action in DEEP {
        let define = format!(
            "def f(r):\n    x, y = [], []\n    for _ in range(200_000): x, y = [x], [y]\n    {action}"
        );
        assert_ends(&mut client, highest, &define);
    }
}

#[test]
fn recursion_through_commands_and_c_code_is_an_error() {
    let server = TestServer::private();
    let mut client = server.client();
    let highest = highest(&mut client);
    // As deep as commands allow, and from there as deep as Python allows.
    client.install(&format!(
        "import sys\n\
         sys.setrecursionlimit({highest})\n\
         depth = 0\n\
         def f(r):\n    \
             global depth\n    \
             depth += 1\n    \
             return execute('RG.TRIGGER', 'f') if depth < 255 else sorted([1], key=f)\n\
         GB('CommandReader').map(f).register(trigger='f', mode='sync')"
    ));
    let reply = client.trigger("f", &[]);
    assert!(reply.starts_with("-['Traceback"), "{reply:.500}");
    assert_eq!(ask!(client, "PING"), "+PONG");
}
