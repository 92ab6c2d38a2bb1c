//! Clusters that let in only those who may: by password, by user, by TLS, at other addresses.

use gears_tests::{Authority, Client, ClusterPlan, Relay, TestCluster, ask, show, until};

/// Registers a function whose answer tells where it runs.
fn script(trigger: &str) -> String {
    format!(
        "GB('CommandReader').map(lambda r: execute('CLUSTER', 'MYID'))\
         .register(trigger='{trigger}', mode='sync')"
    )
}

/// Asserts that what one shard registers runs on all at once.
fn assert_registers(cluster: &TestCluster, from: usize, trigger: &str) {
    cluster.client(from).install(&script(trigger));
    for place in 0..3 {
        let answer = format!(r#"[$"{}"]"#, cluster.id(place));
        assert_eq!(ask!(cluster.client(place), "RG.TRIGGER", trigger), answer);
    }
}

/// Asserts that a shard registers nothing and says why, and that the others have nothing of it.
fn refusal(cluster: &TestCluster, from: usize, trigger: &str) -> String {
    let refused = cluster.client(from).execute(&script(trigger));
    assert!(refused.starts_with("[-ERR shard-"), "{refused}");
    for place in 0..3 {
        assert_eq!(cluster.client(place).id(trigger), None, "{refused}");
    }
    refused
}

/// What INFO tells of the link from a shard to another, as soon as there is one.
fn link(cluster: &TestCluster, from: usize, to: usize, field: &str) -> Option<String> {
    let row = format!("rg_{}", cluster.id(to));
    let info = ask!(cluster.client(from), "INFO", "rg_cluster");
    let rows = info.split(r"\r\n");
    let mut rows = rows.filter_map(|line| line.split_once(':'));
    let (_, row) = rows.find(|(name, _)| *name == row)?;
    let mut fields = row.split(',').filter_map(|field| field.split_once('='));
    let (_, value) = fields.find(|(name, _)| *name == field)?;
    Some(value.to_owned())
}

fn is_up(cluster: &TestCluster, from: usize, to: usize) -> bool {
    link(cluster, from, to, "link").as_deref() == Some("up")
}

/// Waits until the links between all shards stand.
fn wait_for_links(cluster: &TestCluster) {
    for (from, to) in pairs() {
        until("link", || is_up(cluster, from, to).then_some(()));
    }
}

/// Waits until all links have failed for a cause whose text has these words.
fn wait_for_errors(cluster: &TestCluster, words: &[&str]) {
    for (from, to) in pairs() {
        wait_for_error(cluster, from, to, words);
    }
}

fn wait_for_error(cluster: &TestCluster, from: usize, to: usize, words: &[&str]) {
    until(&format!("{words:?}"), || {
        let error = link(cluster, from, to, "last_error")?;
        words.iter().all(|word| error.contains(word)).then_some(())
    });
}

fn pairs() -> impl Iterator<Item = (usize, usize)> {
    (0..3).flat_map(|from| {
        (0..3)
            .filter(move |to| *to != from)
            .map(move |to| (from, to))
    })
}

#[test]
fn shards_log_in_as_replicas_do() {
    let cluster = ClusterPlan::default()
        .password("open sesame")
        .server_args(&["--masterauth", "open sesame"])
        .start();
    wait_for_links(&cluster);
    assert_registers(&cluster, 1, "guarded");
}

/// Since version 8, nodes of Redis log in at each other without a password that anybody sets.
fn logs_in_by_itself(cluster: &TestCluster) -> bool {
    let info = ask!(cluster.client(0), "INFO", "server");
    let version = info.split(r"\r\n").find_map(|line| {
        let version = line.strip_prefix("redis_version:")?;
        version.split('.').next()?.parse::<u32>().ok()
    });
    version >= Some(8) && !info.contains("valkey_version:")
}

#[test]
fn without_a_login_nothing_is_registered_until_there_is_one() {
    let cluster = ClusterPlan::default()
        .password("hidden")
        .engine_args(PATIENT)
        .start();
    if logs_in_by_itself(&cluster) {
        wait_for_links(&cluster);
        assert_registers(&cluster, 0, "guarded");
        return;
    }
    let words = [
        "wants a login",
        "ClusterUser and ClusterPassword",
        "masteruser and masterauth",
    ];
    wait_for_errors(&cluster, &words);
    let refused = refusal(&cluster, 0, "guarded");
    for place in [1, 2] {
        let id = cluster.id(place);
        assert!(refused.contains(&format!("shard-{id}")), "{refused}");
    }
    for word in words {
        assert!(refused.contains(word), "{refused}");
    }
    set_everywhere(&cluster, "masterauth", "wrong");
    wait_for_errors(
        &cluster,
        &["refuses the login of user default", "masterauth"],
    );
    let refused = refusal(&cluster, 1, "guarded");
    assert!(
        refused.contains("refuses the login of user default"),
        "{refused}"
    );
    set_everywhere(&cluster, "masterauth", "hidden");
    wait_for_links(&cluster);
    assert_registers(&cluster, 2, "guarded");
}

fn set_everywhere(cluster: &TestCluster, setting: &str, value: &str) {
    for place in 0..3 {
        set(cluster, place, setting, value);
    }
}

fn set(cluster: &TestCluster, place: usize, setting: &str, value: &str) {
    let answer = ask!(cluster.client(place), "CONFIG", "SET", setting, value);
    assert_eq!(answer, "+OK");
}

/// Lets a user in on all shards, with these rights.
fn set_user(cluster: &TestCluster, rules: &[&str]) {
    let words = ["ACL", "SETUSER", "links", "on", ">pass"];
    let words: Vec<_> = words
        .iter()
        .chain(rules)
        .map(|word| word.as_bytes())
        .collect();
    for place in 0..3 {
        assert_eq!(cluster.client(place).ask(&words), "+OK");
    }
}

/// Has refusals come at once or never: longer than any test waits for anything.
const PATIENT: &[&str] = &["ClusterPeerTimeout", "600000"];

const LOGIN: &[&str] = &["ClusterUser", "links", "ClusterPassword", "pass"];

#[test]
fn a_user_for_links_needs_two_commands_and_no_more() {
    let cluster = ClusterPlan::default()
        .password("hidden")
        .engine_args(LOGIN)
        .engine_args(PATIENT)
        .start();
    wait_for_errors(&cluster, &["refuses the login of user links"]);
    set_user(&cluster, &["+rg.innermsgcommand"]);
    let words = ["user links may not", "rg.hello", "+rg.innermsgcommand"];
    wait_for_errors(&cluster, &words);
    let refused = refusal(&cluster, 0, "guarded");
    for word in words {
        assert!(refused.contains(word), "{refused}");
    }
    set_user(&cluster, &["+rg.hello"]);
    wait_for_links(&cluster);
    assert_registers(&cluster, 0, "guarded");
    // Also what runs there is not for this user to allow or forbid.
    cluster.client(0).install(
        "GB('CommandReader').map(lambda r: execute('CLUSTER', 'MYID')).register(trigger='each')",
    );
    let each = ask!(cluster.client(0), "RG.TRIGGER", "each");
    for place in 0..3 {
        assert!(each.contains(&cluster.id(place)), "{each}");
    }
}

#[test]
fn a_user_who_may_greet_and_not_speak_is_told() {
    let cluster = ClusterPlan::default()
        .engine_args(LOGIN)
        .engine_args(PATIENT)
        .start();
    set_user(&cluster, &["+rg.hello"]);
    let words = ["user links may not", "+rg.innermsgcommand"];
    wait_for_errors(&cluster, &words);
    let refused = refusal(&cluster, 0, "guarded");
    for word in words {
        assert!(refused.contains(word), "{refused}");
    }
}

#[test]
fn a_shard_without_the_module_is_named() {
    let cluster = ClusterPlan::default().engine_args(PATIENT).plain(2).start();
    wait_for_error(&cluster, 0, 2, &["has no gears engine"]);
    let refused = cluster.client(0).execute(&script("guarded"));
    let shard = format!("[-ERR shard-{}: ", cluster.id(2));
    assert!(refused.starts_with(&shard), "{refused}");
    assert!(refused.contains("has no gears engine"), "{refused}");
    assert!(refused.contains("load the module there"), "{refused}");
    assert!(!refused.contains(&cluster.id(1)), "{refused}");
    for place in 0..2 {
        assert_eq!(cluster.client(place).id("guarded"), None);
    }
}

#[test]
fn links_speak_tls_where_the_nodes_do() {
    let authority = Authority::new();
    if !authority.is_of_use() {
        return;
    }
    let cluster = ClusterPlan::default().tls(authority).start();
    wait_for_links(&cluster);
    assert_registers(&cluster, 0, "guarded");
}

/// Where the nodes speak TLS and clients need not, servers tell each client the ports for such as it.
#[test]
fn links_stay_where_they_are_whoever_asks_for_the_shards() {
    let authority = Authority::new();
    if !authority.is_of_use() {
        return;
    }
    let cluster = ClusterPlan::default().tls(authority).mixed().start();
    wait_for_links(&cluster);
    let stand = || {
        let told = |field| pairs().map(move |(from, to)| (from, to, field));
        let told = told("host").chain(told("port")).chain(told("run"));
        let told = told.map(|(from, to, field)| link(&cluster, from, to, field));
        told.collect::<Vec<_>>()
    };
    let before = stand();
    for (place, other) in [(0, 1), (1, 2), (2, 0)] {
        let mut client = cluster.client(place);
        client.value(&[b"RG.INFOCLUSTER"]);
        refused(&mut client, &[b"RG.HELLO", b"PROVE", b"nothing"]);
        assert_eq!(stand(), before);
        assert_registers(&cluster, place, &format!("guarded.{place}"));
        assert!(is_up(&cluster, place, other));
    }
    assert_eq!(stand(), before);
}

#[test]
fn links_go_to_where_shards_say_that_they_are() {
    let cluster = TestCluster::start();
    let fronts = [0, 1, 2].map(|place| {
        let port = cluster.server(place).port().unwrap();
        (Relay::open(port), Relay::open(port + 10_000))
    });
    for (place, (front, bus)) in fronts.iter().enumerate() {
        for (setting, value) in [
            ("cluster-announce-bus-port", bus.port().to_string()),
            ("cluster-announce-port", front.port().to_string()),
            ("cluster-announce-ip", Relay::HOST.to_string()),
        ] {
            set(&cluster, place, setting, &value);
        }
    }
    for (from, to) in pairs() {
        let port = fronts[to].0.port().to_string();
        until("link to another address", || {
            let told = |field| link(&cluster, from, to, field);
            let is_there = told("host")? == Relay::HOST.to_string() && told("port")? == port;
            (is_there && is_up(&cluster, from, to)).then_some(())
        });
    }
    for (front, _) in &fronts {
        assert!(front.connections() >= 2);
    }
    assert_registers(&cluster, 0, "guarded");
}

/// Lists what a shard has and whom it hears, which no stranger may change.
fn standing(cluster: &TestCluster, place: usize) -> String {
    let others = (0..3).filter(|other| *other != place);
    let hears: Vec<_> = others
        .map(|other| {
            assert!(is_up(cluster, place, other));
            link(cluster, place, other, "hears_it")
        })
        .collect();
    let registrations = cluster.client(place).registrations();
    let registrations: Vec<_> = registrations.iter().map(show).collect();
    format!("{hears:?} {registrations:?}")
}

fn refused(client: &mut Client, words: &[&[u8]]) {
    let answer = client.ask(words);
    assert!(answer.starts_with("-ERR"), "{answer}");
}

#[test]
fn strangers_speak_for_no_shard() {
    let cluster = TestCluster::start();
    wait_for_links(&cluster);
    assert_registers(&cluster, 0, "guarded");
    let (me, other, run) = (cluster.id(0), cluster.id(1), "b".repeat(40));
    let nonce = "a".repeat(64);
    let before = standing(&cluster, 0);
    let mut stranger = cluster.client(0);
    let unknown = "c".repeat(40);
    let words: [&[&str]; 10] = [
        &["RG.HELLO", "1"],
        &["RG.HELLO", "no", "words", "of", "greeting"],
        &["RG.HELLO", "0", &other, &run, &nonce],
        &["RG.HELLO", "1", &unknown, &run, &nonce],
        &["RG.HELLO", "1", &me, &run, &nonce],
        &["RG.HELLO", "1", &other, &run, "short"],
        &["RG.HELLO", "PROVE", &nonce],
        &["RG.INNERMSGCOMMAND"],
        &["RG.INNERMSGCOMMAND", "1", "frame"],
        &["RG.INNERMSGCOMMAND", "-1", "\0\0\0"],
    ];
    for words in words {
        let words: Vec<_> = words.iter().map(|word| word.as_bytes()).collect();
        refused(&mut stranger, &words);
    }

    // Who greets as a shard and does not know what the shards share, comes no further, whatever
    // it makes of the words that it hears.
    let hello: [&[u8]; 5] = [
        b"RG.HELLO",
        b"1",
        other.as_bytes(),
        run.as_bytes(),
        nonce.as_bytes(),
    ];
    for proof in ["0".repeat(64), String::new(), "PROVE".to_owned()] {
        stranger.value(&hello);
        refused(&mut stranger, &[b"RG.HELLO", b"PROVE", proof.as_bytes()]);
        refused(&mut stranger, &[b"RG.INNERMSGCOMMAND", b"1", b"frame"]);
    }
    let welcome: Vec<String> = redis::from_redis_value(stranger.value(&hello)).unwrap();
    let [_, id, _, _, proof] = welcome.as_slice() else {
        panic!("{welcome:?}");
    };
    assert_eq!(*id, me);
    refused(&mut stranger, &[b"RG.HELLO", b"PROVE", proof.as_bytes()]);
    refused(&mut stranger, &[b"RG.INNERMSGCOMMAND", b"1", b"frame"]);
    // Nor within a script or a transaction, which have no connection of their own.
    let script: &[&[u8]] = &[b"EVAL", b"return redis.call('RG.HELLO', 'PROVE', '')", b"0"];
    refused(&mut stranger, script);
    assert_eq!(ask!(stranger, "MULTI"), "+OK");
    stranger.ask(&hello);
    let answer = ask!(stranger, "EXEC");
    assert!(answer.contains("on a connection of its own"), "{answer}");

    assert_eq!(standing(&cluster, 0), before);
    assert_registers(&cluster, 1, "after");
}
