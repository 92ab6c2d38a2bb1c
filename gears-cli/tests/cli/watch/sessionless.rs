//! Servers without sessions, which cannot replace what a script registered.

use std::fs;

use gears_tests::TestServer;

use super::{Watching, command, older::Older};
use crate::tool::Tool;

#[test]
fn registrations_are_taken_out_and_made_again() {
    let server = TestServer::private();
    let older = Older::before(server.url());
    let tool = Tool::at(&older.url());
    let file = tool.file("a.py", command("a", "one"));
    tool.file("b.py", "GB().register('p:*')\n");
    tool.file("c.py", "GB('ShardsIDReader').run()\n");
    // Somebody else's.
    server.client().install("GB().register('mine:*')");
    let watching = Watching::begin(&tool, &["."]);
    watching.until_said("this server has no sessions");
    watching.until_said("registered a.py trigger a");
    watching.until_said("registered b.py keys p:*");
    watching.until_said("ran c.py 1");
    let mut client = server.client();
    fs::write(&file, command("a", "two")).unwrap();
    watching.until_said("updated a.py trigger a");
    assert_eq!(client.trigger("a", &[]), "[$\"two\"]");
    // What is no Python is not tried; what fails there is put back.
    fs::write(&file, "def f(:\n").unwrap();
    watching.until_said("a.py: python: a.py:1:7:");
    fs::write(&file, format!("{}1/0\n", command("a", "three"))).unwrap();
    watching.until_said("ZeroDivisionError");
    watching.until_said("what was registered before was registered again");
    assert_eq!(client.trigger("a", &[]), "[$\"two\"]");
    assert_eq!(client.registrations().len(), 3);
    fs::write(&file, command("a", "four")).unwrap();
    watching.until_said_times("updated a.py trigger a", 2);
    assert_eq!(client.trigger("a", &[]), "[$\"four\"]");
    fs::rename(&file, tool.folder().join("d.py")).unwrap();
    watching.until_said("moved d.py trigger a (it was a.py)");
    fs::remove_file(tool.folder().join("b.py")).unwrap();
    watching.until_said("unregistered b.py");
    assert_eq!(client.registrations().len(), 2);
    assert_eq!(watching.end().0, Some(0));
    // The index tells who comes later what is there.
    let out = tool.call(["watch", ".", "--once"]).good();
    assert!(
        out.contains("unchanged    d.py") && out.contains("unchanged    c.py"),
        "{out}"
    );
    tool.file("d.py", command("a", "five"));
    let out = tool.call(["watch", ".", "--once"]).good();
    assert!(out.contains("updated      d.py"), "{out}");
    assert_eq!(client.trigger("a", &[]), "[$\"five\"]");
    assert_eq!(client.registrations().len(), 2);
    // Unregistered by hand, it is made again by who begins.
    let id = client.id("a").unwrap();
    assert_eq!(client.ask(&[b"RG.UNREGISTER", id.as_bytes()]), "+OK");
    let out = tool.call(["watch", ".", "--once"]).good();
    assert!(out.contains("registered   d.py"), "{out}");
    assert_eq!(client.trigger("a", &[]), "[$\"five\"]");
}

#[test]
fn two_watchers_register_once() {
    let server = TestServer::private();
    let older = Older::before(server.url());
    let tool = Tool::at(&older.url());
    let file = tool.file("a.py", "GB().register('p:*')\n");
    tool.file("gears.toml", "[watch.log]\nlevel = 'debug'\n");
    let watchers: Vec<Watching> = (0..2).map(|_| Watching::begin(&tool, &["."])).collect();
    for watching in &watchers {
        watching.until_said("a.py");
    }
    let mut client = server.client();
    assert_eq!(client.registrations().len(), 1);
    fs::write(&file, "GB().register('q:*')\n").unwrap();
    for watching in &watchers {
        watching.until_said_times("a.py", 2);
    }
    assert_eq!(client.registrations().len(), 1);
    fs::remove_file(&file).unwrap();
    gears_tests::until("end of it", || {
        client.registrations().is_empty().then_some(())
    });
}
