//! The command line in the words of RedGrease.

use std::fs;

use gears_runtime::embedded::Server;
use gears_tests::{TestServer, TlsFront};

use super::{Watching, command};
use crate::tool::Tool;

#[test]
fn server_is_named_in_its_words_or_told_how() {
    let server = Server::start().unwrap();
    let tool = Tool::nowhere();
    tool.file("a.py", command("a", "x"));
    let front = TlsFront::open(server.folder().join("server.sock"));
    let port = front.port().to_string();
    let words = [
        "watch",
        ".",
        "--once",
        "--server",
        "127.0.0.1",
        "-p",
        &port,
        "--tls",
        "--insecure",
    ];
    let outcome = tool.call(words);
    assert!(
        outcome.err.contains("--server is --host here"),
        "{outcome:?}"
    );
    assert!(outcome.good().contains("registered   a.py"));
    let hint = [
        "there is no socket `redis.example.org`",
        "-h redis.example.org",
    ];
    tool.call(["watch", ".", "-s", "redis.example.org", "-p", "6379"])
        .bad(2, &hint);
    tool.call(["list", "-s", "redis.example.org"]).bad(2, &hint);
    tool.call(["watch", ".", "--once", "--server", "redis:7000"])
        .bad(2, &["-h redis -p 7000"]);
    tool.call(["list", "-h", "redis://ann:secret@redis"])
        .bad(2, &["-u, --url"]);
    // What is no name of a host was meant for a socket.
    tool.call(["list", "-s", "/no/redis.sock"])
        .bad(3, &["/no/redis.sock"]);
}

#[test]
fn watching_needs_no_number() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    fs::create_dir(tool.folder().join("scripts")).unwrap();
    tool.file("scripts/a.py", command("a", "x"));
    tool.file("scripts/requirements.txt", "\u{feff}# none yet\r\n\r\n");
    let hint = "`gears watch` watches in any case";
    for words in [
        ["--once", "--watch", "scripts"].as_slice(),
        &["-w", "--once", "scripts"],
        &["scripts", "--once", "-w"],
    ] {
        let outcome = tool.call([&["watch", "--rerun"], words].concat());
        assert!(outcome.err.contains(hint), "{outcome:?}");
        assert!(outcome.good().contains("a.py"));
    }
    let outcome = tool.call(["watch", "--once", "-w", "0.5", "scripts"]);
    assert_eq!((outcome.code, &*outcome.err), (Some(0), ""), "{outcome:?}");
    tool.call(["watch", "-w"]).bad(2, &["no folder is named"]);
    // The list of packages is no script.
    let watching = Watching::begin_as(&tool, &["watch", "--watch", "scripts"]);
    watching.until_said("scripts (1 script)");
}

#[test]
fn settings_are_told_how_they_are_written_here() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.file("a.gear", command("a", "x"));
    tool.file("ours.toml", "[watch]\nscript_pattern = '*.gear'\n");
    let outcome = tool.call(["watch", ".", "--once", "-c", "ours.toml"]);
    assert!(outcome.err.contains("-c is --config here"), "{outcome:?}");
    assert!(outcome.good().contains("a.gear"));
    tool.file("theirs.conf", "server=10.0.2.21\nrecursive=true\n");
    for option in ["-c", "--config"] {
        tool.call(["watch", ".", option, "theirs.conf"]).bad(
            2,
            &[
                "theirs.conf makes no sense",
                "[connection]\nhost = \"10.0.2.21\"\n[watch]\nrecursive = true\n",
            ],
        );
    }
    tool.file(
        "theirs.conf",
        "\u{feff}# ours\r\nserver: redis ; there\r\nrecursive\r\n",
    );
    tool.call(["watch", ".", "-c", "theirs.conf"]).bad(
        2,
        &["[connection]\nhost = \"redis\"\n[watch]\nrecursive = true\n"],
    );
    tool.call(["watch", ".", "-c", "ours.toml", "--config", "ours.toml"])
        .bad(2, &["two files"]);
}

#[test]
fn word_that_is_missing_is_told() {
    let tool = Tool::nowhere();
    fs::create_dir(tool.folder().join("scripts")).unwrap();
    tool.call(["scripts"]).bad(2, &["`gears watch scripts`"]);
    tool.call(["--server", "10.0.2.21", "--watch", "scripts/"])
        .bad(2, &["`gears watch FOLDER`", "--server stands behind that"]);
    let outcome = tool.call(["no-such-command"]);
    assert!(!outcome.err.contains("gears watch"), "{outcome:?}");
}
