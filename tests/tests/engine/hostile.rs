//! Functions that do their worst: each ends with an error, and the server goes on.

use gears_tests::{Client, DEADLINE, TestServer, ask, field, show, until};
use redis::Value;

/// How long functions may run here, in milliseconds.
const LIMIT: &str = "500";

/// What the replies of functions that were ended say.
const STOPPED: &str = "forcestopped";

/// Starts a server on which a good function is registered.
fn patient_server() -> (TestServer, Client) {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(
        "GB('CommandReader').map(lambda r: 'fine').register(trigger='good', mode='sync')\n\
         GB('CommandReader').map(lambda r: 'fine').register(trigger='local', mode='async_local')",
    );
    // What ends by itself shall do so, however busy the machine is.
    set_deadlines(&mut client, "0");
    (server, client)
}

/// Starts a server that ends functions soon, and on which a good function is registered.
fn impatient_server() -> (TestServer, Client) {
    let (server, mut client) = patient_server();
    set_deadlines(&mut client, LIMIT);
    (server, client)
}

fn set_deadlines(client: &mut Client, milliseconds: &str) {
    for deadline in ["SyncDeadline", "AsyncDeadline"] {
        assert_eq!(
            ask!(client, "RG.CONFIGSET", deadline, milliseconds),
            "[+OK]"
        );
    }
}

/// Asserts that the server answers, and runs functions on its main thread and on its workers.
fn assert_alive(client: &mut Client, what: &str) {
    assert_eq!(ask!(client, "PING"), "+PONG", "{what}");
    for trigger in ["good", "local"] {
        assert_eq!(client.trigger(trigger, &[]), r#"[$"fine"]"#, "{what}");
    }
    client.install("x = 1");
}

/// Runs `f`, which `define` makes, everywhere that Python runs, and checks the replies.
fn everywhere(client: &mut Client, define: &str, check: impl Fn(&str, &str)) {
    let check = |place: &str, client: &mut Client, words: &[&[u8]]| {
        let reply = client.ask(words);
        let place = format!("{place}:\n{define}\n");
        check(&place, &reply);
        assert_alive(client, &place);
    };
    let body = format!("{define}\nf(None)");
    check("script", client, &[b"RG.PYEXECUTE", body.as_bytes()]);
    let run = format!("{define}\nGB('ShardsIDReader').map(f).run()");
    check("run", client, &[b"RG.PYEXECUTE", run.as_bytes()]);
    for mode in ["sync", "async_local", "async"] {
        client.install(&format!(
            "{define}\nGB('CommandReader').map(f).register(trigger='f', mode='{mode}')"
        ));
        check(mode, client, &[b"RG.TRIGGER", b"f"]);
        let id = client.id("f").unwrap();
        assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK", "{mode}: {define}");
    }
}

/// Runs `f` as a sync function of key events, and returns its last error.
fn in_an_event(client: &mut Client, define: &str) -> String {
    client.install(&format!(
        "{define}\nGB('KeysReader').foreach(f).register('event', mode='sync')"
    ));
    assert_eq!(ask!(client, "SET", "event", "x"), "+OK", "{define}");
    assert_alive(client, define);
    let registration = client.registrations().pop().unwrap();
    assert_eq!(field(&registration, "reader"), &text("KeysReader"));
    let error = show(field(field(&registration, "RegistrationData"), "lastError"));
    let Value::BulkString(id) = field(&registration, "id") else {
        panic!("{registration:?}");
    };
    assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK", "{define}");
    error
}

fn text(text: &str) -> Value {
    Value::BulkString(text.as_bytes().to_vec())
}

/// Asserts that `f` is ended wherever it runs.
fn is_ended(define: &str) {
    let (_server, mut client) = impatient_server();
    everywhere(&mut client, define, |place, reply| {
        assert!(reply.contains(STOPPED), "{place}{reply}");
    });
    let error = in_an_event(&mut client, define);
    assert!(error.contains(STOPPED), "event: {define}\n{error}");
}

#[test]
fn endless_loop_is_ended() {
    is_ended("def f(r):\n    while True:\n        pass");
    is_ended("def f(r):\n    while True: pass");
}

#[test]
fn endless_loop_that_catches_everything_is_ended() {
    is_ended(
        "def f(r):
    while True:
        try:
            while True: pass
        except:
            pass
        finally:
            x = 1",
    );
}

#[test]
fn endless_loop_that_executes_commands_is_ended() {
    is_ended(
        "def f(r):
    while True:
        try:
            execute('INCR', 'count')
        except:
            pass",
    );
}

#[test]
fn endless_loop_in_an_atomic_block_is_ended_and_gives_the_lock_back() {
    is_ended(
        "def f(r):
    with atomic():
        while True:
            try:
                while True: pass
            except:
                pass",
    );
}

#[test]
fn endless_loop_in_a_generator_is_ended() {
    is_ended(
        "def f(r):
    def forever():
        while True:
            try:
                yield 1
            except:
                pass
            finally:
                pass
    while True:
        try:
            for x in forever():
                pass
        except BaseException as e:
            pass",
    );
    is_ended("def f(r):\n    return sum(i for i in range(10**12))");
    is_ended("def f(r):\n    return [i for i in range(10**6) for j in range(10**6) if False]");
}

#[test]
fn endless_loop_in_a_context_manager_that_swallows_exceptions_is_ended() {
    is_ended(
        "class Swallow:
    def __enter__(self): return self
    def __exit__(self, *exception): return True
def f(r):
    while True:
        with Swallow():
            while True:
                x = [i for i in range(100)]",
    );
}

#[test]
fn handlers_within_handlers_are_ended() {
    is_ended(
        "def f(r, depth=0):
    try:
        while True: pass
    except:
        f(r, depth + 1)",
    );
    is_ended(
        "def f(r):
    try:
        return f(r)
    except RecursionError:
        return f(r)",
    );
}

#[test]
fn loop_that_takes_the_trace_function_away_is_ended() {
    is_ended(
        "import sys
def f(r):
    while True:
        try:
            while True: pass
        except:
            sys.settrace(None)",
    );
}

#[test]
fn loop_in_a_method_that_python_calls_is_ended() {
    for (method, call) in [
        ("__str__(self)", "str(a)"),
        ("__eq__(self, other)", "a == b"),
        ("__hash__(self)", "{a: b}"),
        ("__len__(self)", "len(a)"),
        ("__lt__(self, other)", "sorted([a, b])"),
        ("__iter__(self)", "list(a)"),
        ("__getattr__(self, name)", "a.b"),
        ("__contains__(self, item)", "b in a"),
        ("__index__(self)", "[1, 2][a]"),
    ] {
        is_ended(&format!(
            "class Loop:
    def {method}:
        while True: pass
def f(r):
    a, b = Loop(), Loop()
    return {call}"
        ));
    }
}

#[test]
fn loop_in_the_text_of_a_result_or_of_an_exception_is_ended() {
    let loops = "class Loop(Exception):
    def __str__(self):
        while True: pass
    __repr__ = __str__\n";
    let (_server, mut client) = impatient_server();
    for function in [
        "def f(r): return Loop()",
        "def f(r): return [Loop()]",
        "def f(r): raise Loop()",
    ] {
        let define = format!("{loops}{function}");
        // What the texts are is not the point: that there are any is.
        everywhere(&mut client, &define, |_, _| ());
        in_an_event(&mut client, &define);
    }
}

#[test]
fn loop_in_a_destructor_is_ended() {
    let (_server, mut client) = impatient_server();
    let define = "class Loop:
    def __del__(self):
        while True: pass
def f(r):
    Loop()
    return 1";
    everywhere(&mut client, define, |_, _| ());
    in_an_event(&mut client, define);
}

#[test]
fn aborted_function_ends_even_if_it_catches_everything() {
    let server = TestServer::private();
    let mut client = server.client();
    let script = "def f(r):
    while True:
        try:
            execute('INCR', 'count')
        except:
            pass
GB('ShardsIDReader').map(f).run()";
    let Value::BulkString(id) = client.value(&[b"RG.PYEXECUTE", script.as_bytes(), b"UNBLOCKING"])
    else {
        panic!("no id");
    };
    until("running function", || {
        (ask!(client, "GET", "count") != "nil").then_some(())
    });
    // Answers when the function has ended.
    assert_eq!(ask!(client, "RG.ABORTEXECUTION", id), "+OK");
    let count = ask!(client, "GET", "count");
    let results = ask!(client, "RG.GETRESULTS", id);
    assert!(results.starts_with("[[], [$"), "{results}");
    assert!(results.contains("gears.forcestopped"), "{results}");
    assert!(ask!(client, "RG.DUMPEXECUTIONS").contains(r#"$"aborted""#));
    // There is nothing left to abort, which is no error.
    assert_eq!(ask!(client, "RG.ABORTEXECUTION", id), "+OK");
    assert_eq!(
        client.execute("GB('ShardsIDReader').run()"),
        r#"[[$"1"], []]"#
    );
    assert_eq!(ask!(client, "GET", "count"), count);
}

#[test]
fn exit_ends_the_function_alone() {
    let (_server, mut client) = patient_server();
    for call in ["exit()", "quit(1)", "__import__('sys').exit(3)"] {
        let define = format!("def f(r): {call}");
        everywhere(&mut client, &define, |place, reply| {
            assert!(reply.contains("SystemExit"), "{place}{reply}");
        });
        let error = in_an_event(&mut client, &define);
        assert!(error.contains("SystemExit"), "{call}: {error}");
    }
    let define = "def f(r): raise KeyboardInterrupt";
    everywhere(&mut client, define, |place, reply| {
        assert!(reply.contains("KeyboardInterrupt"), "{place}{reply}");
    });
    client.install("import threading\nthreading.Thread(target=lambda: exit()).start()");
    assert_alive(&mut client, "exit in a thread");
}

#[test]
fn recursion_without_end_is_an_error() {
    let (_server, mut client) = patient_server();
    for define in [
        "def f(r): return f(r)",
        "class Deep:\n    def __str__(self): return str(self)\ndef f(r): return str(Deep())",
        "def f(r):\n    x = []\n    for _ in range(100_000): x = [x]\n    return str(x)",
        "import functools\ndef f(r): return functools.reduce(lambda a, x: f(r), [1, 2], 0)",
        "import json\ndef f(r):\n    x = []\n    x.append(x)\n    return json.dumps(x, check_circular=False)",
    ] {
        everywhere(&mut client, define, |place, reply| {
            assert!(reply.contains("RecursionError"), "{place}{reply}");
        });
        let error = in_an_event(&mut client, define);
        assert!(error.contains("RecursionError"), "{define}: {error}");
    }
}

#[test]
fn results_that_contain_themselves_are_cut_or_refused() {
    let server = TestServer::private();
    let mut client = server.client();
    for (value, shown) in [
        ("x = []\n    x.append(x)", "[[...]]"),
        ("x = []\n    x += [x, x]", "[[...], [...]]"),
        ("x = {}\n    x['x'] = x", "{'x': {...}}"),
    ] {
        let define = format!("def f(r):\n    {value}\n    return x\n");
        let run = client.execute(&format!("{define}GB('ShardsIDReader').map(f).run()"));
        assert_eq!(run, format!("[[${shown:?}], []]"));
        for mode in ["sync", "async_local"] {
            client.install(&format!(
                "{define}GB('CommandReader').map(f).register(trigger='t', mode='{mode}', \
                 convertToStr=False)"
            ));
            let reply = client.trigger("t", &[]);
            let end = "-ERR the result list is nested too deep, or contains itself";
            assert!(
                reply.contains(end) || reply == r#"[$"PY RECORD"]"#,
                "{reply:.300}"
            );
            let id = client.id("t").unwrap();
            assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
        }
        client.execute(&format!(
            "{define}GB('ShardsIDReader').map(f).run(convertToStr=False)"
        ));
        assert_eq!(ask!(client, "PING"), "+PONG");
    }
}

#[test]
fn functions_may_trigger_themselves_deeply() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(
        "def deep(r, trigger):
    depth = int(r[1])
    return 0 if depth == 0 else execute('RG.TRIGGER', trigger, depth - 1)[0]
def caught(r):
    try: return deep(r, 'caught')
    except Exception as e: return str(e)
GB('CommandReader').map(lambda r: deep(r, 'deep')).register(trigger='deep', mode='sync')
GB('CommandReader').map(caught).register(trigger='caught', mode='sync')",
    );
    assert_eq!(client.trigger("deep", &[b"200"]), r#"[$"0"]"#);
    for depth in ["1000", "100000"] {
        // Each level quotes the error of the one below, and yet there is an end.
        let reply = client.trigger("deep", &[depth.as_bytes()]);
        assert!(reply.starts_with("-['Traceback"), "{depth}: {reply:.500}");
        let reply = client.trigger("caught", &[depth.as_bytes()]);
        assert_eq!(
            reply, r#"[$"functions call each other too deeply through commands"]"#,
            "{depth}"
        );
    }
}

#[test]
fn closed_stdout_does_no_harm() {
    let (server, mut client) = patient_server();
    let define = "import sys
def f(r):
    sys.stdout.close()
    sys.stderr.close()
    try: print('nobody reads this', flush=True)
    except ValueError: pass
    log('still logged')
    return 'closed'";
    everywhere(&mut client, define, |place, reply| {
        assert!(reply == "+OK" || reply.contains("closed"), "{place}{reply}");
    });
    assert_eq!(in_an_event(&mut client, define), "nil");
    assert!(server.log().unwrap().contains("still logged"));
}

#[test]
fn threads_may_outlive_their_function() {
    let (mut server, mut client) = patient_server();
    let define = "import threading, time
def work(number):
    while execute('GET', 'go') is None: time.sleep(0.01)
    execute('INCR', 'ended')
    while True: pass
def f(r):
    for number in range(5): threading.Thread(target=work, args=(number,)).start()
    return 'started'";
    everywhere(&mut client, define, |place, reply| {
        assert!(
            reply == "+OK" || reply.contains("started"),
            "{place}{reply}"
        );
    });
    assert_eq!(in_an_event(&mut client, define), "nil");
    assert_eq!(ask!(client, "SET", "go", "1"), "+OK");
    until("end of all threads", || {
        (ask!(client, "GET", "ended") == r#"$"30""#).then_some(())
    });
    assert_alive(&mut client, "busy threads");
    // They do not keep the server from ending either.
    redis::cmd("SHUTDOWN")
        .arg("NOSAVE")
        .exec(
            &mut redis::Client::open(server.url())
                .unwrap()
                .get_connection()
                .unwrap(),
        )
        .unwrap_err();
    server.private_mut().wait_until_ended(DEADLINE).unwrap();
    server.private_mut().restart().unwrap();
}

#[test]
fn clients_that_go_while_they_wait_are_forgotten() {
    let (server, mut client) = patient_server();
    assert_eq!(ask!(client, "RG.CONFIGSET", "AsyncDeadline", "0"), "[+OK]");
    let define = "import time
def f(r):
    execute('INCR', 'begun')
    while execute('GET', 'go') is None: time.sleep(0.01)
    execute('INCR', 'ended')\n";
    client.install(&format!(
        "{define}GB('CommandReader').foreach(f).register(trigger='slow', mode='async_local')"
    ));
    let run = format!("{define}GB('ShardsIDReader').foreach(f).run()");
    for is_killed in [true, false] {
        ask!(client, "DEL", "go", "begun", "ended");
        let id = client.value(&[b"RG.PYEXECUTE", run.as_bytes(), b"UNBLOCKING"]);
        let Value::BulkString(id) = id else {
            panic!("{id:?}");
        };
        let mut calls = Vec::new();
        for words in [
            vec![&b"RG.TRIGGER"[..], b"slow"],
            vec![b"RG.PYEXECUTE", run.as_bytes()],
            vec![b"RG.GETRESULTSBLOCKING", &id],
        ] {
            let mut call = redis::Client::open(server.url())
                .unwrap()
                .get_connection()
                .unwrap();
            let mut command = redis::Cmd::new();
            for word in &words {
                command.arg(*word);
            }
            call.send_packed_command(&command.get_packed_command())
                .unwrap();
            calls.push(call);
        }
        until("start of the functions", || {
            (ask!(client, "GET", "begun") == r#"$"3""#).then_some(())
        });
        until("blocked clients", || {
            ask!(client, "INFO", "clients")
                .contains("blocked_clients:3")
                .then_some(())
        });
        if is_killed {
            let killed = ask!(client, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
            assert_eq!(killed, ":3");
        }
        drop(calls);
        until("end of the blocking", || {
            ask!(client, "INFO", "clients")
                .contains("blocked_clients:0")
                .then_some(())
        });
        assert_eq!(ask!(client, "SET", "go", "1"), "+OK");
        until("end of the functions", || {
            (ask!(client, "GET", "ended") == r#"$"3""#).then_some(())
        });
        assert_alive(&mut client, "clients that went");
    }
}
