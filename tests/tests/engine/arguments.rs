//! Every command with too few, too many, strange and huge arguments: each is answered,
//! and the server goes on.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use gears_tests::{Client, LONG_DEADLINE, TestServer, ask};

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
    shape("rg.pyprofile", 2, 3),
    shape("rg.slowlog", 0, 1),
    shape("rg.innerregister", 1, 2),
    shape("rg.innerunregister", 1, 2),
    shape("rg.innerhook", 0, ANY),
    shape("rg.innerafter", 0, 0),
];

/// Commands that refuse clients whatever they send, so that arguments are not looked at.
const OF_MASTERS: &[&str] = &["rg.innerregister", "rg.innerunregister", "rg.innerhook"];

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
        if OF_MASTERS.contains(&name) || name == "rg.pyprofile" {
            continue;
        }
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
fn no_command_is_forgotten_here() {
    let server = TestServer::private();
    let redis::Value::Array(all) = server.client().value(&[b"COMMAND"]) else {
        panic!("COMMAND answers no list");
    };
    let mut ours: Vec<String> = all
        .iter()
        .filter_map(|entry| match entry {
            redis::Value::Array(details) => match &details[0] {
                redis::Value::BulkString(name) => String::from_utf8(name.clone()).ok(),
                redis::Value::SimpleString(name) => Some(name.clone()),
                _ => None,
            },
            _ => None,
        })
        .map(|name| name.to_ascii_lowercase())
        .filter(|name| name.starts_with("rg."))
        .collect();
    let mut known: Vec<String> = COMMANDS.iter().map(|shape| shape.name.to_owned()).collect();
    ours.sort();
    known.sort();
    assert_eq!(ours, known);
}

#[test]
fn commands_with_subcommands_and_those_of_masters_refuse_the_rest() {
    let server = TestServer::private();
    let mut client = server.client();
    let wrong = "-ERR wrong number of arguments for 'rg.pyprofile' command";
    for few in [
        &[][..],
        &["STATS"],
        &["RESET"],
        &["STATS", "s", "o", "more"],
    ] {
        let words: Vec<&[u8]> = few.iter().map(|word| word.as_bytes()).collect();
        assert_eq!(send(&mut client, "rg.pyprofile", &words), wrong, "{few:?}");
    }
    for name in OF_MASTERS {
        for count in 0..5 {
            let reply = send(&mut client, name, &vec![&b"x"[..]; count]);
            assert!(reply.starts_with('-'), "{name} {count}: {reply}");
        }
    }
}

#[test]
fn sixty_four_megabytes_are_answered_by_every_command() {
    let server = TestServer::private();
    let mut client = server.client();
    // Much to copy for a machine that does other things too.
    client.wait_at_most(LONG_DEADLINE);
    client
        .install("GB('CommandReader').map(lambda r: len(r[1])).register(trigger='t', mode='sync')");
    let huge = vec![b'\0'; 64 << 20];
    let socket = server.url().trim_start_matches("unix://").to_owned();
    for command in COMMANDS {
        // By hand: a client would copy it, again and again.
        let mut stream = UnixStream::connect(&socket).unwrap();
        stream.set_read_timeout(Some(LONG_DEADLINE)).unwrap();
        let name = command.name;
        write!(
            stream,
            "*2\r\n${}\r\n{name}\r\n${}\r\n",
            name.len(),
            huge.len()
        )
        .unwrap();
        stream.write_all(&huge).unwrap();
        stream.write_all(b"\r\n").unwrap();
        let mut kind = [0];
        stream.read_exact(&mut kind).unwrap();
        assert!(b"+-:$*".contains(&kind[0]), "{name}: {kind:?}");
        assert_eq!(ask!(client, "PING"), "+PONG", "after {}", command.name);
    }
    assert_eq!(
        client.trigger("t", &[&huge]),
        format!("[$\"{}\"]", huge.len())
    );
}

#[test]
fn strange_arguments_are_answered() {
    let server = TestServer::private();
    let mut client = server.client();
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
    // The server's own words about unknown commands, which hooks pass on, may be no text.
    let ours = COMMANDS
        .iter()
        .filter(|command| command.name != "rg.innerhook");
    for command in ours {
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

/// Where nobody can wait, each command answers or refuses; none blocks.
#[test]
fn every_command_answers_at_once_inside_a_transaction_or_a_script_in_lua() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(
        "import time\n\
         GB('CommandReader').map(lambda r: time.sleep(30)).register(trigger='a', mode='async_local')\n\
         GB('CommandReader').map(lambda r: 'now').register(trigger='s', mode='sync')\n\
         GB('StreamReader').register('stream*')",
    );
    let stream = client.registrations().len();
    let number = |n: usize| format!("{}-{n}", "0".repeat(40));
    let stream = number(stream);
    let sleeping = "import time\nGB('ShardsIDReader').foreach(lambda r: time.sleep(30)).run()";
    let running = ask!(client, "RG.PYEXECUTE", sleeping, "UNBLOCKING");
    let running = running.trim_matches(['$', '"']).to_owned();
    let ended = ask!(
        client,
        "RG.PYEXECUTE",
        "GB('ShardsIDReader').run()",
        "UNBLOCKING"
    );
    let ended = ended.trim_matches(['$', '"']).to_owned();
    assert_eq!(
        ask!(client, "RG.GETRESULTSBLOCKING", ended),
        r#"[[$"1"], []]"#
    );
    // Whether the command is refused there, and with what it begins if it is not.
    let table: &[(&[&str], Option<&str>)] = &[
        (&["RG.PYEXECUTE", "1"], None),
        (
            &["RG.PYEXECUTE", "GB('ShardsIDReader').run()", "UNBLOCKING"],
            None,
        ),
        (&["RG.PYEXECUTE", "1", "REQUIREMENTS", "nothing"], None),
        (&["RG.TRIGGER", "a"], None),
        (&["RG.TRIGGER", "s"], Some(r#"[$"now"]"#)),
        (&["RG.TRIGGERONKEY", "a", "k"], None),
        (&["RG.TRIGGERONKEY", "s", "k"], Some(r#"[$"now"]"#)),
        (&["RG.GETRESULTSBLOCKING", &running], None),
        (&["RG.GETRESULTSBLOCKING", &ended], None),
        (&["RG.GETRESULTS", &running], None),
        (&["RG.GETEXECUTION", &running], Some("[")),
        (&["RG.ABORTEXECUTION", &running], None),
        (&["RG.ABORTEXECUTION", &ended], None),
        (&["RG.DROPEXECUTION", &running], None),
        (&["RG.PYIMPORTREQ", "junk"], None),
        (&["RG.PYEXPORTREQ", "redis"], None),
        (&["RG.PAUSEREGISTRATIONS", &stream], None),
        (&["RG.UNPAUSEREGISTRATIONS", &stream], None),
        (&["RG.CLEARREGISTRATIONSSTATS"], None),
        (&["RG.REFRESHCLUSTER"], None),
        (&["RG.INFOCLUSTER"], Some(r#"$"no cluster mode""#)),
        (&["RG.NETWORKTEST"], Some("+OK")),
        (&["RG.DUMPREGISTRATIONS"], Some("[[")),
        (&["RG.DUMPEXECUTIONS"], Some("[[")),
        (&["RG.PYDUMPSESSIONS"], Some("[[")),
        (&["RG.PYDUMPREQS"], Some("[]")),
        (&["RG.DUMPPLUGINS"], Some("[")),
        (&["RG.PYSTATS"], Some("[")),
        (&["RG.CONFIGGET", "MaxExecutions"], Some("[:")),
        (&["RG.CONFIGSET", "MaxExecutions", "99"], Some("[+OK]")),
        (&["RG.UNREGISTER", "none"], None),
    ];
    for (command, expected) in table {
        let words: Vec<&[u8]> = command.iter().map(|word| word.as_bytes()).collect();
        assert_eq!(ask!(client, "MULTI"), "+OK");
        assert_eq!(client.ask(&words), "+QUEUED");
        let reply = ask!(client, "EXEC");
        match expected {
            None => assert!(reply.starts_with("[-"), "MULTI {command:?}: {reply}"),
            Some(begin) => assert!(
                reply.starts_with(&format!("[{begin}")),
                "MULTI {command:?}: {reply}"
            ),
        }
        let mut lua: Vec<&[u8]> = vec![b"EVAL", b"return redis.pcall(unpack(ARGV))", b"0"];
        lua.extend(&words);
        let reply = client.ask(&lua);
        match expected {
            None => assert!(reply.starts_with('-'), "Lua {command:?}: {reply}"),
            Some(begin) => assert!(
                reply.starts_with(begin) || reply.starts_with('-'),
                "Lua {command:?}: {reply}"
            ),
        }
        assert_eq!(ask!(client, "PING"), "+PONG", "{command:?}");
    }
    server.kill();
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
