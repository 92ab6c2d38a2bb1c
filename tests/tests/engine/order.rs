//! What functions do because of a command reaches replicas and the append-only file after it.

mod random;

use gears_runtime::embedded::Server;
use gears_tests::{Client, TestServer, ask, field, show, until};

/// A primary whose file has every write before its client has the answer, and its replica.
struct Pair {
    primary: TestServer,
    replica: TestServer,
}

impl Pair {
    fn start() -> Self {
        let primary = server(&["--appendonly", "yes", "--appendfsync", "always"]);
        let replica = server(&["--repl-diskless-sync-delay", "0"]);
        let mut follower = replica.client();
        follower.follow(primary.port());
        wait_for_replica(&mut primary.client(), &mut follower);
        Self { primary, replica }
    }

    /// Checks that the replica has what the primary has, and that a restart of the primary
    /// from its file changes nothing, and returns all data.
    fn check(&mut self, what: &str) -> String {
        let mut client = self.primary.client();
        // What is left to do for earlier commands is done before the next one.
        let there = data(&mut client);
        let mut follower = self.replica.client();
        wait_for_replica(&mut client, &mut follower);
        assert_eq!(data(&mut follower), there, "{what}: the replica");
        self.primary.private_mut().kill();
        self.primary.private_mut().restart().unwrap();
        let mut client = self.primary.client();
        until_streams_were_read(&mut client);
        assert_eq!(data(&mut client), there, "{what}: after a restart");
        // Or what comes next would reach the replica in a dump.
        wait_for_replica(&mut client, &mut follower);
        there
    }

    /// Takes out all functions and all data.
    fn clear(&self) {
        let mut client = self.primary.client();
        for registration in client.registrations() {
            let id: String = redis::from_redis_value(field(&registration, "id").clone()).unwrap();
            assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
        }
        assert_eq!(ask!(client, "FLUSHALL"), "+OK");
    }
}

fn server(arguments: &[&str]) -> TestServer {
    let mut all = vec![
        "--repl-diskless-sync",
        "yes",
        "--repl-diskless-sync-delay",
        "0",
    ];
    all.extend(arguments);
    TestServer::of(Server::builder().tcp().server_args(all))
}

/// Waits until the replica follows and has all that its primary has written.
fn wait_for_replica(primary: &mut Client, replica: &mut Client) {
    until("replica", || {
        let told = ask!(primary, "INFO", "replication");
        let tells = ask!(replica, "INFO", "replication");
        let follows = told.contains("state=online") && tells.contains("master_link_status:up");
        let [written, read] = [
            (&told, "master_repl_offset:"),
            (&tells, "slave_repl_offset:"),
        ]
        .map(|(info, name)| info.split_once(name)?.1.split_once('\\').map(|(n, _)| n));
        (follows && written == read).then_some(())
    });
}

/// Waits until functions have looked at the streams that were there when the server started.
fn until_streams_were_read(client: &mut Client) {
    until("first run after the start", || {
        client
            .registrations()
            .iter()
            .filter(|registration| show(field(registration, "reader")).contains("StreamReader"))
            .all(|registration| {
                let data = field(registration, "RegistrationData");
                show(field(data, "numTriggered")) != ":0"
            })
            .then_some(())
    });
}

/// Returns everything that the server has but the times that are left to keys.
fn data(client: &mut Client) -> String {
    let mut keys: Vec<String> = redis::from_redis_value(client.value(&[b"KEYS", b"*"])).unwrap();
    keys.sort();
    let mut all = Vec::new();
    for key in keys {
        let kind = ask!(client, "TYPE", &key);
        let value = match kind.as_str() {
            "+string" => ask!(client, "GET", &key),
            "+list" => ask!(client, "LRANGE", &key, "0", "-1"),
            "+hash" => sorted(client, &["HGETALL", &key], 2),
            "+set" => sorted(client, &["SMEMBERS", &key], 1),
            "+zset" => ask!(client, "ZRANGE", &key, "0", "-1", "WITHSCORES"),
            "+stream" => {
                let entries = ask!(client, "XRANGE", &key, "-", "+");
                let pending = ask!(client, "XPENDING", &key, "__gears_consumer_group__");
                format!("{entries} pending {pending}")
            }
            other => panic!("{key} is {other}"),
        };
        let expires = ask!(client, "TTL", &key) != ":-1";
        all.push(format!("{key} {kind} {value} expires: {expires}"));
    }
    all.join("\n")
}

fn sorted(client: &mut Client, words: &[&str], width: usize) -> String {
    let words: Vec<_> = words.iter().map(|word| word.as_bytes()).collect();
    let parts: Vec<String> = redis::from_redis_value(client.value(&words)).unwrap();
    let mut parts: Vec<_> = parts.chunks(width).collect();
    parts.sort();
    format!("{parts:?}")
}

/// Sends commands that are written as in a shell.
fn send(client: &mut Client, commands: &[&str]) {
    for command in commands {
        let words: Vec<_> = command.split(' ').map(str::as_bytes).collect();
        let answer = client.ask(&words);
        assert!(!answer.starts_with('-'), "{command}: {answer}");
    }
}

/// Entries were acknowledged and taken out before they had been added.
#[test]
fn a_stream_is_read_after_its_entry_was_added() {
    let mut pair = Pair::start();
    let mut client = pair.primary.client();
    client.install(
        "def run(r):\n    \
             execute('INCR', 'n')\n    \
             execute('RPUSH', 'seen:' + r['key'], r['id'])\n\
         GB('StreamReader').foreach(run).register('s*', mode='sync', batch=1)",
    );
    send(
        &mut client,
        &[
            "XADD s1 1-1 f v",
            "XADD s1 2-1 f v",
            "MULTI",
            "XADD s1 3-1 f v",
            "XADD s2 4-1 f v",
            "XADD s1 5-1 f v",
            "EXEC",
            "EVAL redis.call('XADD',KEYS[1],'6-1','f','v')redis.call('XADD',KEYS[1],'7-1','f','v') 1 s1",
        ],
    );
    let all = pair.check("entries");
    assert_eq!(
        all,
        "n +string $\"7\" expires: false\n\
         s1 +stream [] pending [:0, nil, nil, nil] expires: false\n\
         s2 +stream [] pending [:0, nil, nil, nil] expires: false\n\
         seen:s1 +list [$\"1-1\", $\"2-1\", $\"3-1\", $\"5-1\", $\"6-1\", $\"7-1\"] expires: false\n\
         seen:s2 +list [$\"4-1\"] expires: false"
    );
}

/// Functions that change keys because of events, and commands that cause them.
const KEYS: &[(&str, &str, &[&str])] = &[
    (
        "the same key again",
        "GB('KeysReader').foreach(lambda r: execute('SET', r['key'], 'normal')).register(\
         'k*', mode='sync', eventTypes=['set'])",
        &[
            "SET k1 raw",
            "MSET k2 raw k3 raw",
            "SETEX k4 1000 raw",
            "EVAL redis.call('SET',KEYS[1],'raw')redis.call('INCR','n') 1 k5",
            "MULTI",
            "SET k6 raw",
            "APPEND k6 more",
            "EXEC",
        ],
    ),
    (
        "a list that is kept short",
        "GB('KeysReader').foreach(lambda r: execute('LTRIM', r['key'], '0', '2')).register(\
         'l*', mode='sync', eventTypes=['lpush', 'rpush'])",
        &[
            "LPUSH l a b c d",
            "LPUSH l e",
            "RPUSH l2 a b c d e",
            "RPOPLPUSH l l2",
            "RPOPLPUSH l2 l2",
        ],
    ),
    (
        "a time to live",
        "GB('KeysReader').foreach(lambda r: execute('EXPIRE', r['key'], '1000')).register(\
         'k*', mode='sync', eventTypes=['set', 'hset'])",
        &["SET k1 v", "SET k1 w", "HSET k2 f v", "MSET k3 v k4 v"],
    ),
    (
        "keys that are taken away",
        "GB('KeysReader').foreach(lambda r: execute('DEL', r['key'])).register(\
         'k*', mode='sync', eventTypes=['set', 'lpush', 'sadd', 'incrbyfloat', 'lpop', 'zadd'])",
        &[
            "SET k1 v EX 1000",
            "SETEX k2 1000 v",
            "LPUSH k3 a",
            "SADD k4 a b",
            "INCRBYFLOAT k5 1.5",
            "RPUSH k6 a b",
            "LPOP k6",
            "ZADD k7 1 a",
            "MULTI",
            "SET k8 v",
            "EXPIRE k8 1000",
            "EXEC",
        ],
    ),
    (
        "keys that are renamed",
        "GB('KeysReader').foreach(lambda r: execute('RENAME', r['key'], 'was:' + r['key'])).register(\
         'k*', mode='sync', eventTypes=['set', 'hset'], readValue=False)",
        &[
            "SET k1 v EX 1000",
            "HSET k2 f v",
            "SET k1 w",
            "EVAL redis.call('SET',KEYS[1],'v') 1 k3",
        ],
    ),
    (
        "another key follows",
        "GB('KeysReader').foreach(lambda r: execute('COPY', r['key'], 'copy:' + r['key'], 'REPLACE'))\
         .register('k*', mode='sync', eventTypes=['set', 'append', 'incrby'])",
        &[
            "SET k1 v",
            "APPEND k1 w",
            "INCR k2",
            "INCRBY k2 5",
            "GETSET k1 x",
        ],
    ),
    (
        "events of reads",
        "GB('KeysReader').foreach(lambda r: execute('INCR', 'missed')).register(\
         'm*', mode='sync', eventTypes=['keymiss'])",
        &[
            "GET m1",
            "STRLEN m2",
            "SET m1 v",
            "GET m1",
            "EVAL redis.call('GET',KEYS[1]) 1 m3",
        ],
    ),
    (
        "commands of other functions",
        "GB('KeysReader').foreach(lambda r: execute('SET', r['key'], 'normal')).register(\
         'k*', mode='sync', eventTypes=['set'])\n\
         def write(r):\n    \
             execute('SET', r[1], 'raw')\n    \
             execute('APPEND', r[1], 'more')\n\
         GB('CommandReader').foreach(write).register(trigger='now', mode='sync')\n\
         GB('CommandReader').foreach(write).register(trigger='later', mode='async_local')",
        &[
            "RG.TRIGGER now k1",
            "RG.TRIGGER later k2",
            "MULTI",
            "RG.TRIGGER now k3",
            "SET k4 v",
            "EXEC",
        ],
    ),
    (
        "hooks and what waits for them",
        "def hook(r):\n    \
             execute('INCR', 'hooked')\n    \
             call_next(*r[1:])\n    \
             return execute('APPEND', r[1], 'after')\n\
         GB('CommandReader').map(hook).register(hook='set', keyprefix='k', mode='sync')\n\
         GB('KeysReader').foreach(lambda r: execute('APPEND', r['key'], '+')).register(\
         'k*', mode='sync', eventTypes=['set'])\n\
         GB('KeysReader').foreach(lambda r: execute('RPUSH', 'linked', r['key'])).register(\
         'k*', mode='sync', commands=['setnx', 'append'])",
        &[
            "SET k1 v",
            "SETNX k2 v",
            "APPEND k2 w",
            "MULTI",
            "SET k3 v",
            "APPEND k3 w",
            "EXEC",
        ],
    ),
    (
        "streams that are filled because of events",
        "GB('KeysReader').foreach(lambda r: execute('XADD', 's:' + r['key'], '*', 'k', r['key']))\
         .register('k*', mode='sync', eventTypes=['set'])\n\
         GB('StreamReader').foreach(lambda r: execute('SET', r['value']['k'], r['id'][:0] + 'read'))\
         .register('s:*', mode='sync', batch=1)",
        &[
            "SET k1 v", "SET k1 w", "MULTI", "SET k2 v", "SET k2 w", "EXEC",
        ],
    ),
];

#[test]
fn functions_of_events_write_after_the_command() {
    let mut pair = Pair::start();
    for (what, functions, commands) in KEYS {
        let mut client = pair.primary.client();
        client.install(functions);
        send(&mut client, commands);
        pair.check(what);
        pair.clear();
    }
}
