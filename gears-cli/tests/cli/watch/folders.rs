//! Folders and files of all kinds.

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt as _, os::unix::fs::symlink};

use gears_tests::TestServer;

use super::{Watching, command};
use crate::tool::Tool;

#[test]
fn folder_that_vanishes_keeps_its_registrations() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let scripts = tool.folder().join("scripts");
    fs::create_dir_all(scripts.join("sub")).unwrap();
    tool.file("scripts/a.py", command("a", "one"));
    tool.file("scripts/sub/b.py", command("b", "one"));
    let watching = Watching::begin(&tool, &["scripts", "-r", "--rescan", "0.1"]);
    watching.until_said("registered sub/b.py");
    let aside = tool.folder().join("aside");
    fs::rename(&scripts, &aside).unwrap();
    watching.until_said("scripts cannot be looked at: No such file or directory");
    watching.until_said("what it registered stays");
    assert_eq!(server.client().triggers().len(), 2);
    // It comes back with something new, and without something old.
    fs::write(aside.join("a.py"), command("a", "two")).unwrap();
    fs::remove_dir_all(aside.join("sub")).unwrap();
    fs::rename(&aside, &scripts).unwrap();
    watching.until_said("updated a.py");
    watching.until_said("unregistered sub/b.py");
    assert_eq!(server.client().trigger("a", &[]), "[$\"two\"]");
    // A folder inside that goes takes its scripts along.
    fs::create_dir(scripts.join("sub")).unwrap();
    tool.file("scripts/sub/b.py", command("b", "three"));
    watching.until_said_times("registered sub/b.py trigger b", 2);
    fs::remove_dir_all(scripts.join("sub")).unwrap();
    watching.until_said_times("unregistered sub/b.py", 2);
}

#[test]
fn folder_may_become_a_link() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let scripts = tool.folder().join("scripts");
    for (folder, answer) in [("scripts", "one"), ("next", "two")] {
        fs::create_dir(tool.folder().join(folder)).unwrap();
        tool.file(&format!("{folder}/a.py"), command("a", answer));
    }
    let watching = Watching::begin(&tool, &["scripts", "-r", "--rescan", "0.1"]);
    watching.until_said("registered a.py");
    fs::rename(&scripts, tool.folder().join("before")).unwrap();
    symlink("next", &scripts).unwrap();
    watching.until_said_times("updated a.py", 1);
    // Where the link leads, changes are noticed too.
    tool.file("next/a.py", command("a", "three"));
    watching.until_said_times("updated a.py", 2);
    // A link to itself is no folder any more.
    fs::remove_file(&scripts).unwrap();
    symlink("scripts", &scripts).unwrap();
    watching.until_said("scripts cannot be looked at");
    assert_eq!(server.client().trigger("a", &[]), "[$\"three\"]");
    // One inside that leads back up ends somewhere.
    fs::remove_file(&scripts).unwrap();
    symlink(".", tool.folder().join("next/round")).unwrap();
    symlink("..", tool.folder().join("next/up")).unwrap();
    symlink("next", &scripts).unwrap();
    tool.file("next/a.py", command("a", "four"));
    watching.until_said_times("updated a.py", 3);
    assert_eq!(server.client().trigger("a", &[]), "[$\"four\"]");
}

#[test]
fn files_that_are_no_scripts_are_told_and_leave_the_old() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let file = tool.file("a.py", command("a", "one"));
    tool.file("z.py", command("z", "last"));
    let watching = Watching::begin(&tool, &["."]);
    watching.until_said("registered z.py");
    fs::write(&file, b"\xa7\r\r\n\0\0\xff").unwrap();
    watching.until_said("a.py is no Python: it is not UTF-8 text");
    watching.until_said_times("what it registered before keeps running", 1);
    // Nobody can read a file that the system does not let us read.
    fs::remove_file(&file).unwrap();
    symlink("/proc/self/mem", &file).unwrap();
    watching.until_said("a.py cannot be read");
    watching.until_said_times("what it registered before keeps running", 2);
    // What is no file at all is not there.
    fs::remove_file(&file).unwrap();
    symlink("/dev/zero", &file).unwrap();
    watching.until_said("unregistered a.py");
    fs::write(tool.folder().join("huge.py"), vec![b'#'; (64 << 20) + 1]).unwrap();
    watching.until_said("huge.py cannot be read: it is larger than 64 MiB");
    let name = tool.folder().join(OsStr::from_bytes(b"b\xff.py"));
    fs::write(name, command("b", "x")).unwrap();
    watching.until_said("its name is not UTF-8, so rename it");
    fs::create_dir(tool.folder().join("folder.py")).unwrap();
    tool.file("c.py", command("c", "x"));
    watching.until_said("registered c.py");
    assert_eq!(watching.end().0, Some(0));
}

#[test]
fn file_with_two_names_is_run_once() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    fs::create_dir(tool.folder().join("real")).unwrap();
    tool.file("real/a.py", command("a", "x"));
    symlink("real", tool.folder().join("link")).unwrap();
    let out = tool
        .call(["watch", "--once", "real", "link", "real/."])
        .good();
    assert_eq!(out.lines().count(), 1, "{out}");
    // Whichever way it is named, it is the same folder.
    let out = tool.call(["watch", "--once", "link"]).good();
    assert!(out.contains("unchanged    a.py"), "{out}");
}
