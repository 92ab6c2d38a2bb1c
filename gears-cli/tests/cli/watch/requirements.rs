//! Packages that scripts require.

use std::fs;

use gears_tests::{TestServer, wheel};

use super::Watching;
use crate::tool::Tool;

#[test]
fn packages_are_installed_and_scripts_follow_them() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let wheels = tempfile::tempdir().unwrap();
    let one = wheel(wheels.path(), "gearswatchone", "1.0", "x = 'one'\n");
    let two = wheel(wheels.path(), "gearswatchtwo", "1.0", "x = 'two'\n");
    fs::create_dir(tool.folder().join("deep")).unwrap();
    let file = tool.file("requirements.txt", format!("# ours\n{}\n", one.display()));
    tool.file(
        "deep/a.py",
        "import gearswatchone\nGB('CommandReader').map(lambda x: gearswatchone.x).register(trigger='a')",
    );
    let watching = Watching::begin(&tool, &[".", "-r"]);
    watching.until_said("installing");
    watching.until_said("registered deep/a.py trigger a");
    watching.until_said("requirements requirements.txt it holds for 1 script");
    let mut client = server.client();
    assert_eq!(client.trigger("a", &[]), "[$\"one\"]");
    // Another one below holds too.
    let deep = tool.file("deep/requirements-more.txt", two.display().to_string());
    watching.until_said("updated deep/a.py trigger a");
    let listed = tool.call(["requirements", "list", "--json"]).json();
    assert_eq!(listed.as_array().unwrap().len(), 2, "{listed}");
    // One that cannot be installed leaves the script as it was.
    fs::write(&deep, "/no/such/gearsnone-1.0-py3-none-any.whl\n").unwrap();
    watching.until_said("gearsnone");
    watching.until_said("what it registered before keeps running");
    assert_eq!(client.trigger("a", &[]), "[$\"one\"]");
    // What pip would take and a server does not is told with its line.
    fs::write(&deep, "-r other.txt\n").unwrap();
    watching.until_said("deep/requirements-more.txt:1: `-r other.txt` is an option of pip");
    fs::remove_file(&deep).unwrap();
    watching.until_said_times("updated deep/a.py trigger a", 2);
    fs::remove_file(&file).unwrap();
    watching.until_said_times("updated deep/a.py trigger a", 3);
}

#[test]
fn patterns_choose_the_files() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.file("requirements.txt", "/no/such/package.whl\n");
    tool.file("packages.list", "# none\n");
    tool.file("a.py", "GB('ShardsIDReader').run()");
    let words = ["watch", ".", "--once", "--requirements-pattern", "*.list"];
    let out = tool.call(words).good();
    assert!(out.contains("ran          a.py  1"), "{out}");
    assert!(
        out.contains("packages.list") && !out.contains("requirements.txt"),
        "{out}"
    );
}
