//! Progress of long work: on terminals, and nowhere else.

use std::path::{Path, PathBuf};

use gears_tests::{Terminal, TestCluster, TestServer, ask, wheel};

use crate::tool::Tool;

const SIZE: (u16, u16) = (10, 100);

/// Has Python wait, without keeping the server, until a file is there.
fn waits_for(go: &Path) -> String {
    format!(
        "import os, time\n\
         def wait():\n    \
             while not os.path.exists({go:?}): time.sleep(0.005)\n"
    )
}

/// A server, the program, and the file that lets Python go on.
fn begin() -> (TestServer, Tool, PathBuf) {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let go = tool.folder().join("go");
    (server, tool, go)
}

fn let_go(go: &Path) {
    std::fs::write(go, "").unwrap();
}

/// Checks that nothing of the progress is left when the work is done.
#[track_caller]
fn assert_ends_with(mut terminal: Terminal, lines: &[&str]) {
    let status = terminal.wait();
    assert!(status.success(), "{status}: {:?}", terminal.lines());
    assert_eq!(terminal.lines(), lines);
    assert!(!terminal.look(vt100::Screen::hide_cursor));
}

#[test]
fn run_shows_how_many_keys_are_done() {
    let (server, tool, go) = begin();
    for key in 0..20 {
        let key = format!("key:{key}");
        gears_tests::ask!(server.client(), "SET", key, "1");
    }
    let script = waits_for(&go)
        + "seen = []\n\
           def count(record):\n    \
               seen.append(record)\n    \
               if len(seen) == 5: wait()\n\
           GB().foreach(count).count().run()\n";
    tool.file("keys.py", &script);
    let words = ["run", "keys.py", "--progress"];
    let terminal = Terminal::start(tool.command(words), SIZE);
    terminal.until("progress", |lines| {
        let line = lines.iter().find(|line| line.contains("running"))?;
        (line.contains(" 5/20 records") && line.contains("[=====")).then_some(())
    });
    let_go(&go);
    assert_ends_with(terminal, &["20"]);
    // The same without a terminal.
    let outcome = tool.call(words);
    assert_eq!((outcome.out.as_str(), outcome.err.as_str()), ("20\n", ""));
}

#[test]
fn run_shows_how_many_records_are_done_where_nobody_knows_of_how_many() {
    let (_server, tool, go) = begin();
    let script = waits_for(&go)
        + "def records():\n    \
               for number in range(1234):\n        \
                   yield number\n    \
               wait()\n\
           GB('PythonReader').count().run(records)\n";
    tool.file("records.py", &script);
    let words = ["run", "records.py", "--progress"];
    let terminal = Terminal::start(tool.command(words), SIZE);
    terminal.until_shown("running  1,234 records");
    let_go(&go);
    assert_ends_with(terminal, &["1234"]);
}

#[test]
fn run_shows_how_far_shards_of_a_cluster_are() {
    let cluster = TestCluster::start();
    for place in 0..3 {
        let tag = cluster.key_at(place, "tag");
        for number in 0..10 {
            let key = format!("{number}:{{{tag}}}");
            assert_eq!(ask!(cluster.client(place), "SET", key, "1"), "+OK");
        }
    }
    let tool = Tool::at(cluster.server(1).url());
    let go = tool.folder().join("go");
    let script = waits_for(&go) + "GB().foreach(lambda _: wait()).count().run()\n";
    tool.file("keys.py", &script);
    let terminal = Terminal::start(tool.command(["run", "keys.py", "--progress"]), SIZE);
    let names: Vec<String> = (0..3)
        .map(|place| format!("shard {} [", &cluster.id(place)[..8]))
        .collect();
    terminal.until("progress of all shards", |lines| {
        let shown = lines.join("\n");
        let (_, below) = shown.split_once("running [")?;
        below.contains("/30 records").then_some(())?;
        let of_each = names.iter().filter_map(|name| below.split_once(name));
        (of_each
            .filter(|(_, share)| share.contains("/10 records"))
            .count()
            == 3)
            .then_some(())
    });
    let_go(&go);
    assert_ends_with(terminal, &["30"]);
}

#[test]
fn run_without_the_option_says_that_it_runs() {
    let (_server, tool, go) = begin();
    let script = waits_for(&go) + "GB('ShardsIDReader').foreach(lambda _: wait()).count().run()\n";
    tool.file("wait.py", &script);
    let terminal = Terminal::start(tool.command(["run", "wait.py"]), SIZE);
    terminal.until_shown("running");
    let_go(&go);
    assert_ends_with(terminal, &["1"]);
}

#[test]
fn interrupt_ends_the_progress_too() {
    let (_server, tool, go) = begin();
    let script = waits_for(&go) + "GB('ShardsIDReader').foreach(lambda _: wait()).count().run()\n";
    tool.file("wait.py", &script);
    let words = ["run", "wait.py", "--progress"];
    let mut terminal = Terminal::start(tool.command(words), SIZE);
    terminal.until_shown("running  1 records");
    terminal.press("\x03");
    assert_eq!(terminal.wait().code(), Some(130));
    // The terminal itself writes ^C behind the progress, which moves that up a line.
    let rows: Vec<String> = terminal.look(|screen| screen.rows(0, SIZE.1).collect());
    let said = rows.iter().rfind(|row| !row.is_empty());
    assert_eq!(
        said.map(|said| said.trim_end()),
        Some("error: interrupted; the execution was aborted")
    );
    assert!(!terminal.look(vt100::Screen::hide_cursor));
}

#[test]
fn requirements_that_are_installed_are_named() {
    let (_server, tool, go) = begin();
    let package = wheel(tool.folder(), "gearsslow", "1.0", "");
    let requirement = package.to_str().unwrap();
    // So the time that pip takes on a busy machine is not that of this test.
    tool.feed(["run", "-", "-r", requirement], "import gearsslow")
        .good();
    // Looked for, and then the script itself waits.
    let script = waits_for(&go) + "import gearsslow\nwait()\nprint('there')\n";
    tool.file("slow.py", &script);
    let words = ["run", "slow.py", "-r", requirement];
    let terminal = Terminal::start(tool.command(words), (10, 250));
    terminal.until("name of the package", |lines| {
        let line = lines.iter().find(|line| line.contains("installing"))?;
        line.contains("gearsslow").then_some(())
    });
    let_go(&go);
    assert_ends_with(terminal, &[]);
}

#[test]
fn restore_shows_the_session_and_its_packages() {
    let (_server, tool, go) = begin();
    let package = wheel(tool.folder(), "gearsneeded", "1.0", "");
    let script = waits_for(&go) + "wait()\nGB('CommandReader').register(trigger='t')\n";
    tool.file("t.py", &script);
    let_go(&go);
    let requirement = package.to_str().unwrap();
    tool.call(["run", "t.py", "--id", "first", "-r", requirement])
        .good();
    tool.call(["dump", "d.json"]).good();
    tool.call(["unregister", "--all"]).good();
    std::fs::remove_file(&go).unwrap();
    let terminal = Terminal::start(tool.command(["restore", "d.json"]), (10, 250));
    terminal.until("session", |lines| {
        let line = lines.iter().find(|line| line.contains("restoring first"))?;
        let packages = line.contains("installing") && line.contains("gearsneeded");
        (packages && line.contains("0/1")).then_some(())
    });
    let_go(&go);
    assert_ends_with(terminal, &["restored: first"]);
}

#[test]
fn dump_that_waits_for_the_server_says_so() {
    let (_server, tool, go) = begin();
    tool.run("GB('CommandReader').register(trigger='t')");
    // It keeps the server's main thread, and with it the dump.
    let begun = tool.folder().join("begun");
    let script = waits_for(&go) + &format!("open({begun:?}, 'w').close()\nwait()\n");
    tool.file("keep.py", &script);
    let mut keeping = tool.spawn(["run", "keep.py"], std::process::Stdio::null());
    gears_tests::until("script", || begun.exists().then_some(()));
    let terminal = Terminal::start(tool.command(["dump", "d.json"]), SIZE);
    terminal.until_shown("reading registrations");
    let_go(&go);
    assert_ends_with(terminal, &["wrote 1 registration of 1 session to d.json"]);
    assert!(keeping.wait().unwrap().success());
}
