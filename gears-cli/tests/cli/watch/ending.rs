//! How it ends.

use std::{fs, io::Read as _, process::Stdio, thread};

use gears_tests::{TestServer, until};

use super::{Watching, command};
use crate::tool::{Tool, end};

#[test]
fn reader_that_has_seen_enough_ends_it() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    for number in 0..20 {
        tool.file(
            &format!("s{number}.py"),
            command(&format!("t{number}"), "x"),
        );
    }
    // As `head -1` does; later nothing is written that would tell of it.
    let mut child = tool.spawn(["watch", "-w", "0", "."], Stdio::null());
    let mut first = [0; 1];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let (code, said) = end(&mut child);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        !said.contains("panicked") && !said.contains("error"),
        "{said}"
    );
    // Also one that has nothing to say any more.
    let tool = Tool::at(server.url());
    let mut child = tool.spawn(["watch", "."], Stdio::null());
    drop(child.stdout.take());
    let status = until("end of the watcher", || child.try_wait().unwrap());
    assert_eq!(status.code(), Some(0));
}

#[test]
fn signals_end_it() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.file("a.py", command("a", "x"));
    for how in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
        let watching = Watching::begin(&tool, &["."]);
        watching.until_said("a.py");
        let (code, said) = watching.end_by(how);
        assert_eq!(code, Some(0), "{said}");
    }
    // Nothing is on the server of one that is not there.
    let nowhere = Tool::nowhere();
    nowhere.file("a.py", command("a", "x"));
    let watching = Watching::begin(&nowhere, &[".", "-s", "/no/such.sock"]);
    watching.until_said("trying again");
    let (code, said) = watching.end();
    assert_eq!(code, Some(130), "{said}");
    assert!(
        said.contains("1 changed file is not on the server yet"),
        "{said}"
    );
}

#[test]
fn run_that_goes_on_is_aborted() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.file(
        "a.py",
        "import time\nGB('ShardsIDReader').foreach(lambda _: [time.sleep(0.01) for _ in range(100000)]).run()",
    );
    tool.file("b.py", command("b", "x"));
    let watching = Watching::begin(&tool, &["."]);
    let executions = || tool.call(["executions", "--running", "--json"]).json();
    until("execution", || {
        (!executions().as_array().unwrap().is_empty()).then_some(())
    });
    let (code, said) = watching.end();
    assert_eq!(code, Some(130), "{said}");
    assert!(
        said.contains("2 changed files are not on the server yet"),
        "{said}"
    );
    until("end of the execution", || {
        executions().as_array().unwrap().is_empty().then_some(())
    });
    // The turn is over: the next one need not wait.
    assert_eq!(
        server.client().ask(&[b"EXISTS", b"{gears:watch}:lease"]),
        ":0"
    );
}

#[test]
fn run_whose_file_changes_is_aborted() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let endless = "import time\nGB('ShardsIDReader').foreach(lambda _: [time.sleep(0.01) for _ in range(100000)]).run()";
    let file = tool.file("a.py", endless);
    let watching = Watching::begin(&tool, &["."]);
    let running = || {
        let json = tool.call(["executions", "--running", "--json"]).json();
        json.as_array().unwrap().len()
    };
    until("execution", || (running() == 1).then_some(()));
    fs::write(file, command("a", "mended")).unwrap();
    watching.until_said("its file changed while it ran, so the execution was aborted");
    watching.until_said("registered a.py");
    until("end of the execution", || (running() == 0).then_some(()));
    assert_eq!(server.client().trigger("a", &[]), "[$\"mended\"]");
}

#[test]
fn interrupted_at_any_moment_nothing_is_half_done() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let write = |round: usize| {
        for number in 0..15 {
            let both = format!(
                "{}{}",
                command(&format!("a{number}"), &round.to_string()),
                command(&format!("b{number}"), &round.to_string())
            );
            tool.file(&format!("s{number}.py"), both);
        }
    };
    write(0);
    tool.call(["watch", ".", "--once"]).good();
    for round in 1..=12 {
        write(round);
        let watching = Watching::begin(&tool, &["."]);
        // Somewhere on its way, each time a little later.
        thread::sleep(std::time::Duration::from_millis(15 * round as u64));
        let (code, said) = watching.end();
        assert!(matches!(code, Some(0 | 130) | None), "{code:?} {said}");
        assert!(!said.contains("panicked"), "{said}");
        let mut client = server.client();
        assert_eq!(client.triggers().len(), 30, "{said}");
        for number in 0..15 {
            let a = client.trigger(&format!("a{number}"), &[]);
            assert_eq!(a, client.trigger(&format!("b{number}"), &[]), "{said}");
        }
    }
    tool.call(["watch", ".", "--once"]).good();
    assert_eq!(server.client().trigger("a14", &[]), "[$\"12\"]");
}

#[test]
fn log_that_is_full_is_told() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.file("a.py", command("a", "x"));
    assert!(fs::exists("/dev/full").unwrap());
    tool.file("gears.toml", "[watch.log]\nfile = '/dev/full'\n");
    let watching = Watching::begin(&tool, &["."]);
    let (code, said) = watching.until_ended();
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("the log cannot be written"), "{said}");
}
