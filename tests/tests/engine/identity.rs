//! Whose permissions `execute` has, wherever code of a function runs.
//!
//! Ann registers, Bob calls; neither may write `secret`, and the refusal names who was
//! refused. Servers before Redis 7.0.6 cannot run commands as a user, and say so.

use gears_runtime::embedded::Server;
use gears_tests::{Client, TestServer, ask, until};

/// Registers everything that Ann has; what her functions find out is in `seen`.
const FUNCTIONS: &str = r#"
import asyncio, threading, time
seen = {}

def who():
    try:
        execute('SET', 'secret', '1')
    except Exception as error:
        words = str(error).split()
        return words[2] if words[:2] == ['NOPERM', 'User'] else str(error)
    return 'somebody who may'

def note(name):
    seen[name] = who()

def soon(name):
    threading.Thread(target=note, args=(name,)).start()

def in_thread(work):
    found = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0]

async def task(r):
    await asyncio.sleep(0.01)
    return who()

async def in_pool(r):
    return await asyncio.to_thread(who)

async def in_tasks(r):
    return (await asyncio.gather(*[task(r) for _ in range(3)]))[2]

async def by_run(r):
    return (await GB('ShardsIDReader').map(lambda x: who()).run())[0][0]

async def by_future(r):
    future = createFuture()
    async def later():
        setFutureResults(future, who())
    runCoroutine(later(), delay=0.01)
    return await future

def by_gears_future(r):
    future = gearsFuture()
    def finish():
        time.sleep(0.01)
        future.continueRun(who())
    threading.Thread(target=finish).start()
    return future

def in_atomic(r):
    with atomic():
        return who()

def by_cmd(r):
    try: cmd.set('secret', '1')
    except Exception as error: return str(error).split()[2]

def by_timer(r):
    registerTE(1, lambda: note('timer of a call'), 'mine:timer')
    return 'soon'

async def pause(r):
    await asyncio.sleep(0.01)
    return r

def trigger(name, step, mode):
    GB('CommandReader').map(step).register(trigger=f'{name} {mode}', mode=mode)

for mode in ('sync', 'async_local', 'async'):
    trigger('plain', lambda r: who(), mode)
    trigger('atomic', in_atomic, mode)
    trigger('cmd', by_cmd, mode)
    trigger('repr', lambda r: type('R', (), {'__str__': lambda self: who()})(), mode)
    trigger('another', lambda r: execute('RG.TRIGGER', 'plain sync')[0], mode)
    trigger('lua', lambda r: execute('EVAL', "return redis.pcall('RG.TRIGGER', 'plain sync')", '0')[0], mode)
    if mode == 'sync':
        continue
    trigger('thread', lambda r: in_thread(who), mode)
    trigger('thread in a thread', lambda r: in_thread(lambda: in_thread(who)), mode)
    for name, step in [('task', task), ('pool', in_pool), ('tasks', in_tasks), ('run', by_run),
                       ('future', by_future), ('gears future', by_gears_future)]:
        trigger(name, step, mode)
    GB('CommandReader').map(pause).map(lambda r: who()).register(trigger=f'parked {mode}', mode=mode)
    GB('CommandReader').map(by_gears_future).map(lambda r: who()).register(trigger=f'continued {mode}', mode=mode)

async def event_task(r):
    await asyncio.sleep(0.01)
    note('task of an event')

async def stream_task(r):
    await asyncio.sleep(0.01)
    note('task of a stream')

for mode in ('sync', 'async_local', 'async'):
    GB('KeysReader').foreach(lambda r, mode=mode: note(f'event {mode}')).register('mine:event', mode=mode)
    GB('KeysReader').foreach(lambda r, mode=mode: soon(f'thread of an event {mode}')).register('mine:event', mode=mode)
    GB('StreamReader').foreach(lambda r, mode=mode: note(f'stream {mode}')).register(f'mine:{mode}', mode=mode)
GB('KeysReader').foreach(event_task).register('mine:event', mode='async_local')
GB('KeysReader').foreach(pause).foreach(lambda r: note('parked event')).register('mine:event', mode='async_local')
GB('StreamReader').foreach(stream_task).register('mine:task')
GB('StreamReader').foreach(lambda r: note('stream in batches')).register('mine:batch', batch=2, duration=10)
GB('CommandReader').map(lambda r: r).register(
    trigger='greets', onRegistered=lambda: note('registered'))
GB('CommandReader').map(by_timer).register(trigger='timer', mode='sync')
GB('CommandReader').map(lambda r: seen.get(r[1], '')).register(trigger='seen', mode='sync')
note('script')
soon('thread of the script')
"#;

/// What Ann's functions find out without anybody's call.
const OF_ANN: &[&str] = &[
    "script",
    "thread of the script",
    "registered",
    "event sync",
    "event async_local",
    "event async",
    "thread of an event sync",
    "thread of an event async_local",
    "thread of an event async",
    "stream sync",
    "stream async_local",
    "stream async",
    "task of an event",
    "parked event",
    "task of a stream",
    "stream in batches",
];

const EVERYWHERE: &[&str] = &["plain", "atomic", "cmd", "repr", "another", "lua"];

const ON_WORKERS: &[&str] = &[
    "thread",
    "thread in a thread",
    "task",
    "pool",
    "tasks",
    "run",
    "future",
    "gears future",
    "parked",
    "continued",
];

/// Says whether the server can run commands as a user; if not, that it says so.
fn has_users(server: &TestServer) -> bool {
    let info = ask!(server.client(), "INFO", "server");
    let has = info.contains("valkey_version") || !info.contains("redis_version:6.");
    let said = server
        .log()
        .unwrap()
        .contains("cannot run commands as a user");
    assert_ne!(has, said, "{info}");
    has
}

fn define_users(client: &mut Client) {
    let ann = "SETUSER ann on >pw ~mine:* +rg.pyexecute +rg.trigger +eval +xgroup +hset";
    let bob = "SETUSER bob on >pw ~mine:* +rg.trigger +eval +set +xadd +hset +multi +exec \
               +rg.innerhook";
    for rules in [ann, bob] {
        let mut words = vec![&b"ACL"[..]];
        words.extend(rules.split_whitespace().map(str::as_bytes));
        assert_eq!(client.ask(&words), "+OK", "{rules}");
    }
}

fn user(server: &TestServer, name: &str) -> Client {
    let mut client = server.client();
    assert_eq!(ask!(client, "AUTH", name, "pw"), "+OK");
    client
}

/// Each function has a stream of its own: those of one stream share its entries.
fn add_to_streams(client: &mut Client) {
    for stream in ["sync", "async_local", "async", "task", "batch"] {
        ask!(client, "XADD", format!("mine:{stream}"), "*", "f", "v");
    }
}

/// Asserts that what Ann's functions found out without a call was her name.
fn assert_events_are_anns(client: &mut Client, names: &[&str]) {
    for name in names {
        let found = until(name, || {
            let found = client.trigger("seen", &[name.as_bytes()]);
            (found != r#"[$""]"#).then_some(found)
        });
        assert_eq!(found, r#"[$"ann"]"#, "{name}");
    }
}

#[test]
fn functions_run_as_who_called_and_events_as_who_registered() {
    let server = TestServer::private();
    if !has_users(&server) {
        return;
    }
    let mut client = server.client();
    define_users(&mut client);
    user(&server, "ann").install(FUNCTIONS);
    let mut bob = user(&server, "bob");
    for (names, modes) in [
        (EVERYWHERE, &["sync", "async_local", "async"][..]),
        (ON_WORKERS, &["async_local", "async"]),
    ] {
        for name in names {
            for mode in modes {
                let trigger = format!("{name} {mode}");
                let found = bob.trigger(&trigger, &[]);
                assert_eq!(found, r#"[$"bob"]"#, "{trigger}");
                let found = client.trigger(&trigger, &[]);
                let unrefused = [r#"[$"somebody who may"]"#, r#"[$"None"]"#];
                assert!(unrefused.contains(&found.as_str()), "{trigger}: {found}");
                ask!(client, "DEL", "secret");
            }
        }
    }

    assert_eq!(ask!(bob, "MULTI"), "+OK");
    assert_eq!(bob.trigger("plain sync", &[]), "+QUEUED");
    assert_eq!(ask!(bob, "EXEC"), r#"[[$"bob"]]"#);
    let lua = "return redis.call('RG.TRIGGER', 'plain sync')";
    assert_eq!(ask!(bob, "EVAL", lua, "0"), r#"[$"bob"]"#);

    assert_eq!(ask!(bob, "SET", "mine:event", "x"), "+OK");
    add_to_streams(&mut bob);
    assert_events_are_anns(&mut client, OF_ANN);
    assert_eq!(bob.trigger("timer", &[]), r#"[$"soon"]"#);
    let found = until("timer", || {
        let found = client.trigger("seen", &[b"timer of a call"]);
        (found != r#"[$""]"#).then_some(found)
    });
    assert_eq!(found, r#"[$"bob"]"#);
    assert_eq!(ask!(client, "EXISTS", "secret"), ":0");
}

#[test]
fn hooks_run_as_who_sent_the_command() {
    let server = TestServer::private();
    if !has_users(&server) {
        return;
    }
    let mut client = server.client();
    define_users(&mut client);
    for (function, mode) in [
        ("hooked", "sync"),
        ("hooked", "async_local"),
        ("coroutine", "async_local"),
    ] {
        let hook = format!(
            "{FUNCTIONS}\n\
             def hooked(r):\n    \
                 call_next(*r[1:])\n    \
                 return who()\n\
             async def coroutine(r):\n    \
                 await asyncio.sleep(0.01)\n    \
                 return hooked(r)\n\
             GB('CommandReader').map({function}).register(hook='hset', keyprefix='mine:', \
             mode='{mode}')"
        );
        let mut ann = user(&server, "ann");
        let installed = ask!(ann, "RG.PYEXECUTE", hook, "ID", "h", "UPGRADE");
        assert_eq!(installed, "+OK", "{function} {mode}");
        let mut bob = user(&server, "bob");
        let found = ask!(bob, "HSET", "mine:hash", "f", "v");
        assert_eq!(found, r#"$"bob""#, "{function} {mode}");
        if mode == "sync" {
            assert_eq!(ask!(bob, "MULTI"), "+OK");
            assert_eq!(ask!(bob, "HSET", "mine:hash", "f", "v"), "+QUEUED");
            assert_eq!(ask!(bob, "EXEC"), r#"[$"bob"]"#);
        }
    }
    assert_eq!(ask!(client, "EXISTS", "secret"), ":0");
}

#[test]
fn events_are_of_who_registered_after_a_restart() {
    let mut server = TestServer::of(Server::builder());
    if !has_users(&server) {
        return;
    }
    let mut client = server.client();
    define_users(&mut client);
    user(&server, "ann").install(FUNCTIONS);
    assert_eq!(ask!(client, "SAVE"), "+OK");
    server.private_mut().kill();
    server.private_mut().restart().unwrap();
    let mut client = server.client();
    // Users are the configuration's, not the dump file's.
    assert_eq!(ask!(client, "SET", "mine:event", "x"), "+OK");
    let found = until("event", || {
        let found = client.trigger("seen", &[b"event sync"]);
        (found != r#"[$""]"#).then_some(found)
    });
    assert!(
        found.contains("NOPERM User ann does not exist any more") || found == r#"[$"ann"]"#,
        "{found}"
    );
    define_users(&mut client);
    assert_eq!(ask!(client, "SET", "mine:event", "x"), "+OK");
    add_to_streams(&mut client);
    // What the script did is not done again.
    assert_events_are_anns(&mut client, &OF_ANN[3..]);
    assert_eq!(
        user(&server, "bob").trigger("plain sync", &[]),
        r#"[$"bob"]"#
    );
}

#[test]
fn runs_are_of_who_sent_the_script() {
    let server = TestServer::private();
    if !has_users(&server) {
        return;
    }
    let mut client = server.client();
    define_users(&mut client);
    let mut ann = user(&server, "ann");
    let (define, _) = FUNCTIONS.split_once("def trigger(").unwrap();
    for step in [
        "lambda r: who()",
        "task",
        "in_pool",
        "by_gears_future",
        "in_atomic",
    ] {
        let run = format!("{define}\nGB('ShardsIDReader').map({step}).run()");
        assert_eq!(ann.execute(&run), r#"[[$"ann"], []]"#, "{step}");
    }
    let reader =
        format!("{define}\ndef people():\n    yield who()\nGB('PythonReader').run(people)");
    assert_eq!(ann.execute(&reader), r#"[[$"ann"], []]"#);
    let run = format!("{define}\nGB('ShardsIDReader').map(task).map(lambda r: r + who()).run()");
    let id = ask!(ann, "RG.PYEXECUTE", run, "UNBLOCKING");
    let id = id.trim_matches(['$', '"']);
    assert_eq!(
        ask!(client, "RG.GETRESULTSBLOCKING", id),
        r#"[[$"annann"], []]"#
    );
}

/// Functions that register others while they serve a caller; those note whose they are.
const REGISTERING: &str = r#"
def by_key(r):
    GB('KeysReader').foreach(lambda x: note(f'{r[1]} registered')).register(r[1], mode=r[2])
    return 1

async def by_key_later(r):
    await asyncio.sleep(0.01)
    return by_key(r)

for mode in ('sync', 'async_local', 'async'):
    trigger('registers', by_key, mode)
GB('CommandReader').map(lambda r: in_thread_of_session(lambda: by_key(r))).register(
    trigger='registers thread', mode='async_local')
GB('CommandReader').map(by_key_later).register(trigger='registers later', mode='async_local')
def by_timer_of(r):
    registerTE(1, lambda: by_key(r), 'mine:until')
    return 1
GB('CommandReader').map(by_timer_of).register(trigger='registers timer', mode='sync')

def in_thread_of_session(work):
    session = getGearsSession()
    def along():
        with GearsSession(session):
            return work()
    return in_thread(along)
"#;

#[test]
fn what_a_caller_has_registered_is_the_callers() {
    let mut server = TestServer::private();
    if !has_users(&server) {
        return;
    }
    let mut client = server.client();
    define_users(&mut client);
    user(&server, "ann").install(&format!("{FUNCTIONS}\n{REGISTERING}"));
    let mut bob = user(&server, "bob");
    let ways = ["sync", "async_local", "async", "thread", "later", "timer"];
    for way in ways {
        let (trigger, key) = (format!("registers {way}"), format!("mine:by {way}"));
        let mode = if way == "sync" { "sync" } else { "async_local" };
        let reply = bob.trigger(&trigger, &[key.as_bytes(), mode.as_bytes()]);
        assert_eq!(reply, r#"[$"1"]"#, "{way}");
        until(&key, || {
            let listed = ask!(client, "RG.DUMPREGISTRATIONS");
            listed.contains(&format!("\"{key}\"")).then_some(())
        });
    }
    ask!(client, "DEL", "mine:until");
    let assert_all_are_bobs = |client: &mut Client| {
        for way in ways {
            // Whoever writes: it is not who registered.
            ask!(client, "SET", format!("mine:by {way}"), "x");
            let name = format!("mine:by {way} registered");
            let found = until(&name, || {
                let found = client.trigger("seen", &[name.as_bytes()]);
                (found != r#"[$""]"#).then_some(found)
            });
            assert_eq!(found, r#"[$"bob"]"#, "{way}");
        }
    };
    assert_all_are_bobs(&mut client);
    assert_eq!(ask!(client, "EXISTS", "secret"), ":0");

    assert_eq!(ask!(client, "SAVE"), "+OK");
    server.private_mut().kill();
    server.private_mut().restart().unwrap();
    let mut client = server.client();
    define_users(&mut client);
    for way in ways {
        ask!(client, "SET", format!("mine:by {way}"), "x");
    }
    assert_eq!(ask!(client, "EXISTS", "secret"), ":0");
}
