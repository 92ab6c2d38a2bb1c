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
