//! Servers of every kind: with a password, with databases, as a node of a cluster.

use gears_runtime::{Gears, Result, embedded, gear_command};
use gears_tests::{Client, ask, until};

use super::register;

#[gear_command]
fn local_mark(key: &str) -> Result<()> {
    "execute('SET', key, 'marked')"
}

#[gear_command]
fn local_hashtag(key: &str) -> Result<(String, Option<String>)> {
    r#"
    tag = hashtag()
    try:
        execute("SET", "{" + tag + "}" + key, "here")
        return tag, None
    except redisgears.GearsError as error:
        return tag, str(error)
    "#
}

#[gear_command(mode = "async")]
fn local_on_all_shards() -> Result<gears_runtime::PerShard<i64>> {
    "return 1"
}

#[test]
fn user_password_and_database_of_the_url_are_used() {
    let server = embedded::Server::builder()
        .plain()
        .tcp()
        .server_args(["--requirepass", "p@ss word"])
        .start()
        .unwrap();
    let address = format!("127.0.0.1:{}", server.port().unwrap());
    let url = format!("redis://:p%40ss%20word@{address}/3");
    let gears = Gears::local(url.as_str()).unwrap();
    register(&gears, &[&local_mark::GEAR]).unwrap();
    local_mark::on(&gears).call("k").unwrap();
    assert_eq!(ask!(Client::connect(&url), "GET", "k"), "$\"marked\"");
    let mut connection = gears.client().get_connection().unwrap();
    let marked: String = redis::Commands::get(&mut connection, "k").unwrap();
    assert_eq!(marked, "marked");

    let error = Gears::local(format!("redis://:wrong@{address}/")).unwrap_err();
    assert!(error.is_server(), "{error}");
}

#[test]
fn nodes_of_clusters_know_their_slots() {
    let server = embedded::Server::builder()
        .plain()
        .tcp()
        .server_args(["--cluster-enabled", "yes"])
        .start()
        .unwrap();
    let mut client = Client::connect(server.url());
    let slots: Vec<String> = (5000..5010).map(|slot| slot.to_string()).collect();
    let mut words = vec![b"CLUSTER".as_slice(), b"ADDSLOTS"];
    words.extend(slots.iter().map(String::as_bytes));
    assert_eq!(client.ask(&words), "+OK");
    assert_eq!(
        ask!(
            client,
            "CONFIG",
            "SET",
            "cluster-require-full-coverage",
            "no"
        ),
        "+OK"
    );
    until("cluster", || {
        ask!(client, "CLUSTER", "INFO")
            .contains("cluster_state:ok")
            .then_some(())
    });
    let gears = Gears::local(server.url()).unwrap();
    register(&gears, &[&local_hashtag::GEAR, &local_on_all_shards::GEAR]).unwrap();
    let (tag, refused) = local_hashtag::on(&gears).call("k").unwrap();
    assert_eq!(refused, None, "{tag}");
    assert_eq!(ask!(client, "CLUSTER", "KEYSLOT", tag), ":5000");
    // One shard is all shards.
    assert_eq!(local_on_all_shards::on(&gears).call().unwrap().len(), 1);
}
