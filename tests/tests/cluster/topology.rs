//! What each node says of its cluster, which it follows by itself.

use gears_tests::{TestCluster, ask, until};

/// The tag of the lowest slot that a shard serves.
fn hashtag(cluster: &TestCluster, place: usize) -> String {
    let reply = cluster.client(place).execute(
        "GB('ShardsIDReader').map(lambda r: hashtag() + hashtag3()).run(mode='async_local')",
    );
    reply
        .trim_start_matches(r#"[[$""#)
        .trim_end_matches(r#""], []]"#)
        .to_owned()
}

#[test]
fn every_node_tells_all_primaries_with_their_slots() {
    let cluster = TestCluster::with_replicas();
    let ids: Vec<_> = (0..3).map(|place| cluster.id(place)).collect();
    for place in 0..6 {
        let mut client = cluster.client(place);
        let told = ask!(client, "RG.INFOCLUSTER");
        assert!(
            told.starts_with(&format!(r#"[$"MyId", $"{}""#, cluster.id(place))),
            "{told}"
        );
        let expected = [(0, 5460), (5461, 10922), (10923, 16383)];
        let expected: Vec<_> = ids.iter().zip(expected).collect();
        // News of who follows whom take their time.
        let shards = until("this node's view", || {
            let shards = cluster.gears(place).info_cluster().unwrap()?.shards;
            let seen = shards
                .iter()
                .map(|shard| (&shard.id, (shard.min_hash_slot, shard.max_hash_slot)));
            seen.eq(expected.iter().copied()).then_some(shards.clone())
        });
        for (place, shard) in shards.iter().enumerate() {
            assert_eq!(shard.port, i64::from(cluster.server(place).port().unwrap()));
            assert_eq!(shard.ip, "127.0.0.1");
        }
        assert_eq!(ask!(client, "RG.REFRESHCLUSTER", "NOW"), "+OK");
        assert_eq!(ask!(client, "RG.NETWORKTEST"), "+OK");
        assert_eq!(ask!(client, "RG.HELLO").len(), r#"$"""#.len() + 40);
    }
}

#[test]
fn a_node_tells_what_it_knows_of_each_shard() {
    let cluster = TestCluster::start();
    let told = cluster.gears(1).info_cluster().unwrap().unwrap();
    assert_eq!(told.my_shard().unwrap().id, told.my_id);
    assert_eq!(told.my_run_id.as_ref().unwrap().len(), 40);
    assert_eq!(told.shards.len(), 3);
    for shard in &told.shards {
        assert_eq!((shard.ip.as_str(), shard.id.len()), ("127.0.0.1", 40));
        assert!(shard.min_hash_slot <= shard.max_hash_slot && shard.port > 0);
        // Servers write `None` for the one and, until the shards have met, nothing for the other.
        assert_eq!(shard.unix_socket, None);
        assert!(shard.run_id.as_ref().is_none_or(|run| run.len() == 40));
        assert!(shard.pending_messages >= 0);
    }
}

#[test]
fn a_shard_has_its_name_and_a_tag_of_its_slots() {
    let cluster = TestCluster::start();
    for place in 0..3 {
        let name = cluster
            .client(place)
            .execute("GB('ShardsIDReader').run(collect=False)");
        assert_eq!(name, format!(r#"[[$"{}"], []]"#, cluster.id(place)));
        let written = cluster.client(place).execute(
            "GB('ShardsIDReader').map(lambda r: execute('SET', 'k{%s}' % hashtag(), r)).run()",
        );
        assert_eq!(written, r#"[[$"OK", $"OK", $"OK"], []]"#);
    }
    assert_eq!(hashtag(&cluster, 0), "06S{06S}");
    assert_eq!(hashtag(&cluster, 1), "8M{8M}");
}

#[test]
fn slots_that_move_and_nodes_that_join_are_seen_without_a_word() {
    let mut cluster = TestCluster::start();
    let place = cluster.join();
    // It takes itself for down until it has heard of the others.
    cluster.wait_until_fine();
    let told = cluster
        .client(place)
        .execute("GB('ShardsIDReader').map(lambda r: hashtag()).run()");
    assert!(told.contains("serves no slot"), "{told}");
    for shard in [0, place] {
        let shards = cluster.gears(shard).info_cluster().unwrap().unwrap().shards;
        let newest = shards.iter().find(|one| one.id == cluster.id(place));
        let newest = newest.expect("who joined");
        assert_eq!((newest.min_hash_slot, newest.max_hash_slot), (-1, -1));
    }
    cluster.begin_to_move(0, 0, place);
    cluster.end_move(0, 0, place);
    until("the slot", || {
        (hashtag(&cluster, place) == "06S{06S}").then_some(())
    });
    // That of slot 1.
    until("the other slots", || {
        (hashtag(&cluster, 0) == "Qi{Qi}").then_some(())
    });
}

#[test]
fn a_promoted_replica_speaks_for_its_slots() {
    let mut cluster = TestCluster::with_replicas();
    assert_eq!(hashtag(&cluster, 4), "8M{8M}", "that of its primary");
    cluster.kill(1);
    until("promotion", || cluster.is_primary(4).then_some(()));
    until("the others' view", || {
        let shards = cluster.gears(0).info_cluster().unwrap().unwrap().shards;
        let ids: Vec<_> = shards.into_iter().map(|shard| shard.id).collect();
        (ids == [0, 4, 2].map(|place| cluster.id(place))).then_some(())
    });
    assert_eq!(hashtag(&cluster, 4), "8M{8M}");
}

#[test]
fn a_key_of_another_shard_is_refused_by_the_name_of_that_shard() {
    let cluster = TestCluster::start();
    let mut client = cluster.client(0);
    let foreign = cluster.key_at(1, "foreign");
    let slot = cluster.slot(&foreign);
    let (owner, port) = (cluster.id(1), cluster.server(1).port().unwrap());
    let said = client.execute(&format!("execute('GET', '{foreign}')"));
    for part in [
        "gears.error: Operation not permitted".to_owned(),
        format!("'{foreign}' is in slot {slot}"),
        format!("{owner} serves (127.0.0.1:{port})"),
        "hashtag()".to_owned(),
    ] {
        assert!(said.contains(&part), "{part} in {said}");
    }
    // What a script compares with is as short as in RedisGears.
    let caught = client.execute(&format!(
        "try:\n    execute('SET', '{foreign}', 'v')\nexcept Exception as error:\n    text = str(error)\n\
         GB('ShardsIDReader').map(lambda r: text).run(collect=False)"
    ));
    assert_eq!(caught, r#"[[$"Operation not permitted"], []]"#);
    let nowhere = cluster
        .client(1)
        .execute(&format!("execute('GET', '{foreign}')"));
    assert_eq!(nowhere, "+OK", "its own shard has it");
}

#[test]
fn executions_bear_the_name_of_their_shard() {
    let cluster = TestCluster::start();
    let mut client = cluster.client(2);
    let words: [&[u8]; 3] = [
        b"RG.PYEXECUTE",
        b"GB('ShardsIDReader').run(collect=False)",
        b"UNBLOCKING",
    ];
    let id = client.ask(&words).trim_matches(['$', '"']).to_owned();
    assert!(id.starts_with(&cluster.id(2)), "{id}");
    let results = ask!(client, "RG.GETRESULTSBLOCKING", id);
    assert_eq!(results, format!(r#"[[$"{}"], []]"#, cluster.id(2)));
    assert!(ask!(client, "RG.GETEXECUTION", id).contains(&cluster.id(2)));
    // Each shard keeps what is its own, under the same id.
    let other = ask!(cluster.client(0), "RG.GETRESULTS", id);
    assert_eq!(other, format!(r#"[[$"{}"], []]"#, cluster.id(0)));
    assert_eq!(ask!(client, "RG.DROPEXECUTION", id), "+OK");
}
