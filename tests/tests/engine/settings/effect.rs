//! What settings do, where that is quickly seen.

use std::thread;

use gears_runtime::embedded::Server;
use gears_tests::{Client, ask, until};
use redis::Value;

use super::with;

/// Counts the executions that are listed.
fn listed(client: &mut Client) -> usize {
    match client.value(&[b"RG.DUMPEXECUTIONS"]) {
        Value::Array(entries) => entries.len(),
        other => panic!("not an array: {other:?}"),
    }
}

#[test]
fn lists_of_executions_are_as_long_as_allowed() {
    let server = with(&["MaxExecutions", "2", "MaxExecutionsPerRegistration", "3"]);
    let mut client = server.client();
    let run = |client: &mut Client| {
        let run = b"GB('ShardsIDReader').run()";
        let id = client.value(&[b"RG.PYEXECUTE", run, b"UNBLOCKING"]);
        let Value::BulkString(id) = id else {
            panic!("{id:?}");
        };
        assert_eq!(ask!(client, "RG.GETRESULTSBLOCKING", id), r#"[[$"1"], []]"#);
    };
    for _ in 0..4 {
        run(&mut client);
    }
    assert_eq!(listed(&mut client), 2);
    assert_eq!(ask!(client, "RG.CONFIGSET", "MaxExecutions", "3"), "[+OK]");
    run(&mut client);
    assert_eq!(listed(&mut client), 3);
    let many = ask!(client, "RG.CONFIGSET", "MaxExecutions", "100");
    assert_eq!(many, "[+OK]");
    client.install(
        "GB('KeysReader').foreach(lambda r: execute('INCR', 'seen')).register(\
         'k*', mode='async_local')",
    );
    for number in 1..=5 {
        ask!(client, "SET", format!("k{number}"), "v");
        until("event", || {
            (ask!(client, "GET", "seen") == format!("$\"{number}\"")).then_some(())
        });
    }
    until("list with those of the registration", || {
        (listed(&mut client) == 6).then_some(())
    });
}

#[test]
fn so_many_functions_run_at_once_as_there_are_workers() {
    let at_once = |workers: &str| {
        let server = with(&["ExecutionThreads", workers]);
        server.client().install(
            "import builtins, threading\n\
             builtins.meeting = threading.Barrier(4, timeout=0.5)\n\
             def meet(r):\n    \
                 try: builtins.meeting.wait()\n    \
                 except threading.BrokenBarrierError: return 'alone'\n    \
                 return 'met'\n\
             GB('CommandReader').map(meet).register(trigger='meet', mode='async_local')",
        );
        let mut clients: Vec<_> = (0..4).map(|_| server.client()).collect();
        thread::scope(|scope| {
            let calls: Vec<_> = clients
                .iter_mut()
                .map(|client| scope.spawn(|| client.trigger("meet", &[])))
                .collect();
            let replies = calls.into_iter().map(|call| call.join().unwrap());
            replies.collect::<Vec<_>>()
        })
    };
    assert_eq!(at_once("3"), [r#"[$"alone"]"#; 4]);
    // Those who come late on a busy machine find the others gone.
    until("meeting", || {
        (at_once("4") == [r#"[$"met"]"#; 4]).then_some(())
    });
}

#[test]
fn deadlines_end_what_runs_longer() {
    let server = with(&["SyncDeadline", "100", "AsyncDeadline", "100"]);
    let mut client = server.client();
    let reply = client.execute("while True: pass");
    assert!(reply.contains("forcestopped"), "{reply}");
    // A script is one of those, and this one shall end well on a busy machine too.
    assert_eq!(
        ask!(client, "RG.CONFIGSET", "SyncDeadline", "60000"),
        "[+OK]"
    );
    client.install(
        "def forever(r):\n    \
             while True: pass\n\
         GB('CommandReader').map(forever).register(trigger='sync', mode='sync')\n\
         GB('CommandReader').map(forever).register(trigger='async_local', mode='async_local')\n\
         GB('CommandReader').map(forever).register(trigger='own', mode='sync', timeout_ms=50)\n\
         def for_long(r):\n    \
             import time\n    \
             end = time.monotonic() + 0.5\n    \
             while time.monotonic() < end: pass\n    \
             return 'done'\n\
         GB('CommandReader').map(for_long).register(trigger='long:sync', mode='sync')\n\
         GB('CommandReader').map(for_long).register(trigger='long:async_local', mode='async_local')",
    );
    assert_eq!(ask!(client, "RG.CONFIGSET", "SyncDeadline", "100"), "[+OK]");
    for trigger in ["sync", "async_local", "own"] {
        let reply = client.trigger(trigger, &[]);
        assert!(reply.contains("forcestopped"), "{trigger}: {reply}");
    }
    // And as they are changed.
    for (setting, trigger) in [("SyncDeadline", "sync"), ("AsyncDeadline", "async_local")] {
        assert_eq!(ask!(client, "RG.CONFIGSET", setting, "60000"), "[+OK]");
        let reply = client.trigger(&format!("long:{trigger}"), &[]);
        assert_eq!(reply, r#"[$"done"]"#, "{trigger}");
        assert_eq!(ask!(client, "RG.CONFIGSET", setting, "100"), "[+OK]");
        let reply = client.trigger(trigger, &[]);
        assert!(reply.contains("forcestopped"), "{trigger}: {reply}");
    }
}

#[test]
fn errors_have_tracebacks_unless_they_are_unwanted() {
    let server = with(&["PythonAttemptTraceback", "0"]);
    let mut client = server.client();
    let failing = "GB('ShardsIDReader').map(lambda x: 1 / 0).run()";
    let plain = client.execute(failing);
    assert!(plain.contains("division by zero"), "{plain}");
    assert!(!plain.contains("Traceback"), "{plain}");
    ask!(client, "RG.CONFIGSET", "PythonAttemptTraceback", "5");
    assert_eq!(
        ask!(client, "RG.CONFIGGET", "PythonAttemptTraceback"),
        "[:1]"
    );
    let long = client.execute(failing);
    assert!(long.contains("Traceback"), "{long}");
}

#[test]
fn steps_are_timed_when_that_is_wanted() {
    let server = with(&[]);
    let mut client = server.client();
    let slow = "import time\nGB('ShardsIDReader').foreach(lambda x: time.sleep(0.01)).run()";
    let mut durations = |profile: &str| {
        ask!(client, "RG.CONFIGSET", "ProfileExecutions", profile);
        let id = client.value(&[b"RG.PYEXECUTE", slow.as_bytes(), b"UNBLOCKING"]);
        let Value::BulkString(id) = id else {
            panic!("{id:?}");
        };
        ask!(client, "RG.GETRESULTSBLOCKING", id);
        let execution = ask!(client, "RG.GETEXECUTION", id);
        let (_, rest) = execution
            .split_once(r#"$"foreach", $"duration", :"#)
            .unwrap_or_else(|| panic!("{execution}"));
        let number = rest.split(',').next().unwrap();
        number
            .parse::<u64>()
            .unwrap_or_else(|_| panic!("{execution}"))
    };
    assert_eq!(durations("0"), 0);
    // In milliseconds, and as long as the machine took for it.
    assert!(durations("1") >= 10);
}

#[test]
fn memory_may_be_bounded_while_the_server_runs() {
    let server = with(&[]);
    let mut client = server.client();
    let big = "GB('ShardsIDReader').map(lambda x: len(bytearray(300_000_000))).run()";
    assert_eq!(client.execute(big), r#"[[$"300000000"], []]"#);
    let limit = "200000000";
    assert_eq!(
        ask!(client, "RG.CONFIGSET", "PythonMemoryLimit", limit),
        "[+OK]"
    );
    let reply = client.execute(big);
    assert!(reply.contains("MemoryError"), "{reply}");
    assert_eq!(
        ask!(client, "RG.CONFIGSET", "PythonMemoryLimit", "0"),
        "[+OK]"
    );
    assert_eq!(client.execute(big), r#"[[$"300000000"], []]"#);
}

#[test]
fn installing_may_be_switched_off_while_the_server_runs() {
    let server = with(&[]);
    let mut client = server.client();
    assert_eq!(ask!(client, "RG.CONFIGSET", "PipInstall", "0"), "[+OK]");
    let reply = ask!(client, "RG.PYEXECUTE", "1", "REQUIREMENTS", "redis");
    assert!(reply.contains("switched off"), "{reply}");
}

#[test]
fn another_python_than_the_engines_is_refused() {
    for wrong in ["/no/such/python", "/bin/sh"] {
        let arguments = ["PythonExecutable", wrong];
        let error = Server::builder().engine_args(arguments).start();
        let error = error.err().unwrap().to_string();
        assert!(
            error.contains("PythonExecutable takes the path of a Python 3."),
            "{error}"
        );
        assert!(error.contains(&format!("not {wrong}")), "{error}");
    }
}

#[test]
fn requirements_are_in_the_folder_that_was_named() {
    let server = with(&["PythonInstallationDir", "some/where"]);
    let mut client = server.client();
    let told = ask!(client, "RG.CONFIGGET", "PythonInstallationDir");
    // Whatever folder the server goes to later.
    assert!(told.starts_with("[$\"/"), "{told}");
    assert!(told.ends_with("/some/where\"]"), "{told}");
}
