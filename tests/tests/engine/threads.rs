//! Functions that start threads, and those that hold locks when their time is over.

mod locks;

use gears_runtime::embedded::Server;
use gears_tests::{Client, TestServer, ask, until};

/// Starts a server with a good function.
fn server() -> (TestServer, Client) {
    let server = TestServer::private();
    let mut client = server.client();
    client.install("GB('CommandReader').map(lambda r: 7).register(trigger='fine', mode='sync')");
    (server, client)
}

/// Does something while functions may run for a moment only.
fn in_a_hurry<T>(client: &mut Client, work: impl FnOnce(&mut Client) -> T) -> T {
    let set = |client: &mut Client, sync: &str, other: &str| {
        for (deadline, value) in [("SyncDeadline", sync), ("AsyncDeadline", other)] {
            assert_eq!(ask!(client, "RG.CONFIGSET", deadline, value), "[+OK]");
        }
    };
    set(client, "100", "100");
    let done = work(client);
    set(client, "5000", "0");
    done
}

/// Asserts that the main thread and a worker run functions, and threads start.
fn assert_alive(client: &mut Client, what: &str) {
    assert_eq!(ask!(client, "PING"), "+PONG", "{what}");
    assert_eq!(client.trigger("fine", &[]), r#"[$"7"]"#, "{what}");
    let run = "GB('ShardsIDReader').map(lambda r: 7).run()";
    assert_eq!(client.execute(run), r#"[[$"7"], []]"#, "{what}");
    let start =
        "import threading\nt = threading.Thread(target=len, args=('',))\nt.start()\nt.join()";
    client.install(start);
}

/// Asserts that a function is ended, again and again, where it keeps the server and
/// where it does not.
fn is_ended(client: &mut Client, define: &str) {
    client.install(&format!(
        "{define}GB('CommandReader').map(f).register(trigger='f', mode='sync')\n\
         GB('CommandReader').map(f).register(trigger='local', mode='async_local')"
    ));
    for _ in 0..4 {
        for trigger in ["f", "local"] {
            let reply = in_a_hurry(client, |client| client.trigger(trigger, &[]));
            assert!(
                reply.contains("forcestopped"),
                "{trigger}:\n{define}\n{reply:.900}"
            );
        }
    }
    assert_alive(client, define);
    forget(client, &["f", "local"]);
}

fn forget(client: &mut Client, triggers: &[&str]) {
    for trigger in triggers {
        let id = client.id(trigger).unwrap();
        assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
    }
}

/// Code that finds what all functions share, which cannot be pickled.
const SHARED: &str = "\
import sys, types
def shared():
    import sys, types
    return sys.modules.setdefault('shared_by_functions', types.SimpleNamespace())
";

#[test]
fn functions_that_start_threads_are_ended() {
    let (_server, mut client) = server();
    for define in [
        "import threading
def f(r):
    while True:
        t = threading.Thread(target=lambda: None)
        t.start()
        t.join()
",
        "import threading
def f(r):
    while True:
        try:
            t = threading.Thread(target=lambda: None)
            t.start()
            t.join()
        except BaseException: pass
",
        "import _thread
def f(r):
    while True:
        done = _thread.allocate_lock()
        done.acquire()
        _thread.start_new_thread(done.release, ())
        done.acquire()
",
        "import threading
def f(r):
    while True:
        t = threading.Timer(0, lambda: None)
        t.start()
        t.join()
",
        "from concurrent.futures import ThreadPoolExecutor
def f(r):
    while True:
        with ThreadPoolExecutor(3) as pool: list(pool.map(str, range(5)))
",
        "import asyncio, threading
async def forever():
    while True: await asyncio.to_thread(len, '')
def f(r): asyncio.run(forever())
",
        "import threading
def inner():
    t = threading.Thread(target=lambda: None)
    t.start()
    t.join()
def f(r):
    while True:
        t = threading.Thread(target=inner)
        t.start()
        t.join()
",
    ] {
        is_ended(&mut client, define);
    }
}

#[test]
fn pools_with_endless_tasks_are_left() {
    let (_server, mut client) = server();
    client.install(&format!(
        "{SHARED}from concurrent.futures import ThreadPoolExecutor
import threading
shared().stop = threading.Event()
def f(r):
    with ThreadPoolExecutor() as pool:
        pool.submit(shared().stop.wait)
        while True: pass
GB('CommandReader').map(f).register(trigger='f', mode='sync')
GB('CommandReader').foreach(lambda r: shared().stop.set()).register(trigger='stop', mode='sync')",
    ));
    let reply = in_a_hurry(&mut client, |client| client.trigger("f", &[]));
    assert!(reply.contains("forcestopped"), "{reply:.900}");
    assert_alive(&mut client, "pool");
    client.trigger("stop", &[]);
}

#[test]
fn functions_are_ended_after_the_system_gave_no_thread() {
    let (_server, mut client) = server();
    is_ended(
        &mut client,
        "import threading
def f(r):
    size = threading.stack_size(1 << 46)
    try:
        # Others begin to run Python in the middle of it.
        for _ in range(100):
            try: threading.Thread(target=len, args=('',)).start()
            except RuntimeError: pass
            else: raise AssertionError('there is a thread')
    finally: threading.stack_size(size)
    while True: pass
",
    );
}

#[test]
fn imports_go_on_after_one_was_ended() {
    let (_server, mut client) = server();
    client.install(
        "import importlib.abc, importlib.machinery, sys
class Loads(importlib.abc.Loader, importlib.abc.MetaPathFinder):
    slow = True
    def find_spec(self, name, path, target=None):
        if name == 'slow_module': return importlib.machinery.ModuleSpec(name, self)
    def create_module(self, spec): return None
    def exec_module(self, module):
        while self.slow: pass
        module.x = 7
loads = Loads()
sys.meta_path.insert(0, loads)
def f(r):
    import slow_module
    return slow_module.x
def fast(r): sys.meta_path[0].slow = False
GB('CommandReader').map(f).register(trigger='f', mode='sync')
GB('CommandReader').foreach(fast).register(trigger='fast', mode='sync')",
    );
    for _ in 0..2 {
        let reply = in_a_hurry(&mut client, |client| client.trigger("f", &[]));
        assert!(reply.contains("forcestopped"), "{reply:.900}");
    }
    client.trigger("fast", &[]);
    assert_eq!(client.trigger("f", &[]), r#"[$"7"]"#);
    assert_alive(&mut client, "import");
}

/// Defines `start`, which starts a thread of some kind that waits for `shared().go`.
const STARTS: &[(&str, &str)] = &[
    (
        "Thread",
        "threading.Thread(target=shared().go.wait).start()",
    ),
    ("_thread", "_thread.start_new_thread(shared().go.wait, ())"),
    ("Timer", "threading.Timer(0, shared().go.wait).start()"),
    ("pool", "ThreadPoolExecutor(1).submit(shared().go.wait)"),
    (
        "failing",
        "threading.Thread(target=lambda: shared().go.wait() and sys.exit(1)).start()",
    ),
    (
        "thread of a thread",
        "t = threading.Thread(target=lambda: threading.Thread(target=shared().go.wait).start())\n    \
         t.start()\n    \
         t.join()",
    ),
];

/// What the error says that there is where there are too many threads.
const TOO_MANY: &str = "PythonThreads allows 9";

fn counted(client: &mut Client, name: &str) -> usize {
    let info = ask!(client, "INFO", "rg_executions");
    let name = format!("rg_{name}:");
    let line = info
        .split("\\r\\n")
        .find_map(|line| line.strip_prefix(&name));
    line.unwrap_or_else(|| panic!("{name} {info}"))
        .parse()
        .unwrap()
}

#[test]
fn threads_are_bounded_and_counted() {
    let (_server, mut client) = server();
    assert_eq!(ask!(client, "RG.CONFIGSET", "PythonThreads", "9"), "[+OK]");
    client.install(&format!(
        "{SHARED}import threading
def renew(r): shared().go = threading.Event()
def release(r): shared().go.set()
for f in (renew, release):
    GB('CommandReader').foreach(f).register(trigger=f.__name__, mode='sync')"
    ));
    for (kind, start) in STARTS {
        client.install(&format!(
            "{SHARED}from concurrent.futures import ThreadPoolExecutor
import _thread, threading
def start(r):
    {start}
    return 'started'
GB('CommandReader').map(start).register(trigger='start', mode='sync')
GB('CommandReader').map(start).register(trigger='local', mode='async_local')"
        ));
        client.trigger("renew", &[]);
        let refused_before = counted(&mut client, "python_threads_refused");
        let mut replies = Vec::new();
        for number in 0..12 {
            let trigger = ["start", "local"][number % 2];
            replies.push(client.trigger(trigger, &[]));
        }
        // One that only starts another one may be there for a moment.
        let started = |reply: &&String| *reply == r#"[$"started"]"#;
        assert!(
            replies.iter().take(8).all(|reply| started(&reply)),
            "{kind}: {replies:?}"
        );
        if *kind != "thread of a thread" {
            let last = replies.pop().unwrap();
            assert!(last.contains(TOO_MANY), "{kind}: {last}");
        }
        assert!(counted(&mut client, "python_threads") <= 9, "{kind}");
        assert!(
            counted(&mut client, "python_threads_refused") > refused_before,
            "{kind}"
        );
        client.trigger("release", &[]);
        // Threads of pools that nobody has any more end by themselves.
        until(kind, || {
            client.install("import gc\ngc.collect()");
            (counted(&mut client, "python_threads") == 0).then_some(())
        });
        forget(&mut client, &["start", "local"]);
    }
    assert_alive(&mut client, "threads");
}

#[test]
fn coroutines_are_told_of_too_many_threads() {
    let (server, mut client) = server();
    client.install(&format!(
        "{SHARED}import asyncio, threading
shared().go = threading.Event()
async def start(r):
    jobs = [asyncio.to_thread(shared().go.wait) for _ in range(3)]
    found = await asyncio.gather(*jobs, return_exceptions=True)
    return [str(each) for each in found]
async def again(r): return await asyncio.to_thread(len, 'abc')
GB('CommandReader').map(start).register(trigger='start', mode='async_local')
GB('CommandReader').map(again).register(trigger='again', mode='async_local')
GB('CommandReader').foreach(lambda r: shared().go.set()).register(trigger='go', mode='sync')"
    ));
    assert_eq!(ask!(client, "RG.CONFIGSET", "PythonThreads", "1"), "[+OK]");
    let mut other = server.client();
    let waiting = std::thread::spawn(move || other.trigger("start", &[]));
    until("refusal", || {
        (counted(&mut client, "python_threads_refused") > 0).then_some(())
    });
    client.trigger("go", &[]);
    let reply = waiting.join().unwrap();
    assert!(reply.contains("PythonThreads allows 1"), "{reply}");
    // The pool knows that its thread is idle a moment after that has returned.
    until("the idle thread", || {
        (client.trigger("again", &[]) == r#"[$"3"]"#).then_some(())
    });
    assert_eq!(ask!(client, "RG.CONFIGSET", "PythonThreads", "0"), "[+OK]");
    assert_alive(&mut client, "coroutines");
}

#[test]
fn the_first_script_has_its_time_to_itself() {
    let server = TestServer::of(Server::builder().engine_args(["SyncDeadline", "1"]));
    let mut client = server.client();
    let reply = client.execute("while True: pass");
    assert!(reply.contains("forcestopped"), "{reply}");
    assert!(!reply.contains("<gears engine>"), "{reply}");
    assert_eq!(ask!(client, "RG.CONFIGSET", "SyncDeadline", "0"), "[+OK]");
    client.install(
        "import threading\nt = threading.Thread(target=len, args=('',))\nt.start()\nt.join()",
    );
    until("end of the thread", || {
        (counted(&mut client, "python_threads") == 0).then_some(())
    });
}

#[test]
fn what_all_threads_run_is_listed_while_garbage_is_collected() {
    let (_server, mut client) = server();
    client.install(
        "import gc, sys, threading, time\n\
         class Garbage:\n    \
             made = True\n    \
             def __init__(self): self.itself = self\n    \
             def __del__(self):\n        \
                 time.sleep(0)\n        \
                 if Garbage.made: Garbage()\n\
         def deep(n): return deep(n - 1) if n else 0\n\
         def dig():\n    \
             while Garbage.made: deep(300)\n\
         def listed(r):\n    \
             Garbage.made = True\n    \
             threads = [threading.Thread(target=dig) for _ in range(3)]\n    \
             for thread in threads: thread.start()\n    \
             # It is there from 3.10 on.\n    \
             exceptions = getattr(sys, '_current_exceptions', sys._current_frames)\n    \
             gc.set_threshold(1)\n    \
             Garbage()\n    \
             try:\n        \
                 for _ in range(2000): (sys._current_frames(), exceptions())\n    \
             finally:\n        \
                 Garbage.made = False\n        \
                 gc.set_threshold(700, 10, 10)\n    \
             for thread in threads: thread.join()\n    \
             return gc.isenabled()\n\
         GB('CommandReader').map(listed).register(trigger='listed', mode='async_local')",
    );
    assert_eq!(client.trigger("listed", &[]), r#"[$"True"]"#);
    assert_alive(&mut client, "listed");
}
