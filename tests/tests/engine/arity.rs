//! Commands with too few words, too many, or such as make no sense: the server is given none of
//! them to look for keys in that it has not counted.

use gears_tests::{Client, TestServer, ask};
use redis::Value;

/// A user who may run everything, but not on every key: whose commands' keys are looked for.
fn limited_client(server: &TestServer) -> Client {
    let mut client = server.client();
    let defined = ask!(
        client, "ACL", "SETUSER", "limited", "on", ">pw", "~app:*", "+@all"
    );
    assert_eq!(defined, "+OK");
    assert_eq!(ask!(client, "AUTH", "limited", "pw"), "+OK");
    client
}

/// The names of all commands, those of subcommands as two words.
fn commands(client: &mut Client) -> Vec<Vec<String>> {
    let Value::Array(commands) = client.value(&[b"COMMAND"]) else {
        panic!("COMMAND lists no commands");
    };
    let mut names = Vec::new();
    for command in &commands {
        let Value::Array(parts) = command else {
            panic!("{command:?}");
        };
        names.push(vec![text(&parts[0])]);
        let Some(Value::Array(subcommands)) = parts.get(9) else {
            continue;
        };
        for subcommand in subcommands {
            if let Value::Array(parts) = subcommand {
                let name = text(&parts[0]);
                names.push(name.split('|').map(str::to_owned).collect());
            }
        }
    }
    names
}

fn text(value: &Value) -> String {
    match value {
        Value::BulkString(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::SimpleString(text) => text.clone(),
        other => panic!("not a text: {other:?}"),
    }
}

#[test]
fn every_command_with_any_number_of_words() {
    let server = TestServer::private();
    let mut client = limited_client(&server);
    for name in commands(&mut client) {
        for filler in ["app:k", "1", "-1", "", "STREAMS"] {
            for count in [0, 1, 2, 3, 5] {
                let mut words: Vec<&[u8]> = vec![b"RG.INNERHOOK"];
                words.extend(name.iter().map(String::as_bytes));
                words.extend([filler.as_bytes()].repeat(count));
                client.ask(&words);
                assert_eq!(ask!(client, "PING"), "+PONG", "{name:?} {filler} {count}");
            }
        }
    }
}

/// Valkey 9.1 says nothing to modules where some of these refuse the key.
#[test]
fn a_key_of_another_type_is_an_error_and_not_silence() {
    let server = TestServer::private();
    let mut client = server.client();
    assert_eq!(ask!(client, "HSET", "app:k", "field", "value"), ":1");
    let words: [&[&str]; 4] = [
        &["GET", "app:k"],
        &["GETSET", "app:k", "x"],
        &["GETDEL", "app:k"],
        &["APPEND", "app:k", "x"],
    ];
    for words in words {
        let mut hooked: Vec<&[u8]> = vec![b"RG.INNERHOOK"];
        hooked.extend(words.iter().map(|word| word.as_bytes()));
        let answer = client.ask(&hooked);
        assert!(answer.starts_with('-'), "{words:?}: {answer}");
        let told = client.execute(&format!("execute(*{words:?})"));
        assert!(told.contains("gears.error"), "{words:?}: {told}");
    }
}

#[test]
fn words_that_say_where_the_keys_are() {
    let server = TestServer::private();
    let mut client = limited_client(&server);
    for line in [
        "EVAL",
        "EVAL x",
        "EVAL x 5",
        "EVAL x -1",
        "EVAL x 2147483647",
        "EVAL x 99999999999999999999",
        "EVAL x 1",
        "EVALSHA x 3 app:k",
        "FCALL f 9 app:k",
        "XREAD STREAMS",
        "XREAD COUNT STREAMS app:k",
        "XREADGROUP GROUP g c STREAMS",
        "XREADGROUP GROUP g c STREAMS app:k",
        "SORT",
        "SORT app:k STORE",
        "SORT app:k BY LIMIT STORE",
        "MIGRATE h 1 app:k 0",
        "MIGRATE h 1 app:k 0 1 KEYS",
        "MIGRATE h 1 app:k 0 1 KEYS AUTH",
        "GEORADIUS app:k 1 1 1 m STORE",
        "GEORADIUSBYMEMBER app:k m 1 m STOREDIST",
        "ZUNIONSTORE app:k 5 app:k",
        "ZUNIONSTORE app:k -3 app:k",
        "ZUNION 0 app:k",
        "LMPOP 7 app:k LEFT",
        "BLMPOP 1 7 app:k LEFT",
        "SINTERCARD 9 app:k",
        "MSET",
        "MSET app:k",
        "MSET app:k v app:k",
        "OBJECT",
        "OBJECT FREQ",
        "MEMORY USAGE",
        "XINFO STREAM",
        "XGROUP CREATE",
        "BITOP NOT",
        "PUBLISH",
        "nothing",
        "nothing app:k",
    ] {
        let mut words: Vec<&[u8]> = vec![b"RG.INNERHOOK"];
        words.extend(line.split(' ').map(str::as_bytes));
        let reply = client.ask(&words);
        assert!(reply.starts_with('-'), "{line}: {reply}");
        assert_eq!(ask!(client, "PING"), "+PONG", "{line}");
    }
}

#[test]
fn a_hooked_command_and_its_next_with_too_few_words() {
    let server = TestServer::private();
    let mut client = server.client();
    for (command, mode) in [("SET", "sync"), ("XREAD", "async_local"), ("MSET", "async")] {
        client.install(&format!(
            "GB('CommandReader').map(lambda r: call_next(*r[1:])).register(\
             hook='{command}', mode='{mode}')"
        ));
    }
    client.install(
        "GB('CommandReader').map(lambda r: call_next(*r[2:])).register(hook='MGET', mode='sync')",
    );
    let mut limited = limited_client(&server);
    for words in [
        &["SET"][..],
        &["SET", "app:k"],
        &["XREAD", "STREAMS"],
        &["MSET", "app:k"],
    ] {
        let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
        let reply = limited.ask(&words);
        assert!(reply.starts_with('-'), "{words:?}: {reply}");
    }
    // Redis before 7.0 refuses whoever may not use all keys.
    let reply = ask!(limited, "MGET", "app:k");
    let expected = ["Invalid argument", "NOPERM"];
    assert!(
        expected.iter().any(|error| reply.contains(error)),
        "{reply}"
    );
    assert_eq!(ask!(limited, "PING"), "+PONG");
}
