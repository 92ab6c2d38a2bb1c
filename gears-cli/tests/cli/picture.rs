//! The pictures of screens in the documentation, of the real program on a terminal.
//!
//! `GEARS_PICTURES=1 cargo test -p redis-gears-cli picture` makes them again.

mod screen;

use std::{fs, path::PathBuf};

use gears_runtime::embedded::Server;
use gears_tests::{Terminal, TestServer, wheel};

use self::screen::{svg, text_of};
use crate::{
    tool::Tool,
    top::{Calls, cell, leave_running, names},
};

const SCRIPT: &str = "
import gearsfetch
GB('CommandReader', desc='the page at a URL, from the cache when it is there').map(lambda x: x[1]).register(trigger='cache_get', mode='sync')
GB('CommandReader', desc='divides').map(lambda x: 1 / int(x[1])).register(trigger='divide', mode='sync')
GB('KeysReader', desc='keeps an index of people').register('person:*', eventTypes=['hset'], mode='async_local')
GB('StreamReader', desc='sends mail').register('mail', batch=100, onFailedPolicy='retry')
";

/// More of them, with something to do.
const BUSY: &str = "
import time
def report(record):
    while True: time.sleep(0.01)
def thumbnail(record):
    time.sleep(0.004)
    return 'done'
GB('CommandReader').map(lambda x: x[1]).register(trigger='cache_get', mode='sync')
GB('CommandReader').map(lambda x: 1 / int(x[1])).register(trigger='divide', mode='sync')
GB('CommandReader').map(thumbnail).register(trigger='thumbnail', mode='async_local')
GB('CommandReader').map(report).register(trigger='report', mode='async_local', inorder=True)
GB('KeysReader').register('person:*', eventTypes=['hset'], mode='async_local')
GB('StreamReader').register('mail', batch=100, onFailedPolicy='retry')
";

fn path(name: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../guide/pages/pictures");
    PathBuf::from(folder).join(name)
}

fn is_making() -> bool {
    std::env::var_os("GEARS_PICTURES").is_some()
}

/// Shows what `gears list` looks like.
#[test]
fn picture_of_the_list_is_up_to_date() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let package = wheel(tool.folder(), "gearsfetch", "1.0", "");
    tool.feed(["run", "-", "-r", package.to_str().unwrap()], SCRIPT)
        .good();
    for _ in 0..7 {
        tool.call(["trigger", "cache_get", "http://example.org"])
            .good();
    }
    tool.call(["trigger", "divide", "0"])
        .bad(1, &["ZeroDivisionError"]);
    tool.call(["pause", "mail"]).good();
    let mut terminal = Terminal::start(tool.command(["list"]), (8, 130));
    assert!(terminal.wait().success());
    let list = without_times(&terminal.look(screen::ansi));
    let made = svg(&format!("$ gears list\n{list}"));
    let path = path("list.svg");
    if is_making() {
        fs::write(&path, &made).unwrap();
    }
    assert!(
        fs::read_to_string(path).is_ok_and(|picture| picture == made),
        "guide/pages/pictures/list.svg is old: GEARS_PICTURES=1 cargo test -p redis-gears-cli picture"
    );
}

/// Shows what `gears top` looks like; rates and times differ from run to run, all else does not.
#[test]
fn picture_of_top_is_up_to_date() {
    let server = TestServer::of(Server::builder().tcp());
    let tool = Tool::at(server.url());
    tool.run(BUSY);
    let client = &mut server.client();
    for argument in [b"0", b"1", b"0", b"1"] {
        client.trigger("divide", &[argument]);
    }
    client.ask(&[b"HSET", b"person:1", b"name", b"Ann"]);
    let _calls = [
        Calls::of(&server, "cache_get", &["http://example.org"]),
        Calls::of(&server, "thumbnail", &["7"]),
    ];
    for _ in 0..3 {
        leave_running(&server, "report");
    }
    let mut terminal = Terminal::start(tool.command(["top"]), (18, 96));
    terminal.until("rates", |lines| {
        let called = |name| {
            let rate: Option<f64> = cell(lines, name, "RATE/S")?.parse().ok();
            rate.filter(|rate| *rate > 1.0)
        };
        called("cache_get").and(called("thumbnail"))?;
        let busy = cell(lines, "report", "WAIT")? == "2" && cell(lines, "report", "RUN")? == "1";
        let sorted = names(lines)[..2] == ["cache_get", "thumbnail"];
        (busy && sorted).then_some(())
    });
    // Where servers are usually; the room behind it stays as it was.
    let port = server
        .url()
        .rsplit(':')
        .next()
        .unwrap()
        .trim_end_matches('/');
    let usual = format!("{:<1$}", "6379", port.len());
    let made = svg(&terminal.look(screen::ansi).replacen(port, &usual, 1));
    terminal.press("q");
    assert!(terminal.wait().success());
    let path = path("top.svg");
    if is_making() {
        fs::write(&path, &made).unwrap();
    }
    let picture = fs::read_to_string(path).unwrap_or_default();
    assert_eq!(
        what_stays(&picture),
        what_stays(&made),
        "guide/pages/pictures/top.svg is old: GEARS_PICTURES=1 cargo test -p redis-gears-cli picture"
    );
}

/// Returns the titles, names and keys of a picture.
fn what_stays(picture: &str) -> Vec<String> {
    let lines = text_of(picture);
    let mut kept: Vec<String> = lines
        .iter()
        .filter(|line| line.contains("NAME") || line.contains("EXECUTION") || line.contains("quit"))
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    let mut names = names(&lines);
    names.sort();
    kept.extend(names);
    kept
}

/// Writes the same in place of each average, which differs from run to run.
fn without_times(list: &str) -> String {
    let mut all = String::new();
    for line in list.lines() {
        let average = line.char_indices().find(|(index, char)| {
            let digit = |at: usize| line.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
            *char == '.' && digit(index + 1) && *index > 3 && digit(index - 1)
        });
        match average {
            Some((dot, _)) => {
                // A number of at most six columns, at the right of them.
                all.push_str(&line[..dot - 4]);
                all.push_str("   0.1");
                all.push_str(&line[dot + 2..]);
            }
            None => all.push_str(line),
        }
        all.push('\n');
    }
    all
}
