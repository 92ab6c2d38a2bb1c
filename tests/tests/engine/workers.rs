//! Who does what waits: one worker is enough for functions that end soon, as long as none does not.

use std::thread;

use gears_runtime::embedded::Server;
use gears_tests::{Client, TestServer, ask, until};

/// `slow` waits until somebody calls `open`, which needs a worker as well.
const SCRIPT: &str = "\
import threading
if not hasattr(threading, 'gate'):
    threading.gate = threading.Semaphore(0)

def slow(record):
    threading.gate.acquire()
    return record[1]

def opened(record):
    threading.gate.release()
    return record[1]

for function, trigger in (lambda record: record[1], 'quick'), (slow, 'slow'), (opened, 'open'):
    GB('CommandReader').map(function).register(trigger=trigger, mode='async_local')
";

/// Opens the gate without a worker.
const RELEASE: &str = "import threading\nthreading.gate.release()";

/// Calls in one go that end soon.
const MANY: usize = 50;

/// Calls in a row from each of the clients that call at once.
const FEW: usize = 20;

fn server(workers: &str) -> (TestServer, Client) {
    let server = TestServer::of(Server::builder().engine_args(["ExecutionThreads", workers]));
    let mut client = server.client();
    client.install(SCRIPT);
    (server, client)
}

/// Has the workers find that functions end soon.
fn hurry(server: &TestServer) {
    let client = redis::Client::open(server.url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    let mut pipe = redis::pipe();
    for _ in 0..MANY {
        pipe.cmd("RG.TRIGGER").arg("quick").arg("x");
    }
    let replies: Vec<Vec<String>> = pipe.query(&mut connection).unwrap();
    assert_eq!(replies, vec![["x"]; MANY]);
}

/// Has `slow` functions and crowds of quick ones called at once, again and again. The quick ones are
/// answered, and open the gates after that.
fn check_rounds(workers: &str, slow: usize) {
    let (server, _) = server(workers);
    for _ in 0..20 {
        hurry(&server);
        let mut clients: Vec<_> = (0..slow).map(|_| server.client()).collect();
        let mut crowd: Vec<_> = (0..4).map(|_| server.client()).collect();
        let mut opener = server.client();
        thread::scope(|scope| {
            let waiting: Vec<_> = clients
                .iter_mut()
                .map(|client| scope.spawn(|| client.trigger("slow", &[b"y"])))
                .collect();
            let quick: Vec<_> = crowd
                .iter_mut()
                .map(|client| {
                    scope.spawn(|| {
                        for _ in 0..FEW {
                            assert_eq!(client.trigger("quick", &[b"x"]), r#"[$"x"]"#);
                        }
                    })
                })
                .collect();
            for client in quick {
                client.join().unwrap();
            }
            for _ in 0..slow {
                assert_eq!(opener.trigger("open", &[b"z"]), r#"[$"z"]"#);
            }
            for client in waiting {
                assert_eq!(client.join().unwrap(), r#"[$"y"]"#);
            }
        });
    }
}

#[test]
fn quick_calls_do_not_wait_behind_a_slow_one() {
    check_rounds("2", 1);
}

#[test]
fn quick_calls_do_not_wait_behind_two_slow_ones() {
    check_rounds("3", 2);
}

/// Returns the ids of executions that have not begun.
fn waiting(client: &mut Client) -> Vec<String> {
    ask!(client, "RG.DUMPEXECUTIONS")
        .split(r#"$"executionId", $""#)
        .filter(|execution| execution.contains(r#"$"created""#))
        .filter_map(|execution| execution.split('"').next().map(str::to_owned))
        .collect()
}

#[test]
fn calls_behind_slow_ones_can_be_aborted_alone() {
    let (server, mut client) = server("2");
    hurry(&server);
    let mut clients: Vec<_> = (0..4).map(|_| server.client()).collect();
    thread::scope(|scope| {
        let (slow, behind) = clients.split_at_mut(2);
        let slow: Vec<_> = slow
            .iter_mut()
            .map(|client| scope.spawn(|| client.trigger("slow", &[b"y"])))
            .collect();
        until("both run", || {
            (client.number("everything", "rg_executions_running") == 2).then_some(())
        });
        let behind: Vec<_> = behind
            .iter_mut()
            .map(|client| scope.spawn(|| client.trigger("quick", &[b"x"])))
            .collect();
        let first = until("both wait", || {
            let waiting = waiting(&mut client);
            (waiting.len() == 2).then(|| waiting[0].clone())
        });
        assert_eq!(ask!(client, "RG.ABORTEXECUTION", first), "+OK");
        // As soon as a worker is free, the other one goes on.
        client.execute(RELEASE);
        let mut answers: Vec<_> = behind.into_iter().map(|it| it.join().unwrap()).collect();
        answers.sort();
        assert_eq!(answers, [r#"[$"x"]"#, "[]"]);
        client.execute(RELEASE);
        for client in slow {
            assert_eq!(client.join().unwrap(), r#"[$"y"]"#);
        }
    });
}
