//! The main thread keeps Python for a turn of the server's loop, and nobody is kept from it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use gears_runtime::embedded::Server;
use gears_tests::{TestServer, ask, until};

/// How many clients send pipelines of calls.
const CLIENTS: usize = 4;

/// How many calls a client has under way.
const PIPELINE: usize = 16;

const SYNC: &str = "\
GB('CommandReader').map(lambda r: r[1]).register(trigger='sync', mode='sync', convertToStr=False)
";

/// Does `work` while clients send pipelines of a command that runs functions on the main thread.
fn under_load<T>(server: &TestServer, words: &[&str], work: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    let mut pipeline = redis::pipe();
    for _ in 0..PIPELINE {
        pipeline.cmd(words[0]).arg(&words[1..]);
    }
    thread::scope(|scope| {
        /// Ends the load also where the work panics.
        struct Over<'a>(&'a AtomicBool);
        impl Drop for Over<'_> {
            fn drop(&mut self) {
                self.0.store(true, Ordering::Relaxed);
            }
        }
        let end = Over(&over);
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let client = redis::Client::open(server.url()).unwrap();
                let mut connection = client.get_connection().unwrap();
                while !over.load(Ordering::Relaxed) {
                    pipeline.exec(&mut connection).unwrap();
                }
            });
        }
        let done = work();
        drop(end);
        done
    })
}

/// Functions that need Python elsewhere than on the main thread.
const ELSEWHERE: &str = "\
import asyncio, threading, time
async def wait(r):
    await asyncio.sleep(0.001)
    return 'waited'
def reads(r):
    return execute('GET', 'key')
def sleeps(r):
    time.sleep(0.001)
    return 'slept'
def starts(r):
    found = []
    thread = threading.Thread(target=lambda: found.append(execute('GET', 'key')))
    thread.start()
    thread.join()
    return found[0]
def computes(r):
    return sum(range(100_000))
for work in wait, reads, sleeps, starts, computes:
    GB('CommandReader').map(work).register(trigger=work.__name__, mode='async_local')
";

fn check_others_under(words: &[&str], script: &str) {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(script);
    client.install(ELSEWHERE);
    ask!(client, "SET", "key", "value");
    under_load(&server, words, || {
        for _ in 0..20 {
            for (trigger, answer) in [
                ("wait", "waited"),
                ("reads", "value"),
                ("sleeps", "slept"),
                ("starts", "value"),
                ("computes", "4999950000"),
            ] {
                assert_eq!(client.trigger(trigger, &[]), format!("[$\"{answer}\"]"));
            }
        }
    });
}

#[test]
fn workers_coroutines_and_threads_run_beside_calls_in_pipelines() {
    check_others_under(&["RG.TRIGGER", "sync", "x"], SYNC);
}

#[test]
fn they_run_beside_functions_of_events() {
    check_others_under(
        &["SET", "event", "x"],
        "GB('KeysReader').map(lambda r: None).register('event', mode='sync')",
    );
}

#[test]
fn they_run_beside_hooks() {
    check_others_under(
        &["HGET", "h", "f"],
        "GB('CommandReader').map(lambda r: call_next(*r[1:])).register(hook='hget', mode='sync', \
         convertToStr=False)",
    );
}

#[test]
fn code_elsewhere_goes_on_while_a_command_behind_a_function_takes_long() {
    /// Keeps the server for a while, and tells when it is over.
    const LONG: &str = "
        local function now()
            local time = redis.call('TIME')
            return time[1] * 1000000 + time[2]
        end
        local began = now()
        while now() - began < 200000 do end
        return tostring(now())";
    let server = TestServer::private();
    let mut client = server.client();
    client.install(
        "import asyncio, time\n\
         asked, seen = False, 0\n\
         async def look(r):\n    \
             global seen\n    \
             while not asked: await asyncio.sleep(0.001)\n    \
             seen = time.time_ns() // 1000\n    \
             return 'seen'\n\
         def ask(r):\n    \
             global asked\n    \
             asked = True\n\
         def forget(r):\n    \
             global asked\n    \
             asked = False\n\
         GB('CommandReader').map(look).register(trigger='look', mode='async_local')\n\
         GB('CommandReader').map(lambda r: seen).register(trigger='seen', mode='sync')\n\
         GB('CommandReader').map(ask).register(trigger='ask', mode='sync')\n\
         GB('CommandReader').map(forget).register(trigger='forget', mode='sync')",
    );
    let connection = redis::Client::open(server.url()).unwrap();
    let mut connection = connection.get_connection().unwrap();
    // A machine that is busy may be late with it.
    until("a look in the midst of a command", || {
        client.trigger("forget", &[]);
        let looks = server.client();
        let look = thread::spawn(move || {
            let mut looks = looks;
            looks.trigger("look", &[])
        });
        until("a coroutine that looks", || {
            let gears = ask!(client, "INFO", "rg_gears");
            gears.contains("running=1").then_some(())
        });
        let (over,): (f64,) = redis::pipe()
            .cmd("RG.TRIGGER")
            .arg("ask")
            .ignore()
            .cmd("EVAL")
            .arg(LONG)
            .arg(0)
            .query(&mut connection)
            .unwrap();
        assert_eq!(look.join().unwrap(), r#"[$"seen"]"#);
        let seen = client.trigger("seen", &[]);
        let seen: f64 = seen
            .trim_matches(|it: char| !it.is_numeric())
            .parse()
            .unwrap();
        (seen < over).then_some(())
    });
}

#[test]
fn files_are_written_while_functions_run_in_pipelines() {
    let settings = ["--appendonly", "yes", "--appendfsync", "always"];
    let server = TestServer::of(Server::builder().server_args(settings));
    let mut client = server.client();
    assert_eq!(ask!(client, "CONFIG", "SET", "save", "1 1"), "+OK");
    client.install(SYNC);
    client.install("GB('KeysReader').map(lambda r: None).register('key', mode='sync')");
    for words in [["RG.TRIGGER", "sync", "x"], ["SET", "key", "x"]] {
        under_load(&server, &words, || {
            let saves = client.number("persistence", "rdb_last_save_time");
            until("a dump that the server writes by itself", || {
                ask!(client, "SET", "other", "x");
                let last = client.number("persistence", "rdb_last_save_time");
                (last > saves).then_some(())
            });
            ask!(client, "BGREWRITEAOF");
            until("the end of the rewrite", || {
                let persistence = ask!(client, "INFO", "persistence");
                let over = persistence.contains("aof_rewrite_in_progress:0")
                    && persistence.contains("aof_rewrite_scheduled:0");
                over.then_some(persistence)
            });
        });
        let persistence = ask!(client, "INFO", "persistence");
        for status in [
            "rdb_last_bgsave_status:ok",
            "aof_last_bgrewrite_status:ok",
            "aof_last_write_status:ok",
        ] {
            assert!(persistence.contains(status), "{persistence}");
        }
    }
}

#[test]
fn data_are_loaded_while_functions_run_in_pipelines() {
    let primary = TestServer::of(Server::builder().tcp());
    let replica = TestServer::of(Server::builder().tcp());
    let mut client = primary.client();
    client.install(SYNC);
    let fill = "for i = 1, 100000 do redis.call('SET', 'key:' .. i, 'value') end";
    ask!(client, "EVAL", fill, "0");
    let mut follower = replica.client();
    follower.install(SYNC);
    // What comes while the data are loaded is refused.
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let mut client = replica.client();
                while !over.load(Ordering::Relaxed) {
                    client.trigger("sync", &[b"x"]);
                }
            });
        }
        follower.follow(primary.port());
        until("the data of the primary", || {
            ask!(follower, "INFO", "replication")
                .contains("master_link_status:up")
                .then_some(())
        });
        over.store(true, Ordering::Relaxed);
    });
    assert_eq!(follower.trigger("sync", &[b"x"]), r#"[$"x"]"#);
    assert_eq!(ask!(follower, "DBSIZE"), ":100000");
}

#[test]
fn a_function_that_does_not_end_is_ended_amid_others_of_its_turn() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(SYNC);
    client.install(
        "def spin(r):\n    \
             while True: pass\n\
         GB('CommandReader').map(spin).register(trigger='spin', mode='sync')\n\
         GB('CommandReader').map(lambda r: 'there').register(trigger='async', mode='async_local')",
    );
    assert_eq!(ask!(client, "RG.CONFIGSET", "SyncDeadline", "200"), "[+OK]");
    let connection = redis::Client::open(server.url()).unwrap();
    let mut connection = connection.get_connection().unwrap();
    let call = |trigger: &str| redis::cmd("RG.TRIGGER").arg(trigger).arg("x").clone();
    let replies: Vec<redis::RedisResult<Vec<String>>> = {
        let mut pipeline = redis::pipe();
        pipeline.ignore_errors();
        for trigger in ["sync", "spin", "sync", "async", "sync"] {
            pipeline.add_command(call(trigger));
        }
        pipeline.query(&mut connection).unwrap()
    };
    let shown: Vec<_> = replies
        .into_iter()
        .map(|reply| reply.map_err(|error| error.to_string()))
        .collect();
    assert!(
        matches!(&shown[1], Err(error) if error.contains("longer than its deadline")),
        "{shown:?}"
    );
    for (at, answer) in [(0, "x"), (2, "x"), (3, "there"), (4, "x")] {
        assert_eq!(shown[at], Ok(vec![answer.to_owned()]), "{at}");
    }
}

#[test]
fn calls_in_a_transaction_and_in_a_script_leave_python_to_others() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(SYNC);
    client.install(ELSEWHERE);
    let call = r#"[$"x"]"#;
    under_load(&server, &["RG.TRIGGER", "sync", "x"], || {
        for _ in 0..20 {
            ask!(client, "MULTI");
            ask!(client, "RG.TRIGGER", "sync", "x");
            ask!(client, "RG.TRIGGER", "sync", "x");
            assert_eq!(ask!(client, "EXEC"), format!("[{call}, {call}]"));
            let script = "return redis.call('RG.TRIGGER', 'sync', 'x')";
            assert_eq!(ask!(client, "EVAL", script, "0"), call);
            assert_eq!(client.trigger("computes", &[]), r#"[$"4999950000"]"#);
        }
    });
}
