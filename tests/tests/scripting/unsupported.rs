//! Servers on which functions run no Python.

use gears_runtime::embedded::Server;
use gears_tests::{TestServer, ask, valkey, valkey_server};

#[test]
fn the_server_says_that_it_does() {
    let server = valkey_server();
    let mut client = server.client();
    assert_eq!(client.info("rg_engine", "rg_scripting_engine"), "on");
    assert_eq!(client.number("rg_engine", "rg_scripting_engine_api"), 4);
    assert!(
        server
            .log()
            .is_some_and(|log| log.contains("dump files with such functions"))
    );
}

#[test]
fn nobody_gets_it_who_did_not_ask() {
    let server = TestServer::of(valkey().engine_args(["ScriptingEngine", "no"]));
    let mut client = server.client();
    assert_eq!(client.info("rg_engine", "rg_scripting_engine"), "off");
    let reply = ask!(client, "EVAL", "#!python\nreturn 1", "0");
    assert!(reply.contains("'python'"), "{reply}");
}

#[test]
fn a_server_without_the_api_loads_the_module_and_says_so() {
    let server = TestServer::of(Server::builder().engine_args(["ScriptingEngine", "yes"]));
    let mut client = server.client();
    let state = client.info("rg_engine", "rg_scripting_engine");
    let is_told = server
        .log()
        .is_some_and(|log| log.contains("lets no module bring a language"));
    // The other tests may run on a Valkey that has it.
    assert_eq!(is_told, state == "unsupported", "{state}");
    assert!(is_told || state == "on", "{state}");
    client.install("GB('CommandReader').map(lambda r: r[1]).register(trigger='t', mode='sync')");
    assert_eq!(client.trigger("t", &[b"a"]), r#"[$"a"]"#);
}
