//! Python packages that scripts ask for.

use std::fs;
use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use gears_runtime::embedded::Server;
use gears_tests::{LONG_DEADLINE, TestServer, ask, show, until_within, wheel};
use tempfile::TempDir;

/// A server whose pip looks nowhere but where it is told.
fn offline() -> TestServer {
    TestServer::of(
        Server::builder()
            .env("PIP_NO_INDEX", "1")
            .env("PIP_FIND_LINKS", "")
            .env("PIP_CONFIG_FILE", "/dev/null"),
    )
}

#[test]
fn package_that_python_has_needs_no_network() {
    // Whoever asked for a package would connect here.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let index = format!(
        " --index-url http://{}/simple",
        listener.local_addr().unwrap()
    );
    let server = TestServer::of(
        Server::builder()
            .engine_args(["PipArguments", &index])
            .env("PIP_CONFIG_FILE", "/dev/null"),
    );
    let mut client = server.client();
    client.wait_at_most(LONG_DEADLINE);
    let name = server.name("t");
    let script = format!(
        "def version(record):\n    \
             import redis\n    \
             return redis.__name__\n\
         GB('CommandReader').map(version).register(trigger='{name}')"
    );
    assert_eq!(
        ask!(client, "RG.PYEXECUTE", script, "REQUIREMENTS", "redis"),
        "+OK"
    );
    assert_eq!(client.trigger(&name, &[]), r#"[$"redis"]"#);
    let again = ["RG.PYEXECUTE", "import redis", "REQUIREMENTS", "redis"];
    assert_eq!(ask!(client, again[0], again[1], again[2], again[3]), "+OK");
    let nobody = listener.accept().expect_err("pip asked the index");
    assert_eq!(nobody.kind(), ErrorKind::WouldBlock);
    let entry = client.registration(&name).unwrap();
    assert!(show(&entry).contains("'name':'redis'"), "{}", show(&entry));
}

#[test]
fn wheel_is_installed_and_imported() {
    let server = offline();
    let mut client = server.client();
    client.wait_at_most(LONG_DEADLINE);
    let folder = TempDir::new().unwrap();
    let path = wheel(
        folder.path(),
        "gears_probe",
        "1.2.3",
        "ANSWER = 'installed'\n",
    );
    let before = client.execute("import gears_probe");
    assert!(before.contains("ModuleNotFoundError"), "{before}");

    let name = server.name("t");
    let script = format!(
        "import gears_probe\n\
         GB('CommandReader').map(lambda r: gears_probe.ANSWER).register(trigger='{name}')"
    );
    let requirement = path.to_str().unwrap();
    assert_eq!(
        ask!(client, "RG.PYEXECUTE", script, "REQUIREMENTS", requirement),
        "+OK"
    );
    assert_eq!(client.trigger(&name, &[]), r#"[$"installed"]"#);

    let named = wheel(folder.path(), "gears_second", "1", "ANSWER = 2\n");
    let requirement = format!("gears_second @ file://{}", named.display());
    let script =
        "import gears_second\nGB('ShardsIDReader').map(lambda r: gears_second.ANSWER).run()";
    assert_eq!(
        ask!(
            client,
            "RG.PYEXECUTE",
            script,
            "REQUIREMENTS",
            requirement,
            "redis"
        ),
        r#"[[$"2"], []]"#
    );
}

#[test]
fn blank_lines_and_comments_ask_for_nothing() {
    let server = offline();
    let mut client = server.client();
    client.wait_at_most(LONG_DEADLINE);
    let folder = TempDir::new().unwrap();
    let path = wheel(folder.path(), "gears_lines", "1", "ANSWER = 3\n");
    // As gears-cli sends the lines of its file.
    let line = format!("{}  # ours", path.display());
    let script = "import gears_lines\nGB('ShardsIDReader').map(lambda r: gears_lines.ANSWER).run()";
    let words = [
        "RG.PYEXECUTE",
        script,
        "REQUIREMENTS",
        "# packages",
        "",
        &line,
        " \r",
    ];
    let words: Vec<_> = words.iter().map(|word| word.as_bytes()).collect();
    assert_eq!(client.ask(&words), r#"[[$"3"], []]"#);
    assert_eq!(
        ask!(client, "RG.PYEXECUTE", "1", "REQUIREMENTS", "", "#"),
        "+OK"
    );
}

#[test]
fn other_clients_are_served_while_pip_works() {
    // An index that answers when the test says so: until then pip works.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let index = format!(
        " --index-url http://{}/simple",
        listener.local_addr().unwrap()
    );
    let server = TestServer::of(
        Server::builder()
            .engine_args(["PipArguments", &index])
            .env("PIP_CONFIG_FILE", "/dev/null")
            .env("no_proxy", "127.0.0.1"),
    );
    let folder = TempDir::new().unwrap();
    let path = wheel(folder.path(), "gears_slow", "1", "");
    std::thread::scope(|scope| {
        let installing = scope.spawn(|| {
            let mut client = server.client();
            client.wait_at_most(LONG_DEADLINE);
            let words = ["import gears_slow", "REQUIREMENTS", "gears_slow"];
            ask!(client, "RG.PYEXECUTE", words[0], words[1], words[2])
        });
        let (pip, _) = until_within(LONG_DEADLINE, "question of pip", || listener.accept().ok());
        let mut other = server.client();
        assert_eq!(ask!(other, "SET", "key", "value"), "+OK");
        assert_eq!(
            other.execute("GB('ShardsIDReader').map(lambda r: execute('GET', 'key')).run()"),
            r#"[[$"value"], []]"#
        );
        assert!(!installing.is_finished());
        offer(pip, &path);
        assert_eq!(installing.join().unwrap(), "+OK");
    });
}

/// Answers a question of pip to an index: there is this wheel.
fn offer(mut pip: TcpStream, wheel: &Path) {
    pip.set_nonblocking(false).unwrap();
    let question = BufReader::new(&pip).lines().map(Result::unwrap);
    question.take_while(|line| !line.is_empty()).for_each(drop);
    let name = wheel.file_name().unwrap().display();
    let page = format!(
        r#"<!DOCTYPE html><a href="file://{}">{name}</a>"#,
        wheel.display()
    );
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n";
    write!(pip, "{head}Content-Length: {}\r\n\r\n{page}", page.len()).unwrap();
}

#[test]
fn missing_package_is_an_error_with_the_words_of_pip() {
    let server = offline();
    let mut client = server.client();
    client.wait_at_most(LONG_DEADLINE);
    let name = server.name("t");
    let script = format!("GB('CommandReader').register(trigger='{name}')");
    let reply = ask!(
        client,
        "RG.PYEXECUTE",
        script,
        "REQUIREMENTS",
        "gears-no-such-package==1.2.3"
    );
    assert!(
        reply.starts_with(
            "-Could not satisfy requirements (look at redis log file for more information)"
        ),
        "{reply}"
    );
    assert!(
        reply.contains("No matching distribution found for gears-no-such-package==1.2.3"),
        "{reply}"
    );
    assert_eq!(client.trigger(&name, &[]), "-ERR subcommand not found");
    let log = server.log().unwrap();
    assert!(log.contains("gears-no-such-package==1.2.3"), "{log}");
}

#[test]
fn nonsense_is_an_error() {
    let server = offline();
    let mut client = server.client();
    client.wait_at_most(LONG_DEADLINE);
    let folder = TempDir::new().unwrap();
    let broken = folder.path().join("broken-1-py3-none-any.whl");
    fs::write(&broken, b"no archive").unwrap();
    let nonsense: &[&[u8]] = &[
        b"--help",
        b"-r/etc/passwd",
        b"%s%n",
        b"a b c",
        b"\xff\xfe",
        b"redis==no.such.version",
        b"/no/such/file.whl",
        broken.to_str().unwrap().as_bytes(),
    ];
    for requirement in nonsense {
        let reply = ask!(client, "RG.PYEXECUTE", "x = 1", "REQUIREMENTS", requirement);
        assert!(
            reply.starts_with("-Could not satisfy requirements"),
            "{}: {reply}",
            requirement.escape_ascii()
        );
    }
    // A NUL ends no process, and no server.
    let reply = ask!(client, "RG.PYEXECUTE", "x = 1", "REQUIREMENTS", b"red\0is");
    assert!(reply.starts_with('-'), "{reply}");
}

#[test]
fn one_failure_stops_them_all() {
    let server = offline();
    let mut client = server.client();
    client.wait_at_most(LONG_DEADLINE);
    let reply = ask!(
        client,
        "RG.PYEXECUTE",
        "raise ValueError('ran')",
        "REQUIREMENTS",
        "redis",
        "gears-no-such"
    );
    assert!(
        reply.contains("gears-no-such") && !reply.contains("ran'"),
        "{reply}"
    );
}

#[test]
fn client_that_leaves_while_pip_works_does_no_harm() {
    let server = offline();
    let mut client = server.client();
    let folder = TempDir::new().unwrap();
    let path = wheel(folder.path(), "gears_left", "1", "ANSWER = 1\n");
    let name = server.name("t");
    let script = format!(
        "import gears_left\n\
         GB('CommandReader').map(lambda r: gears_left.ANSWER).register(trigger='{name}')"
    );
    let mut leaving = redis::Client::open(server.url())
        .unwrap()
        .get_connection()
        .unwrap();
    let mut call = redis::cmd("RG.PYEXECUTE");
    call.arg(&script)
        .arg("REQUIREMENTS")
        .arg(path.to_str().unwrap());
    leaving
        .send_packed_command(&call.get_packed_command())
        .unwrap();
    drop(leaving);
    // What was asked for is done all the same, or dropped as a whole.
    until_within(LONG_DEADLINE, "end of pip", || {
        let log = server.log().unwrap();
        let registered = client.id(&name).is_some();
        (registered || log.contains("cannot be installed")).then_some(())
    });
    assert_eq!(client.trigger(&name, &[]), r#"[$"1"]"#);
}

#[test]
fn exported_requirement_is_imported_elsewhere() {
    let (from, to) = (offline(), offline());
    let (mut here, mut there) = (from.client(), to.client());
    for client in [&here, &there] {
        client.wait_at_most(LONG_DEADLINE);
    }
    let folder = TempDir::new().unwrap();
    let path = wheel(folder.path(), "gears_moved", "1", "ANSWER = 'moved'\n");
    let requirement = path.to_str().unwrap();
    assert_eq!(
        ask!(here, "RG.PYEXPORTREQ", requirement),
        "-requirement does not exists"
    );
    let installed = ask!(
        here,
        "RG.PYEXECUTE",
        "import gears_moved",
        "REQUIREMENTS",
        requirement
    );
    assert_eq!(installed, "+OK");
    let listed = ask!(here, "RG.PYDUMPREQS");
    assert!(
        listed.contains(r#"$"Wheels", [$"gears_moved-1-py3-none-any.whl"]"#),
        "{listed}"
    );
    let exported = here.value(&[b"RG.PYEXPORTREQ", requirement.as_bytes()]);
    let redis::Value::Array(parts) = exported else {
        panic!("not an array: {}", show(&exported));
    };
    let redis::Value::Array(chunks) = &parts[1] else {
        panic!("no chunks: {}", show(&parts[1]));
    };
    let mut words: Vec<&[u8]> = vec![b"RG.PYIMPORTREQ"];
    for chunk in chunks {
        let redis::Value::BulkString(chunk) = chunk else {
            panic!("no chunk: {}", show(chunk));
        };
        words.push(chunk);
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(there.ask(&words), r#"$"OK""#);
    let script = "import gears_moved\nGB('ShardsIDReader').map(lambda r: gears_moved.ANSWER).run()";
    // It counts as installed: nobody looks for the file, which is gone.
    assert_eq!(
        ask!(there, "RG.PYEXECUTE", script, "REQUIREMENTS", requirement),
        r#"[[$"moved"], []]"#
    );
    assert_eq!(
        ask!(there, "RG.PYIMPORTREQ", "junk"),
        "-Bad serialization format on reading requirement name"
    );
    let cut = words[1][..words[1].len() - 1].to_vec();
    let reply = ask!(there, "RG.PYIMPORTREQ", cut);
    assert!(reply.starts_with("-Bad serialization format"), "{reply}");
}

#[test]
fn installing_can_be_switched_off() {
    let server = TestServer::of(Server::builder().engine_args(["PipInstall", "0"]));
    let mut client = server.client();
    let reply = ask!(client, "RG.PYEXECUTE", "1", "REQUIREMENTS", "redis");
    assert!(reply.contains("switched off"), "{reply}");
}

#[test]
fn pip_takes_the_arguments_of_the_server_and_hashes() {
    let folder = TempDir::new().unwrap();
    wheel(folder.path(), "gears_found", "1", "");
    // A space in front: the server takes an argument that begins with dashes for an option.
    let places = format!(" --find-links {}", folder.path().display());
    let server = TestServer::of(
        Server::builder()
            .engine_args(["PipArguments", &places])
            .env("PIP_NO_INDEX", "1")
            .env("PIP_CONFIG_FILE", "/dev/null"),
    );
    let mut client = server.client();
    client.wait_at_most(LONG_DEADLINE);
    let wrong = format!("gears_found==1 --hash=sha256:{}", "0".repeat(64));
    let reply = ask!(client, "RG.PYEXECUTE", "1", "REQUIREMENTS", wrong);
    assert!(reply.contains("DO NOT MATCH THE HASHES"), "{reply}");
    let script = "import gears_found";
    assert_eq!(
        ask!(
            client,
            "RG.PYEXECUTE",
            script,
            "REQUIREMENTS",
            "gears_found"
        ),
        "+OK"
    );
    // Again, from the kept wheel and from its source.
    assert_eq!(
        ask!(
            client,
            "RG.PYEXECUTE",
            script,
            "FORCE_REINSTALL_REQUIREMENTS",
            "REQUIREMENTS",
            "gears_found"
        ),
        "+OK"
    );
}

#[test]
fn pip_that_hangs_is_ended() {
    // Nobody answers there, and pip tries for minutes.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let index = format!("http://{}/simple", listener.local_addr().unwrap());
    let arguments = format!(" --index-url {index}");
    let server = TestServer::of(
        Server::builder()
            .engine_args([
                "PipArguments",
                &arguments,
                "PythonInstallReqMaxIdleTime",
                "3000",
            ])
            .env("PIP_CONFIG_FILE", "/dev/null"),
    );
    let mut client = server.client();
    client.wait_at_most(LONG_DEADLINE);
    let reply = ask!(client, "RG.PYEXECUTE", "1", "REQUIREMENTS", "gears-no-such");
    assert!(reply.contains("did nothing for 3000 ms"), "{reply}");
}
