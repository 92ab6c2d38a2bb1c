//! Scripts that import `redgrease` on shards whose Python has no such package.

use std::collections::BTreeMap;

use gears_runtime::{Runtime, Script};
use gears_tests::{BarePython, ClusterPlan, TestCluster, ask};
use serde::Deserialize;

/// Starts shards whose Python has but what functions travel by.
fn cluster(python: &BarePython) -> TestCluster {
    let executable = python.executable();
    ClusterPlan::default()
        .engine_args(&["PythonExecutable", executable.to_str().unwrap()])
        .start()
}

#[derive(Debug, Deserialize)]
struct Counted {
    key: String,
    value: u64,
}

#[test]
fn functions_of_redgrease_run_on_all_shards() {
    let python = BarePython::new().with(&["cloudpickle"]);
    let cluster = cluster(&python);
    for (place, word) in ["one", "two", "two"].into_iter().enumerate() {
        let key = cluster.key_at(place, "k");
        assert_eq!(ask!(cluster.client(place), "SET", key, word), "+OK");
    }
    let gears = cluster.gears(0);
    let script = |function: &str| {
        Script::from_source(format!("from redgrease import *\n{function}.run()"))
            .runtime(Runtime::WithoutRedGrease)
    };
    let counted = script("KeysReader().values().countby()").returning::<Counted>();
    let counted = gears.execute(&counted).unwrap().into_result().unwrap();
    let counted: BTreeMap<_, _> = counted
        .into_iter()
        .map(|one| (one.key, one.value))
        .collect();
    assert_eq!(
        counted,
        BTreeMap::from([("one".to_owned(), 1), ("two".to_owned(), 2)])
    );
    // Equal records are of one group, whichever shard they are on.
    let groups =
        script("KeysReader().values().groupby().map(lambda group: sorted(group['value']))");
    let mut groups = gears
        .execute(&groups.returning::<Vec<String>>())
        .unwrap()
        .into_result()
        .unwrap();
    groups.sort();
    assert_eq!(groups, [vec!["one"], vec!["two", "two"]]);
    // Records are objects where they are read; what goes to other shards is plain.
    let records = script(
        "KeysReader().records().foreach(lambda r: r.key).map(lambda r: r.value).repartition(str).aggregate([])",
    );
    let records = gears.execute(&records.returning::<Vec<String>>()).unwrap();
    let mut words = records.into_one().unwrap();
    words.sort();
    assert_eq!(words, ["one", "two", "two"]);
}

#[test]
fn commands_of_redgrease_are_registered_on_all_shards() {
    let python = BarePython::new().with(&["cloudpickle"]);
    let cluster = cluster(&python);
    let gears = cluster.gears(0);
    let script = "from redgrease import command, hashtag\n\
                  @command()\ndef tags():\n    return hashtag()";
    gears.execute(&Script::from_source(script)).unwrap();
    for place in 0..3 {
        let mut client = cluster.client(place);
        let reply = client.trigger("tags", &[]);
        // One of each shard.
        assert_eq!(reply.matches('$').count(), 3, "{reply}");
    }
}
