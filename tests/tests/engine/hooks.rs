//! Functions that stand in for commands, and events linked to clients.

use std::thread;

use gears_tests::{Client, TestServer, ask, until};

/// Registers a hook; `body` is what it returns for the record `x`.
fn hook(client: &mut Client, command: &str, mode: &str, body: &str) {
    client.install(&format!(
        "GB('CommandReader').map(lambda x: {body}).register(hook='{command}', mode='{mode}', \
         convertToStr=False)"
    ));
}

/// Registers a function of the events of `commands`.
fn linked(client: &mut Client, commands: &str, mode: &str, body: &str) {
    client.install(&format!(
        "GB('KeysReader').foreach(lambda x: {body}).register('k*', commands=[{commands}], \
         mode='{mode}')"
    ));
}

/// Returns the last error of the only registration.
fn last_error(client: &mut Client) -> String {
    let registrations = client.registrations();
    let data = gears_tests::field(&registrations[0], "RegistrationData");
    gears_tests::show(gears_tests::field(data, "lastError"))
}

#[test]
fn hooks_call_each_other_latest_first() {
    let server = TestServer::private();
    let mut client = server.client();
    hook(&mut client, "get", "sync", "'a' + call_next(*x[1:])");
    hook(&mut client, "GET", "sync", "'b' + call_next(*x[1:])");
    hook(&mut client, "get", "async_local", "'c' + call_next(*x[1:])");
    assert_eq!(ask!(client, "SET", "k", "v"), "+OK");
    assert_eq!(ask!(client, "GET", "k"), r#"$"cbav""#);
    let refused = client.execute("GB('CommandReader').register(hook='get', mode='sync')");
    assert!(
        refused.contains("gears.error: Can not override a none sync registration"),
        "{refused}"
    );
}

#[test]
fn unregistered_hook_is_gone() {
    let server = TestServer::private();
    let mut client = server.client();
    hook(&mut client, "get", "sync", "'hooked'");
    let id = client.id("get").unwrap();
    assert_eq!(ask!(client, "GET", "k"), r#"$"hooked""#);
    assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
    assert_eq!(ask!(client, "GET", "k"), "nil");
}

#[test]
fn upgrade_replaces_a_hook_without_failing_its_clients() {
    let server = TestServer::private();
    let mut client = server.client();
    let script = |number: usize, mode: &str| {
        format!(
            "GB('CommandReader').map(lambda x: 'v{number}').register(hook='get', mode='{mode}', \
             convertToStr=False)"
        )
    };
    let install = |client: &mut Client, number: usize| {
        let mode = ["sync", "async_local"][number % 2];
        let source = script(number, mode);
        assert_eq!(
            ask!(client, "RG.PYEXECUTE", source, "ID", "session", "UPGRADE"),
            "+OK"
        );
    };
    install(&mut client, 0);
    thread::scope(|scope| {
        let asking: Vec<_> = (0..4)
            .map(|_| {
                let mut other = server.client();
                scope.spawn(move || {
                    for _ in 0..300 {
                        let reply = ask!(other, "GET", "k");
                        assert!(reply.starts_with(r#"$"v"#), "{reply}");
                    }
                })
            })
            .collect();
        let mut number = 1;
        while asking.iter().any(|asking| !asking.is_finished()) {
            install(&mut client, number);
            number += 1;
        }
    });
}

#[test]
fn hooked_command_in_its_own_hook_is_an_error() {
    for mode in ["sync", "async_local"] {
        let server = TestServer::private();
        let mut client = server.client();
        hook(&mut client, "get", mode, "execute('GET', 'other')");
        let reply = ask!(client, "GET", "k");
        assert!(reply.contains("runs already"), "{reply}");
        hook(&mut client, "set", "sync", "execute('INCR', 'n')");
        hook(&mut client, "incr", "sync", "execute('SET', 'n', '1')");
        let reply = ask!(client, "SET", "k", "v");
        assert!(reply.contains("runs already"), "{reply}");
    }
}

#[test]
fn hooks_apply_to_scripts_transactions_and_other_functions() {
    let server = TestServer::private();
    let mut client = server.client();
    hook(&mut client, "get", "sync", "'H' + call_next(*x[1:])");
    client.install(
        "for mode in ('sync', 'async_local'):\n    \
             GB('CommandReader').map(lambda x: execute('GET', 'k')).register(trigger=mode, mode=mode)",
    );
    assert_eq!(ask!(client, "SET", "k", "v"), "+OK");
    assert_eq!(
        ask!(client, "EVAL", "return redis.call('GET', 'k')", "0"),
        r#"$"Hv""#
    );
    assert_eq!(client.trigger("sync", &[]), r#"[$"Hv"]"#);
    assert_eq!(client.trigger("async_local", &[]), r#"[$"Hv"]"#);
    assert_eq!(ask!(client, "MULTI"), "+OK");
    assert_eq!(ask!(client, "GET", "k"), "+QUEUED");
    assert_eq!(ask!(client, "EXEC"), r#"[$"Hv"]"#);
}

#[test]
fn the_rest_of_a_transaction_outlives_its_hook() {
    let server = TestServer::private();
    let mut client = server.client();
    hook(&mut client, "get", "sync", "'hooked'");
    let id = client.id("get").unwrap();
    assert_eq!(ask!(client, "MULTI"), "+OK");
    assert_eq!(ask!(client, "RG.UNREGISTER", id), "+QUEUED");
    assert_eq!(ask!(client, "SET", "k", "v"), "+QUEUED");
    assert_eq!(ask!(client, "GET", "k"), "+QUEUED");
    assert_eq!(ask!(client, "EXEC"), r#"[+OK, +OK, $"v"]"#);
}

#[test]
fn call_next_works_in_the_clients_database() {
    let server = TestServer::private();
    let mut client = server.client();
    hook(&mut client, "get", "async_local", "call_next(*x[1:])");
    assert_eq!(ask!(client, "SET", "k", "zero"), "+OK");
    assert_eq!(ask!(client, "SELECT", "5"), "+OK");
    assert_eq!(ask!(client, "SET", "k", "five"), "+OK");
    assert_eq!(ask!(client, "GET", "k"), r#"$"five""#);
}

#[test]
fn coroutines_may_call_the_command() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(
        "import asyncio\n\
         async def f(x):\n    \
             await asyncio.sleep(0.01)\n    \
             return 'C' + call_next(*x[1:])\n\
         GB('CommandReader').map(f).register(hook='get', convertToStr=False)",
    );
    assert_eq!(ask!(client, "SET", "k", "v"), "+OK");
    assert_eq!(ask!(client, "GET", "k"), r#"$"Cv""#);
}

/// Spec section 5.3: from where it waits on, it is as `async_local`.
#[test]
fn sync_hook_with_a_coroutine_keeps_only_its_client_waiting() {
    let server = TestServer::private();
    let mut client = server.client();
    let mut other = server.client();
    client.install(
        "waiting = []\n\
         async def f(x):\n    \
             waiting.append(createFuture())\n    \
             execute('SET', 'begun', '1')\n    \
             return await waiting[0] + call_next(*x[1:])\n\
         GB('CommandReader').map(f).register(hook='get', mode='sync', convertToStr=False)\n\
         GB('CommandReader').foreach(lambda x: setFutureResults(waiting[0], x[1]))\
         .register(trigger='go_on', mode='sync')",
    );
    assert_eq!(ask!(client, "SET", "k", "v"), "+OK");
    let answer = thread::spawn(move || ask!(client, "GET", "k"));
    until("begin of the hook", || {
        (ask!(other, "EXISTS", "begun") == ":1").then_some(())
    });
    assert_eq!(other.trigger("go_on", &[b"W"]), r#"[$"['go_on', 'W']"]"#);
    assert_eq!(answer.join().unwrap(), r#"$"Wv""#);
    // Where nobody can wait it is refused.
    assert_eq!(
        ask!(other, "EVAL", "return redis.pcall('GET', 'k').err", "0"),
        r#"$"Error type: <class 'gears.error'>, Value: Creating async record is not allowed""#
    );
}

#[test]
fn what_cannot_be_hooked_is_said() {
    let server = TestServer::private();
    let mut client = server.client();
    for (options, message) in [
        ("hook='nosuch'", "Can not override an unexisting command"),
        (
            "hook='rg.innerhook'",
            "Can not override an unexisting command",
        ),
        (
            "hook='RG.INNERAFTER'",
            "Can not override an unexisting command",
        ),
        ("hook='blpop'", "not allowed inside a script"),
        ("hook='select'", "only changes its client's connection"),
        (
            "hook='xread', keyprefix='a'",
            "with moveable keys by key prefix",
        ),
        ("hook='ping', keyprefix='a'", "with none positive first key"),
        ("hook=5", "hook argument is not string"),
        (
            "hook='get', keyprefix=5",
            "keyprefix argument is not string",
        ),
    ] {
        let reply = client.execute(&format!("GB('CommandReader').register({options})"));
        assert!(reply.contains(message), "{options}: {reply}");
    }
    for (options, message) in [
        ("commands=['nosuch']", "bad reply on COMMAND command"),
        (
            "commands=['eval']",
            "Can not hook a command which are not allowed",
        ),
        (
            "commands=['xread']",
            "Can not hook a command with moveable keys",
        ),
        ("commands=['ping']", "with none positive first key"),
        (
            "'', commands=['get']",
            "Empty perfix given to command hooker",
        ),
    ] {
        let reply = client.execute(&format!("GB('KeysReader').register({options})"));
        assert!(reply.contains(message), "{options}: {reply}");
    }
}

#[test]
fn inner_command_does_no_more_than_hooks() {
    let server = TestServer::private();
    let mut client = server.client();
    assert_eq!(ask!(client, "RG.INNERHOOK", "SET", "k", "v"), "+OK");
    assert_eq!(ask!(client, "RG.INNERHOOK", "GET", "k"), r#"$"v""#);
    for words in [
        &["EVAL", "return 1", "0"][..],
        &["MULTI"],
        &["RG.INNERHOOK"],
    ] {
        let mut command: Vec<&[u8]> = vec![b"RG.INNERHOOK"];
        command.extend(words.iter().map(|word| word.as_bytes()));
        let reply = client.ask(&command);
        assert!(reply.contains("no command that can be hooked"), "{reply}");
    }
    let deep: Vec<&[u8]> = vec![b"RG.INNERHOOK"; 100_000];
    assert!(client.ask(&deep).starts_with('-'));
    for words in [
        &["RG.INNERHOOK"][..],
        &["RG.INNERHOOK", "GE\0T"],
        &["RG.INNERHOOK", ""],
    ] {
        let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
        assert!(client.ask(&words).starts_with('-'));
    }
}

#[test]
fn caller_needs_permission_for_the_hooked_command() {
    let server = TestServer::private();
    let mut client = server.client();
    hook(&mut client, "get", "sync", "call_next(*x[1:])");
    hook(
        &mut client,
        "set",
        "async_local",
        "call_next('private', 'w')",
    );
    assert_eq!(ask!(client, "SET", "app:k", "v"), r#"$"OK""#);
    assert_eq!(
        ask!(
            client,
            "ACL",
            "SETUSER",
            "limited",
            "on",
            ">pw",
            "+get",
            "+set",
            "+rg.innerhook",
            "~app:*"
        ),
        "+OK"
    );
    let mut limited = server.client();
    assert_eq!(ask!(limited, "AUTH", "limited", "pw"), "+OK");
    assert!(ask!(limited, "GET", "private").starts_with("-NOPERM"));
    assert!(ask!(limited, "RG.INNERHOOK", "DEL", "app:k").starts_with("-NOPERM"));
    let by_other_arguments = ask!(limited, "SET", "app:k", "v");
    assert!(
        by_other_arguments.contains("NOPERM"),
        "{by_other_arguments}"
    );
}

#[test]
fn client_waits_for_what_its_command_causes() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(
        "import time\n\
         def f(x):\n    \
             time.sleep(0.2)\n    \
             execute('RPUSH', 'log', repr(get_command()))\n\
         GB('KeysReader').foreach(f).register('k*', commands=['set'], mode='async_local')",
    );
    assert_eq!(ask!(client, "set", "k", "v"), "+OK");
    assert_eq!(
        ask!(client, "LRANGE", "log", "0", "-1"),
        r#"[$"['set', 'k', 'v']"]"#
    );
    // In a transaction nobody can wait, and nothing is linked.
    assert_eq!(ask!(client, "MULTI"), "+OK");
    assert_eq!(ask!(client, "SET", "k", "v"), "+QUEUED");
    assert_eq!(ask!(client, "EXEC"), "[+OK]");
    until("error of the function that is not linked", || {
        last_error(&mut client)
            .contains("Can not get command ctx")
            .then_some(())
    });
}

#[test]
fn reply_can_be_overridden_once() {
    let server = TestServer::private();
    let mut client = server.client();
    linked(
        &mut client,
        "'set'",
        "sync",
        "[override_reply(['a', 1]), override_reply(2)]",
    );
    assert_eq!(ask!(client, "SET", "k", "v"), r#"[$"a", :1]"#);
    assert!(last_error(&mut client).contains("Can only override reply once"));
}

#[test]
fn failing_function_leaves_the_reply() {
    let server = TestServer::private();
    let mut client = server.client();
    linked(&mut client, "'hset', 'hgetall'", "async_local", "1 / 0");
    assert_eq!(ask!(client, "HSET", "k", "f", "v"), ":1");
    assert_eq!(ask!(client, "HGETALL", "k"), r#"[$"f", $"v"]"#);
    assert!(last_error(&mut client).contains("ZeroDivisionError"));
}

#[test]
fn linked_function_may_delete_its_key() {
    let server = TestServer::private();
    let mut client = server.client();
    linked(
        &mut client,
        "'set', 'lpop'",
        "sync",
        "execute('DEL', x['key'])",
    );
    assert_eq!(ask!(client, "SET", "k", "v", "EX", "10"), "+OK");
    assert_eq!(ask!(client, "EXISTS", "k"), ":0");
    assert_eq!(ask!(client, "RPUSH", "k", "a", "b"), ":2");
    assert_eq!(ask!(client, "LPOP", "k"), r#"$"a""#);
    assert_eq!(ask!(client, "EXISTS", "k"), ":0");
}

#[test]
fn names_that_need_a_command_say_so() {
    let server = TestServer::private();
    let mut client = server.client();
    for (call, message) in [
        ("call_next('a')", "Can not get CommandHook ctx"),
        ("get_command()", "Can not get command ctx"),
        ("override_reply(1)", "Can not get command ctx"),
    ] {
        let reply = client.execute(call);
        assert!(reply.contains(message), "{call}: {reply}");
    }
}

/// Sets off an event whose function does something harmful; the server must live.
fn harm(server: &TestServer, before: &[&str], cause: &str, action: &str) {
    let mut client = server.client();
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let send = |client: &mut Client, text: &str| {
        let words = words(text);
        let words: Vec<&[u8]> = words.iter().map(String::as_bytes).collect();
        client.ask(&words)
    };
    assert_eq!(ask!(client, "FLUSHALL"), "+OK");
    for command in before {
        send(&mut client, command);
    }
    client.install(&format!(
        "GB('KeysReader').foreach(lambda x: execute(*{action:?}.split())).register('*', mode='sync')\n\
         GB('CommandReader').map(lambda x: execute(*x[1:])).register(trigger='worker', \
         mode='async_local')"
    ));
    send(&mut client, cause);
    for command in before {
        send(&mut client, command);
    }
    send(&mut client, &format!("RG.TRIGGER worker {cause}"));
    assert_eq!(ask!(client, "PING"), "+PONG", "{cause}, {action}");
    for registration in client.registrations() {
        let id = gears_tests::field(&registration, "id").clone();
        let redis::Value::BulkString(id) = id else {
            panic!("an id is a text");
        };
        assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
    }
}

#[test]
fn functions_of_events_cannot_crash_the_server() {
    let server = TestServer::private();
    for action in [
        "DEL k",
        "UNLINK k",
        "SET k other",
        "FLUSHALL",
        "RENAME k other",
        "EXPIRE k -1",
    ] {
        harm(&server, &[], "SET k v EX 10", action);
        harm(&server, &["RPUSH k a"], "LPOP k", action);
        harm(&server, &["RPUSH k a"], "RPOPLPUSH k k", action);
        harm(&server, &["SADD k a b"], "SPOP k", action);
        harm(&server, &["SADD s x", "SADD k a b"], "SMOVE s k x", action);
        harm(&server, &["ZADD k 1 a"], "ZPOPMIN k", action);
        harm(&server, &["SET k 5"], "INCRBYFLOAT k 1.5", action);
        harm(&server, &["SET k abcdef"], "SETRANGE k 1 x", action);
        harm(&server, &["PFADD k a"], "PFADD k b", action);
        harm(
            &server,
            &["XADD k 1-1 a b"],
            "XADD k MAXLEN 1 * a b",
            action,
        );
        harm(&server, &["SADD k a b"], "SUNION k missing", action);
    }
    harm(&server, &["SET k v PX 1"], "GET k", "FLUSHALL");
}

#[test]
fn scripts_within_scripts_cannot_crash_the_server() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(
        "GB('CommandReader').map(lambda x: execute('EVAL', \"return redis.call('SET', 'a', 'b')\", \
         '0')).register(trigger='t', mode='sync')",
    );
    let reply = ask!(client, "EVAL", "return redis.call('RG.TRIGGER', 't')", "0");
    assert!(reply.contains("cannot run a script"), "{reply}");
}

/// Scripts of old servers use the array of a command's words again for the next one,
/// which may have more of them.
#[test]
fn scripts_run_long_commands_after_hooked_ones() {
    let server = TestServer::private();
    let mut client = server.client();
    hook(&mut client, "set", "sync", "call_next(*x[1:])");
    hook(&mut client, "randomkey", "sync", "'random'");
    linked(&mut client, "'rpush'", "sync", "execute('INCR', 'events')");
    linked(&mut client, "'rpush'", "async_local", "None");
    let run = |client: &mut Client, words: &[String]| {
        let script = ["EVAL", "return redis.call(unpack(ARGV))", "0"].map(str::to_owned);
        let words: Vec<String> = script.iter().chain(words).cloned().collect();
        let words: Vec<&[u8]> = words.iter().map(String::as_bytes).collect();
        client.ask(&words)
    };
    let command = |words: &[&str], more: std::ops::Range<usize>| -> Vec<String> {
        let more = more.map(|number| format!("a longer word {number}"));
        words
            .iter()
            .map(|&word| word.to_owned())
            .chain(more)
            .collect()
    };
    for round in 1..100 {
        let count = round % 30 + 2;
        run(&mut client, &command(&["SADD", "words"], 0..count + 5));
        assert_eq!(
            run(&mut client, &command(&["SET", "k", "v"], 0..0)),
            "$\"OK\""
        );
        assert_eq!(
            run(&mut client, &command(&["RANDOMKEY"], 0..0)),
            "$\"random\""
        );
        let name = format!("list{round}");
        let reply = run(&mut client, &command(&["RPUSH", &name], 0..count + 4));
        assert_eq!(reply, format!(":{}", count + 4));
        let key = format!("k{round}");
        assert_eq!(run(&mut client, &command(&["RPUSH", &key], 0..1)), ":1");
        let reply = run(&mut client, &command(&["RPUSH", &key], 1..count + 3));
        assert_eq!(reply, format!(":{}", count + 3));
        let expected: Vec<String> = (0..count + 3)
            .map(|number| format!("$\"a longer word {number}\""))
            .collect();
        assert_eq!(
            ask!(client, "LRANGE", key, "0", "-1"),
            format!("[{}]", expected.join(", "))
        );
    }
    assert_eq!(ask!(client, "GET", "events"), "$\"198\"");
    // A command that the server refuses before it runs leaves nothing behind.
    ask!(client, "EVAL", "return redis.pcall('SET', 'k')", "0");
    assert_eq!(ask!(client, "RG.INNERHOOK", "GET", "k"), "$\"v\"");
    for id in ["set", "randomkey"].map(|name| client.id(name).unwrap()) {
        assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
    }
    assert_eq!(ask!(client, "RG.INNERHOOK", "GET", "k"), "$\"v\"");
}
