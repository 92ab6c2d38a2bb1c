//! `RG.TRIGGER`: modes, transactions, order.

use std::thread;

use gears_tests::{TestServer, ask, field, show, until};
use redis::Value;

const BLOCKING: &str = "-ERR can not run a non-sync execution inside a MULTI/LUA (blocking is \
                        not allowed) or on loading.";

fn echo(trigger: &str, mode: &str) -> String {
    format!(
        "GB('CommandReader').map(lambda r: r[1:]).register(trigger='{trigger}', mode='{mode}', \
         convertToStr=False)"
    )
}

#[test]
fn function_gets_the_trigger_and_the_arguments() {
    let server = TestServer::start();
    let mut client = server.client();
    let name = server.name("echo");
    client.install(&format!("GB('CommandReader').register(trigger='{name}')"));
    assert_eq!(
        client.trigger(&name, &[b"a", b"1"]),
        format!("[$\"['{name}', 'a', '1']\"]")
    );
    assert_eq!(client.trigger(&name, &[]), format!("[$\"['{name}']\"]"));
}

#[test]
fn every_mode_answers() {
    let server = TestServer::start();
    let mut client = server.client();
    for mode in ["sync", "async_local", "async"] {
        let name = server.name(mode);
        client.install(&echo(&name, mode));
        assert_eq!(
            client.trigger(&name, &[b"a", b"b"]),
            r#"[[$"a", $"b"]]"#,
            "{mode}"
        );
        let registration = client.registration(&name).unwrap();
        assert_eq!(
            show(field(field(&registration, "RegistrationData"), "mode")),
            format!("${mode:?}")
        );
    }
}

#[test]
fn unknown_triggers_are_refused() {
    let server = TestServer::start();
    let mut client = server.client();
    let name = server.name("Known");
    client.install(&echo(&name, "sync"));
    let unknown = "-ERR subcommand not found";
    assert_eq!(client.trigger(&server.name("unknown"), &[]), unknown);
    assert_eq!(client.trigger(&name.to_lowercase(), &[]), unknown);
    assert_eq!(client.trigger("%s%n", &[]), unknown);
    assert_eq!(ask!(client, "RG.TRIGGER", b"\xff\xfe"), unknown);
    assert_eq!(
        ask!(client, "RG.TRIGGER"),
        "-ERR wrong number of arguments for 'rg.trigger' command"
    );
    // A trigger's name ends at a NUL.
    assert_eq!(
        client.trigger(&format!("{name}\0more"), &[b"a"]),
        r#"[[$"a"]]"#
    );
}

#[test]
fn transactions_take_sync_functions_only() {
    let server = TestServer::start();
    let mut client = server.client();
    let (sync, local, wide) = (server.name("s"), server.name("l"), server.name("a"));
    client.install(&echo(&sync, "sync"));
    client.install(&echo(&local, "async_local"));
    client.install(&echo(&wide, "async"));
    assert_eq!(ask!(client, "MULTI"), "+OK");
    for name in [&sync, &local, &wide] {
        assert_eq!(client.trigger(name, &[b"x"]), "+QUEUED");
    }
    assert_eq!(client.execute("x = 1"), "+QUEUED");
    assert_eq!(
        ask!(client, "EXEC"),
        format!(
            "[[[$\"x\"]], {BLOCKING}, {BLOCKING}, -Can not run gears inside a multi exec, lua, \
             or when blocking is not allowed]"
        )
    );
}

#[test]
fn lua_takes_sync_functions_only() {
    let server = TestServer::start();
    let mut client = server.client();
    let (sync, local) = (server.name("s"), server.name("l"));
    client.install(&echo(&sync, "sync"));
    client.install(&echo(&local, "async_local"));
    let call = "return redis.pcall('RG.TRIGGER', ARGV[1], 'x')";
    assert_eq!(ask!(client, "EVAL", call, "0", sync), r#"[[$"x"]]"#);
    let refused = ask!(client, "EVAL", call, "0", local);
    assert!(refused.starts_with(BLOCKING), "{refused}");
    let refused = ask!(
        client,
        "EVAL",
        "return redis.pcall('RG.PYEXECUTE', 'x = 1')",
        "0"
    );
    assert!(
        refused.contains(
            "Can not run gears inside a multi exec, lua, or when blocking is not allowed"
        ),
        "{refused}"
    );
}

#[test]
fn gears_call_sync_functions_only() {
    let server = TestServer::start();
    let mut client = server.client();
    let (sync, local) = (server.name("s"), server.name("l"));
    client.install(&echo(&sync, "sync"));
    client.install(&echo(&local, "async_local"));
    for mode in ["sync", "async_local"] {
        let caller = server.name(&format!("caller-{mode}"));
        client.install(&format!(
            "GB('CommandReader').map(lambda r: execute('RG.TRIGGER', r[1], 'x')).register(\
             trigger='{caller}', mode='{mode}', convertToStr=False)"
        ));
        assert_eq!(
            client.trigger(&caller, &[sync.as_bytes()]),
            r#"[[[$"x"]]]"#,
            "{mode}"
        );
        let refused = client.trigger(&caller, &[local.as_bytes()]);
        assert!(
            refused.contains("can not run a non-sync execution"),
            "{mode}: {refused}"
        );
    }
    let caller = server.name("script");
    client.install(&format!(
        "GB('CommandReader').map(lambda r: execute('RG.PYEXECUTE', 'x = 1')).register(\
         trigger='{caller}')"
    ));
    let refused = client.trigger(&caller, &[]);
    assert!(refused.contains("Can not run gears inside"), "{refused}");
}

#[test]
fn results_come_one_per_record_and_none_is_an_empty_array() {
    let server = TestServer::start();
    let mut client = server.client();
    let (many, none) = (server.name("many"), server.name("none"));
    client.install(&format!(
        "GB('CommandReader').flatmap(lambda r: r[1:]).register(trigger='{many}')\n\
         GB('CommandReader').filter(lambda r: False).register(trigger='{none}')"
    ));
    // flatmap gives its list in reverse.
    assert_eq!(
        client.trigger(&many, &[b"1", b"2", b"3"]),
        r#"[$"3", $"2", $"1"]"#
    );
    assert_eq!(client.trigger(&many, &[]), "[]");
    assert_eq!(client.trigger(&none, &[b"x"]), "[]");
}

#[test]
fn first_error_is_the_whole_answer() {
    let server = TestServer::start();
    let mut client = server.client();
    let name = server.name("t");
    client.install(&format!(
        "GB('CommandReader').flatmap(lambda r: r[1:]).map(lambda r: int(r)).register(\
         trigger='{name}')"
    ));
    let reply = client.trigger(&name, &[b"1", b"two", b"three"]);
    assert!(reply.starts_with("-['Traceback"), "{reply}");
    // Records come in reverse.
    assert!(reply.contains("with base 10: 'three'"), "{reply}");
}

#[test]
fn in_order_calls_run_one_after_another() {
    let server = TestServer::start();
    let mut client = server.client();
    let (name, key) = (server.name("t"), server.name("list"));
    client.install(&format!(
        "import time, random\n\
         def append(record):\n    \
             time.sleep(random.random() / 100)\n    \
             execute('RPUSH', '{key}', record[1])\n\
         GB('CommandReader').foreach(append).register(trigger='{name}', mode='async_local', \
         inorder=True)"
    ));
    let mut pipe = redis::pipe();
    for number in 0..30 {
        pipe.cmd("RG.TRIGGER").arg(&name).arg(number);
    }
    let mut connection = redis::Client::open(server.url())
        .unwrap()
        .get_connection()
        .unwrap();
    // One client's calls come one by one anyway; many clients' do not.
    pipe.query::<Value>(&mut connection).unwrap();
    let list = ask!(client, "LRANGE", key, "0", "-1");
    let expected: Vec<_> = (0..30).map(|number| format!("$\"{number}\"")).collect();
    assert_eq!(list, format!("[{}]", expected.join(", ")));
    ask!(client, "DEL", key);

    let running = server.name("running");
    let overlap = server.name("overlap");
    client.install(&format!(
        "import time\n\
         running = 0\n\
         def only_one(record):\n    \
             global running\n    \
             running += 1\n    \
             time.sleep(0.002)\n    \
             seen, running = running, running - 1\n    \
             return seen\n\
         GB('CommandReader').map(only_one).register(trigger='{overlap}', mode='async_local', \
         inorder=True)\n\
         GB('CommandReader').register(trigger='{running}')"
    ));
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let mut client = server.client();
                for _ in 0..5 {
                    assert_eq!(client.trigger(&overlap, &[]), r#"[$"1"]"#);
                }
            });
        }
    });
}

#[test]
fn session_keeps_its_globals() {
    let server = TestServer::start();
    let mut client = server.client();
    let (count, read) = (server.name("count"), server.name("read"));
    client.install(&format!(
        "calls = 0\n\
         def call(record):\n    \
             global calls\n    \
             calls += 1\n    \
             return calls\n\
         GB('CommandReader').map(call).register(trigger='{count}')\n\
         GB('CommandReader').map(lambda r: calls).register(trigger='{read}')"
    ));
    for number in 1..4 {
        assert_eq!(client.trigger(&count, &[]), format!("[$\"{number}\"]"));
    }
    assert_eq!(client.trigger(&read, &[]), r#"[$"3"]"#);
}

#[test]
fn counters_tell_how_calls_went() {
    let server = TestServer::start();
    let mut client = server.client();
    let name = server.name("t");
    client.install(&format!(
        "GB('CommandReader').map(lambda r: 1 / int(r[1])).register(trigger='{name}')"
    ));
    client.trigger(&name, &[b"1"]);
    client.trigger(&name, &[b"0"]);
    let registration = client.registration(&name).unwrap();
    let counters = field(&registration, "RegistrationData");
    for (counter, value) in [
        ("numTriggered", ":2"),
        ("numSuccess", ":1"),
        ("numFailures", ":1"),
        ("numAborted", ":0"),
    ] {
        assert_eq!(show(field(counters, counter)), value, "{counter}");
    }
    assert!(show(field(counters, "lastError")).contains("ZeroDivisionError"));
    client.trigger(&name, &[b"1"]);
    let registration = client.registration(&name).unwrap();
    assert_eq!(
        show(field(field(&registration, "RegistrationData"), "lastError")),
        "nil"
    );
}

#[test]
fn coroutines_answer_too() {
    let server = TestServer::start();
    let mut client = server.client();
    let name = server.name("t");
    client.install(&format!(
        "import asyncio\n\
         async def nap(record):\n    \
             await asyncio.sleep(0.01)\n    \
             return 'rested'\n\
         GB('CommandReader').map(nap).register(trigger='{name}', mode='async_local')"
    ));
    assert_eq!(client.trigger(&name, &[]), r#"[$"rested"]"#);
}

#[test]
fn client_that_leaves_does_not_take_the_server_with_it() {
    let server = TestServer::start();
    let mut client = server.client();
    let (name, key) = (server.name("t"), server.name("ended"));
    client.install(&format!(
        "import time\n\
         def slow(record):\n    \
             time.sleep(0.2)\n    \
             execute('SET', '{key}', '1')\n    \
             return 'x' * 100000\n\
         GB('CommandReader').map(slow).register(trigger='{name}', mode='async_local')"
    ));
    let mut gone = redis::Client::open(server.url())
        .unwrap()
        .get_connection()
        .unwrap();
    gone.send_packed_command(&redis::cmd("RG.TRIGGER").arg(&name).get_packed_command())
        .unwrap();
    drop(gone);
    until("sign that the call ended", || {
        (ask!(client, "GET", key) == r#"$"1""#).then_some(())
    });
    ask!(client, "DEL", key);
}
