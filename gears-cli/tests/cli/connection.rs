//! How it finds the server, and what it says when there is none.

use std::net::TcpListener;

use gears_runtime::embedded::Server;
use gears_tests::{TestServer, TlsFront};

use crate::tool::Tool;

/// Returns a port at which nobody listens, as somebody has just given it back.
fn free_port() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port().to_string()
}

#[test]
fn no_server_is_told_with_what_to_do() {
    let port = free_port();
    let said = ["Connection refused", &port, "gears serve"];
    Tool::nowhere().call(["list", "-p", &port]).bad(3, &said);
    let said = ["/no/such.sock", "No such file"];
    Tool::nowhere()
        .call(["list", "-s", "/no/such.sock"])
        .bad(3, &said);
}

#[test]
fn server_that_does_not_answer_is_given_up() {
    // It listens and says nothing.
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    Tool::nowhere()
        .call(["list", "-p", &port, "-t", "0.2"])
        .bad(3, &[&port]);
}

#[test]
fn module_that_is_missing_is_told_with_what_to_do() {
    let server = TestServer::of(Server::builder().plain());
    let tool = Tool::at(server.url());
    for words in [
        ["list"].as_slice(),
        &["run", "/dev/null"],
        &["executions"],
        &["config"],
        &["stats"],
        &["sessions"],
        &["requirements"],
        &["cluster"],
        &["dump"],
        &["show", "x"],
        &["trigger", "x"],
        &["unregister", "x"],
    ] {
        tool.call(words)
            .bad(4, &["without the module", "--loadmodule"]);
    }
}

#[test]
fn password_is_asked_for_and_taken_from_everywhere() {
    let server = Server::builder()
        .server_args(["--requirepass", "s3cret"])
        .start()
        .unwrap();
    let tool = Tool::at(server.url());
    tool.call(["list"]).bad(3, &["NOAUTH", "--pass"]);
    tool.call(["list", "-a", "wrong"]).bad(3, &["--pass"]);
    tool.call(["list", "--pass", "s3cret"]).good();
    tool.call(["list", "--user", "default", "-a", "s3cret"])
        .good();
    tool.call(["list", "--user", "nobody", "-a", "s3cret"])
        .bad(3, &["--user"]);
    let tool = Tool::at(server.url()).env("REDISCLI_AUTH", "s3cret");
    tool.call(["list"]).good();
    let tool = Tool::at(server.url())
        .env("REDISCLI_AUTH", "wrong")
        .env("GEARS_PASSWORD", "s3cret");
    tool.call(["list"]).good();
    // What it says shows no password.
    let outcome = tool.call(["list", "-a", "hidden-one"]);
    assert!(!outcome.err.contains("hidden-one"), "{outcome:?}");
}

#[test]
fn permission_that_is_missing_is_told() {
    let server = TestServer::private();
    server.client().ask(&[
        b"ACL",
        b"SETUSER",
        b"guest",
        b"on",
        b"nopass",
        b"+@all",
        b"-rg.dumpregistrations",
    ]);
    let tool = Tool::at(server.url());
    let said = ["NOPERM", "rg.dumpregistrations"];
    let outcome = tool.call(["list", "--user", "guest", "-a", "x"]);
    assert_eq!(outcome.code, Some(4), "{outcome:?}");
    for said in said {
        assert!(
            outcome.err.to_lowercase().contains(&said.to_lowercase()),
            "{outcome:?}"
        );
    }
    assert!(
        outcome
            .err
            .contains("ACL SETUSER <user> +rg.dumpregistrations")
            && outcome.err.contains("gears doctor"),
        "{outcome:?}"
    );
}

#[test]
fn flag_beats_environment_beats_file_beats_default() {
    let server = Server::builder().tcp().start().unwrap();
    let port = server.port().unwrap().to_string();
    let (nobody, nobody_else) = (free_port(), free_port());
    // The file alone.
    let tool = Tool::nowhere();
    tool.file("gears.toml", format!("[connection]\nport = {port}\n"));
    tool.call(["list"]).good();
    // The environment over the file.
    let tool = Tool::nowhere().env("GEARS_PORT", &port);
    tool.file("gears.toml", format!("[connection]\nport = {nobody}\n"));
    tool.call(["list"]).good();
    // The command line over both.
    let tool = Tool::nowhere().env("GEARS_PORT", &nobody_else);
    tool.file("gears.toml", format!("[connection]\nport = {nobody}\n"));
    tool.call(["list"]).bad(3, &[&nobody_else]);
    tool.call(["list", "-p", &port]).good();
    tool.call(["-p", &port, "list"]).good();
    // A URL says all about the address.
    let url = format!("redis://127.0.0.1:{port}/0");
    tool.call(["list", "-u", &url]).good();
    tool.call(["list", "--uri", &url]).good();
}

#[test]
fn file_is_found_above_and_can_be_named() {
    let server = Server::start().unwrap();
    let tool = Tool::nowhere();
    let text = format!("[connection]\nurl = \"{}\"\n", server.url());
    tool.file("gears.toml", &text);
    let below = tool.folder().join("a/b");
    std::fs::create_dir_all(&below).unwrap();
    assert!(
        tool.command(["list"])
            .current_dir(below)
            .output()
            .unwrap()
            .status
            .success()
    );
    let other = Tool::nowhere();
    let named = other.file("other.toml", &text);
    other
        .call(["list", "--config", named.to_str().unwrap()])
        .good();
    let other = Tool::nowhere().env("GEARS_CONFIG", named.to_str().unwrap());
    other.call(["list"]).good();
}

#[test]
fn files_and_variables_that_make_no_sense_are_named() {
    let tool = Tool::nowhere();
    tool.file("gears.toml", "[connection]\nprot = 1\n");
    tool.call(["list"])
        .bad(2, &["gears.toml", "prot", "guide/pages/cli.md"]);
    tool.file("gears.toml", [0xff, 0xfe]);
    tool.call(["list"]).bad(2, &["gears.toml"]);
    tool.call(["list", "--config", "no.toml"])
        .bad(2, &["no.toml", "--config"]);
    let tool = Tool::nowhere().env("GEARS_PORT", "http");
    tool.call(["list"]).bad(2, &["GEARS_PORT"]);
    let tool = Tool::nowhere();
    tool.call(["list", "-u", "http://x"])
        .bad(2, &["redis://user"]);
    tool.call(["list", "-t", "0"]).bad(2, &["above 0"]);
    tool.call(["list", "--tls", "-s", "/tmp/x"])
        .bad(2, &["--tls"]);
    tool.call(["list", "--tls", "--cacert", "no.pem"])
        .bad(2, &["no.pem"]);
    tool.call(["list", "--tls", "--cert", "no.pem"])
        .bad(2, &["--key"]);
}

#[test]
fn database_is_chosen() {
    let server = TestServer::private();
    Tool::at(server.url()).call(["list", "-n", "3"]).good();
    Tool::at(server.url())
        .call(["list", "-n", "99"])
        .bad(4, &["out of range"]);
}

#[test]
fn tls_is_checked_unless_told_otherwise() {
    let server = Server::start().unwrap();
    let front = TlsFront::open(server.folder().join("server.sock"));
    let port = front.port().to_string();
    let tool = Tool::nowhere().env("GEARS_PORT", &port);
    tool.file("ca.pem", front.certificate());
    tool.call(["list", "--tls", "--cacert", "ca.pem"]).good();
    tool.call(["list", "-u", &front.url(), "--cacert", "ca.pem"])
        .good();
    tool.call(["list", "--tls"])
        .bad(3, &["certificate", "--cacert"]);
    tool.call(["list", "--tls", "--insecure"]).good();
    let tool = tool.env("GEARS_TLS", "1").env("GEARS_CACERT", "ca.pem");
    tool.call(["list"]).good();
    tool.file("other.pem", "no certificate");
    tool.call(["list", "--cacert", "other.pem"])
        .bad(2, &["other.pem"]);
}
