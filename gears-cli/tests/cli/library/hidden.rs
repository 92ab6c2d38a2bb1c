//! What of libraries a user may not see.

use gears_tests::{ClusterPlan, ask};
use serde_json::Value as Json;

use super::{BY_HAND, as_limited, limit, limited, load, stocked};
use crate::tool::Tool;

const NO_LIBRARIES: &str = "libraries are not shown, as this user may not list functions\n";

#[test]
fn who_may_not_look_at_functions_sees_gears() {
    let (server, tool, mut client) = stocked();
    let limited = limited(&server, &["-function"]);
    let listed = limited.call(["list"]);
    assert!(listed.err.starts_with(NO_LIBRARIES), "{listed:?}");
    assert!(
        listed
            .err
            .contains("`ACL SETUSER <user> +function|list`; `gears doctor`"),
        "{listed:?}"
    );
    let table = listed.good();
    assert!(
        table.contains("gear") && !table.contains("LIBRARY"),
        "{table}"
    );
    let listed = limited.call(["list", "--json"]);
    assert!(listed.err.starts_with(NO_LIBRARIES), "{listed:?}");
    assert_eq!(listed.json().as_array().unwrap().len(), 1);
    let doctor = limited.call(["doctor"]);
    assert!(
        doctor.out.contains("`ACL SETUSER limited +function|list`"),
        "{doctor:?}"
    );

    limited
        .call(["show", "hand"])
        .bad(4, &[NO_LIBRARIES, "nothing is registered as `hand`"]);
    assert_eq!(limited.call(["show", "gear"]).err, "");
    // Of libraries nobody asks here.
    let of_reader = limited.call(["list", "--reader", "CommandReader"]);
    assert_eq!(of_reader.err, "");
    tool.call(["unregister", "gear"]).good();
    let none = limited.call(["list"]);
    assert!(none.err.starts_with(NO_LIBRARIES), "{none:?}");
    assert!(none.err.ends_with("no gear is registered\n"), "{none:?}");

    let slow = || limited.call(["slow", "--json"]);
    assert_eq!(slow().err, "", "no function was slow");
    assert_eq!(ask!(client, "FCALL_RO", "nap", "0"), "nil");
    let slow = slow();
    assert!(
        slow.err
            .starts_with("calls of functions are not shown, as this user may not list functions\n"),
        "{slow:?}"
    );
    assert!(slow.json().is_array());
}

#[test]
fn counts_that_nobody_tells_stay_open() {
    let (server, _tool, mut client) = stocked();
    assert!(ask!(client, "FCALL", "fail", "0").starts_with('-'));
    let limited = limited(&server, &["-info"]);
    let why = "counts of functions are not shown, as this user may not ask for INFO\n";
    let listed = limited.call(["list"]);
    assert!(
        listed.err.starts_with(why) && listed.err.contains("+info`"),
        "{listed:?}"
    );
    let table = listed.good();
    let line = table.lines().find(|line| line.contains("fail")).unwrap();
    assert_eq!(
        line.split_whitespace().collect::<Vec<_>>(),
        ["hand", "fail", "not", "made", "by", "gears"]
    );
    let shown = limited.call(["show", "hand.fail"]);
    assert!(shown.err.starts_with(why), "{shown:?}");
    let shown = shown.good();
    assert!(
        shown.contains("fail") && !shown.contains("triggered"),
        "{shown}"
    );
    let listed = limited.call(["list", "fail", "--json"]);
    assert!(listed.err.starts_with(why), "{listed:?}");
    let fail = &listed.json()[0]["functions"][0];
    for count in ["triggered", "succeeded", "failed", "killed", "averageRunMs"] {
        assert_eq!(fail.get(count), Some(&Json::Null), "{count}: {fail}");
    }
    let top = limited.call(["top", "--json", "--interval", "0.01"]);
    assert!(
        top.err.starts_with(
            "times, queue, workers and functions are not shown, as this user may not ask for INFO\n"
        ),
        "{top:?}"
    );
    assert_eq!(top.json()["gears"][0]["p50Us"], Json::Null);
}

#[test]
fn shards_that_do_not_tell_of_libraries_are_named() {
    let cluster = ClusterPlan::default().valkey().start();
    for place in 0..3 {
        let mut client = cluster.client(place);
        load(&mut client, BY_HAND);
        let rules: &[&str] = if place == 1 { &["-function"] } else { &[] };
        limit(&mut client, rules);
    }
    let tool = as_limited(Tool::at(cluster.server(0).url()));
    let listed = tool.call(["list"]);
    let why = format!(
        "libraries on shard {} are not shown, as this user may not list functions there\n",
        cluster.id(1)
    );
    assert!(listed.err.starts_with(&why), "{listed:?}");
    assert!(listed.good().contains("2/3"));
    limit(&mut cluster.client(1), &["-info"]);
    let listed = tool.call(["list", "--json"]);
    let why = format!(
        "counts of functions on shard {} are not shown, as this user may not ask for INFO there\n",
        cluster.id(1)
    );
    assert!(listed.err.starts_with(&why), "{listed:?}");
    let hand = &listed.json()[0];
    assert_eq!(hand["shards"].as_array().unwrap().len(), 3);
    assert_eq!(
        hand["functions"][0]["triggered"],
        Json::Null,
        "no part of a sum"
    );
}
