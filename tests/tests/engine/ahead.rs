//! Values that are read ahead for functions of events: none is older than what a
//! function can know.

use gears_tests::{Client, TestServer, ask, until};

/// Lets functions wait for their turn without a call of the server, so that events
/// pile up, and tells what they have seen.
const SCRIPT: &str = "\
import time
state = {'turn': 0, 'awaited': 0}
seen = []
def wait(turn=1):
    state['awaited'] = turn
    while state['turn'] < turn:
        time.sleep(0.001)
def go(r):
    state['turn'] += 1
GB('CommandReader').foreach(go).register(trigger='go', mode='sync')
GB('CommandReader').map(lambda r: state['awaited']).register(trigger='awaited', mode='sync')
GB('CommandReader').map(lambda r: len(seen)).register(trigger='count', mode='sync')
def report(r):
    told = repr(seen)
    seen.clear()
    state['turn'] = 0
    return told
GB('CommandReader').map(report).register(trigger='report', mode='sync')
";

fn server_with(function: &str) -> (TestServer, Client) {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(&format!("{SCRIPT}{function}"));
    (server, client)
}

/// Lets the functions go and returns what so many of them have seen.
fn seen(client: &mut Client, count: usize) -> String {
    client.trigger("go", &[]);
    until("all functions have run", || {
        (client.trigger("count", &[]) == format!(r#"[$"{count}"]"#)).then_some(())
    });
    client.trigger("report", &[])
}

/// Waits until a function awaits its turn.
fn awaited(client: &mut Client, turn: usize) {
    until("a function awaits its turn", || {
        (client.trigger("awaited", &[]) == format!(r#"[$"{turn}"]"#)).then_some(())
    });
}

/// Lets so many values be read ahead as ever are.
fn warm_up(client: &mut Client) {
    client.trigger("go", &[]);
    for _ in 0..20 {
        let mut words = vec!["MSET".to_owned()];
        for number in 0..500 {
            words.extend([format!("key:{number}"), "warm".to_owned()]);
        }
        let words: Vec<_> = words.iter().map(String::as_bytes).collect();
        assert_eq!(client.ask(&words), "+OK");
    }
    seen(client, 20 * 500);
}

/// What functions see of keys that they delete in turn: one in ten deletes the
/// next, in the given way.
fn sees_what_earlier_functions_did(way: &str) {
    let (_server, mut client) = server_with(&format!(
        "import threading\n\
         def delete(key):\n    \
             execute('DEL', key)\n\
         {way}\n\
         def note(r):\n    \
             wait()\n    \
             name, number = r['key'].split(':')\n    \
             if r['value'] == 'now' and int(number) % 10 == 0:\n        \
                 act('key:%d' % (int(number) + 1))\n    \
             seen.append(r['value'])\n\
         GB('KeysReader').foreach(note).register(\
         'key:*', mode='async_local', eventTypes=['set'])"
    ));
    warm_up(&mut client);
    for number in 0..300 {
        ask!(client, "SET", format!("key:{number}"), "now");
    }
    let expected: Vec<_> = (0..300)
        .map(|number| if number % 10 == 1 { "None" } else { "'now'" })
        .collect();
    assert_eq!(
        seen(&mut client, 300),
        format!(r#"[$"[{}]"]"#, expected.join(", ")),
        "{way}"
    );
}

#[test]
fn functions_see_what_earlier_ones_did() {
    for way in [
        "act = delete",
        "def act(key):\n    \
             with atomic():\n        \
                 delete(key)",
        "def act(key):\n    \
             thread = threading.Thread(target=delete, args=(key,))\n    \
             thread.start()\n    \
             thread.join()",
        "from redisgears import executeCommand as run\n\
         def act(key):\n    \
             run('EVAL', \"redis.call('DEL', KEYS[1])\", '1', key)",
    ] {
        sees_what_earlier_functions_did(way);
    }
}

#[test]
fn functions_see_what_coroutines_of_earlier_ones_did() {
    let (_server, mut client) = server_with(
        "import asyncio\n\
         ended = {'all': False}\n\
         async def delete():\n    \
             await asyncio.sleep(0.001)\n    \
             execute('DEL', 'key:2')\n    \
             ended['all'] = True\n\
         def note(r):\n    \
             wait()\n    \
             seen.append(r['value'])\n    \
             if r['key'] == 'key:0' and r['value'] == 'now':\n        \
                 return delete()\n    \
             while r['key'] == 'key:1' and r['value'] == 'now' and not ended['all']:\n        \
                 time.sleep(0.001)\n\
         GB('KeysReader').foreach(note).register(\
         'key:*', mode='async_local', eventTypes=['set'])",
    );
    warm_up(&mut client);
    for key in ["gate", "0", "1", "2", "3"] {
        ask!(client, "SET", format!("key:{key}"), "now");
    }
    assert_eq!(
        seen(&mut client, 5),
        r#"[$"['now', 'now', 'now', None, 'now']"]"#
    );
}

#[test]
fn functions_after_a_slow_one_see_what_clients_left() {
    let (_server, mut client) = server_with(
        "def note(r):\n    \
             wait()\n    \
             if r['key'] == 'key:0' and r['value'] == 'now':\n        \
                 wait(2)\n        \
                 time.sleep(0.1)\n    \
             seen.append(r['value'])\n\
         GB('KeysReader').foreach(note).register(\
         'key:*', mode='async_local', eventTypes=['set'])",
    );
    warm_up(&mut client);
    ask!(client, "SET", "key:gate", "now");
    for number in 0..100 {
        ask!(client, "SET", format!("key:{number}"), "now");
    }
    client.trigger("go", &[]);
    awaited(&mut client, 2);
    for number in 1..100 {
        ask!(client, "DEL", format!("key:{number}"));
    }
    let expected: Vec<_> = (0..101)
        .map(|place| if place < 2 { "'now'" } else { "None" })
        .collect();
    assert_eq!(
        seen(&mut client, 101),
        format!(r#"[$"[{}]"]"#, expected.join(", "))
    );
}

#[test]
fn each_function_sees_its_event_or_what_came_after() {
    let (server, mut client) = server_with(
        "newest = {}\n\
         def note(r):\n    \
             key, value = r['key'], r['value']\n    \
             if r['type'] == 'hash':\n        \
                 value = value['f']\n    \
             elif r['type'] == 'list':\n        \
                 value = value[-1]\n    \
             value = int(value)\n    \
             before = newest.get(key, (0, 0))\n    \
             newest[key] = (before[0] + 1, value)\n    \
             if value <= before[0] or value < before[1]:\n        \
                 raise Exception('too old')\n    \
             seen.append(key)\n\
         GB('KeysReader').foreach(note).register('*', mode='async_local')\n\
         GB('CommandReader').map(lambda r: sorted(newest.items()))\
         .register(trigger='newest', mode='sync')",
    );
    let mut pipeline = redis::pipe();
    let mut made: u64 = 1;
    let mut counts = std::collections::BTreeMap::new();
    for _ in 0..20_000 {
        made = made.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let kind = ["hash", "list", "string"][usize::try_from((made >> 33) % 3).unwrap()];
        let key = format!("{kind}:{}", (made >> 40) % 50);
        let count: &mut u64 = counts.entry(key.clone()).or_default();
        *count += 1;
        match kind {
            "hash" => pipeline.cmd("HSET").arg(key).arg("f").arg(*count),
            "list" => pipeline.cmd("RPUSH").arg(key).arg(*count),
            _ => pipeline.cmd("SET").arg(key).arg(*count),
        }
        .ignore();
    }
    let connection = redis::Client::open(server.url()).unwrap();
    let mut connection = connection.get_connection().unwrap();
    pipeline.exec(&mut connection).unwrap();
    seen(&mut client, 20_000);
    let newest = client.trigger("newest", &[]);
    for (key, count) in counts {
        assert!(
            newest.contains(&format!("('{key}', ({count}, {count}))")),
            "{key} {count}: {newest}"
        );
    }
}

#[test]
fn values_stay_with_their_events_when_some_are_aborted() {
    let (_server, mut client) = server_with(
        "def note(r):\n    \
             wait()\n    \
             seen.append(r['key'] == r['value'])\n\
         GB('KeysReader').foreach(note).register(\
         'key:*', mode='async_local', eventTypes=['set'])",
    );
    warm_up(&mut client);
    for number in 0..200 {
        let key = format!("key:{number}");
        ask!(client, "SET", key, key);
    }
    let executions = ask!(client, "RG.DUMPEXECUTIONS");
    let waiting: Vec<_> = executions
        .split(r#"$"executionId", $""#)
        .skip(1)
        .filter(|execution| execution.contains(r#"$"created""#))
        .filter_map(|execution| execution.split('"').next())
        .collect();
    assert!(waiting.len() >= 190, "{executions}");
    let aborted = waiting.iter().step_by(10);
    let count = aborted.len();
    for id in aborted {
        assert_eq!(ask!(client, "RG.ABORTEXECUTION", id), "+OK");
    }
    assert!(!seen(&mut client, 200 - count).contains("False"));
}
