//! Every command with too few, too many, strange and huge arguments: each is answered,
//! and the server goes on.

use std::time::Duration;

use gears_tests::{Client, TestServer, ask};

/// A command, with how many arguments it takes at least and at most.
struct Shape {
    name: &'static str,
    least: usize,
    most: usize,
}

const fn shape(name: &'static str, least: usize, most: usize) -> Shape {
    Shape { name, least, most }
}

/// As RedisGears has it: what takes no arguments ignores them.
const ANY: usize = usize::MAX;

const COMMANDS: &[Shape] = &[
    shape("rg.pyexecute", 1, ANY),
    shape("rg.trigger", 1, ANY),
    shape("rg.triggeronkey", 1, ANY),
    shape("rg.dumpregistrations", 0, ANY),
    shape("rg.unregister", 1, 2),
    shape("rg.pauseregistrations", 1, ANY),
    shape("rg.unpauseregistrations", 1, ANY),
    shape("rg.clearregistrationsstats", 0, 0),
    shape("rg.dumpexecutions", 0, ANY),
    shape("rg.getexecution", 1, 2),
    shape("rg.getresults", 1, ANY),
    shape("rg.getresultsblocking", 1, 1),
    shape("rg.abortexecution", 1, 1),
    shape("rg.dropexecution", 1, 1),
    shape("rg.configget", 0, ANY),
    shape("rg.configset", 0, ANY),
    shape("rg.infocluster", 0, ANY),
    shape("rg.refreshcluster", 0, ANY),
    shape("rg.pystats", 0, ANY),
    shape("rg.pydumpreqs", 0, ANY),
    shape("rg.pydumpsessions", 0, ANY),
    shape("rg.pyexportreq", 1, 1),
    shape("rg.pyimportreq", 1, ANY),
    shape("rg.dumpplugins", 0, ANY),
    shape("rg.clusterset", 0, ANY),
    shape("rg.hello", 0, ANY),
    shape("rg.innermsgcommand", 0, ANY),
    shape("rg.networktest", 0, ANY),
    shape("rg.pyexecuteremote", 0, ANY),
    shape("rg.pyfreeinterpreter", 0, ANY),
];

fn send(client: &mut Client, command: &str, arguments: &[&[u8]]) -> String {
    let mut words = vec![command.as_bytes()];
    words.extend_from_slice(arguments);
    client.ask(&words)
}

#[test]
fn wrong_numbers_of_arguments_are_told_in_the_words_of_the_server() {
    let server = TestServer::private();
    let mut client = server.client();
    for command in COMMANDS {
        let name = command.name;
        let wrong = format!("-ERR wrong number of arguments for '{name}' command");
        if command.least > 0 {
            let few = vec![&b"x"[..]; command.least - 1];
            assert_eq!(send(&mut client, name, &few), wrong);
        }
        if command.most < ANY {
            let many = vec![&b"x"[..]; command.most + 1];
            assert_eq!(send(&mut client, name, &many), wrong);
        }
        let right = vec![&b"x"[..]; command.least];
        assert_ne!(send(&mut client, name, &right), wrong);
    }
}

#[test]
fn strange_arguments_are_answered() {
    let server = TestServer::private();
    let mut client = server.client();
    client.wait_at_most(Duration::from_secs(60));
    let huge = vec![b'x'; 8 << 20];
    let digits = vec![b'9'; 100_000];
    let id = [&b"0".repeat(40)[..], b"-99999999999999999999"].concat();
    let strange: &[&[u8]] = &[
        b"",
        b" ",
        b"\0",
        b"a\0b",
        b"\xff\xfe\x80",
        "\u{1f40d}é\u{0}".as_bytes(),
        b"%s%n%x%p",
        b"-",
        b"+",
        b"--",
        b"\r\n+OK\r\n",
        b"-1",
        b"9223372036854775808",
        b"../../etc/passwd",
        b"'); DROP",
        &id,
        &digits,
        &huge,
    ];
    for command in COMMANDS {
        for argument in strange {
            for count in [1, 2, 3, 5] {
                send(&mut client, command.name, &vec![*argument; count]);
            }
        }
        assert_eq!(ask!(client, "PING"), "+PONG", "after {}", command.name);
    }
    let many = vec![&b"x"[..]; 20_000];
    for command in COMMANDS {
        send(&mut client, command.name, &many);
        assert_eq!(ask!(client, "PING"), "+PONG", "after {}", command.name);
    }
    // Nothing of that was taken for an installation or a registration.
    assert_eq!(ask!(client, "RG.PYDUMPREQS"), "[]");
    assert_eq!(ask!(client, "RG.DUMPREGISTRATIONS"), "[]");
}

#[test]
fn strange_values_behind_modifiers_are_answered() {
    let server = TestServer::private();
    let mut client = server.client();
    let strange: &[&[u8]] = &[b"", b"\0", b"\xff\xfe", b"%s", b"\r\n", &[b'y'; 70_000]];
    for modifier in ["ID", "DESCRIPTION", "REPLACE_WITH"] {
        assert_eq!(
            ask!(client, "RG.PYEXECUTE", "1", modifier),
            format!("-{modifier} is missing")
        );
        for value in strange {
            ask!(client, "RG.PYEXECUTE", "1", modifier, value);
        }
    }
    for value in strange {
        let script = "GB('CommandReader').register(trigger='described')";
        let reply = ask!(
            client,
            "RG.PYEXECUTE",
            script,
            "ID",
            "s",
            "UPGRADE",
            "DESCRIPTION",
            value
        );
        assert_eq!(reply, "+OK");
        ask!(client, "RG.DUMPREGISTRATIONS");
        ask!(client, "RG.PYDUMPSESSIONS", "VERBOSE");
        ask!(client, "INFO", "everything");
    }
}

#[test]
fn strange_settings_are_answered() {
    let server = TestServer::private();
    let mut client = server.client();
    let strange: &[&[u8]] = &[b"", b"\0", b"\xff", b"%n", b"1e9", b"-9223372036854775809"];
    for name in [
        "MaxExecutions",
        "ExecutionQueue",
        "PipInstall",
        "ExecutionThreads",
    ] {
        for value in strange {
            let reply = ask!(client, "RG.CONFIGSET", name, value);
            assert!(reply.starts_with("[-(error) "), "{name}: {reply}");
        }
    }
    for value in strange {
        ask!(client, "RG.CONFIGSET", value, value);
        ask!(client, "RG.CONFIGGET", value);
    }
}

/// What a client that must not block gets for every command that would.
#[test]
fn nothing_blocks_inside_a_transaction_or_a_script_in_lua() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install("GB('CommandReader').register(trigger='a', mode='async_local')");
    let id = client.execute("GB('ShardsIDReader').run()");
    assert_eq!(id, r#"[[$"1"], []]"#);
    let unblocking = ask!(
        client,
        "RG.PYEXECUTE",
        "GB('ShardsIDReader').run()",
        "UNBLOCKING"
    );
    let id = unblocking.trim_matches(['$', '"']).to_owned();
    assert_eq!(ask!(client, "RG.GETRESULTSBLOCKING", id), r#"[[$"1"], []]"#);
    let refused: &[&[&str]] = &[
        &["RG.PYEXECUTE", "GB('ShardsIDReader').run()"],
        &["RG.TRIGGER", "a"],
        &["RG.TRIGGERONKEY", "a", "k"],
        &["RG.GETRESULTSBLOCKING", &id],
        &["RG.ABORTEXECUTION", &id],
        &["RG.PYIMPORTREQ", "junk"],
    ];
    for command in refused {
        let words: Vec<&[u8]> = command.iter().map(|word| word.as_bytes()).collect();
        assert_eq!(ask!(client, "MULTI"), "+OK");
        assert_eq!(client.ask(&words), "+QUEUED");
        let reply = ask!(client, "EXEC");
        assert!(reply.starts_with("[-"), "{command:?}: {reply}");

        let mut lua: Vec<&[u8]> = vec![b"EVAL", b"return redis.pcall(unpack(ARGV))", b"0"];
        lua.extend(&words);
        let reply = client.ask(&lua);
        assert!(reply.starts_with('-'), "{command:?}: {reply}");
    }
}
