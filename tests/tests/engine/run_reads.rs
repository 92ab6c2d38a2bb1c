//! What runs read of keys, and what they leave as it was.

use gears_tests::{Client, TestServer, ask, show};
use redis::Value;

/// So many keys are more than one step of a scan brings.
const MANY: usize = 3_000;

/// Makes keys of each type that a record has a value of, and one that it has not.
fn fill(client: &mut Client) {
    for number in 0..MANY / 4 {
        ask!(
            client,
            "SET",
            format!("text:{number}"),
            format!("value:{number}")
        );
        ask!(
            client,
            "RPUSH",
            format!("list:{number}"),
            number.to_string(),
            "b"
        );
        ask!(
            client,
            "HSET",
            format!("hash:{number}"),
            "field",
            number.to_string()
        );
        ask!(client, "SADD", format!("set:{number}"), "member");
    }
}

fn results(client: &mut Client, script: &str) -> Vec<String> {
    let Value::Array(reply) = client.value(&[b"RG.PYEXECUTE", script.as_bytes()]) else {
        panic!("{script}: no results and errors");
    };
    let [Value::Array(results), Value::Array(errors)] = &reply[..] else {
        panic!("{script}: {reply:?}");
    };
    assert!(errors.is_empty(), "{script}: {errors:?}");
    let mut results: Vec<_> = results.iter().map(show).collect();
    results.sort();
    results
}

/// Returns how often a command was run.
fn calls(client: &mut Client, command: &str) -> u64 {
    let stats = ask!(client, "INFO", "commandstats");
    stats
        .split_once(&format!("cmdstat_{command}:calls="))
        .map_or(0, |(_, rest)| {
            rest.split(',').next().unwrap().parse().unwrap()
        })
}

#[test]
fn every_form_of_asking_gets_the_same_members() {
    let server = TestServer::private();
    let mut client = server.client();
    fill(&mut client);
    let whole = results(&mut client, "GB().map(lambda x: repr([*x.values()])).run()");
    assert_eq!(whole.len(), MANY);
    for form in [
        "map(lambda x: repr([x['event'], x['key'], x['type'], x['value']]))",
        "filter(lambda x: x['type']).map(lambda x: repr([x['event'], x['key'], x['type'], x['value']]))",
        "foreach(lambda x: x['key']).map(lambda x: repr([*x.values()]))",
        "flatmap(lambda x: [repr([x['event'], x['key'], x['type'], x['value']])])",
        "limit(3000).map(lambda x: repr([x['event'], x['key'], x['type'], x['value']]))",
        "accumulate(lambda a, x: (a or []) + [repr([x['event'], x['key'], x['type'], x['value']])])\
         .flatmap(lambda x: x)",
        "aggregate([], lambda a, x: a + [repr([x['event'], x['key'], x['type'], x['value']])], \
         lambda a, b: a + b).flatmap(lambda x: x)",
        "groupby(lambda x: x['key'][-1], \
         lambda k, a, x: (a or []) + [repr([x['event'], x['key'], x['type'], x['value']])])\
         .flatmap(lambda x: x['value'])",
        "aggregateby(lambda x: x['key'][-1], [], \
         lambda k, a, x: a + [repr([x['event'], x['key'], x['type'], x['value']])], \
         lambda k, a, b: a + b).flatmap(lambda x: x['value'])",
        "batchgroupby(lambda x: x['key'][-1], lambda k, r: r).flatmap(lambda x: x['value'])\
         .map(lambda x: repr([*x.values()]))",
    ] {
        assert_eq!(
            results(&mut client, &format!("GB().{form}.run()")),
            whole,
            "{form}"
        );
    }
    // Whoever keeps its record keeps it as it was.
    let kept = "kept = []\n\
                def f(x):\n    \
                    kept.append(x)\n    \
                    return x['key']\n\
                GB().map(f).count().map(lambda n: [repr([*x.values()]) for x in kept])\
                .flatmap(lambda x: x).run()";
    assert_eq!(results(&mut client, kept), whole);
}

#[test]
fn what_a_function_asks_for_and_is_not_there_is_missing() {
    let server = TestServer::private();
    let mut client = server.client();
    fill(&mut client);
    for (function, options) in [
        ("lambda x: x['valeu']", ""),
        ("lambda x: x['key'] and x['value']", "readValue=False"),
        ("lambda x: x['key'] and x['type']", "readValue=False"),
    ] {
        let caught = format!(
            "def f(x):\n    \
                 try: return ({function})(x)\n    \
                 except KeyError as error: return str(error)\n\
             GB().map({function}).run({options})"
        );
        let reply = client.execute(&caught);
        assert!(reply.contains("KeyError"), "{function}: {reply}");
    }
    let reply = client.execute("GB().map(lambda x: x['key']).count().run(readValue=False)");
    assert_eq!(reply, format!(r#"[[$"{MANY}"], []]"#));
}

#[test]
fn values_nobody_asks_for_are_not_read() {
    let server = TestServer::private();
    let mut client = server.client();
    fill(&mut client);
    let all =
        |client: &mut Client| ["mget", "get", "lrange", "hgetall"].map(|name| calls(client, name));
    let script = "GB().countby(lambda x: x['key'][:4]).map(lambda x: x['value']).run()";
    // What the first step brings is read before it is known whether there are more.
    assert_eq!(results(&mut client, script), [r#"$"750""#; 4]);
    let [_, _, lists, hashes] = all(&mut client);
    assert!(lists < 750 && hashes < 750, "{lists} {hashes}");
    let script = "GB().map(lambda x: x['value']).count().run()";
    results(&mut client, script);
    let [_, _, more_lists, more_hashes] = all(&mut client);
    assert_eq!((more_lists - lists, more_hashes - hashes), (750, 750));
}

#[test]
fn strings_stay_as_the_server_stores_them() {
    let server = TestServer::private();
    let mut client = server.client();
    let lengths = [
        0, 1, 20, 43, 44, 45, 63, 64, 65, 127, 128, 129, 254, 255, 256, 257, 1_000, 100_000,
    ];
    for number in 0..2_000 {
        ask!(
            client,
            "SET",
            format!("number:{number}"),
            (number * 1_000_003).to_string()
        );
    }
    for length in lengths {
        ask!(client, "SET", format!("text:{length}"), "x".repeat(length));
        // Grown ones are stored by themselves, however short.
        ask!(client, "SET", format!("grown:{length}"), "");
        ask!(
            client,
            "APPEND",
            format!("grown:{length}"),
            "x".repeat(length)
        );
    }
    let keys = || {
        let numbers = (0..2_000).map(|number| format!("number:{number}"));
        let others = lengths.iter();
        numbers
            .chain(others.flat_map(|length| [format!("text:{length}"), format!("grown:{length}")]))
    };
    let encodings = |client: &mut Client| -> Vec<String> {
        keys()
            .map(|key| ask!(client, "OBJECT", "ENCODING", key))
            .collect()
    };
    let before = encodings(&mut client);
    for kind in ["int", "embstr", "raw"] {
        assert!(before.contains(&format!(r#"$"{kind}""#)), "{kind}");
    }
    let length: usize = results(&mut client, "GB().map(lambda x: len(x['value'])).run()")
        .iter()
        .map(|length| {
            length
                .trim_matches(|c| "$\"".contains(c))
                .parse::<usize>()
                .unwrap()
        })
        .sum();
    let numbers: usize = (0..2_000_u64)
        .map(|number| (number * 1_000_003).to_string().len())
        .sum();
    assert_eq!(length, numbers + 2 * lengths.iter().sum::<usize>());
    results(&mut client, "GB().map(lambda x: x).count().run()");
    assert_eq!(encodings(&mut client), before);
}

#[test]
fn bytes_of_all_kinds_and_lengths_arrive_as_they_are() {
    let server = TestServer::private();
    let mut client = server.client();
    for length in [1, 44, 255, 256, 300, 5_000_000] {
        for (kind, unit) in [
            ("ascii", "a"),
            ("latin", "é"),
            ("wide", "字"),
            ("bytes", "\u{0}"),
        ] {
            let name = format!("{kind}:{length}");
            let text = unit.repeat(length).into_bytes();
            let text = if kind == "bytes" {
                vec![0xff; length]
            } else {
                text
            };
            client.ask(&[b"SET", name.as_bytes(), &text]);
        }
    }
    for number in 0..MANY {
        ask!(
            client,
            "SET",
            format!("$-1\r\n{number}"),
            "\r\n$3\r\nabc\r\n"
        );
    }
    let script = "def check(x):\n    \
                      kind, _, length = x['key'].partition(':')\n    \
                      if not length:\n        \
                          return x['value'] == '\\r\\n$3\\r\\nabc\\r\\n'\n    \
                      units = {'ascii': 'a', 'latin': 'é', 'wide': '字', 'bytes': b'\\xff'}\n    \
                      return x['value'] == units[kind] * int(length)\n\
                  GB().countby(check).map(lambda x: x['key'] + str(x['value'])).run()";
    let reply = client.execute(script);
    assert_eq!(reply, format!(r#"[[$"True{}"], []]"#, MANY + 24));
}

#[test]
fn a_run_touches_what_it_reads_and_nothing_else() {
    let server = TestServer::private();
    let mut client = server.client();
    ask!(client, "CONFIG", "SET", "maxmemory-policy", "allkeys-lfu");
    ask!(client, "CONFIG", "SET", "lfu-log-factor", "0");
    ask!(client, "CONFIG", "SET", "lfu-decay-time", "0");
    let keys = || (0..MANY).map(|number| format!("key:{number}"));
    for (number, key) in keys().enumerate() {
        ask!(client, "SET", key, "x".repeat(number % 600));
    }
    let frequencies = |client: &mut Client| -> Vec<i64> {
        let read = |key| client.value(&[b"OBJECT", b"FREQ", String::as_bytes(&key)]);
        let read: Vec<Value> = keys().map(read).collect();
        let number = |value: &Value| match value {
            Value::Int(number) => *number,
            other => panic!("{other:?}"),
        };
        read.iter().map(number).collect()
    };
    let before = frequencies(&mut client);
    results(&mut client, "GB().map(lambda x: x['value']).count().run()");
    let after = frequencies(&mut client);
    assert!(
        before
            .iter()
            .zip(&after)
            .all(|(before, after)| before + 1 == *after)
    );
    results(&mut client, "GB().count().run('key:*')");
    results(
        &mut client,
        "GB().map(lambda x: x['key']).count().run(readValue=False)",
    );
    assert_eq!(frequencies(&mut client), after);
}
