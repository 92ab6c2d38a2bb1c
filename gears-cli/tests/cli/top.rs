//! `gears top`, on a terminal.

use gears_tests::{Terminal, TestServer};

use crate::tool::Tool;

const SIZE: (u16, u16) = (24, 80);

#[test]
fn first_look() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.run("GB('CommandReader').map(lambda x: 1 / int(x[1])).register(trigger='divide', mode='sync')\nimport time\nGB('CommandReader').map(lambda x: time.sleep(0.01)).register(trigger='slow', mode='async_local')");
    let mut terminal = Terminal::start(tool.command(["top", "-i", "0.2"]), SIZE);
    terminal.until_shown("divide");
    tool.call(["trigger", "divide", "1"]).good();
    terminal.until_shown("zzz");
    terminal.press("q");
    assert!(terminal.wait().success());
}
