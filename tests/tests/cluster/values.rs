//! Values of keys that one node has in several slots.

use gears_tests::{TestCluster, ask};
use redis::Value;

#[test]
fn a_reader_brings_the_values_of_all_slots() {
    let cluster = TestCluster::start();
    let mut client = cluster.client(0);
    for name in ["a", "b", "c", "d"] {
        assert_eq!(ask!(client, "SET", cluster.key_at(0, name), name), "+OK");
    }
    let script = b"GB('KeysReader').map(lambda r: r['value']).run()";
    let Value::Array(reply) = client.value(&[b"RG.PYEXECUTE", script]) else {
        panic!("no results and errors");
    };
    let [Value::Array(results), Value::Array(errors)] = &reply[..] else {
        panic!("{reply:?}");
    };
    assert_eq!((results.len(), errors.len()), (4, 0), "{reply:?}");
}

#[test]
fn a_reader_brings_the_values_of_many_keys_of_many_slots() {
    let cluster = TestCluster::start();
    let mut clients: Vec<_> = (0..3).map(|place| cluster.client(place)).collect();
    let (mut expected, mut lists) = (0, 0);
    for number in 0..6_000_usize {
        let (text, size) = ("x".repeat(number / 4), number.to_string().len());
        let number = number.to_string();
        // Some are long, and some of the others share their slot.
        let (words, length) = match number.len() % 2 + 2 * (text.len() % 2) {
            0 => (vec!["SET", &number, &text], text.len()),
            1 => (vec!["SET", &number, &number], size),
            2 => (vec!["SET", &number, "x"], 1),
            _ => {
                lists += 1;
                (vec!["RPUSH", &number, "a", "b"], 2)
            }
        };
        expected += length;
        let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
        let sent = clients.iter_mut().map(|client| client.ask(&words));
        assert_eq!(
            sent.filter(|answer| !answer.starts_with("-MOVED")).count(),
            1
        );
    }
    let total = "GB().aggregate(0, lambda a, x: a + len(x['value']), lambda a, b: a + b).run()";
    let keys = "GB().map(lambda x: x['key'] * (x['value'] is not None)).distinct().count().run()";
    for client in &mut clients {
        assert_eq!(client.execute(total), format!(r#"[[$"{expected}"], []]"#));
        assert_eq!(client.execute(keys), r#"[[$"6000"], []]"#);
    }
    // What goes while the run reads is left out.
    let lists_go = "GB().filter(lambda x: x['type'] == 'list')\
                    .foreach(lambda x: execute('DEL', x['key'])).count().run()";
    assert_eq!(
        clients[0].execute(lists_go),
        format!(r#"[[$"{lists}"], []]"#)
    );
    let left = 6_000 - lists;
    assert_eq!(clients[1].execute(keys), format!(r#"[[$"{left}"], []]"#));
}
