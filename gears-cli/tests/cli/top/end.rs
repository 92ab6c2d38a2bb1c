//! How it ends: with the terminal as it was.

use gears_tests::Terminal;
use rustix::process::Signal;

use super::Live;
use crate::tool::Tool;

/// What is done to the terminal: the other screen, the hidden cursor, keys without an echo.
fn done_to(terminal: &Terminal) -> [bool; 3] {
    let (other, hidden) = terminal.look(|screen| (screen.alternate_screen(), screen.hide_cursor()));
    [other, hidden, !terminal.echoes_lines()]
}

fn until_taken_over(terminal: &Terminal) {
    terminal.until("other screen", |_| {
        (done_to(terminal) == [true; 3]).then_some(())
    });
}

#[track_caller]
fn assert_given_back(terminal: &Terminal) {
    assert_eq!(done_to(terminal), [false; 3]);
}

#[test]
fn keys_that_quit_give_the_terminal_back() {
    for keys in ["q", "\x1b", "\x03", "/x\x03", "?\x03", "p\x03"] {
        let mut live = Live::new(&[]);
        until_taken_over(&live.terminal);
        live.terminal.press(keys);
        assert!(live.terminal.wait().success(), "{keys:?}");
        assert_given_back(&live.terminal);
        assert_eq!(live.terminal.lines().concat(), "", "nothing is left behind");
    }
}

#[test]
fn signals_give_the_terminal_back() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let mut live = Live::new(&[]);
        until_taken_over(&live.terminal);
        live.terminal.signal(signal);
        assert_eq!(live.terminal.wait().code(), Some(130));
        assert_given_back(&live.terminal);
    }
}

#[test]
fn modes_that_were_not_the_usual_ones_come_back_too() {
    let server = gears_tests::TestServer::private();
    let tool = Tool::at(server.url());
    let mut command = std::process::Command::new("sh");
    let gears = tool.command([] as [&str; 0]);
    command.args(["-c", "stty -echo; \"$0\" top; stty -a"]);
    command.arg(gears.get_program());
    command.env("GEARS_URL", server.url());
    let mut terminal = Terminal::start(command, (40, 100));
    terminal.until_shown("nothing is registered");
    terminal.press("q");
    terminal.wait();
    let said = terminal.lines().join("\n");
    assert!(
        said.contains(" -echo ") && said.contains(" icanon "),
        "{said}"
    );
}

#[test]
fn keys_come_from_the_terminal_where_the_input_is_a_file() {
    let server = gears_tests::TestServer::private();
    let gears = Tool::nowhere().command([] as [&str; 0]);
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "\"$0\" top < /dev/null"]);
    command.arg(gears.get_program());
    command.env("GEARS_URL", server.url());
    let mut terminal = Terminal::start(command, (24, 80));
    terminal.until_shown("nothing is registered");
    until_taken_over(&terminal);
    terminal.press("q");
    assert!(terminal.wait().success());
    assert_given_back(&terminal);
}

#[test]
fn server_that_is_not_there_is_told_as_by_other_commands() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("none.sock");
    let tool = Tool::nowhere();
    let command = tool.command(["top".as_ref(), "-s".as_ref(), socket.as_os_str()]);
    let mut terminal = Terminal::start(command, (24, 80));
    assert_eq!(terminal.wait().code(), Some(3));
    assert_given_back(&terminal);
    assert!(!terminal.written().contains("\x1b[?1049h"));
    let said = terminal.lines().join("\n");
    assert!(said.contains("error:") && said.contains("help:"), "{said}");
}
