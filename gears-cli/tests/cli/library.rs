//! Libraries of the server's own functions: `gears list`, `show`, `prune`, `metrics` and `slow`.

mod hidden;
mod removal;

use gears_runtime::embedded::Server;
use gears_runtime::{Gears, Options, Result, gear_function, register};
use gears_tests::{Client, ClusterPlan, Figures, Terminal, TestServer, ask, valkey};
use serde_json::{Value as Json, json};

use crate::{completion::until_completed, tool::Tool};

/// Returns what some pieces cost.
#[gear_function(lib = "shop", flags(no_writes))]
fn price(#[key] item: &str, pieces: u32) -> Result<u64> {
    r#"
    return int(cmd.hget(item, "price")) * pieces
    "#
}

const BY_HAND: &str = "#!python name=hand
import time
def nap(keys, args):
    end = time.monotonic() + 0.02
    while time.monotonic() < end: pass
register_function('nap', nap, ['no-writes'], 'takes its time')
register_function('fail', lambda keys, args: 1 / 0)
";

const LUA: &str = "#!lua name=lua
server.register_function{function_name='spin', flags={'no-writes'}, callback=function()
    local began = os.clock()
    while os.clock() - began < 0.02 do end
    return 1
end}";

fn load(client: &mut Client, code: &str) {
    let reply = ask!(client, "FUNCTION", "LOAD", code);
    assert!(reply.starts_with('$'), "{reply}");
}

/// Has the shop's library, one that was loaded by hand, one in Lua, and a gear.
fn stocked() -> (TestServer, Tool, Client) {
    let server = TestServer::of(valkey().tcp());
    let gears = Gears::connect(server.url()).unwrap();
    let shop = Options::new().application("shop").version("7.1");
    register(&gears, &shop.only(["price"])).unwrap();
    let mut client = server.client();
    load(&mut client, BY_HAND);
    load(&mut client, LUA);
    let tool = Tool::at(server.url());
    tool.run("GB('CommandReader').map(lambda x: 1).register(trigger='gear', mode='sync')");
    ask!(client, "HSET", "apple", "price", "3");
    (server, tool, client)
}

/// Makes a user who may do all but these, and a tool that is let in as such.
fn limited(server: &TestServer, rules: &[&str]) -> Tool {
    limit(&mut server.client(), rules);
    as_limited(Tool::at(server.url()))
}

fn limit(client: &mut Client, rules: &[&str]) {
    let mut words = vec![
        "ACL", "SETUSER", "limited", "reset", "on", ">secret", "~*", "+@all",
    ];
    words.extend(rules);
    let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
    assert_eq!(client.ask(&words), "+OK");
}

fn as_limited(tool: Tool) -> Tool {
    let tool = tool.env("GEARS_USER", "limited");
    tool.env("GEARS_PASSWORD", "secret")
}

/// Counts what `gears list` has, gears and libraries.
fn count_listed(tool: &Tool) -> usize {
    let listed = tool.call(["list", "--json"]).json();
    listed.as_array().unwrap().len()
}

#[test]
fn libraries_are_listed_behind_registrations() {
    let (_server, tool, mut client) = stocked();
    assert_eq!(ask!(client, "FCALL_RO", "price", "1", "apple", "2"), ":6");
    assert!(ask!(client, "FCALL", "fail", "0").starts_with('-'));
    let table = tool.call(["list"]).good();
    let line = |name: &str| {
        let found = table.lines().find(|line| line.contains(name));
        found.unwrap_or_else(|| panic!("no {name} in {table}"))
    };
    let words = |name: &str| line(name).split_whitespace().collect::<Vec<_>>();
    assert_eq!(
        words("LIBRARY")[..4],
        ["LIBRARY", "FUNCTION", "FLAGS", "RUNS"]
    );
    assert_eq!(
        words("price")[..5],
        ["shop", "price", "no-writes", "1", "0"]
    );
    assert!(line("price").contains("shop 7.1"), "{table}");
    assert!(
        line("price").contains("Returns what some pieces cost."),
        "{table}"
    );
    assert_eq!(words("fail")[..4], ["hand", "fail", "1", "1"]);
    assert!(line("nap").contains("not made by gears"), "{table}");
    assert!(!table.contains("spin"), "{table}");

    let json = tool.call(["list", "--json"]).json();
    let of = |name: &str| -> Json {
        let all = json.as_array().unwrap().iter();
        all.filter(|one| one["library"] == name)
            .cloned()
            .collect::<Vec<_>>()
            .into()
    };
    let shop = &of("shop")[0];
    assert_eq!(shop["maker"]["application"], "shop");
    assert_eq!(shop["maker"]["version"], "7.1");
    assert_eq!(shop["fingerprint"].as_str().unwrap().len(), 32);
    let price = &shop["functions"][0];
    assert_eq!(price["version"], price::GEAR.fingerprint());
    assert_eq!(price["flags"], json!(["no-writes"]));
    assert_eq!(
        (&price["triggered"], &price["failed"]),
        (&json!(1), &json!(0))
    );
    let hand = &of("hand")[0];
    assert_eq!(
        (&hand["maker"], &hand["fingerprint"]),
        (&Json::Null, &Json::Null)
    );
    assert_eq!(of("lua"), json!([]));
    assert_eq!(json[0]["args"]["trigger"], "gear");

    let count = |words: &[&str]| {
        let words = ["list", "--json"].iter().chain(words);
        tool.call(words).json().as_array().unwrap().len()
    };
    assert_eq!(count(&[]), 3);
    assert_eq!(count(&["pieces"]), 1);
    assert_eq!(count(&["shop 7"]), 1);
    assert_eq!(count(&["--failed"]), 1);
    assert_eq!(count(&["--reader", "CommandReader"]), 1);
    assert_eq!(count(&["nothing"]), 0);
}

#[test]
fn one_library_or_function_is_shown() {
    let (_server, tool, mut client) = stocked();
    assert!(ask!(client, "FCALL", "fail", "0").starts_with('-'));
    let shop = tool.call(["show", "shop"]).good();
    for told in [
        "shop 7.1",
        "fingerprint",
        price::GEAR.fingerprint(),
        "no-writes",
    ] {
        assert!(shop.contains(told), "{told}: {shop}");
    }
    let fail = tool.call(["show", "hand.fail"]).good();
    assert!(
        fail.contains("not made by gears") && !fail.contains("nap"),
        "{fail}"
    );
    let json = tool.call(["show", "hand", "--json"]).json();
    assert_eq!(json[0]["functions"].as_array().unwrap().len(), 2);
    assert_eq!(tool.call(["show", "hand", "--source"]).good(), BY_HAND);
    for missing in ["lua", "hand.none", "hand.", "han", "price"] {
        tool.call(["show", missing])
            .bad(4, &["nothing is registered as"]);
    }
}

#[test]
fn what_others_made_is_never_pruned() {
    let (_server, tool, mut client) = stocked();
    // Of a function there is no older version.
    let told = tool.call(["prune", "--application", "shop", "--all"]);
    assert_eq!(told.err, "there is nothing to prune\n");
    let listed = ask!(client, "FUNCTION", "LIST");
    for name in ["shop", "hand", "lua"] {
        assert!(listed.contains(&format!("${name:?}")), "{listed}");
    }
}

#[test]
fn calls_of_functions_are_measured_and_those_that_are_slow_noted() {
    let (_server, tool, mut client) = stocked();
    ask!(client, "CLIENT", "SETNAME", "till");
    for _ in 0..3 {
        assert_eq!(ask!(client, "FCALL_RO", "nap", "1", "k", "a"), "nil");
    }
    assert!(ask!(client, "FCALL", "fail", "0").starts_with('-'));
    assert!(ask!(client, "FCALL", "spin", "0").starts_with(':'));
    let figures = Figures::read(&tool.call(["metrics"]).good());
    let of = |name: &str, function: &str| {
        figures.value(name, &[("shard", "alone"), ("function", function)])
    };
    assert_eq!(of("gears_function_calls_total", "nap"), 3.0);
    assert_eq!(of("gears_function_failures_total", "nap"), 0.0);
    assert_eq!(of("gears_function_calls_total", "price"), 0.0);
    assert_eq!(of("gears_function_failures_total", "fail"), 1.0);
    assert_eq!(of("gears_function_killed_total", "fail"), 0.0);
    assert!(of("gears_function_duration_seconds_sum", "nap") >= 0.06);
    assert_eq!(of("gears_function_duration_seconds_count", "nap"), 3.0);
    let half = [("function", "nap"), ("quantile", "0.5")];
    assert!(figures.value("gears_function_duration_seconds", &half) >= 0.02);

    let slow = tool.call(["slow", "--json"]).json();
    let naps: Vec<&Json> = slow
        .as_array()
        .unwrap()
        .iter()
        .filter(|call| call["gear"] == "nap")
        .collect();
    assert_eq!(naps.len(), 3, "{slow}");
    assert_eq!(naps[0]["arguments"], json!(["k", "a"]));
    assert_eq!(naps[0]["reader"], Json::Null);
    assert!(naps[0]["us"].as_u64() >= Some(20_000), "{slow}");
    assert!(
        naps[0]["client"].as_str().unwrap().ends_with(" till"),
        "{slow}"
    );
    // Lua takes as long, and is none of ours.
    let log = ask!(client, "SLOWLOG", "GET", "100");
    assert!(
        log.contains("spin") && !slow.to_string().contains("spin"),
        "{log}"
    );
    assert!(tool.call(["slow", "nap"]).good().contains("nap"));
}

#[test]
fn a_cluster_tells_which_shards_have_a_library() {
    let cluster = ClusterPlan::default().valkey().start();
    let shop = Options::new().application("shop").only(["price"]);
    register(&cluster.gears(0), &shop).unwrap();
    for place in 0..3 {
        let mut client = cluster.client(place);
        let key = cluster.key_at(place, "stock");
        ask!(client, "HSET", key, "price", "2");
        assert_eq!(ask!(client, "FCALL", "price", "1", key, "2"), ":4");
    }
    load(&mut cluster.client(1), BY_HAND);
    let tool = Tool::at(cluster.server(0).url());
    let json = tool.call(["list", "--json"]).json();
    let library = |name: &str| {
        let mut all = json.as_array().unwrap().iter();
        all.find(|one| one["library"] == name).unwrap().clone()
    };
    assert_eq!(library("shop")["shards"].as_array().unwrap().len(), 3);
    assert_eq!(library("shop")["functions"][0]["triggered"], 3);
    assert_eq!(library("hand")["shards"].as_array().unwrap().len(), 1);
    let table = tool.call(["list"]).good();
    for told in ["SHARDS", "3/3", "1/3"] {
        assert!(table.contains(told), "{told}: {table}");
    }
}

#[test]
fn servers_without_functions_in_python_list_gears_alone() {
    for server in [
        TestServer::of(Server::builder()),
        TestServer::of(valkey().engine_args(["ScriptingEngine", "no"])),
    ] {
        let tool = Tool::at(server.url());
        tool.run("GB('CommandReader').map(lambda x: 1).register(trigger='gear', mode='sync')");
        let mut client = server.client();
        ask!(client, "FUNCTION", "LOAD", LUA);
        let listed = tool.call(["list"]);
        assert_eq!(listed.err, "");
        assert!(!listed.good().contains("LIBRARY"));
        assert_eq!(count_listed(&tool), 1);
        tool.call(["show", "lua"])
            .bad(4, &["nothing is registered as `lua`"]);
        let told = tool.call(["prune", "--application", "shop", "--all"]);
        assert_eq!(told.err, "there is nothing to prune\n");
        assert!(!tool.call(["metrics"]).good().contains("gears_function_"));
        assert!(tool.call(["slow", "--json"]).json().is_array());
    }
}

#[test]
fn names_of_libraries_and_functions_are_completed() {
    let (server, tool, _client) = stocked();
    for (words, names) in [
        (
            ["show", "h"].as_slice(),
            ["hand", "hand.fail", "hand.nap"].as_slice(),
        ),
        (&["show", "hand.n"], &["hand.nap"]),
        (&["show", "ge"], &["gear"]),
        (&["show", "--library", "s"], &["shop", "shop.price"]),
        (&["unregister", "h"], &["hand"]),
        (&["unregister", "ge"], &["gear"]),
        // None in Lua.
        (&["unregister", "--library", ""], &["hand", "shop"]),
    ] {
        until_completed(&tool, words, |all| all == names);
    }
    let limited = limited(&server, &["-function"]);
    until_completed(&limited, &["show", "ge"], |all| all == ["gear"]);
}

#[test]
fn functions_stand_among_the_gears_of_top() {
    let cluster = ClusterPlan::default().valkey().start();
    for place in 0..2 {
        let mut client = cluster.client(place);
        load(&mut client, BY_HAND);
        assert_eq!(ask!(client, "FCALL_RO", "nap", "0"), "nil");
        assert!(ask!(client, "FCALL", "fail", "0").starts_with('-'));
    }
    let tool = Tool::at(cluster.server(0).url());
    tool.run("GB('CommandReader').map(lambda x: 1).register(trigger='gear', mode='sync')");
    let words = ["top", "--interval", "0.01", "--sort", "name"];
    let top = tool.call(words.iter().chain(&["--json"])).json();
    assert_eq!(top["gears"].as_array().unwrap().len(), 1, "{top}");
    let functions = top["functions"].as_array().unwrap();
    let [fail, nap] = &functions[..] else {
        panic!("not two functions: {top}");
    };
    assert_eq!(
        (&fail["name"], &nap["name"]),
        (&json!("fail"), &json!("nap"))
    );
    assert_eq!(
        (&fail["triggered"], &fail["failed"]),
        (&json!(2), &json!(2))
    );
    assert_eq!((&nap["triggered"], &nap["failed"]), (&json!(2), &json!(0)));
    assert!(nap["p50Us"].as_u64() >= Some(20_000), "{top}");
    let shards = top["perShard"].as_array().unwrap().iter();
    let failed: i64 = shards.map(|shard| shard["failed"].as_i64().unwrap()).sum();
    assert_eq!(failed, 2, "{top}");

    let table = tool.call(words.iter().chain(&["--once"])).good();
    let line = table.lines().find(|line| line.starts_with("nap")).unwrap();
    let words: Vec<_> = line.split_whitespace().collect();
    assert_eq!(words[..3], ["nap", "FCALL", "sync"], "{table}");
    assert_eq!(words[6..], ["2", "0", "0", "0"], "{table}");
    let terminal = Terminal::start(tool.command(["top"]), (24, 80));
    terminal.until_shown("1 gears  2 functions");
}
