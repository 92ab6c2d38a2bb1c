//! Users who may not ask about the cluster.

use gears_runtime::embedded::Server;
use gears_runtime::{Gears, Script};
use gears_tests::{Client, TestCluster};

/// What the words of `ACL SETUSER` say of somebody who may do all but ask for the slots.
const ALL_BUT_SLOTS: &[&str] = &["on", ">pass", "~*", "&*", "+@all", "-cluster"];

/// Gives a user of this name what the rules say.
fn set_ada(client: &mut Client, rules: &[&str]) {
    let words = ["ACL", "SETUSER", "ada"].iter().chain(rules);
    let words: Vec<&[u8]> = words.map(|word| word.as_bytes()).collect();
    assert_eq!(client.ask(&words), "+OK");
}

fn as_ada(url: &str) -> String {
    url.replacen("://", "://ada:pass@", 1)
}

#[test]
fn who_may_not_see_the_cluster_is_told_and_not_taken_to_one_shard() {
    let cluster = TestCluster::start();
    let set_everywhere = |rules: &[&str]| {
        for place in 0..3 {
            set_ada(&mut cluster.client(place), rules);
        }
    };
    set_everywhere(ALL_BUT_SLOTS);
    let url = as_ada(cluster.server(0).url());
    let error = Gears::connect(url.as_str())
        .and_then(|gears| gears.dump_registrations())
        .unwrap_err();
    assert!(error.is_permission(), "{error}");
    assert!(error.to_string().contains("+cluster|slots"), "{error}");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let error = runtime
        .block_on(async {
            let gears = Gears::connect_async(url.as_str()).await?.aio();
            gears.dump_registrations().await
        })
        .unwrap_err();
    assert!(error.to_string().contains("+cluster|slots"), "{error}");
    // With the right that was named, the cluster is seen.
    set_everywhere(&["+cluster|slots"]);
    let gears = Gears::connect(url.as_str()).unwrap();
    assert!(gears.is_cluster().unwrap());
    // Who loses it later keeps the cluster that is known.
    set_everywhere(&["-cluster"]);
    let error = gears.shards().unwrap_err();
    assert!(error.is_permission(), "{error}");
    assert!(gears.is_cluster().unwrap());
}

#[test]
fn on_a_server_that_is_alone_nobody_needs_the_right() {
    let server = Server::builder().tcp().start().unwrap();
    set_ada(&mut Client::connect(server.url()), ALL_BUT_SLOTS);
    let gears = Gears::connect(as_ada(server.url())).unwrap();
    assert!(!gears.is_cluster().unwrap());
    let ran = gears.execute(&Script::from_source("GB('ShardsIDReader').run()"));
    assert!(ran.is_ok(), "{ran:?}");
}
