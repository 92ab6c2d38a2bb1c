//! Taking libraries out: `gears unregister`.

use gears_tests::{Client, ClusterPlan, ask};
use serde_json::{Value as Json, json};

use super::{BY_HAND, LUA, as_limited, count_listed, limit, limited, load, stocked};
use crate::tool::Tool;

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
    assert_eq!(count_listed(&tool), 2);
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
