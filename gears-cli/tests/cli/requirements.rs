//! `gears requirements`.

use gears_tests::{TestServer, wheel};

use crate::tool::Tool;

#[test]
fn package_moves_from_server_to_server() {
    let (from, to) = (TestServer::private(), TestServer::private());
    let (tool, other) = (Tool::at(from.url()), Tool::at(to.url()));
    assert!(tool.call(["requirements"]).err.contains("no packages"));
    let path = wheel(tool.folder(), "gearsmove", "1.0", "x = 'moved'\n");
    let name = path.to_str().unwrap();
    tool.feed(["run", "-", "-r", name], "GB('ShardsIDReader').run()")
        .good();
    assert!(tool.call(["requirements"]).good().contains("gearsmove"));
    tool.call(["requirements", "export", name, "moved.bin"])
        .good();
    let file = tool.folder().join("moved.bin");
    other
        .call(["requirements", "import", file.to_str().unwrap()])
        .good();
    let listed = other.call(["requirements", "list", "--json"]).json();
    assert_eq!(listed[0]["name"], name);
}

#[test]
fn what_is_no_package_is_refused() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.call(["requirements", "export", "numpy", "x"])
        .bad(4, &["requirement does not exists"]);
    assert!(!tool.folder().join("x").exists(), "nothing half done");
    tool.file("junk", "junk");
    tool.call(["requirements", "import", "junk"])
        .bad(4, &["junk", "0 of 1"]);
    tool.call(["requirements", "import", "none"])
        .bad(2, &["none"]);
}
