//! Scripts that come, change, break and go.

use std::{
    fs::{self, File},
    io::Write as _,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use gears_tests::{TestServer, until};

use super::{Watching, command};
use crate::tool::Tool;

#[test]
fn script_follows_its_file() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let file = tool.file("a.py", command("hello", "one"));
    let watching = Watching::begin(&tool, &["."]);
    watching.until_said("registered a.py trigger hello");
    let mut client = server.client();
    assert_eq!(client.trigger("hello", &[]), "[$\"one\"]");
    fs::write(&file, command("hello", "two")).unwrap();
    watching.until_said("updated a.py trigger hello");
    assert_eq!(client.trigger("hello", &[]), "[$\"two\"]");
    tool.file(
        "b.py",
        "GB().register('person:*')\nGB('StreamReader').register('log')\n",
    );
    watching.until_said("registered b.py keys person:*, stream log");
    fs::remove_file(&file).unwrap();
    watching.until_said("unregistered a.py it is gone, with its registration");
    assert_eq!(client.triggers(), []);
    assert_eq!(client.registrations().len(), 2);
    let (code, said) = watching.end();
    assert_eq!(code, Some(0), "{said}");
    // What it registered is not the watcher's to take away.
    assert_eq!(client.registrations().len(), 2);
}

#[test]
fn trigger_is_there_all_the_time() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let file = tool.file("a.py", command("hello", "0"));
    let watching = Watching::begin(&tool, &["-w", "0", "."]);
    watching.until_said("registered a.py");
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let calls = scope.spawn(|| {
            let mut client = server.client();
            let mut calls = 0;
            while !done.load(Ordering::SeqCst) {
                let answer = client.trigger("hello", &[]);
                assert!(answer.starts_with("[$\""), "{answer}");
                calls += 1;
            }
            calls
        });
        let begun = server.client().trigger("hello", &[]);
        assert_eq!(begun, "[$\"0\"]");
        for number in 1..=10 {
            fs::write(&file, command("hello", &number.to_string())).unwrap();
            watching.until_said_times("updated a.py", number);
        }
        // A move is a change of the file's name alone.
        fs::rename(&file, tool.folder().join("b.py")).unwrap();
        watching.until_said("moved b.py trigger hello (it was a.py)");
        done.store(true, Ordering::SeqCst);
        assert!(calls.join().unwrap() > 10);
    });
    assert_eq!(server.client().trigger("hello", &[]), "[$\"10\"]");
    assert_eq!(server.client().registrations().len(), 1);
}

#[test]
fn broken_script_leaves_the_old_one_running() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let good = command("hello", "one");
    let file = tool.file("a.py", &good);
    let watching = Watching::begin(&tool, &["."]);
    watching.until_said("registered a.py");
    let mut client = server.client();
    let there = client.registrations();
    // Found out here: it is no Python.
    fs::write(&file, "def f(:\n").unwrap();
    watching.until_said("a.py: python: a.py:1:7:");
    watching.until_said("what it registered before keeps running");
    // Found out there, after it has registered something.
    fs::write(&file, format!("{good}def f():\n    1 / 0\nf()\n")).unwrap();
    watching.until_said("File \"a.py\", line 3, in f");
    watching.until_said("ZeroDivisionError: division by zero");
    watching.until_said_times("what it registered before keeps running", 2);
    assert_eq!(client.registrations(), there);
    assert_eq!(client.trigger("hello", &[]), "[$\"one\"]");
    fs::write(&file, command("hello", "two")).unwrap();
    watching.until_said("updated a.py");
    assert_eq!(client.trigger("hello", &[]), "[$\"two\"]");
}

#[test]
fn trigger_may_move_between_scripts() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.file("a.py", command("one", "a"));
    tool.file("b.py", command("two", "b"));
    let watching = Watching::begin(&tool, &["-w", "0.5", "."]);
    watching.until_said("registered b.py");
    // Whichever comes first finds the other's trigger still taken.
    tool.file("a.py", command("two", "a"));
    tool.file("b.py", command("three", "b"));
    watching.until_said("updated a.py trigger two");
    watching.until_said("updated b.py trigger three");
    assert_eq!(
        watching.times("already registered"),
        0,
        "{}",
        watching.said()
    );
    // One that nobody gives up is told.
    tool.file("c.py", command("two", "c"));
    watching.until_said("trigger already registered");
    assert_eq!(server.client().trigger("two", &[]), "[$\"a\"]");
}

#[test]
fn editors_save_beside_and_rename() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let file = tool.file("a.py", command("hello", "one"));
    let watching = Watching::begin(&tool, &["."]);
    watching.until_said("registered a.py");
    // As vim does: the old one aside, the new one in its place.
    fs::rename(&file, tool.folder().join("a.py~")).unwrap();
    fs::write(&file, command("hello", "two")).unwrap();
    watching.until_said_times("updated a.py", 1);
    // As most others do.
    tool.file(".a.py.swp", command("hello", "three"));
    fs::rename(tool.folder().join(".a.py.swp"), &file).unwrap();
    watching.until_said_times("updated a.py", 2);
    assert_eq!(server.client().trigger("hello", &[]), "[$\"three\"]");
    assert_eq!(watching.times("unregistered"), 0, "{}", watching.said());
}

#[test]
fn file_that_grows_is_taken_when_it_is_whole() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let watching = Watching::begin(&tool, &["-w", "2", "."]);
    watching.until_said("watching");
    let mut file = File::create(tool.folder().join("a.py")).unwrap();
    // Any piece of it is a script, and none but the last is the whole.
    let mut registered = false;
    for number in 0..40 {
        file.write_all(command(&format!("t{number}"), "x").as_bytes())
            .unwrap();
        file.flush().unwrap();
        registered |= watching.times("registered a.py") > 0;
        thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(!registered, "{}", watching.said());
    watching.until_said("registered a.py");
    assert_eq!(server.client().registrations().len(), 40);
    assert_eq!(watching.times("updated a.py"), 0, "{}", watching.said());
}

#[test]
fn empty_file_changes_nothing() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let file = tool.file("a.py", command("hello", "one"));
    tool.file("b.py", "");
    let watching = Watching::begin(&tool, &["."]);
    watching.until_said("empty b.py there is nothing in it yet");
    watching.until_said("registered a.py");
    fs::write(&file, "  \n").unwrap();
    watching.until_said("empty a.py it is empty; what it registered stays");
    assert_eq!(server.client().trigger("hello", &[]), "[$\"one\"]");
    // One that registers nothing is another thing.
    fs::write(&file, "# nothing any more\n").unwrap();
    watching.until_said("ran a.py what it had registered is unregistered");
    assert_eq!(server.client().registrations().len(), 0);
}

#[test]
fn script_that_only_runs_runs_once_for_each_content() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let count =
        "GB('PythonReader').map(lambda x: execute('INCR', 'runs')).run(lambda: (x for x in [1]))";
    let file = tool.file("a.py", count);
    let watching = Watching::begin(&tool, &["."]);
    watching.until_said("ran a.py 1");
    // The same content again is no change.
    fs::write(&file, count).unwrap();
    tool.file("b.py", "1/0");
    watching.until_said("b.py: Traceback");
    fs::write(&file, format!("{count}\n# again\n")).unwrap();
    watching.until_said("ran a.py 2");
    assert_eq!(watching.end().0, Some(0));
    // Who comes later knows of it, and runs it again when told to.
    let outcome = tool.call(["watch", ".", "--once"]);
    assert_eq!(outcome.code, Some(1), "b.py fails again: {outcome:?}");
    assert!(outcome.out.contains("unchanged    a.py"), "{outcome:?}");
    fs::remove_file(tool.folder().join("b.py")).unwrap();
    let out = tool.call(["watch", ".", "--once", "--rerun"]).good();
    assert!(out.contains("ran          a.py  3"), "{out}");
    // Nothing of it stays on the server.
    assert_eq!(server.client().ask(&[b"RG.DUMPEXECUTIONS"]), "[]");
}

#[test]
fn what_went_while_nobody_watched_is_unregistered() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let file = tool.file("a.py", command("one", "a"));
    tool.file("b.py", command("two", "b"));
    // Somebody else's.
    tool.run("GB('CommandReader').register(trigger='mine')");
    tool.call(["watch", ".", "--once"]).good();
    // The index may go, such as with FLUSHALL.
    assert_eq!(server.client().ask(&[b"FLUSHALL"]), "+OK");
    fs::remove_file(file).unwrap();
    let out = tool.call(["watch", ".", "--once"]).good();
    assert!(out.contains("unregistered a.py"), "{out}");
    assert!(out.contains("unchanged    b.py"), "{out}");
    let mut client = server.client();
    let mut triggers = client.triggers();
    triggers.sort();
    assert_eq!(triggers.len(), 2, "{triggers:?}");
    assert_eq!((&*triggers[0].0, &*triggers[1].0), ("mine", "two"));
    // One that other patterns pass over is there all the same.
    let words = ["watch", ".", "--once", "--script-pattern", "*.gear"];
    assert_eq!(tool.call(words).good(), "");
    until("end of the turn", || {
        (client.ask(&[b"EXISTS", b"{gears:watch}:lease"]) == ":0").then_some(())
    });
    assert_eq!(client.triggers().len(), 2);
}
