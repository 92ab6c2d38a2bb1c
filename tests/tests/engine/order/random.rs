//! The same for commands and functions that are put together at random.

use std::collections::HashSet;

use gears_tests::{Client, Numbers, ask};
use redis::{Cmd, Value};

use super::{Pair, field, show};

/// How often functions are put together, and how many groups of commands each set gets.
const ROUNDS: usize = 4;
const GROUPS: usize = 40;

const EVENTS: &[&str] = &[
    "",
    ", eventTypes=['set']",
    ", eventTypes=['lpush', 'rpush', 'lpop', 'rpop']",
    ", eventTypes=['del', 'expire', 'rename_to']",
    ", eventTypes=['sadd', 'spop', 'hset', 'zadd']",
    ", eventTypes=['append', 'incrby', 'keymiss']",
];

const ON_KEYS: &[&str] = &[
    "execute('RPUSH', 'log', r['event'] + ' ' + r['key'] + ' ' + str(r.get('value')))",
    "execute('INCR', 'n:' + r['event'])",
    "execute('EXPIRE', r['key'], '1000')",
    "execute('PERSIST', r['key'])",
    "execute('DEL', r['key'])",
    "execute('COPY', r['key'], 'copy', 'REPLACE')",
    "execute('RENAME', r['key'], 'last')",
    "execute('XADD', 's1', '*', 'k', r['key'])",
    "execute('SET', 'k:string1', r['event'])",
    "execute('APPEND', 'k:string2', 'x')",
    "execute('LTRIM', 'k:list1', '0', '1')",
    "execute('SPOP', 'k:set1')",
];

const ON_STREAMS: &[&str] = &[
    "execute('INCR', 'k:number')",
    "execute('SET', 'k:string1', 'entry')",
    "execute('RPUSH', 'k:list2', r['key'])",
    "execute('XADD', 's2', '*', 'from', r['id']) if r['key'] == 's1' else 0",
    "execute('DEL', 'k:list1')",
];

const IN_PLACE: &[&str] = &[
    "GB('CommandReader').map(hook).register(hook='append', keyprefix='k', mode='sync')",
    "GB('CommandReader').map(hook).register(hook='rpush', mode='sync')",
    "GB('KeysReader').foreach(lambda r: execute('INCR', 'linked')).register(\
     'k*', mode='sync', commands=['setnx', 'lpush'])",
    "GB('KeysReader').foreach(lambda r: execute('DEL', r['key'])).register(\
     'k*', mode='sync', commands=['sadd', 'append'])",
];

const COMMANDS: &[&str] = &[
    "SET k:string1 v",
    "SET k:string2 v EX 1000",
    "SETNX k:string1 w",
    "APPEND k:string1 x",
    "APPEND k:string2 y",
    "GETSET k:string1 z",
    "MSET k:string1 a k:string2 b k:number 5",
    "INCR k:number",
    "LPUSH k:list1 a b c",
    "RPUSH k:list2 d e",
    "LPOP k:list1",
    "RPOP k:list2",
    "RPOPLPUSH k:list1 k:list2",
    "RPOPLPUSH k:list2 k:list2",
    "SADD k:set1 a b c",
    "SPOP k:set1",
    "SMOVE k:set1 k:set2 a",
    "SUNIONSTORE k:set2 k:set1 k:set2",
    "HSET k:hash f v g w",
    "HDEL k:hash f",
    "ZADD k:zset 1 a 2 b",
    "ZPOPMIN k:zset",
    "DEL k:string1 k:list1",
    "EXPIRE k:string1 1000",
    "PEXPIRE k:hash 1000000",
    "PERSIST k:string2",
    "RENAME k:string1 k:string2",
    "GET k:missing",
    "XADD s1 * f v",
    "XADD s2 * f v",
    "XADD s1 MAXLEN 2 * f v",
];

/// Puts a set of functions together.
fn functions(numbers: &mut Numbers) -> Vec<String> {
    let mut all = Vec::new();
    for _ in 0..=numbers.below(4) {
        let action = numbers.choose(ON_KEYS);
        let events = numbers.choose(EVENTS);
        all.push(format!(
            "GB('KeysReader').foreach(lambda r: {action}).register('k*', mode='sync'{events})"
        ));
    }
    let action = numbers.choose(ON_STREAMS);
    let batch = 1 + numbers.below(2);
    let trim = numbers.choose(&["True", "False"]);
    all.push(format!(
        "def read(r):\n    \
             execute('RPUSH', 'seen:' + r['key'], r['id'])\n    \
             {action}\n\
         GB('StreamReader').foreach(read).register(\
         's*', mode='sync', batch={batch}, trimStream={trim})"
    ));
    if numbers.below(2) == 0 {
        let registering = numbers.choose(IN_PLACE);
        all.push(format!(
            "def hook(r):\n    \
                 execute('INCR', 'hooked')\n    \
                 return call_next(*r[1:])\n\
             {registering}"
        ));
    }
    all
}

/// Puts commands together that are sent at once: a pipeline, a transaction, or both.
fn group(numbers: &mut Numbers) -> Vec<Vec<String>> {
    let mut all: Vec<_> = (0..=numbers.below(4)).map(|_| command(numbers)).collect();
    if numbers.below(3) == 0 {
        all.insert(0, vec!["MULTI".to_owned()]);
        all.push(vec!["EXEC".to_owned()]);
        if numbers.below(2) == 0 {
            all.push(command(numbers));
        }
    }
    all
}

fn command(numbers: &mut Numbers) -> Vec<String> {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let command = words(numbers.choose(COMMANDS));
    if numbers.below(4) > 0 {
        return command;
    }
    // The same from a script, between other commands of it.
    let script = "redis.call('INCR', 'k:number') redis.pcall(unpack(ARGV)) \
                  redis.call('RPUSH', 'k:list1', 'x') return 1";
    let mut all = vec!["EVAL".to_owned(), script.to_owned(), "0".to_owned()];
    all.extend(command);
    all
}

/// Sends all commands before any is answered; some fail, as keys have other types by then.
fn send(connection: &mut redis::Connection, commands: &[Vec<String>]) {
    let mut bytes = Vec::new();
    for words in commands {
        let mut command = Cmd::new();
        command.arg(words);
        bytes.extend(command.get_packed_command());
    }
    connection.send_packed_command(&bytes).unwrap();
    for words in commands {
        if let Err(error) = connection.recv_response() {
            assert!(error.code().is_some(), "{words:?}: {error}");
        }
    }
}

/// Checks that no entry was read twice, nor any run forgotten.
fn check_entries(client: &mut Client) {
    for stream in ["s1", "s2"] {
        let key = format!("seen:{stream}");
        let Value::Array(seen) = client.value(&[b"LRANGE", key.as_bytes(), b"0", b"-1"]) else {
            panic!("{key} is no list");
        };
        let different: HashSet<_> = seen.iter().map(show).collect();
        assert_eq!(different.len(), seen.len(), "{key}: {different:?}");
    }
    let ran = client.registrations().iter().any(|registration| {
        show(field(
            field(registration, "RegistrationData"),
            "numTriggered",
        )) != ":0"
    });
    assert!(ran, "no function has run");
}

#[test]
fn what_functions_do_is_the_same_everywhere() {
    let mut numbers = Numbers::of(20_261_129);
    let mut pair = Pair::start();
    for round in 0..ROUNDS {
        let mut client = pair.primary.client();
        let functions = functions(&mut numbers);
        for function in &functions {
            client.install(function);
        }
        // After a restart the streams are looked for, and there has to be one.
        ask!(client, "XADD", "s1", "*", "first", "entry");
        let opened = redis::Client::open(pair.primary.url()).unwrap();
        let mut connection = opened.get_connection().unwrap();
        for _ in 0..GROUPS {
            send(&mut connection, &group(&mut numbers));
        }
        drop(connection);
        check_entries(&mut client);
        pair.check(&format!("round {round} with {functions:#?}"));
        check_entries(&mut pair.primary.client());
        pair.clear();
    }
}
