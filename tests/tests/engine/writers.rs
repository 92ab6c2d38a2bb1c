//! Writers that wait while a function has no room for their events (`onFull='wait'`).

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::thread;

use gears_runtime::embedded::Server;
use gears_tests::{Client, DEADLINE, TestServer, ask, until};

/// A function that does nothing before the key `go` is there, and then counts.
const WAITING: &str = "import time\n\
     def count(r):\n    \
         while not execute('EXISTS', 'go'):\n        \
             time.sleep(0.001)\n    \
         execute('INCR', 'seen')\n\
     GB('KeysReader').foreach(count).register('key:*', mode='async_local', onFull='wait', \
     eventTypes=['set', 'zincr'])";

/// Starts a server with such arguments of the engine, and `DEBUG`, which Redis 7 has
/// to be asked for and Redis 6 cannot.
fn server(arguments: &[&str]) -> TestServer {
    let builder = || Server::builder().engine_args(arguments.iter().copied());
    match builder()
        .server_args(["--enable-debug-command", "yes"])
        .start()
    {
        Ok(_) => TestServer::of(builder().server_args(["--enable-debug-command", "yes"])),
        Err(_) => TestServer::of(builder()),
    }
}

/// Says whether the filter of the server tells whose command it looks at.
///
/// Others have everybody wait only if all users may run `RG.INNERHOOK` or, before
/// Redis 7.0, everything.
fn tells_clients(client: &mut Client) -> bool {
    let info = ask!(client, "INFO", "server");
    info.contains("valkey_version")
        || !["6.", "7.0."]
            .iter()
            .any(|old| info.contains(&format!("redis_version:{old}")))
}

/// A connection for pipelines of commands, one a line.
struct Pipe {
    stream: UnixStream,
    replies: String,
}

impl Pipe {
    fn open(server: &TestServer) -> Self {
        let path = server.url().strip_prefix("unix://").unwrap();
        let stream = UnixStream::connect(path).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        Self {
            stream,
            replies: String::new(),
        }
    }

    fn send(&mut self, lines: &[&str]) {
        let text: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        self.stream.write_all(text.as_bytes()).unwrap();
    }

    /// Reads replies until the last of them.
    fn until(&mut self, last: &str) -> String {
        let mut buffer = [0; 4096];
        while !self.replies.ends_with(last) {
            let read = self.stream.read(&mut buffer);
            let read = read.unwrap_or_else(|error| panic!("{error} after {:?}", self.replies));
            assert!(read > 0, "the connection ended after {:?}", self.replies);
            self.replies
                .push_str(std::str::from_utf8(&buffer[..read]).unwrap());
        }
        std::mem::take(&mut self.replies)
    }
}

fn writers_wait(client: &mut Client, count: i64) {
    until(&format!("{count} writers wait"), || {
        (client.number("rg_executions", "rg_writers_waiting") == count).then_some(())
    });
}

fn seen(client: &mut Client, count: usize) {
    until(&format!("{count} events are seen"), || {
        (ask!(client, "GET", "seen") == format!(r#"$"{count}""#)).then_some(())
    });
    assert_eq!(client.number("rg_executions", "rg_events_dropped"), 0);
}

/// Fills the queue, of so many, so that writers wait from then on.
fn fill(client: &mut Client, queue: usize) {
    for number in 0..queue {
        assert_eq!(ask!(client, "SET", format!("key:fill{number}"), "v"), "+OK");
    }
}

#[test]
fn nothing_is_lost_by_a_short_queue() {
    for queue in ["1", "3"] {
        let server = server(&["ExecutionQueue", queue]);
        let mut client = server.client();
        client.install(WAITING);
        ask!(client, "SET", "go", "1");
        const CLIENTS: usize = 4;
        const ROUNDS: usize = 40;
        thread::scope(|scope| {
            for number in 0..CLIENTS {
                let mut pipe = Pipe::open(&server);
                scope.spawn(move || {
                    let set = format!("SET key:{number} v");
                    let several = format!("MSET key:{number} a key:b{number} b");
                    let script = format!("EVAL \"return redis.call('SET','key:{number}','s')\" 0");
                    for _ in 0..ROUNDS {
                        pipe.send(&[
                            &set, &several, "MULTI", &set, &set, "EXEC", &script, &set, "PING",
                        ]);
                        assert_eq!(
                            pipe.until("+PONG\r\n"),
                            "+OK\r\n+OK\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n+OK\r\n+OK\r\n\
                             +OK\r\n+OK\r\n+PONG\r\n"
                        );
                    }
                });
            }
        });
        seen(&mut client, CLIENTS * ROUNDS * 7);
        assert_eq!(client.number("rg_executions", "rg_writers_waiting"), 0);
    }
}

#[test]
fn others_are_served_while_writers_wait() {
    let server = server(&["ExecutionQueue", "2"]);
    let mut client = server.client();
    client.install(WAITING);
    fill(&mut client, 2);
    let mut writer = Pipe::open(&server);
    writer.send(&["SET key:a 1", "SET key:a 2", "GET key:a"]);
    writers_wait(&mut client, 1);
    let mut other = Pipe::open(&server);
    other.send(&["SET key:a other"]);
    writers_wait(&mut client, 2);
    // Neither has run, and nobody else waits.
    assert_eq!(ask!(client, "GET", "key:a"), "nil");
    assert_eq!(ask!(client, "SET", "another", "v"), "+OK");
    assert_eq!(ask!(client, "EXISTS", "key:fill0"), ":1");
    assert_eq!(client.execute("1 + 1"), "+OK");
    // What cannot wait runs, and its events are let in.
    assert_eq!(
        ask!(
            client,
            "EVAL",
            "return redis.call('SET', KEYS[1], 'v')",
            "1",
            "key:s"
        ),
        "+OK"
    );
    let mut transaction = Pipe::open(&server);
    transaction.send(&["MULTI", "SET key:m v", "EXEC"]);
    assert_eq!(
        transaction.until("*1\r\n+OK\r\n"),
        "+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n"
    );
    ask!(client, "SET", "go", "1");
    assert_eq!(writer.until("2\r\n"), "+OK\r\n+OK\r\n$1\r\n2\r\n");
    assert_eq!(other.until("+OK\r\n"), "+OK\r\n");
    seen(&mut client, 7);
}

#[test]
fn replies_are_those_that_the_command_has() {
    let server = server(&["ExecutionQueue", "2"]);
    let mut client = server.client();
    client.install(WAITING);
    fill(&mut client, 2);
    let held = [
        (vec!["SELECT 3", "SET key:n 5 GET"], "$-1\r\n"),
        (
            vec!["LPUSH key:fill0 a"],
            "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n",
        ),
        (vec!["HELLO 3", "ZADD key:3 INCR 1.5 a"], ",1.5\r\n"),
        (vec!["ZADD key:2 INCR 1.5 a"], "$3\r\n1.5\r\n"),
    ];
    let mut pipes: Vec<_> = Vec::new();
    let old = ask!(client, "INFO", "server").contains("redis_version:6.");
    for (number, (lines, reply)) in held.iter().enumerate() {
        // Redis 6.2 tells modules nothing in the newer protocol.
        let reply = if old && reply.starts_with(',') {
            held[3].1
        } else {
            reply
        };
        let mut pipe = Pipe::open(&server);
        pipe.send(lines);
        writers_wait(&mut client, i64::try_from(number).unwrap() + 1);
        pipes.push((pipe, reply));
    }
    // What makes no sense is refused at once.
    let mut wrong = Pipe::open(&server);
    wrong.send(&["SET key:a"]);
    wrong.until("-ERR wrong number of arguments for 'set' command\r\n");
    ask!(client, "SET", "go", "1");
    for (pipe, reply) in &mut pipes {
        pipe.until(reply);
    }
    assert_eq!(ask!(client, "EXISTS", "key:n"), ":0");
    ask!(client, "SELECT", "3");
    assert_eq!(ask!(client, "GET", "key:n"), r#"$"5""#);
}

#[test]
fn whoever_takes_the_function_out_lets_the_writers_go() {
    for way in ["unregister", "abort", "replace", "reload"] {
        let server = server(&["ExecutionQueue", "2"]);
        let mut client = server.client();
        assert_eq!(ask!(client, "RG.PYEXECUTE", WAITING, "ID", "s"), "+OK");
        fill(&mut client, 2);
        let mut writer = Pipe::open(&server);
        writer.send(&["SET key:a 1", "SET key:b 1", "PING"]);
        writers_wait(&mut client, 1);
        let registrations = client.registrations();
        let id = gears_tests::show(gears_tests::field(&registrations[0], "id"));
        let id = id.trim_start_matches('$').trim_matches('"');
        let done = match way {
            "unregister" => ask!(client, "RG.UNREGISTER", id),
            "abort" => ask!(client, "RG.UNREGISTER", id, "ABORTPENDING"),
            "replace" => {
                let other = "GB('CommandReader').register(trigger='t')";
                ask!(client, "RG.PYEXECUTE", other, "ID", "s", "UPGRADE")
            }
            _ => ask!(client, "DEBUG", "RELOAD"),
        };
        assert_eq!(done, "+OK", "{way}");
        assert_eq!(
            writer.until("+PONG\r\n"),
            "+OK\r\n+OK\r\n+PONG\r\n",
            "{way}"
        );
        ask!(client, "SET", "go", "1");
    }
}

#[test]
fn writers_that_leave_are_forgotten() {
    let server = server(&["ExecutionQueue", "2"]);
    let mut client = server.client();
    client.install(WAITING);
    fill(&mut client, 2);
    let mut staying = Pipe::open(&server);
    let leaving: Vec<_> = (0..20)
        .map(|number| {
            let mut pipe = Pipe::open(&server);
            pipe.send(&[&format!("SET key:left{number} v")]);
            pipe
        })
        .collect();
    staying.send(&["SET key:stayed v"]);
    writers_wait(&mut client, 21);
    drop(leaving);
    writers_wait(&mut client, 1);
    ask!(client, "SET", "go", "1");
    staying.until("+OK\r\n");
    assert_eq!(ask!(client, "EXISTS", "key:left0"), ":0");
    seen(&mut client, 3);
}

#[test]
fn nobody_waits_longer_for_a_function_that_gets_nowhere() {
    let server = server(&["ExecutionQueue", "2", "WritersMaxWait", "100"]);
    let mut client = server.client();
    client.install(WAITING);
    fill(&mut client, 2);
    // These come back although the function never ends; it loses their events.
    for number in 0..200 {
        assert_eq!(ask!(client, "SET", format!("key:{number}"), "v"), "+OK");
    }
    assert_eq!(client.number("rg_executions", "rg_events_dropped"), 200);
    ask!(client, "SET", "go", "1");
    until("it goes on", || {
        (ask!(client, "GET", "seen") == r#"$"2""#).then_some(())
    });
    // From then on nothing is lost again.
    for number in 0..200 {
        assert_eq!(ask!(client, "SET", format!("key:{number}"), "v"), "+OK");
    }
    until("all others are seen", || {
        (ask!(client, "GET", "seen") == r#"$"202""#).then_some(())
    });
    assert_eq!(client.number("rg_executions", "rg_events_dropped"), 200);
}

#[test]
fn clients_that_cannot_be_put_aside_are_not_refused() {
    let server = server(&["ExecutionQueue", "2"]);
    let mut client = server.client();
    client.install(WAITING);
    let rules = ["ACL", "SETUSER", "app", "on", ">pw", "~key:*", "+set"];
    let rules: Vec<_> = rules.iter().map(|rule| rule.as_bytes()).collect();
    assert_eq!(client.ask(&rules), "+OK");
    fill(&mut client, 2);
    let mut app = server.client();
    assert_eq!(ask!(app, "AUTH", "app", "pw"), "+OK");
    for number in 0..20 {
        assert_eq!(ask!(app, "SET", format!("key:{number}"), "v"), "+OK");
    }
    assert!(ask!(app, "SET", "other", "v").starts_with("-NOPERM"));
    if tells_clients(&mut client) {
        let mut writer = Pipe::open(&server);
        writer.send(&["SET key:a 1"]);
        writers_wait(&mut client, 1);
    }
    ask!(client, "SET", "go", "1");
    until("all are seen", || {
        let seen = ask!(client, "GET", "seen");
        (seen == r#"$"22""# || seen == r#"$"23""#).then_some(())
    });
    assert_eq!(client.number("rg_executions", "rg_events_dropped"), 0);
}

#[test]
fn hooks_and_linked_events_work_for_writers_that_waited() {
    // Room for the work of all five at once: the last event does not wait for room.
    let server = server(&["ExecutionQueue", "5"]);
    let mut client = server.client();
    client.install(WAITING);
    client.install(
        "GB('CommandReader').map(lambda x: str(call_next(*x[1:])) + '+')\
         .register(hook='append', mode='sync', convertToStr=False)\n\
         async def later(x):\n    \
             return 'later'\n\
         GB('CommandReader').map(later)\
         .register(hook='setnx', mode='sync', convertToStr=False)\n\
         GB('CommandReader').map(lambda x: 'there ' + str(call_next(*x[1:])))\
         .register(hook='getset', mode='async_local', convertToStr=False)\n\
         GB('KeysReader').foreach(lambda x: override_reply('at once'))\
         .register('key:*', commands=['setrange'], mode='sync')\n\
         GB('KeysReader').foreach(lambda x: override_reply('in the end'))\
         .register('key:*', commands=['incr'], mode='async_local')",
    );
    fill(&mut client, 5);
    let held = [
        ("APPEND key:a x", "$2\r\n1+\r\n"),
        ("SETNX key:b x", "$5\r\nlater\r\n"),
        ("GETSET key:c x", "$10\r\nthere None\r\n"),
        ("SETRANGE key:d 0 xy", "$7\r\nat once\r\n"),
        ("INCR key:e", "$10\r\nin the end\r\n"),
    ];
    let mut pipes: Vec<_> = Vec::new();
    for (number, (line, reply)) in held.iter().enumerate() {
        let mut pipe = Pipe::open(&server);
        pipe.send(&[line]);
        writers_wait(&mut client, i64::try_from(number).unwrap() + 1);
        pipes.push((pipe, *reply));
    }
    ask!(client, "SET", "go", "1");
    for (pipe, reply) in &mut pipes {
        assert_eq!(pipe.until(reply), *reply);
    }
}

#[test]
fn paused_writes_stay_paused() {
    let server = server(&["ExecutionQueue", "2"]);
    let mut client = server.client();
    let folder = tempfile::tempdir().unwrap();
    let go = folder.path().join("go");
    // Without writes, which would have to wait too.
    client.install(&format!(
        "import os, time\n\
         def wait(r):\n    \
             while not os.path.exists('{}'):\n        \
                 time.sleep(0.001)\n\
         GB('KeysReader').foreach(wait).register('key:*', mode='async_local', onFull='wait')",
        go.display()
    ));
    fill(&mut client, 2);
    let mut writer = Pipe::open(&server);
    writer.send(&["SET key:a 1"]);
    writers_wait(&mut client, 1);
    ask!(client, "CLIENT", "PAUSE", "10000000", "WRITE");
    std::fs::write(&go, "").unwrap();
    until("there is room", || {
        let registrations = client.registrations();
        let data = gears_tests::field(&registrations[0], "RegistrationData");
        let ended = gears_tests::show(gears_tests::field(data, "numSuccess"));
        (ended == ":2").then_some(())
    });
    for _ in 0..20 {
        assert_eq!(ask!(client, "EXISTS", "key:a"), ":0");
        assert_eq!(client.number("rg_executions", "rg_writers_waiting"), 1);
    }
    assert_eq!(ask!(client, "CLIENT", "UNPAUSE"), "+OK");
    writer.until("+OK\r\n");
}

#[test]
fn how_it_waits_is_stored_and_shown() {
    let server = server(&["ExecutionQueue", "2"]);
    let mut client = server.client();
    client.install(WAITING);
    client.install("GB('KeysReader').register('other:*', onFull='DROP')");
    let shown = |client: &mut Client| {
        let registrations = client.registrations();
        let data = gears_tests::field(&registrations[0], "RegistrationData");
        gears_tests::show(gears_tests::field(data, "args"))
    };
    assert!(shown(&mut client).ends_with(r#"$"onFull", $"wait"]"#));
    let other = gears_tests::show(&client.registrations()[1]);
    assert!(!other.contains("onFull"), "{other}");
    assert_eq!(ask!(client, "DEBUG", "RELOAD"), "+OK");
    assert!(shown(&mut client).ends_with(r#"$"onFull", $"wait"]"#));
}

#[test]
fn ways_that_nobody_knows_are_refused() {
    let server = TestServer::start();
    let mut client = server.client();
    for (argument, texts) in [
        (
            "onFull='wiat'",
            ["unknown onFull 'wiat'", "did you mean 'wait'?"],
        ),
        (
            "onFull='block'",
            ["unknown onFull 'block'", "'drop' and 'wait'"],
        ),
        (
            "onFull=True",
            ["onFull argument must be a string", "'drop' and 'wait'"],
        ),
        ("onfull='wait'", ["'onfull'", "did you mean 'onFull'?"]),
    ] {
        let reply = client.execute(&format!("GB('KeysReader').register('k:*', {argument})"));
        for text in texts {
            assert!(reply.starts_with('-') && reply.contains(text), "{reply}");
        }
    }
    let reply = client.execute("GB('StreamReader').register('s', onFull='wait')");
    assert!(reply.contains("register() of a KeysReader"), "{reply}");
}
