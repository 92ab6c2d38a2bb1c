//! What is left on a server.

use std::collections::BTreeMap;

use gears_runtime::redis::{self, Commands, Connection};

/// What a key holds, for how long.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    value: Vec<String>,
    /// The milliseconds until it expires.
    lasts: Option<i64>,
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        // The two are not read at the same time.
        let alike = match (self.lasts, other.lasts) {
            (Some(one), Some(other)) => (one - other).abs() < 20_000,
            (one, other) => one == other,
        };
        alike && self.value == other.value
    }
}

/// Reads everything, and sees to it that the server has nothing else to tell.
pub(crate) fn left(connection: &mut Connection) -> BTreeMap<String, Held> {
    let keys: Vec<String> = connection.keys("*").unwrap();
    let mut left = BTreeMap::new();
    for key in keys {
        let lasts: i64 = connection.pttl(&key).unwrap();
        let held = Held {
            value: value(connection, &key),
            lasts: (lasts >= 0).then_some(lasts),
        };
        left.insert(key, held);
    }
    left
}

fn value(connection: &mut Connection, key: &str) -> Vec<String> {
    let kind: String = redis::cmd("TYPE").arg(key).query(connection).unwrap();
    let mut value: Vec<String> = match kind.as_str() {
        "string" => vec![connection.get(key).unwrap()],
        "list" => connection.lrange(key, 0, -1).unwrap(),
        "zset" => redis::cmd("ZRANGE")
            .arg(key)
            .arg(0)
            .arg(-1)
            .arg("WITHSCORES")
            .query(connection)
            .unwrap(),
        "hash" => {
            let fields: BTreeMap<String, String> = connection.hgetall(key).unwrap();
            fields.into_iter().flat_map(<[String; 2]>::from).collect()
        }
        "stream" => {
            // Ids are times.
            let entries: Vec<(String, Vec<String>)> = redis::cmd("XRANGE")
                .arg(key)
                .arg("-")
                .arg("+")
                .query(connection)
                .unwrap();
            entries.into_iter().flat_map(|(_, fields)| fields).collect()
        }
        kind => panic!("{key} is a {kind}"),
    };
    value.insert(0, kind);
    value
}
