//! Servers that are not there, do not let us in, or start again.

use std::net::TcpListener;

use gears_runtime::embedded::Server;
use gears_tests::TestServer;

use super::{Watching, command};
use crate::tool::Tool;

/// Returns a port at which nobody listens, as somebody has just given it back.
fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

#[test]
fn server_may_come_later() {
    let tool = Tool::nowhere();
    tool.file("a.py", command("a", "x"));
    let port = free_port();
    let words = port.to_string();
    let watching = Watching::begin(&tool, &[".", "-p", &words]);
    watching.until_said("Connection refused");
    watching.until_said("trying again until it is there");
    watching.until_said("gears serve");
    let server = TestServer::of(Server::builder().port(port));
    watching.until_said("registered a.py trigger a");
    assert_eq!(watching.times("trying again"), 1, "{}", watching.said());
    assert_eq!(server.client().trigger("a", &[]), "[$\"x\"]");
    // Who does not want to wait is told at once.
    let port = free_port().to_string();
    tool.call(["watch", ".", "--once", "-p", &port])
        .bad(3, &["Connection refused", "gears serve"]);
}

#[test]
fn server_that_lets_us_do_nothing_ends_it() {
    let plain = TestServer::of(Server::builder().plain());
    let tool = Tool::at(plain.url());
    tool.call(["watch", "."])
        .bad(4, &["without the module", "--loadmodule"]);
    let shut = Server::builder()
        .server_args(["--requirepass", "s3cret"])
        .start()
        .unwrap();
    let tool = Tool::at(shut.url());
    tool.file("a.py", command("a", "x"));
    tool.call(["watch", "."]).bad(3, &["NOAUTH", "--pass"]);
    tool.call(["watch", ".", "-a", "wrong"]).bad(3, &["--pass"]);
    tool.call(["watch", ".", "--once", "-a", "s3cret"]).good();
    let tool = Tool::at(&format!("redis://127.0.0.1:{}/none", free_port()));
    tool.call(["watch", "."]).bad(2, &["URL"]);
}

#[test]
fn server_that_restarts_gets_everything_again() {
    let mut server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.file("a.py", command("a", "x"));
    tool.file("b.py", "GB().register('p:*')");
    tool.file("c.py", "GB('ShardsIDReader').run()");
    let watching = Watching::begin(&tool, &["."]);
    watching.until_said("ran c.py 1");
    // It has nowhere to save, so it forgets everything.
    server.private_mut().restart().unwrap();
    watching.until_said("the server");
    watching.until_said_times("registered a.py", 2);
    watching.until_said_times("registered b.py", 2);
    watching.until_said_times("ran c.py", 2);
    assert_eq!(server.client().trigger("a", &[]), "[$\"x\"]");
    // What changes while it is away is not lost.
    server.private_mut().kill();
    watching.until_said_times("trying again until it is there", 2);
    tool.file("a.py", command("a", "y"));
    tool.file("d.py", command("d", "x"));
    std::fs::remove_file(tool.folder().join("b.py")).unwrap();
    server.private_mut().restart().unwrap();
    watching.until_said("registered d.py");
    watching.until_said_times("ran c.py", 3);
    let mut client = server.client();
    assert_eq!(client.trigger("a", &[]), "[$\"y\"]");
    assert_eq!(client.registrations().len(), 2);
    // What is gone is seen to behind what is new, and this time nothing is said of it. A second new script is
    // registered when the first one's round, and so that of `b.py`, is over.
    for name in ["e", "f"] {
        tool.file(&format!("{name}.py"), command(name, "x"));
        watching.until_said(&format!("registered {name}.py"));
    }
    let (code, said) = watching.end();
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn server_that_remembers_is_left_as_it_is() {
    let data = tempfile::tempdir().unwrap();
    let builder = Server::builder().data_dir(data.path()).server_args([
        "--appendonly",
        "yes",
        "--appendfsync",
        "always",
    ]);
    let mut server = TestServer::of(builder);
    let tool = Tool::at(server.url());
    tool.file("a.py", command("a", "x"));
    tool.file(
        "b.py",
        "GB('PythonReader').map(lambda x: execute('INCR', 'runs')).run(lambda: (x for x in [1]))",
    );
    let watching = Watching::begin(&tool, &["."]);
    watching.until_said("ran b.py 1");
    server.private_mut().kill();
    watching.until_said("trying again");
    tool.file("c.py", command("c", "x"));
    server.private_mut().restart().unwrap();
    watching.until_said("registered c.py");
    assert_eq!(watching.times("unchanged a.py"), 1, "{}", watching.said());
    assert_eq!(watching.times("unchanged b.py"), 1, "{}", watching.said());
    assert_eq!(server.client().ask(&[b"GET", b"runs"]), "$\"1\"");
    assert_eq!(server.client().registrations().len(), 2);
}

#[test]
fn user_without_keys_does_without_the_index() {
    let server = TestServer::private();
    let mut client = server.client();
    let user: [&[u8]; 8] = [
        b"ACL",
        b"SETUSER",
        b"ann",
        b"on",
        b">pw",
        b"+@all",
        b"resetkeys",
        b"~mine:*",
    ];
    assert_eq!(client.ask(&user), "+OK");
    let tool = Tool::at(server.url());
    let file = tool.file("a.py", command("a", "x"));
    let ann = ["--user", "ann", "-a", "pw"];
    let watching = Watching::begin(&tool, &[&["."], &ann[..]].concat());
    watching.until_said("registered a.py");
    watching.until_said("the index cannot be kept");
    watching.until_said("ACL SETUSER");
    std::fs::write(file, command("a", "y")).unwrap();
    watching.until_said("updated a.py");
    assert_eq!(client.trigger("a", &[]), "[$\"y\"]");
    assert_eq!(watching.times("the index cannot be kept"), 1);
    // What begins as keys do that the user may write is fine.
    let tool = Tool::at(server.url());
    tool.file("b.py", command("b", "x"));
    let words = [
        &["watch", ".", "--once", "--index-prefix", "mine:"],
        &ann[..],
    ]
    .concat();
    assert_eq!(tool.call(words).err, "");
    let keys = client.ask(&[b"KEYS", b"*"]);
    assert!(keys.contains("mine:{gears:watch}:"), "{keys}");
}

#[test]
fn cluster_is_served_as_a_whole() {
    let cluster = gears_tests::TestCluster::start();
    let tool = Tool::at(cluster.server(0).url());
    tool.file("a.py", command("a", "x"));
    tool.file("b.py", "GB('ShardsIDReader').count().run()");
    let watching = Watching::begin(&tool, &["."]);
    watching.until_said("ran b.py");
    for place in 0..3 {
        assert_eq!(cluster.client(place).triggers().len(), 1, "{place}");
    }
    tool.file("a.py", command("a", "y"));
    watching.until_said("updated a.py");
    std::fs::remove_file(tool.folder().join("a.py")).unwrap();
    watching.until_said("unregistered a.py");
    for place in 0..3 {
        assert_eq!(cluster.client(place).triggers().len(), 0, "{place}");
    }
}
