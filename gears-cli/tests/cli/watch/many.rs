//! Many scripts, and several watchers.

use std::fs;

use gears_tests::{TestServer, until};

use super::{Watching, command};
use crate::tool::Tool;

const MANY: usize = 2000;

#[test]
fn thousands_of_files_may_change_at_once() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let watching = Watching::begin(&tool, &["-w", "0.3", "."]);
    watching.until_said("watching");
    for number in 0..MANY {
        tool.file(
            &format!("s{number}.py"),
            command(&format!("t{number}"), "one"),
        );
    }
    let mut client = server.client();
    let registered = |count: usize| until_all(&watching, "registered s", count);
    registered(MANY);
    assert_eq!(client.triggers().len(), MANY);
    for number in 0..MANY {
        tool.file(
            &format!("s{number}.py"),
            command(&format!("t{number}"), "two"),
        );
    }
    until_all(&watching, "updated s", MANY);
    for number in 0..MANY {
        assert_eq!(client.trigger(&format!("t{number}"), &[]), "[$\"two\"]");
    }
    for number in 0..MANY {
        fs::remove_file(tool.folder().join(format!("s{number}.py"))).unwrap();
    }
    until_all(&watching, "unregistered s", MANY);
    assert_eq!(client.triggers(), []);
    assert_eq!(watching.times("failed"), 0);
}

/// Waits as long as there is progress.
fn until_all(watching: &Watching, what: &str, count: usize) {
    let mut seen = 0;
    while seen < count {
        seen = until(&format!("more than {seen} of {count} `{what}`"), || {
            let now = watching.times_beginning(what);
            (now > seen).then_some(now)
        });
    }
}

#[test]
fn two_watchers_do_nothing_twice() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let count =
        "GB('PythonReader').map(lambda x: execute('INCR', 'runs')).run(lambda: (x for x in [1]))";
    tool.file("a.py", "GB().register('p:*')\n");
    tool.file("b.py", count);
    let file = tool.file("c.py", command("c", "0"));
    // What a watcher finds done already is worth no word otherwise.
    tool.file("gears.toml", "[watch.log]\nlevel = 'debug'\n");
    let watchers: Vec<Watching> = (0..2).map(|_| Watching::begin(&tool, &["."])).collect();
    for watching in &watchers {
        watching.until_said("c.py");
    }
    let both = |what: &str| watchers.iter().map(|one| one.times(what)).sum::<usize>();
    let mut client = server.client();
    assert_eq!(client.registrations().len(), 2);
    assert_eq!((both("registered a.py"), both("ran b.py")), (1, 1));
    for number in 1..=5 {
        fs::write(&file, command("c", &number.to_string())).unwrap();
        until("update", || (both("updated c.py") >= number).then_some(()));
    }
    fs::write(tool.folder().join("b.py"), format!("{count}\n")).unwrap();
    until("second run", || (both("ran b.py") >= 2).then_some(()));
    fs::remove_file(&file).unwrap();
    until("end of c.py", || {
        (client.triggers().is_empty()).then_some(())
    });
    // Both have come past all of it once they have come to this.
    tool.file("d.py", command("d", "x"));
    for watching in &watchers {
        watching.until_said("d.py");
    }
    let said: Vec<String> = watchers.into_iter().map(|one| one.end().1).collect();
    let total = |what: &str| {
        said.iter()
            .map(|one| one.matches(what).count())
            .sum::<usize>()
    };
    assert_eq!(client.ask(&[b"GET", b"runs"]), "$\"2\"", "{said:?}");
    assert_eq!(total("updated      c.py"), 5, "{said:?}");
    assert_eq!(total("error"), 0, "{said:?}");
    assert_eq!(client.registrations().len(), 2, "{said:?}");
}

#[test]
fn watcher_that_crashes_holds_nobody_up_for_long() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let go = tool.folder().join("go");
    tool.file(
        "a.py",
        format!(
            "
import os, time
def wait(_):
    while not os.path.exists({go:?}): time.sleep(0.01)
GB('ShardsIDReader').foreach(wait).run()
"
        ),
    );
    let watching = Watching::begin(&tool, &["."]);
    let mut client = server.client();
    until("turn", || {
        (client.ask(&[b"EXISTS", b"{gears:watch}:lease"]) == ":1").then_some(())
    });
    assert_eq!(watching.end_by(libc::SIGKILL).0, None);
    fs::write(go, "").unwrap();
    tool.file("b.py", command("b", "x"));
    let watching = Watching::begin(&tool, &["."]);
    watching.until_said("another watcher is at work on this server");
    watching.until_said("registered b.py");
}
