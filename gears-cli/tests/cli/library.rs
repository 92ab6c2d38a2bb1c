//! Libraries of the server's own functions: `gears list`, `show`, `prune`, `metrics` and `slow`.

use gears_runtime::embedded::Server;
use gears_runtime::{Gears, Options, Result, gear_function, register};
use gears_tests::{Client, ClusterPlan, Figures, TestServer, ask, valkey};
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
        assert_eq!(
            tool.call(["list", "--json"])
                .json()
                .as_array()
                .unwrap()
                .len(),
            1
        );
        tool.call(["show", "lua"])
            .bad(4, &["nothing is registered as `lua`"]);
        let told = tool.call(["prune", "--application", "shop", "--all"]);
        assert_eq!(told.err, "there is nothing to prune\n");
        assert!(!tool.call(["metrics"]).good().contains("gears_function_"));
        assert!(tool.call(["slow", "--json"]).json().is_array());
    }
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
            "times, queue and workers are not shown, as this user may not ask for INFO\n"
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

/// Names the libraries that a server has, in whichever language.
fn libraries(client: &mut Client) -> Vec<&'static str> {
    let listed = ask!(client, "FUNCTION", "LIST");
    let all = ["hand", "lua", "shop"].into_iter();
    all.filter(|name| listed.contains(&format!("${name:?}")))
        .collect()
}

#[test]
fn a_library_is_taken_out_as_a_whole() {
    let (_server, tool, mut client) = stocked();
    let would = tool
        .call(["unregister", "hand", "gear", "--dry-run"])
        .good();
    assert!(
        would.contains("would unregister gear (")
            && would.contains("would unregister library hand (2 functions)"),
        "{would}"
    );
    tool.call(["unregister", "hand.nap"]).bad(
        2,
        &[
            "`hand.nap` is a function of the library `hand`, and a library goes as a whole",
            "`gears unregister hand` takes out all its functions: fail, nap",
        ],
    );
    for words in [
        ["unregister", "lua"].as_slice(),
        &["unregister", "--library", "lua"],
    ] {
        tool.call(words).bad(
            4,
            &[
                "`lua` is a library in Lua, which is none of gears",
                "`FUNCTION DELETE lua`",
            ],
        );
    }
    // One that is not there: the others stay.
    tool.call(["unregister", "hand", "nobody"])
        .bad(4, &["nothing is registered as `nobody`"]);
    tool.call(["unregister", "--library", "gear"])
        .bad(4, &["there is no library in Python `gear`"]);
    assert_eq!(libraries(&mut client), ["hand", "lua", "shop"]);
    // Twice is once.
    let gone = tool.call(["unregister", "hand", "--library", "hand", "--json"]);
    assert_eq!(
        gone.json(),
        json!({
            "unregistered": [],
            "libraries": [{ "library": "hand", "functions": ["fail", "nap"] }],
            "dryRun": false,
        })
    );
    assert_eq!(libraries(&mut client), ["lua", "shop"]);
    assert_eq!(
        tool.call(["list", "--json"])
            .json()
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn all_leaves_libraries_that_gears_did_not_make() {
    let (_server, tool, mut client) = stocked();
    let gone = tool.call(["unregister", "--all"]);
    assert!(
        gone.err
            .starts_with("not made by gears, so these libraries stay: hand\n"),
        "{gone:?}"
    );
    let gone = gone.good();
    assert!(
        gone.contains("unregistered gear (")
            && gone.contains("unregistered library shop (1 function)"),
        "{gone}"
    );
    assert_eq!(libraries(&mut client), ["hand", "lua"]);
    tool.call(["unregister", "--all", "hand"])
        .bad(2, &["--all"]);
}

#[test]
fn a_library_and_a_trigger_of_one_name_are_told_apart() {
    let (_server, tool, mut client) = stocked();
    tool.run("GB('CommandReader').map(lambda x: 1).register(trigger='hand', mode='sync')");
    let id = tool.call(["list", "--json"]).json()[1]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let number = id.rsplit_once('-').unwrap().1;
    for command in ["show", "unregister"] {
        tool.call([command, "hand"]).bad(
            2,
            &[
                "`hand` is registered, and it is a library of functions",
                "`--library hand` means the library, and an id what is registered: ",
                number,
            ],
        );
    }
    let library = tool.call(["show", "--library", "hand", "--json"]).json();
    assert_eq!(library[0]["library"], "hand");
    let function = tool.call(["show", "--library", "hand.nap"]).good();
    assert!(function.contains("takes its time"), "{function}");
    tool.call(["show", "--library", "gear"]).bad(
        4,
        &["there is no library in Python, or function of one, `gear`"],
    );
    assert_eq!(tool.call(["show", &id, "--json"]).json()[0]["id"], *id);
    tool.call(["unregister", number]).good();
    assert_eq!(libraries(&mut client), ["hand", "lua", "shop"]);
    tool.run("GB('CommandReader').map(lambda x: 1).register(trigger='hand', mode='sync')");
    tool.call(["unregister", "--library", "hand"]).good();
    assert_eq!(libraries(&mut client), ["lua", "shop"]);
    assert!(tool.call(["show", "hand"]).good().contains("trigger"));
}

#[test]
fn who_may_not_delete_or_look_for_a_library_is_told() {
    let (server, _tool, mut client) = stocked();
    let tool = limited(&server, &["-function|delete"]);
    let said = tool.call(["unregister", "shop", "gear"]);
    assert_eq!(said.code, Some(4), "{said:?}");
    assert!(said.out.contains("unregistered gear"), "{said:?}");
    for told in [
        "not unregistered: library shop: NOPERM",
        "+function|delete`",
    ] {
        assert!(said.err.contains(told), "{told}: {said:?}");
    }
    let tool = limited(&server, &["-function"]);
    let why = "libraries cannot be looked for, as this user may not list functions";
    tool.call(["unregister", "shop"]).bad(
        4,
        &["nothing is registered as `shop`", why, "+function|list`"],
    );
    let all = tool.call(["unregister", "--all", "--json"]);
    assert!(all.err.starts_with(why), "{all:?}");
    assert_eq!(
        all.json(),
        json!({ "unregistered": [], "libraries": [], "dryRun": false })
    );
    assert_eq!(libraries(&mut client), ["hand", "lua", "shop"]);
}

#[test]
fn a_library_goes_from_every_shard_that_has_it() {
    let cluster = ClusterPlan::default().valkey().start();
    let lua = LUA.replace("name=lua", "name=hand");
    for place in 0..2 {
        load(&mut cluster.client(place), BY_HAND);
    }
    load(&mut cluster.client(2), &lua);
    let (id, other) = (cluster.id(0), cluster.id(1));
    for place in 0..3 {
        let rules: &[&str] = if place == 1 {
            &["-function|delete"]
        } else {
            &[]
        };
        limit(&mut cluster.client(place), rules);
    }
    let url = cluster.server(0).url().to_owned();
    let said = as_limited(Tool::at(&url)).call(["unregister", "hand", "--json"]);
    assert_eq!(said.code, Some(4), "{said:?}");
    let why = format!("not unregistered: library hand on shard {other}: NOPERM");
    assert!(said.err.contains(&why), "{said:?}");
    let told: Json = serde_json::from_str(&said.out).unwrap();
    assert_eq!(told["libraries"][0]["shards"], json!([id]));
    let tool = Tool::at(&url);
    let gone = tool.call(["unregister", "hand"]).good();
    assert_eq!(
        gone,
        "unregistered library hand (2 functions) on 1 of 3 shards\n"
    );
    // The one in Lua was never touched.
    assert_eq!(
        [0, 1, 2].map(|place| libraries(&mut cluster.client(place)).len()),
        [0, 0, 1]
    );
    limit(&mut cluster.client(1), &["-function"]);
    load(&mut cluster.client(0), BY_HAND);
    let why = format!("libraries on shard {other} cannot be looked for");
    as_limited(tool)
        .call(["unregister", "hand"])
        .bad(4, &[&why]);
    assert_eq!(libraries(&mut cluster.client(0)), ["hand"]);
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
