//! Functions that are asleep in C code when their time is up, where no exception reaches them.

use std::thread;

use gears_runtime::embedded::Server;
use gears_tests::{Client, TestServer, ask, until};

/// What clients are told at the deadline.
const OVERDUE: &str = "the function ran longer than its deadline allows";

/// Ways to sleep in C code; what they need ends with the server, and is in modules
/// because functions are stored with what else they use.
const WAYS: [(&str, &str); 4] = [
    ("sleep", "time.sleep(10**6)"),
    ("lock", "threading.gate.acquire()"),
    ("socket", "socket.ends[0].recv(1)"),
    ("child", "subprocess.child.wait()"),
];

const PREPARED: &str = "\
import socket, subprocess, threading, time
if not hasattr(threading, 'gate'):
    threading.gate = threading.Lock()
    threading.gate.acquire()
    threading.done = threading.Event()
    socket.ends = socket.socketpair()
    subprocess.child = subprocess.Popen(['cat'], stdin=subprocess.PIPE)
";

/// A call that wakes what waits for the gate.
const OPEN: &str = "GB('CommandReader').map(lambda r: threading.gate.release()).register(trigger='open', mode='sync')\n";

/// Starts a server whose functions on workers have little time.
fn impatient(arguments: &[&str]) -> (TestServer, Client) {
    let arguments = [&["AsyncDeadline", "500"], arguments].concat();
    let server = TestServer::of(Server::builder().engine_args(arguments));
    let client = server.client();
    (server, client)
}

/// Waits until no worker is busy: one answers its client a moment before it is free.
fn until_idle(client: &mut Client) {
    until("workers that are idle", || {
        (client.number("everything", "rg_workers_busy") == 0).then_some(())
    });
}

/// Begins a run and returns its id.
fn begin(client: &mut Client, script: &str) -> String {
    let id = ask!(client, "RG.PYEXECUTE", script, "UNBLOCKING");
    id.trim_matches(['$', '"']).to_owned()
}

/// Calls a trigger on connections of their own, all at once, and returns the replies.
fn call_at_once(server: &TestServer, triggers: &[&str]) -> Vec<String> {
    thread::scope(|scope| {
        let calls: Vec<_> = triggers
            .iter()
            .map(|trigger| {
                scope.spawn(move || {
                    let mut client = server.client();
                    client.trigger(trigger, &[])
                })
            })
            .collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    })
}

#[test]
fn sleepers_are_answered_at_their_deadline_and_keep_no_worker_from_others() {
    let (server, mut client) = impatient(&[]);
    let mut script = PREPARED.to_owned();
    for (name, way) in WAYS {
        script.push_str(&format!(
            "GB('CommandReader').map(lambda r: {way}).register(trigger='{name}', mode='async_local')\n"
        ));
    }
    client.install(&format!(
        "{script}GB('CommandReader').map(lambda r: r[1]).register(trigger='echo', mode='async_local')"
    ));
    let triggers: Vec<_> = WAYS.iter().cycle().take(8).map(|way| way.0).collect();
    for reply in call_at_once(&server, &triggers) {
        assert!(reply.starts_with('-') && reply.contains(OVERDUE), "{reply}");
    }
    assert_eq!(client.trigger("echo", &[b"x"]), r#"[$"x"]"#);
    // One may be ended before it sleeps, on a busy machine.
    let lost = client.number("everything", "rg_workers_lost");
    assert!((6..=8).contains(&lost), "{lost}");
    until_idle(&mut client);
    let info = ask!(client, "INFO", "everything");
    assert!(info.contains("function=socket,execution="), "{info}");
    let log = server.log().unwrap();
    let lines = log.matches("gears event=lost").count();
    assert_eq!(i64::try_from(lines).unwrap(), lost, "{log}");
    assert!(log.contains("name=child"), "{log}");
    assert!(log.contains("worker_replaced=yes"), "{log}");
    assert!(!ask!(client, "RG.DUMPEXECUTIONS").contains("running"));
}

#[test]
fn what_sleepers_bring_late_is_not_wanted() {
    let (_server, mut client) = impatient(&[]);
    client.install(&format!(
        "{PREPARED}{OPEN}\
         def wait(r):\n    \
             threading.gate.acquire()\n    \
             execute('SET', 'late', 'x')\n    \
             return 'late'\n\
         GB('CommandReader').map(wait).register(trigger='wait', mode='async_local')\n\
         GB('CommandReader').map(lambda r: 'here').register(trigger='echo', mode='async_local')"
    ));
    for _ in 0..3 {
        let reply = client.trigger("wait", &[]);
        assert!(reply.contains(OVERDUE), "{reply}");
        assert_eq!(client.number("everything", "rg_workers_lost"), 1);
        client.trigger("open", &[]);
        until("end of the sleeper", || {
            (client.number("everything", "rg_workers_lost") == 0).then_some(())
        });
        assert_eq!(client.trigger("echo", &[]), r#"[$"here"]"#);
    }
    assert_eq!(ask!(client, "EXISTS", "late"), ":0");
    assert_eq!(client.number("everything", "rg_workers_ever_lost"), 3);
    until_idle(&mut client);
    let registrations = ask!(client, "RG.DUMPREGISTRATIONS");
    assert!(
        registrations.contains(r#"$"numTriggered", :3, $"numSuccess", :0, $"numFailures", :3"#),
        "{registrations}"
    );
}

#[test]
fn sleepers_can_be_aborted() {
    let server = TestServer::private();
    let mut client = server.client();
    for (name, way) in WAYS {
        let run = format!("{PREPARED}GB('ShardsIDReader').map(lambda r: {way}).run()");
        let id = begin(&mut client, &run);
        until("running function", || {
            (client.number("everything", "rg_executions_running") == 1).then_some(())
        });
        let waiting = {
            let (mut client, id) = (server.client(), id.clone());
            thread::spawn(move || ask!(client, "RG.GETRESULTSBLOCKING", id))
        };
        until("client that waits", || {
            ask!(client, "INFO", "clients")
                .contains("blocked_clients:1")
                .then_some(())
        });
        assert_eq!(ask!(client, "RG.ABORTEXECUTION", &id), "+OK", "{name}");
        let results = ask!(client, "RG.GETRESULTS", &id);
        assert!(
            results.starts_with("[[], [$") && results.contains("forcestopped"),
            "{name}: {results}"
        );
        assert_eq!(waiting.join().unwrap(), results);
        assert_eq!(ask!(client, "RG.DROPEXECUTION", &id), "+OK");
    }
    assert_eq!(
        client.execute("GB('ShardsIDReader').run()"),
        r#"[[$"1"], []]"#
    );
}

#[test]
fn calls_that_wait_behind_a_sleeper_are_answered_when_they_are_aborted() {
    let server = TestServer::of(Server::builder().engine_args(["ExecutionThreads", "1"]));
    let mut client = server.client();
    client.install(&format!(
        "{PREPARED}GB('CommandReader').map(lambda r: time.sleep(10**6))\
         .register(trigger='sleep', mode='async_local')"
    ));
    let first = begin(
        &mut client,
        &format!("{PREPARED}GB('ShardsIDReader').map(lambda r: time.sleep(10**6)).run()"),
    );
    until("running function", || {
        (client.number("everything", "rg_executions_running") == 1).then_some(())
    });
    thread::scope(|scope| {
        let call = scope.spawn(|| server.client().trigger("sleep", &[]));
        let second = until("call that waits", || {
            let executions = ask!(client, "RG.DUMPEXECUTIONS");
            let created = executions
                .split(r#"$"executionId", $""#)
                .find(|execution| execution.contains(r#"$"created""#));
            created.map(|execution| execution.split('"').next().unwrap().to_owned())
        });
        assert_eq!(ask!(client, "RG.ABORTEXECUTION", second), "+OK");
        assert_eq!(call.join().unwrap(), "[]");
    });
    assert_eq!(ask!(client, "RG.ABORTEXECUTION", first), "+OK");
    assert_eq!(
        client.execute("GB('ShardsIDReader').run()"),
        r#"[[$"1"], []]"#
    );
}

#[test]
fn events_and_calls_behind_a_sleeper_go_on_in_their_order() {
    let (server, mut client) = impatient(&["ExecutionThreads", "1"]);
    client.install(&format!(
        "{PREPARED}\
         seen, called = [], []\n\
         def note(r):\n    \
             if r['key'] == 'k0': time.sleep(10**6)\n    \
             seen.append(r['key'])\n\
         def call(r):\n    \
             if r[1] == '0': threading.gate.acquire()\n    \
             called.append(r[1])\n\
         GB('KeysReader').foreach(note).register('k*', mode='async_local', eventTypes=['set'])\n\
         GB('CommandReader').map(call).register(trigger='call', mode='async_local', inorder=True)\n\
         GB('CommandReader').map(lambda r: str((seen, called))).register(trigger='seen', mode='sync')"
    ));
    for number in 0..20 {
        assert_eq!(ask!(client, "SET", format!("k{number}"), "x"), "+OK");
    }
    let keys: Vec<_> = (1..20).map(|number| format!("'k{number}'")).collect();
    until("all events but the first", || {
        client
            .trigger("seen", &[])
            .contains(&format!("([{}], [", keys.join(", ")))
            .then_some(())
    });
    let registrations = ask!(client, "RG.DUMPREGISTRATIONS");
    assert!(
        registrations.contains(r#"$"numTriggered", :20, $"numSuccess", :19, $"numFailures", :1"#),
        "{registrations}"
    );
    let calls: Vec<_> = ["0", "1", "2"]
        .into_iter()
        .map(|word| {
            let mut client = server.client();
            let before = number_of_waiting(&mut client);
            let call = thread::spawn(move || client.trigger("call", &[word.as_bytes()]));
            let mut client = server.client();
            until("call", || {
                (number_of_waiting(&mut client) > before).then_some(())
            });
            call
        })
        .collect();
    let replies: Vec<_> = calls.into_iter().map(|call| call.join().unwrap()).collect();
    assert!(replies[0].contains(OVERDUE), "{replies:?}");
    assert_eq!(replies[1..], [r#"[$"None"]"#, r#"[$"None"]"#]);
    assert!(client.trigger("seen", &[]).ends_with("['1', '2'])\"]"));
}

fn number_of_waiting(client: &mut Client) -> usize {
    usize::try_from(client.number("clients", "blocked_clients")).unwrap()
}

#[test]
fn entries_of_sleepers_have_failed() {
    for policy in ["continue", "retry", "abort"] {
        let (_server, mut client) = impatient(&[]);
        client.install(&format!(
            "{PREPARED}\
             asleep = []\n\
             def read(r):\n    \
                 if r['value']['n'] == '0' and len(asleep) < 2:\n        \
                     asleep.append(1)\n        \
                     time.sleep(10**6)\n    \
                 execute('RPUSH', 'read', r['value']['n'])\n\
             GB('StreamReader').foreach(read)\
             .register('s', mode='async_local', onFailedPolicy='{policy}', onFailedRetryInterval=1)"
        ));
        for number in ["0", "1", "2"] {
            ask!(client, "XADD", "s", "*", "n", number);
        }
        let expected = match policy {
            "continue" => r#"[$"1", $"2"]"#,
            "retry" => r#"[$"0", $"1", $"2"]"#,
            _ => "[]",
        };
        if policy == "abort" {
            until("end of the reading", || {
                let registrations = ask!(client, "RG.DUMPREGISTRATIONS");
                registrations.contains("ABORTED").then_some(())
            });
        }
        until(policy, || {
            (ask!(client, "LRANGE", "read", "0", "-1") == expected).then_some(())
        });
        let failures = if policy == "retry" { 2 } else { 1 };
        assert_eq!(
            client.number("everything", "rg_workers_lost"),
            failures,
            "{policy}"
        );
    }
}

#[test]
fn clients_of_commands_wait_no_longer_for_sleepers_behind_them() {
    let (server, mut client) = impatient(&[]);
    client.install(&format!(
        "{PREPARED}\
         GB('CommandReader').map(lambda r: threading.gate.acquire())\
         .register(hook='hset', mode='async_local', convertToStr=False)\n\
         GB('KeysReader').foreach(lambda r: time.sleep(10**6))\
         .register('k', commands=['set'], mode='async_local')"
    ));
    let reply = ask!(client, "HSET", "h", "f", "v");
    assert!(reply.starts_with('-') && reply.contains(OVERDUE), "{reply}");
    assert_eq!(ask!(client, "SET", "k", "x"), "+OK");
    assert_eq!(client.number("everything", "rg_workers_lost"), 2);
    // One that leaves while it waits is missed by nobody.
    thread::scope(|scope| {
        let call = scope.spawn(|| {
            let mut connection = redis::Client::open(server.url())?.get_connection()?;
            let command = redis::cmd("HSET").arg(&["h", "f", "v"]).clone();
            command.query::<redis::Value>(&mut connection)
        });
        until("client that waits", || {
            (number_of_waiting(&mut client) == 1).then_some(())
        });
        ask!(client, "CLIENT", "KILL", "TYPE", "normal");
        assert!(call.join().unwrap().is_err());
    });
    until("end of the third sleeper", || {
        (client.number("everything", "rg_workers_lost") == 3).then_some(())
    });
    assert_eq!(ask!(client, "PING"), "+PONG");
}

#[test]
fn coroutines_that_never_end_are_given_up() {
    let (_server, mut client) = impatient(&[]);
    for body in [
        "await asyncio.sleep(10**6)",
        "await asyncio.Future()",
        "time.sleep(2)",
    ] {
        let reply = client.execute(&format!(
            "import time\nasync def f(r):\n    {body}\nGB('ShardsIDReader').map(f).run()"
        ));
        assert!(
            reply.starts_with("[[], [$") && reply.contains(OVERDUE),
            "{reply}"
        );
    }
}

#[test]
fn sleepers_in_atomic_blocks_give_the_server_back() {
    let (server, mut client) = impatient(&[]);
    client.install(&format!(
        "{PREPARED}{OPEN}\
         threading.held = threading.Lock()\n\
         def hold(r):\n    \
             with threading.held, atomic():\n        \
                 threading.gate.acquire()\n        \
                 execute('SET', 'late', 'x')\n\
         async def hold_in_loop(r): hold(r)\n\
         def hold_in_thread(r): threading.Thread(target=hold, args=(1,)).start()\n\
         def count(r):\n    \
             with atomic(): return execute('INCR', 'count')\n\
         GB('CommandReader').map(hold).register(trigger='hold', mode='async_local')\n\
         GB('CommandReader').map(hold_in_loop).register(trigger='loop', mode='async_local')\n\
         GB('CommandReader').map(hold_in_thread).register(trigger='thread', mode='async_local')\n\
         GB('CommandReader').map(count).register(trigger='count', mode='async_local')\n\
         GB('CommandReader').map(lambda r: threading.held.locked()).register(trigger='held', mode='sync')"
    ));
    assert_eq!(ask!(client, "RG.CONFIGSET", "SyncDeadline", "300"), "[+OK]");
    for (number, trigger) in ["hold", "loop", "thread"].into_iter().enumerate() {
        client.trigger(trigger, &[]);
        until("line in the log", || {
            let log = server.log().unwrap();
            (log.matches("event=lock_taken_back").count() == number + 1).then_some(())
        });
        assert_eq!(ask!(client, "PING"), "+PONG", "{trigger}");
        // Others have the lock to themselves as before.
        let counted = format!("[$\"{}\"]", number + 1);
        assert_eq!(client.trigger("count", &[]), counted, "{trigger}");
        client.trigger("open", &[]);
        // Only workers are lost, but the next one must not take the gate from this one.
        until("end of the sleeper", || {
            let held = client.trigger("held", &[]);
            (number_of_lost(&mut client) == 0 && held == r#"[$"False"]"#).then_some(())
        });
    }
    assert_eq!(ask!(client, "EXISTS", "late"), ":0");
    let log = server.log().unwrap();
    assert!(log.contains("event=lock_taken_back name=\"hold\""), "{log}");
}

fn number_of_lost(client: &mut Client) -> i64 {
    client.number("everything", "rg_workers_lost")
}

#[test]
fn without_any_worker_left_clients_are_told_so() {
    let (server, mut client) = impatient(&["ExecutionThreads", "64"]);
    client.install(&format!(
        "{PREPARED}\
         GB('CommandReader').map(lambda r: threading.done.wait())\
         .register(trigger='wait', mode='async_local')\n\
         GB('CommandReader').map(lambda r: threading.done.set())\
         .register(trigger='finish', mode='sync')"
    ));
    let run = "import time\nGB('ShardsIDReader').map(lambda r: time.sleep(10**6)).run()";
    let most = 128 + 63;
    for _ in 0..most {
        begin(&mut client, run);
    }
    until("lost workers", || {
        (client.number("everything", "rg_workers_lost") == most).then_some(())
    });
    // The last one takes those who wait behind it along.
    let replies = call_at_once(&server, &["wait", "wait"]);
    let told =
        |reply: &&String| reply.contains("every worker is in a function") && reply.contains("wait");
    assert_eq!(replies.iter().filter(told).count(), 1, "{replies:?}");
    assert_eq!(
        client.trigger("wait", &[]),
        *replies.iter().find(told).unwrap()
    );
    assert!(client.execute(run).contains("every worker"));
    // It is a worker again when it comes back.
    client.trigger("finish", &[]);
    until("worker", || {
        (client.trigger("wait", &[]) == r#"[$"True"]"#).then_some(())
    });
}
