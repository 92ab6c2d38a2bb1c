//! Every command of the server, from a function: whatever comes of it, the server goes on.

use gears_runtime::embedded::Server;
use gears_tests::{Client, TestServer, ask};
use redis::Value;

/// Python that runs the commands which it is given, with all kinds of arguments.
///
/// Left out are those that take their time on purpose.
const TRY: &str = r#"
PLAUSIBLE = {
    'acl': [['SETUSER', 'somebody', 'on'], ['DELUSER', 'somebody'], ['LOAD'], ['WHOAMI']],
    'auth': [['pw'], ['default', 'pw']],
    'client': [
        ['ID'], ['INFO'], ['LIST'], ['GETNAME'], ['SETNAME', 'name'], ['REPLY', 'OFF'], ['REPLY', 'SKIP'],
        ['TRACKING', 'ON'], ['TRACKING', 'ON', 'BCAST', 'PREFIX', 'k'], ['CACHING', 'YES'], ['NO-EVICT', 'on'],
        ['NO-TOUCH', 'ON'], ['PAUSE', '1'], ['UNPAUSE'], ['UNBLOCK', '1', 'ERROR'], ['SETINFO', 'LIB-NAME', 'x'],
        ['CAPA', 'redirect'], ['IMPORT-SOURCE', 'ON'], ['TRACKINGINFO'], ['KILL', 'ID', '123456789'],
    ],
    'cluster': [
        ['RESET', 'HARD'], ['RESET'], ['FAILOVER', 'TAKEOVER'], ['REPLICATE', 'a' * 40], ['INFO'], ['MYID'],
        ['SETSLOT', '1', 'STABLE'], ['SYNCSLOTS', 'ESTABLISH'], ['MIGRATESLOTS'], ['KEYSLOT', 'k'],
    ],
    'config': [['GET', '*'], ['SET', 'maxmemory', '0'], ['REWRITE'], ['RESETSTAT']],
    'debug': [['SEGFAULT'], ['PANIC'], ['ASSERT'], ['RESTART'], ['RELOAD'], ['LOADAOF'], ['OOM'], ['SLEEP', '0']],
    'failover': [['ABORT'], ['TO', '127.0.0.1', '1', 'FORCE', 'TIMEOUT', '1']],
    'function': [['FLUSH'], ['LOAD', 'x'], ['LIST'], ['KILL'], ['DUMP'], ['STATS']],
    'hello': [['2'], ['3'], ['3', 'AUTH', 'default', 'pw']],
    'module': [['LIST'], ['LOAD', '/nowhere'], ['UNLOAD', 'rg'], ['LOADEX', '/nowhere']],
    'monitor': [[]],
    'blpop': [['none', '0']], 'brpop': [['none', '0']], 'bzpopmin': [['none', '0']], 'bzpopmax': [['none', '0']],
    'blmove': [['none', 'k', 'LEFT', 'LEFT', '0']], 'brpoplpush': [['none', 'k', '0']],
    'blmpop': [['0', '1', 'none', 'LEFT']], 'bzmpop': [['0', '1', 'none', 'MIN']],
    'xread': [['BLOCK', '0', 'STREAMS', 'none', '$']],
    'xreadgroup': [['GROUP', 'g', 'c', 'BLOCK', '0', 'STREAMS', 'none', '>']],
    'psync': [['?', '-1']], 'replconf': [['LISTENING-PORT', '1'], ['ACK', '1'], ['GETACK', '*'], ['CAPA', 'eof']],
    'replicaof': [['NO', 'ONE'], ['127.0.0.1', '1']], 'slaveof': [['NO', 'ONE'], ['127.0.0.1', '1']],
    'restore-asking': [['k', '0', 'x']], 'script': [['FLUSH'], ['KILL'], ['LOAD', 'return 1'], ['DEBUG', 'YES']],
    'eval': [['return 1', '0'], ["return redis.call('SET', KEYS[1], 'v')", '1', 'k']],
    'set': [['k', 'v']], 'swapdb': [['0', '1'], ['0', '1']], 'select': [['1'], ['0']],
    'shutdown': [['NOSAVE'], ['SAVE'], ['NOSAVE', 'NOW', 'FORCE'], ['ABORT']],
    'subscribe': [['c']], 'psubscribe': [['c*']], 'ssubscribe': [['c']], 'publish': [['c', 'm']], 'spublish': [['c', 'm']],
    'wait': [['1', '10'], ['0', '0']], 'waitaof': [['0', '1', '10'], ['0', '0', '0']],
    'rg.trigger': [['nothing']], 'rg.pyexecute': [['x = 1']], 'rg.innerhook': [['SET', 'k', 'v'], ['RG.INNERHOOK']],
}
SLOW = ('migrate', 'pfselftest', 'lolwut')
def attempt(names):
    for name in names:
        words = name.split('|')
        if words[0] in SLOW:
            continue
        tries = [[], ['k'], ['k', '1'], ['0', '0'], ['1', 'k', 'k'], [''] * 3, ['k'] * 40]
        tries = [words[1:] + more for more in tries] + PLAUSIBLE.get(name, [])
        for arguments in tries:
            try:
                execute(words[0], *arguments)
            except Exception:
                pass
    return 'fine'
"#;

/// How many commands a function runs before the server must have answered.
const AT_ONCE: usize = 10;

fn server() -> TestServer {
    TestServer::of(Server::builder())
}

/// The names of all commands, and those of subcommands with a `|`.
fn commands(client: &mut Client) -> Vec<String> {
    fn collect(commands: &Value, names: &mut Vec<String>) {
        let Value::Array(commands) = commands else {
            panic!("not a list of commands: {commands:?}");
        };
        for command in commands {
            let Value::Array(parts) = command else {
                panic!("{command:?}");
            };
            names.push(match &parts[0] {
                Value::BulkString(name) => String::from_utf8_lossy(name).into_owned(),
                Value::SimpleString(name) => name.clone(),
                other => panic!("{other:?}"),
            });
            if let Some(subcommands) = parts.get(9) {
                collect(subcommands, names);
            }
        }
    }
    let mut names = Vec::new();
    collect(&client.value(&[b"COMMAND"]), &mut names);
    names
}

fn python_list(names: &[String]) -> String {
    format!("['{}']", names.join("', '"))
}

/// Asks for the function `try`, however that is done, with all commands in turn.
fn with_every_command(server: &TestServer, run: impl Fn(&mut Client, &[String])) {
    let mut client = server.client();
    for names in commands(&mut client).chunks(AT_ONCE) {
        run(&mut client, names);
        assert_eq!(ask!(server.client(), "PING"), "+PONG", "{names:?}");
    }
}

#[test]
fn in_a_script() {
    let server = server();
    with_every_command(&server, |client, names| {
        let reply = client.execute(&format!(
            "{TRY}\nGB('ShardsIDReader').map(lambda r: attempt({})).run()",
            python_list(names)
        ));
        assert!(reply.starts_with(r#"[[$"fine"]"#), "{names:?}: {reply}");
    });
}

fn install(server: &TestServer, mode: &str) {
    server.client().install(&format!(
        "{TRY}\nGB('CommandReader').map(lambda r: attempt(r[1:])).register(\
         trigger='try', mode='{mode}', convertToStr=False)"
    ));
}

fn words(names: &[String]) -> Vec<&[u8]> {
    let names = names.iter().map(String::as_bytes);
    [&b"RG.TRIGGER"[..], b"try"]
        .into_iter()
        .chain(names)
        .collect()
}

#[test]
fn in_a_function_of_each_mode() {
    for mode in ["sync", "async_local", "async"] {
        let server = server();
        install(&server, mode);
        with_every_command(&server, |client, names| {
            assert_eq!(
                client.ask(&words(names)),
                r#"[$"fine"]"#,
                "{mode} {names:?}"
            );
        });
    }
}

#[test]
fn in_a_transaction_and_in_a_server_script() {
    let server = server();
    install(&server, "sync");
    with_every_command(&server, |client, names| {
        assert_eq!(ask!(client, "MULTI"), "+OK");
        assert_eq!(client.ask(&words(names)), "+QUEUED");
        assert_eq!(ask!(client, "EXEC"), r#"[[$"fine"]]"#, "{names:?}");
        let call = b"return redis.call(unpack(ARGV))";
        let mut eval: Vec<&[u8]> = vec![b"EVAL", call, b"0"];
        eval.extend(words(names));
        assert_eq!(client.ask(&eval), r#"[$"fine"]"#, "{names:?}");
    });
}

#[test]
fn in_the_event_of_a_key() {
    let server = server();
    server.client().install(&format!(
        "{TRY}\nGB('KeysReader').foreach(lambda r: attempt(r['value'].split(' ')))\
         .register('try', mode='sync', eventTypes=['set'])"
    ));
    with_every_command(&server, |client, names| {
        assert_eq!(ask!(client, "SET", "try", names.join(" ")), "+OK");
    });
}

/// The client for whom a function runs must be there when it has ended.
#[test]
fn clients_are_not_ended_in_the_midst_of_their_command() {
    for how in [
        "'ID', str(me)",
        "'TYPE', 'normal', 'SKIPME', 'no'",
        "'USER', 'default', 'SKIPME', 'no'",
        "'LADDR', 'nowhere'",
    ] {
        let server = server();
        let mut client = server.client();
        client.install(&format!(
            "def kill(r):\n    me = r[1]\n    return execute('CLIENT', 'KILL', {how})\n\
             GB('CommandReader').map(kill).register(trigger='kill', mode='sync')"
        ));
        let id = ask!(client, "CLIENT", "ID");
        let reply = client.trigger("kill", &[&id.as_bytes()[1..]]);
        assert!(reply.contains("mode='async_local'"), "{how}: {reply}");
        assert_eq!(ask!(client, "PING"), "+PONG", "{how}");
    }
}

#[test]
fn a_worker_may_end_clients() {
    let server = server();
    let mut client = server.client();
    client.install(
        "GB('CommandReader').map(lambda r: execute('CLIENT', 'KILL', 'ID', r[1])).register(\
         trigger='kill', mode='async_local')",
    );
    let mut other = server.client();
    let id = ask!(other, "CLIENT", "ID");
    assert_eq!(client.trigger("kill", &[&id.as_bytes()[1..]]), r#"[$"1"]"#);
    let left = ask!(client, "CLIENT", "LIST");
    assert!(!left.contains(&format!("id={} ", &id[1..])), "{left}");
}

#[test]
fn a_refusal_says_why() {
    let server = server();
    let mut client = server.client();
    for (call, expected) in [
        (
            "'WAIT', 1, 10",
            "WAIT isn't allowed in a function: it waits for others",
        ),
        ("'client', 'reply', 'off'", "CLIENT REPLY isn't allowed"),
        ("'SHUTDOWN'", "let a client send it"),
        ("'MULTI'", "a function has none"),
    ] {
        let reply = client.execute(&format!(
            "GB('ShardsIDReader').map(lambda r: execute({call})).run()"
        ));
        assert!(reply.contains(expected), "{call}: {reply}");
    }
}

/// A server may free the oldest scripts to make place for new ones.
#[test]
fn a_worker_may_run_more_scripts_than_the_server_keeps() {
    let server = server();
    let mut client = server.client();
    client.install(
        "def many(r):\n    return sum(execute('EVAL', f'return {i}', 0) for i in range(1000))\n\
         GB('CommandReader').map(many).register(trigger='many', mode='async_local')",
    );
    assert_eq!(client.trigger("many", &[]), r#"[$"499500"]"#);
    assert_eq!(ask!(client, "PING"), "+PONG");
}
