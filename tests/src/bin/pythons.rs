//! A cluster in which one shard of three runs the engine of another Python, whose file is the argument.
//!
//! `cargo xtask matrix` runs it for each Python that it is given: set-up has one alone, so this is no test.

use gears_tests::{ClusterPlan, TestCluster, ask, until};

/// Where the other Python is.
const OTHER: usize = 2;

fn main() {
    let engine = std::env::args_os().nth(1);
    let engine = engine.expect("the file of an engine that was built for another Python");
    let cluster = ClusterPlan::default().engine(OTHER, engine).start();
    let pythons = registering_works_everywhere(&cluster);
    assert_eq!(pythons[0], pythons[1]);
    assert_ne!(
        pythons[0], pythons[OTHER],
        "the other engine has the same Python"
    );
    calls_run_on_all_shards(&cluster, &pythons);
    what_runs_once_is_refused(&cluster, &pythons);
    what_was_registered_outlives_a_restart(cluster);
    println!(
        "Python {} and {} in one cluster",
        pythons[0], pythons[OTHER]
    );
}

/// Registers from both sides; the source makes the session again where its pickle is foreign. Returns which Python each
/// shard has.
fn registering_works_everywhere(cluster: &TestCluster) -> [String; 3] {
    for from in [0, OTHER] {
        let script = format!(
            "import sys\n\
             version = lambda: '%d.%d' % sys.version_info[:2]\n\
             GB('CommandReader').map(lambda r: version()).register(trigger='sync.{from}', mode='sync')\n\
             GB('CommandReader').map(lambda r: version()).register(trigger='async.{from}')"
        );
        cluster.client(from).install(&script);
    }
    [0, 1, 2].map(|place| {
        let version = ask!(cluster.client(place), "RG.TRIGGER", "sync.0");
        assert_eq!(
            ask!(cluster.client(place), "RG.TRIGGER", format!("sync.{OTHER}")),
            version
        );
        version.trim_matches(['[', ']', '$', '"']).to_owned()
    })
}

fn calls_run_on_all_shards(cluster: &TestCluster, pythons: &[String; 3]) {
    let mut expected: Vec<_> = pythons
        .iter()
        .map(|version| format!(r#"$"{version}""#))
        .collect();
    expected.sort();
    for trigger in [0, OTHER].map(|from| format!("async.{from}")) {
        for place in 0..3 {
            let answer = ask!(cluster.client(place), "RG.TRIGGER", trigger);
            let mut versions: Vec<_> = answer.trim_matches(['[', ']']).split(", ").collect();
            versions.sort_unstable();
            assert_eq!(versions, expected, "{trigger} on shard {place}");
        }
    }
}

/// A function that runs once comes as a pickle alone: it is refused with both versions and the shard.
fn what_runs_once_is_refused(cluster: &TestCluster, pythons: &[String; 3]) {
    for (from, refusing) in [(0, &[OTHER][..]), (1, &[OTHER]), (OTHER, &[0, 1])] {
        let refused = cluster
            .client(from)
            .execute("GB().map(lambda r: r).count().run()");
        let is_named = |place: &usize| refused.contains(&cluster.id(*place));
        assert!(refusing.iter().any(is_named), "{refused}");
        let (here, there) = (&pythons[from], &pythons[refusing[0]]);
        assert!(
            refused.contains(&format!("has Python {there}")),
            "{refused}"
        );
        assert!(refused.contains(&format!("has {here}")), "{refused}");
    }
}

fn what_was_registered_outlives_a_restart(mut cluster: TestCluster) {
    assert_eq!(ask!(cluster.client(OTHER), "SAVE"), "+OK");
    let before = ask!(cluster.client(OTHER), "RG.TRIGGER", "sync.0");
    cluster.restart(OTHER);
    until("the registration", || {
        (ask!(cluster.client(OTHER), "RG.TRIGGER", "sync.0") == before).then_some(())
    });
}
