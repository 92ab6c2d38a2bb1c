//! Functions that are watched line by line or call by call when their time is over.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use gears_tests::{Client, TestServer, ask};

/// Ways for functions to be watched, set up before the work.
const WATCHES: [(&str, &str); 5] = [
    ("nothing but ProfileExecutions", "pass"),
    (
        "sys.setprofile",
        "sys.setprofile(lambda frame, event, argument: None)",
    ),
    (
        "sys.settrace",
        "sys.settrace(lambda frame, event, argument: None)",
    ),
    (
        "threading.setprofile",
        "threading.setprofile(lambda frame, event, argument: None)",
    ),
    (
        // From 3.12 on there is one at a time.
        "cProfile",
        "with contextlib.suppress(ValueError): cProfile.Profile().enable()",
    ),
];

/// How often a function of the main thread meets a worker that has to end.
const MEETINGS: usize = 12;

#[test]
fn functions_end_at_their_deadline_while_they_are_watched() {
    for profiles in ["1", "0"] {
        let server = TestServer::private();
        let mut client = server.client();
        for (name, watch) in WATCHES {
            check(&server, &mut client, profiles, name, watch);
        }
    }
}

fn check(server: &TestServer, client: &mut Client, profiles: &str, name: &str, watch: &str) {
    client.install(&format!(
        "import contextlib, cProfile, sys, threading, time\n\
         def overdue(r):\n    \
             {watch}\n    \
             while True: execute('PING')\n\
         def raising(r):\n    \
             {watch}\n    \
             began = time.time()\n    \
             while time.time() - began < 0.15: [0] * 100\n    \
             raise ValueError('raised')\n\
         def fine(r):\n    \
             return 'fine'\n\
         GB('CommandReader').map(overdue).register(trigger='overdue', mode='async_local')\n\
         GB('CommandReader').map(raising).register(trigger='raising', mode='sync')\n\
         GB('CommandReader').map(fine).register(trigger='fine', mode='sync')"
    ));
    let set = |client: &mut Client, setting: &str, value: &str| {
        assert_eq!(ask!(client, "RG.CONFIGSET", setting, value), "[+OK]");
    };
    set(client, "ProfileExecutions", profiles);
    set(client, "AsyncDeadline", "50");
    set(client, "SyncDeadline", "1000");
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut other = server.client();
                while !over.load(Ordering::Relaxed) {
                    let reply = other.trigger("overdue", &[]);
                    assert!(reply.contains("forcestopped"), "{name}: {reply}");
                }
            });
        }
        for _ in 0..MEETINGS {
            let reply = client.trigger("raising", &[]);
            assert!(
                reply.contains("raised") || reply.contains("forcestopped"),
                "{name}: {reply}"
            );
        }
        over.store(true, Ordering::Relaxed);
    });
    set(client, "ProfileExecutions", "0");
    set(client, "AsyncDeadline", "0");
    set(client, "SyncDeadline", "5000");
    assert_eq!(client.trigger("fine", &[]), r#"[$"fine"]"#, "{name}");
    for trigger in ["overdue", "raising", "fine"] {
        let id = client.id(trigger).unwrap();
        assert_eq!(ask!(client, "RG.UNREGISTER", &id), "+OK", "{name}");
    }
}
