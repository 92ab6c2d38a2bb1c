//! Libraries of which a binary has some functions, and others have more.

use gears_runtime::embedded::Server;
use gears_runtime::{
    Change, ErrorKind, Gears, Options, Prune, Removal, Result, gear_function, plan, prune,
    register, unregister,
};
use gears_tests::{Client, ClusterPlan, TestServer, ask, valkey_server};
use redis::Value;

use super::load;

#[gear_function(lib = "shared")]
fn shared_one(number: i64) -> Result<i64> {
    "return number + 1"
}

#[gear_function(lib = "shared", requirements = ["redis"])]
fn shared_two(number: i64) -> Result<i64> {
    "return number + 2"
}

#[gear_function(lib = "shared_too")]
fn shared_moved() -> Result<i64> {
    "return 3"
}

fn shop() -> Options {
    let ours = ["shared_one", "shared_two", "shared_moved"];
    Options::new().application("shop").only(ours)
}

fn connected(server: &TestServer) -> Gears {
    Gears::connect(server.url()).unwrap()
}

/// Returns the code of a library, nothing where there is none.
fn code(client: &mut Client, library: &str) -> String {
    let question = [
        b"FUNCTION",
        &b"LIST"[..],
        b"LIBRARYNAME",
        library.as_bytes(),
    ];
    let listed = client.value(&[&question[..], &[b"WITHCODE"]].concat());
    let Value::Array(libraries) = listed else {
        panic!("{listed:?}");
    };
    let Some(Value::Array(fields)) = libraries.first() else {
        return String::new();
    };
    match fields.last() {
        Some(Value::BulkString(code)) => String::from_utf8(code.clone()).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Has another binary of the same application load a library with another name for each of these functions.
fn load_of_other_binary(client: &mut Client, library: &str, names: &[(&str, &str)]) {
    let code = code(client, library);
    let (before, rest) = code.split_once("[gears ").unwrap();
    let (_, after) = rest.split_once(']').unwrap();
    let mut code = format!("{before}[gears {}]{after}", "0".repeat(32));
    for (ours, theirs) in names {
        let others = [
            (format!("# {ours} is"), format!("# {theirs} is")),
            (
                format!("register_function('{ours}'"),
                format!("register_function('{theirs}'"),
            ),
        ];
        for (from, to) in others {
            code = code.replace(&from, &to);
        }
    }
    let reply = ask!(client, "FUNCTION", "LOAD", "REPLACE", code);
    assert_eq!(reply, format!("${library:?}"));
}

fn names(orphans: &[gears_runtime::Orphan]) -> Vec<(&str, Option<&str>, bool)> {
    let told = orphans
        .iter()
        .map(|orphan| (orphan.name(), orphan.library(), orphan.is_pruned()));
    told.collect()
}

#[test]
fn binaries_of_an_application_add_to_its_libraries() {
    let server = valkey_server();
    let (gears, mut client) = (connected(&server), server.client());
    register(&gears, &shop()).unwrap();
    load_of_other_binary(&mut client, "shared", &[("shared_two", "theirs")]);
    let planned = plan(&gears, &shop()).unwrap();
    assert_eq!(planned.get("shared_one"), Some(Change::Unchanged));
    assert_eq!(planned.get("shared_two"), Some(Change::Registered));
    let theirs = [("theirs", Some("shared"), false)];
    assert_eq!(names(planned.orphans()), theirs);
    assert!(
        planned
            .to_string()
            .contains("theirs  in the library shared  of shop")
    );

    let registered = register(&gears, &shop()).unwrap();
    assert_eq!(names(registered.orphans()), theirs);
    for (function, result) in [("shared_one", ":2"), ("shared_two", ":3"), ("theirs", ":3")] {
        assert_eq!(
            ask!(client, "FCALL", function, "0", "1"),
            result,
            "{function}"
        );
    }
    // Neither of them has to do anything now.
    let again = register(&gears, &shop()).unwrap();
    assert_eq!(again.count(Change::Unchanged), again.len());

    // Nobody knows who calls it, so that takes a word.
    let unused = prune(&gears, &shop().prune(Prune::Unused)).unwrap();
    assert_eq!(names(&unused), theirs);
    let one = Options::new().application("shop").only(["shared_one"]);
    let gone = unregister(&gears, &one).unwrap();
    assert_eq!(gone.get("shared_one"), Some(Removal::Unregistered));
    assert_eq!(
        ask!(client, "FCALL", "shared_one", "0", "1"),
        "-ERR Function not found"
    );
    let pruned = prune(&gears, &shop().prune(Prune::All)).unwrap();
    assert_eq!(names(&pruned), [("theirs", Some("shared"), true)]);
    assert_eq!(
        ask!(client, "FCALL", "theirs", "0", "1"),
        "-ERR Function not found"
    );
    assert_eq!(ask!(client, "FCALL", "shared_two", "0", "1"), ":3");
    assert!(prune(&gears, &shop().prune(Prune::All)).unwrap().is_empty());
}

#[test]
fn pruning_leaves_what_others_made() {
    let server = valkey_server();
    let (gears, mut client) = (connected(&server), server.client());
    register(&gears, &shop()).unwrap();
    let whole = code(&mut client, "shared_too").replace("shared_too", "lost");
    let lost = whole.replace("shared_moved", "lost_function");
    assert_eq!(ask!(client, "FUNCTION", "LOAD", lost), "$\"lost\"");
    let billing = lost.replace("[by shop", "[by billing");
    let billing = billing.replace("lost", "others");
    assert_eq!(ask!(client, "FUNCTION", "LOAD", billing), "$\"others\"");
    load(
        &mut client,
        "by_hand",
        "register_function('by_hand', lambda k, a: 1)",
    );
    let lua = "#!lua name=lua\n-- [by shop 1 a::b 2026-11-30T00:00:00Z] [gears 00112233445566778899aabbccddeeff]\n\
               server.register_function('lua', function() return 1 end)";
    assert_eq!(ask!(client, "FUNCTION", "LOAD", lua), "$\"lua\"");
    let found = prune(&gears, &shop().prune(Prune::All)).unwrap();
    assert_eq!(names(&found), [("lost_function", Some("lost"), true)]);
    let listed = ask!(client, "FUNCTION", "LIST");
    assert!(!listed.contains("lost"), "{listed}");
    for left in ["others", "by_hand", "lua", "shared", "shared_too"] {
        assert!(
            listed.contains(&format!("$\"library_name\", ${left:?}")),
            "{left}: {listed}"
        );
    }
    // A tool knows nothing of what the application has.
    let tool = Options::new().on_behalf_of("shop").prune(Prune::All);
    assert!(prune(&gears, &tool).unwrap().is_empty());
    // What the registration does by itself.
    assert_eq!(ask!(client, "FUNCTION", "LOAD", lost), "$\"lost\"");
    let registered = register(&gears, &shop().prune(Prune::All)).unwrap();
    assert_eq!(
        names(registered.orphans()),
        [("lost_function", Some("lost"), true)]
    );
    assert!(!ask!(client, "FUNCTION", "LIST").contains("lost"));
}

#[test]
fn functions_of_other_applications_are_named() {
    let server = valkey_server();
    let (gears, mut client) = (connected(&server), server.client());
    register(&gears, &shop().version("7.1")).unwrap();
    load_of_other_binary(&mut client, "shared", &[("shared_two", "theirs")]);
    let billing = shop().application("billing");
    let error = register(&gears, &billing).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DuplicateTrigger);
    for told in [
        "the library `shared` of shop 7.1 (",
        "`replace = true`",
        "shared_two",
    ] {
        assert!(error.to_string().contains(told), "{told}: {error}");
    }
    assert_eq!(ask!(client, "FCALL", "theirs", "0", "1"), ":3");
    let kept = register(&gears, &billing.clone().replace(false)).unwrap();
    assert_eq!(kept.get("shared_two"), Some(Change::Kept));
    let taken = register(&gears, &billing.replace(true)).unwrap();
    assert_eq!(taken.get("shared_two"), Some(Change::Replaced));
    assert_eq!(
        ask!(client, "FCALL", "theirs", "0", "1"),
        "-ERR Function not found"
    );

    // A function has one library, and that is not taken apart for another.
    assert_eq!(ask!(client, "FUNCTION", "FLUSH"), "+OK");
    load(
        &mut client,
        "elsewhere",
        "register_function('shared_one', lambda k, a: 1)",
    );
    for options in [shop(), shop().replace(true), shop().replace(false)] {
        let error = register(&gears, &options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DuplicateTrigger);
        let told = "the library `elsewhere` on the server, which only `FUNCTION DELETE elsewhere` takes out";
        assert!(error.to_string().contains(told), "{error}");
        let planned = plan(&gears, &options).unwrap();
        assert_eq!(planned.get("shared_one"), Some(Change::Refused));
    }
    assert_eq!(code(&mut client, "shared"), "", "all or nothing");
}

#[test]
fn functions_move_from_library_to_library() {
    let server = valkey_server();
    let (gears, mut client) = (connected(&server), server.client());
    register(&gears, &shop()).unwrap();
    // As an earlier version had them.
    assert_eq!(ask!(client, "FUNCTION", "DELETE", "shared_too"), "+OK");
    load_of_other_binary(&mut client, "shared", &[("shared_two", "shared_moved")]);
    let registered = register(&gears, &shop()).unwrap();
    assert_eq!(registered.get("shared_moved"), Some(Change::Registered));
    assert!(registered.orphans().is_empty(), "{registered}");
    assert_eq!(ask!(client, "FCALL", "shared_moved", "0"), ":3");
    let again = register(&gears, &shop()).unwrap();
    assert_eq!(again.count(Change::Unchanged), again.len());
}

#[test]
fn every_primary_is_pruned() {
    let cluster = ClusterPlan::default().valkey().start();
    let gears = cluster.gears(0);
    register(&gears, &shop()).unwrap();
    for place in 0..3 {
        let mut client = cluster.client(place);
        load_of_other_binary(&mut client, "shared", &[("shared_two", "theirs")]);
    }
    let registered = register(&gears, &shop()).unwrap();
    assert_eq!(
        names(registered.orphans()),
        [("theirs", Some("shared"), false)]
    );
    let pruned = prune(&gears, &shop().prune(Prune::All)).unwrap();
    assert_eq!(names(&pruned), [("theirs", Some("shared"), true)]);
    for place in 0..3 {
        let mut client = cluster.client(place);
        assert_eq!(ask!(client, "FCALL", "shared_two", "0", "1"), ":3");
        assert_eq!(
            ask!(client, "FCALL", "theirs", "0", "1"),
            "-ERR Function not found"
        );
    }
}

#[test]
fn servers_without_functions_have_nothing_to_prune() {
    for server in [
        TestServer::of(Server::builder()),
        TestServer::of(gears_tests::valkey().engine_args(["ScriptingEngine", "no"])),
    ] {
        let gears = connected(&server);
        assert!(prune(&gears, &shop().prune(Prune::All)).unwrap().is_empty());
        let gone = unregister(&gears, &shop()).unwrap();
        assert_eq!(gone.count(Removal::Absent), gone.len());
    }
}
