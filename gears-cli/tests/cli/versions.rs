//! Versions of a trigger, and who made what is registered, as `list`, `show`, `trigger` and others tell them.

use gears_tests::{TestCluster, TestServer};
use serde_json::{Value as Json, json};

use crate::{completion::until_completed, tool::Tool};

const OLD: &str = "0011223344556677";
const NEW: &str = "8899aabbccddeeff";

/// Registers a version of a function, as an application does.
fn deploy(tool: &Tool, application: &str, trigger: &str, version: &str, fingerprint: &str) {
    let gear = format!("{application}::pricing::{trigger}");
    let mark = format!("[by {application} {version} {gear} 2026-11-30T01:42:16Z]");
    let script = format!(
        "GB('CommandReader', desc='prices an offer {mark} [gears {fingerprint}{fingerprint}]')\
         .map(lambda _: '{version}')\
         .register(trigger='{trigger}', mode='sync', version='{fingerprint}')"
    );
    let session = format!("{trigger}-{fingerprint}");
    tool.feed(["run", "-", "--id", &session, "--upgrade"], script)
        .good();
}

fn both(url: &str) -> Tool {
    let tool = Tool::at(url);
    deploy(&tool, "shop", "quote", "1.4.0", OLD);
    deploy(&tool, "shop", "quote", "1.5.0", NEW);
    tool
}

fn one(shown: &Json) -> &Json {
    assert_eq!(shown.as_array().unwrap().len(), 1, "{shown}");
    &shown[0]
}

#[test]
fn list_tells_who_made_what_when_somebody_says_so() {
    let server = TestServer::private();
    let tool = both(server.url());
    tool.run("GB('KeysReader', desc='of nobody').register('person:*', mode='async_local')");
    insta::assert_snapshot!(tool.call(["list"]).good());
    let count = |filter: &str| {
        let listed = tool.call(["list", filter, "--json"]).json();
        listed.as_array().unwrap().len()
    };
    assert_eq!((count("shop"), count("1.5.0")), (2, 1));
    assert_eq!((count("quote"), count(&NEW[..6])), (2, 1));
}

#[test]
fn trigger_means_the_newest_version_and_the_other_says_its_own() {
    let server = TestServer::private();
    let tool = both(server.url());
    let old = format!("quote@{OLD}");
    let new = format!("quote@{NEW}");
    for (name, answer) in [("quote", "1.5.0"), (&new, "1.5.0"), (&old, "1.4.0")] {
        let called = tool.call(["trigger", name]).good();
        assert_eq!(called.trim(), answer, "{name}");
        let shown = tool.call(["show", name, "--json"]).json();
        assert_eq!(one(&shown)["maker"]["version"], answer, "{name}");
    }
    until_completed(&tool, &["trigger", "quo"], |all| {
        let mut all = all.to_owned();
        all.sort();
        all == ["quote", &old]
    });
    until_completed(&tool, &["show", "quote@"], |all| all == [&*old]);
    let top = tool.call(["top", "--once", "--json"]).json();
    let names: Vec<&Json> = top["gears"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gear| &gear["name"])
        .collect();
    assert!(names.contains(&&json!("quote")) && names.contains(&&json!(old)));

    let gone = tool.call(["unregister", "quote"]).good();
    assert!(gone.starts_with("unregistered quote ("), "{gone}");
    assert_eq!(tool.call(["trigger", "quote"]).good(), "1.4.0\n");
    tool.call(["unregister", &new]).bad(4, &[&new]);
    tool.call(["unregister", &old]).good();
    assert_eq!(tool.call(["list", "--json"]).json(), json!([]));
}

#[test]
fn show_tells_who_made_it_and_how_long_it_stays() {
    let server = TestServer::private();
    let tool = both(server.url());
    let old = format!("quote@{OLD}");
    let shown = tool.call(["show", &old]).good();
    let row = |name: &str| {
        let line = shown.lines().find(|line| line.starts_with(name));
        let line = line.unwrap_or_else(|| panic!("no {name} in {shown}"));
        line[name.len()..].trim().to_owned()
    };
    for (name, value) in [
        ("trigger", "quote"),
        ("version", OLD),
        ("newest", "no"),
        ("keep", "1h00m"),
        ("application", "shop 1.4.0"),
        ("gear", "shop::pricing::quote"),
        ("registered at", "2026-11-30T01:42:16Z"),
        ("description", "prices an offer"),
    ] {
        assert_eq!(row(name), value, "{shown}");
    }
    assert!(row("idle").ends_with('s'), "{shown}");
    let told = tool.call(["show", &old, "--json"]).json();
    let told = one(&told);
    assert_eq!(
        told["maker"],
        json!({
            "application": "shop",
            "version": "1.4.0",
            "gear": "shop::pricing::quote",
            "prefix": null,
            "at": "2026-11-30T01:42:16Z",
        })
    );
    assert_eq!(
        (&told["version"], &told["newest"]),
        (&json!(OLD), &json!(false))
    );
    assert_eq!(told["keepMs"], 3_600_000);
    assert!(told["idleMs"].is_u64());

    tool.run("GB('CommandReader').register(trigger='plain')");
    let plain = tool.call(["show", "plain", "--json"]).json();
    for field in ["maker", "version", "newest", "keepMs", "idleMs"] {
        assert_eq!(one(&plain).get(field), Some(&Json::Null), "{field}");
    }
    let plain = tool.call(["show", "plain"]).good();
    assert!(
        !plain.contains("application") && !plain.contains("version"),
        "{plain}"
    );
}

/// Returns the names of what there is.
fn names(tool: &Tool) -> Vec<String> {
    let listed = tool.call(["list"]).good();
    let rows = listed.lines().skip(1);
    rows.map(|row| row.split_whitespace().nth(1).unwrap().to_owned())
        .collect()
}

#[test]
fn only_older_versions_of_the_named_application_are_pruned() {
    let server = TestServer::private();
    let tool = both(server.url());
    deploy(&tool, "billing", "pay", "1.0.0", OLD);
    deploy(&tool, "billing", "pay", "2.0.0", NEW);
    let (quote, pay) = (format!("quote@{OLD}"), format!("pay@{OLD}"));
    let all = ["pay", &pay, "quote", &quote];
    assert_eq!(names(&tool), all);
    tool.call(["prune"])
        .bad(2, &["which application", "--application"]);

    let kept = tool.call(["prune", "--application", "shop"]);
    assert!(kept.err.contains("--all"), "{kept:?}");
    let kept = kept.good();
    assert!(kept.contains("kept") && kept.contains(&quote), "{kept}");
    let words = ["prune", "--application", "shop", "--all"];
    let would = tool.call(words.iter().chain(&["--dry-run"])).good();
    assert!(would.contains("would prune"), "{would}");
    let other = tool.call(words.iter().chain(&["--prefix", "staging:"]));
    assert!(other.err.contains("nothing to prune"), "{other:?}");
    assert_eq!(names(&tool), all);

    let pruned = tool.call(words.iter().chain(&["--json"])).json();
    assert_eq!(one(&pruned["pruned"])["version"], OLD);
    assert_eq!(one(&pruned["pruned"])["maker"]["application"], "shop");
    assert_eq!(
        (&pruned["kept"], &pruned["dryRun"]),
        (&json!([]), &json!(false))
    );
    assert_eq!(names(&tool), ["pay", &pay, "quote"]);
    let none = tool.call(words);
    assert!(none.err.contains("nothing to prune"), "{none:?}");
    assert_eq!(names(&tool), ["pay", &pay, "quote"]);
}

#[test]
fn versions_on_all_shards_are_told_once() {
    let cluster = TestCluster::start();
    let tool = both(cluster.server(0).url());
    let old = format!("quote@{OLD}");
    let other = Tool::at(cluster.server(2).url());
    assert_eq!(other.call(["trigger", &old]).good(), "1.4.0\n");
    let listed = tool.call(["list", "--json"]).json();
    let all: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                &one["version"],
                &one["newest"],
                one["shards"].as_object().unwrap().len(),
            )
        })
        .collect();
    assert_eq!(
        all,
        [
            (&json!(NEW), &json!(true), 3),
            (&json!(OLD), &json!(false), 3)
        ]
    );
    let words = ["prune", "--application", "shop", "--all"];
    let pruned = other.call(words).good();
    assert_eq!(pruned.matches("pruned").count(), 1, "{pruned}");
    for place in 0..3 {
        assert_eq!(cluster.client(place).triggers().len(), 1, "{place}");
    }
    let doctor = tool.call(["doctor", "--no-python", "--pings", "5"]).good();
    assert!(doctor.contains("the same registered on each"), "{doctor}");
}
