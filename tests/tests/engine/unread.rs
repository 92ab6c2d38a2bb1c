//! Values of keys that functions of events read when they ask for them.

use gears_runtime::embedded::Server;
use gears_tests::{Client, TestServer, ask, field, show, until};

/// Returns how often a command was run, `INFO commandstats` has it.
fn calls(client: &mut Client, command: &str) -> u64 {
    let stats = ask!(client, "INFO", "commandstats");
    stats
        .split_once(&format!("cmdstat_{command}:calls="))
        .map_or(0, |(_, rest)| {
            rest.split(',').next().unwrap().parse().unwrap()
        })
}

/// Waits until all registrations have ended so often, well or not: they count as triggered from
/// when they begin.
fn until_ended(client: &mut Client, times: u64) {
    until("executions", || {
        let registrations = client.registrations();
        let ended = |entry| {
            let data = field(entry, "RegistrationData");
            let count = |name| show(field(data, name))[1..].parse::<u64>().unwrap();
            count("numSuccess") + count("numFailures")
        };
        registrations
            .iter()
            .all(|entry| ended(entry) == times)
            .then_some(())
    });
}

/// Functions that log what they have of the record, in ways that the engine sees through and in
/// ways that it does not.
const FORMS: [&str; 12] = [
    "lambda x: note([x['event'], x['key'], x['type'], x['value']])",
    "lambda x: note([x['event'], x['key'], *[x[name] for name in ('type', 'value')]])",
    "lambda x: note(list(x.values()))",
    "lambda x: note(list({**x}.values()))",
    "lambda x: note([x.get(name) for name in x])",
    "lambda x: note([x.pop(name) for name in list(x)])",
    "lambda x: (lambda: note([x['event'], x['key'], x['type'], x['value']]))()",
    "lambda x: note(list(locals()['x'].values()))",
    "lambda x: note(list(eval('x').values()))",
    "lambda *x: note(list(x[0].values()))",
    "lambda x, y=1: note([x['event'], x['key'], x['type'], x['value']][::y])",
    "decorated(lambda x: note([x['event'], x['key'], x['type'], x['value']]))",
];

const HELPERS: &str = "
import json
def note(members):
    execute('RPUSH', 'seen', json.dumps(members, sort_keys=True))
def decorated(function):
    return lambda *words: function(*words)
";

#[test]
fn every_form_of_asking_gets_the_value() {
    for mode in ["sync", "async_local"] {
        let server = TestServer::private();
        let mut client = server.client();
        for form in FORMS {
            client.install(&format!(
                "{HELPERS}\nGB('KeysReader').map({form}).register('k*', mode='{mode}')"
            ));
        }
        let mut times = 0;
        for (words, expected) in [
            (
                &["SET", "k1", "text"][..],
                r#"["set", "k1", "string", "text"]"#,
            ),
            (
                &["RPUSH", "k2", "a", "b"],
                r#"["rpush", "k2", "list", ["a", "b"]]"#,
            ),
            (
                &["HSET", "k3", "f", "v"],
                r#"["hset", "k3", "hash", {"f": "v"}]"#,
            ),
            (&["SADD", "k4", "member"], r#"["sadd", "k4", "set", null]"#),
            (&["DEL", "k1"], r#"["del", "k1", "empty", null]"#),
        ] {
            let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
            client.ask(&words);
            times += 1;
            until_ended(&mut client, times);
            let seen = client.ask(&[b"LRANGE", b"seen", b"0", b"-1"]);
            let each = format!("${expected:?}");
            let all = vec![each.as_str(); FORMS.len()].join(", ");
            assert_eq!(seen, format!("[{all}]"), "{mode}");
            ask!(client, "DEL", "seen");
        }
    }
}

#[test]
fn a_value_nobody_asks_for_is_not_read() {
    for mode in ["sync", "async_local"] {
        let server = TestServer::private();
        let mut client = server.client();
        client.install(&format!(
            "GB('KeysReader').filter(lambda x: x['key'] != 'l0').map(lambda x: execute('INCR', 'n')).register('l*', mode='{mode}')\n\
             GB('KeysReader').foreach(lambda x: None).flatmap(lambda x: []).register('l*', mode='{mode}')"
        ));
        ask!(client, "RPUSH", "l", "a", "b");
        ask!(client, "RPUSH", "l0", "a", "b");
        until_ended(&mut client, 2);
        assert_eq!(ask!(client, "GET", "n"), r#"$"1""#, "{mode}");
        assert_eq!(calls(&mut client, "lrange"), 0, "{mode}");
    }
}

#[test]
fn functions_of_one_event_share_what_is_read() {
    let server = TestServer::private();
    let mut client = server.client();
    let function =
        "GB('KeysReader').map(lambda x: x['value'] and None).register('l*', mode='sync')\n";
    client.install(&function.repeat(3));
    client.install("GB('KeysReader').register('l*', mode='sync')");
    ask!(client, "RPUSH", "l", "a");
    assert_eq!(calls(&mut client, "lrange"), 1);
    ask!(client, "RPUSH", "l", "a");
    assert_eq!(calls(&mut client, "lrange"), 2);
}

#[test]
fn a_function_that_writes_first_sees_what_was_before_and_the_next_one_what_is_there() {
    let server = TestServer::private();
    let mut client = server.client();
    let written = "def write(x):\n    \
                       execute('APPEND', x['key'], '!')\n    \
                       execute('RPUSH', 'seen', x['value'])\n\
                   GB('KeysReader').map(write).register('k', mode='sync')\n";
    client.install(&written.repeat(2));
    client.install(
        "GB('KeysReader').map(lambda x: cmd.append(x['key'], '?') and cmd.rpush('seen', x['value']))\
         .register('k', mode='sync')",
    );
    ask!(client, "SET", "k", "v");
    assert_eq!(
        ask!(client, "LRANGE", "seen", "0", "-1"),
        r#"[$"v", $"v!", $"v!!"]"#
    );
    assert_eq!(ask!(client, "GET", "k"), r#"$"v!!?""#);
}

#[test]
fn a_member_that_no_record_has_is_missing() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(
        "GB('KeysReader').map(lambda x: x['valeu']).register('k', mode='sync')\n\
         GB('KeysReader').map(lambda x: x['value'] and x[3]).register('k', mode='sync')\n\
         GB('KeysReader').map(lambda x: x['value']).register('k', mode='sync', readValue=False)",
    );
    ask!(client, "SET", "k", "v");
    let registrations = client.registrations();
    for (registration, missing) in registrations.iter().zip(["'valeu'", "3", "'value'"]) {
        let error = show(field(field(registration, "RegistrationData"), "lastError"));
        assert!(error.contains(&format!("KeyError: {missing}")), "{error}");
    }
}

#[test]
fn who_asks_for_what_cannot_be_read_fails_and_others_do_not() {
    let args = ["--rename-command", "LRANGE", ""];
    let server = TestServer::of(Server::builder().server_args(args));
    let mut client = server.client();
    client.install(
        "GB('KeysReader').map(lambda x: x['key']).register('l', mode='sync')\n\
         GB('KeysReader').map(lambda x: x['value']).register('l', mode='sync')\n\
         GB('KeysReader').map(lambda x: execute('INCR', 'n') and x['type']).register('l', mode='sync')",
    );
    ask!(client, "RPUSH", "l", "a");
    let registrations = client.registrations();
    let told = |at: usize, name| show(field(field(&registrations[at], "RegistrationData"), name));
    assert_eq!(told(0, "numSuccess"), ":1");
    for at in [1, 2] {
        assert_eq!(told(at, "numFailures"), ":1");
        let error = told(at, "lastError");
        assert!(error.contains("reading a key by LRANGE"), "{error}");
    }
}
