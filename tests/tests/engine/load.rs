//! What `INFO` tells of the executions that have not ended.

use std::sync::mpsc;
use std::thread;

use gears_runtime::embedded::Server;
use gears_tests::{Client, DEADLINE, TestServer, ask, show, until};

/// The shard of a server that is alone.
const ALONE: &str = "0000000000000000000000000000000000000000";

#[test]
fn info_tells_what_runs_and_what_waits() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(
        "import time\n\
         def wait(record):\n    \
             while not execute('EXISTS', 'go'): time.sleep(0.005)\n\
         GB().foreach(wait).register('job:*', mode='async_local', readValue=False)",
    );
    let info = |client: &mut Client, section: &str| ask!(client, "INFO", section);
    for job in ["job:1", "job:2", "job:3"] {
        ask!(client, "SET", job, "1");
    }
    until("running execution", || {
        let gears = info(&mut client, "rg_gears");
        gears.contains("waiting=2,running=1").then_some(())
    });
    let unfinished = info(&mut client, "rg_unfinished");
    let registration = format!("registration={ALONE}-1");
    assert_eq!(unfinished.matches(&registration).count(), 3, "{unfinished}");
    assert_eq!(
        unfinished.matches("state=running,usec=").count(),
        1,
        "{unfinished}"
    );
    assert_eq!(
        unfinished.matches("state=created,usec=").count(),
        2,
        "{unfinished}"
    );
    let last = unfinished
        .rsplit("rg_")
        .next()
        .unwrap()
        .split(':')
        .next()
        .unwrap();
    assert_eq!(ask!(client, "RG.ABORTEXECUTION", last), "+OK");
    let gears = info(&mut client, "rg_gears");
    assert!(gears.contains("waiting=1,running=1"), "{gears}");
    ask!(client, "SET", "go", "1");
    until("end of all", || {
        let gears = info(&mut client, "rg_gears");
        gears.contains("waiting=0,running=0").then_some(())
    });
    assert!(!info(&mut client, "rg_unfinished").contains("state="));
}

#[test]
fn calls_that_were_refused_are_not_listed() {
    let server = TestServer::of(Server::builder().engine_args(["ExecutionQueue", "2"]));
    let mut client = server.client();
    client.install(
        "import time\n\
         def wait(record):\n    \
             while not execute('EXISTS', 'go'): time.sleep(0.005)\n\
         GB('CommandReader').foreach(wait).register(\
             trigger='wait', mode='async_local', inorder=True)",
    );
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        let call = || {
            let (tell, server) = (tell.clone(), &server);
            scope.spawn(move || tell.send(server.client().value(&[b"RG.TRIGGER", b"wait"])));
        };
        call();
        until("running execution", || {
            let gears = ask!(client, "INFO", "rg_gears");
            gears.contains("waiting=0,running=1").then_some(())
        });
        for _ in 0..4 {
            call();
        }
        for _ in 0..2 {
            let refusal = show(&told.recv_timeout(DEADLINE).unwrap());
            assert!(refusal.starts_with('-'), "{refusal}");
        }
        let listed = ask!(client, "RG.DUMPEXECUTIONS");
        assert_eq!(listed.matches("executionId").count(), 3, "{listed}");
        let gears = ask!(client, "INFO", "rg_gears");
        assert!(gears.contains("waiting=2,running=1"), "{gears}");
        ask!(client, "SET", "go", "1");
    });
}

#[test]
fn info_tells_how_far_a_run_is() {
    let server = TestServer::private();
    let mut client = server.client();
    let script = "import time\n\
         def wait(record):\n    \
             while record == 4 and not execute('EXISTS', 'go'): time.sleep(0.005)\n    \
             return record\n\
         GB('PythonReader').foreach(wait).count().run(lambda: (x for x in range(7)))";
    let id = ask!(client, "RG.PYEXECUTE", script, "UNBLOCKING");
    let id = id.trim_matches(['$', '"']);
    until("fifth record", || {
        let unfinished = ask!(client, "INFO", "rg_unfinished");
        let row = format!("rg_{id}:state=running,usec=");
        (unfinished.contains(&row) && unfinished.contains("records=5")).then_some(())
    });
    let unfinished = ask!(client, "INFO", "rg_unfinished");
    assert!(!unfinished.contains("reads="), "{unfinished}");
    ask!(client, "SET", "go", "1");
    let results = ask!(client, "RG.GETRESULTSBLOCKING", id);
    assert!(results.contains('7'), "{results}");
}
