//! `gears top`, on a terminal.

mod abort;
mod end;
mod loss;
mod once;
mod table;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use gears_tests::{Terminal, TestServer};

use crate::tool::Tool;

const SIZE: (u16, u16) = (24, 80);

/// Gears that go well, fail, take their time, and never end.
const SCRIPT: &str = "
import time
def nap(record):
    time.sleep(0.003)
    return 1
def endless(record):
    while True: pass
GB('CommandReader').map(lambda record: 1).register(trigger='quick', mode='sync')
GB('CommandReader').map(lambda record: 1 / int(record[1])).register(trigger='divide', mode='sync')
GB('CommandReader').map(nap).register(trigger='nap', mode='async_local')
GB('CommandReader').map(endless).register(trigger='endless', mode='async_local')
GB('KeysReader').foreach(lambda record: None).register('person:*', mode='async_local')
";

/// A server with gears, and `gears top` on a terminal.
struct Live {
    terminal: Terminal,
    tool: Tool,
    // The last to go: the program shall not see it end.
    server: TestServer,
}

impl Live {
    fn new(options: &[&str]) -> Self {
        let server = TestServer::private();
        let tool = Tool::at(server.url());
        tool.run(SCRIPT);
        Self::over(server, tool, options)
    }

    fn over(server: TestServer, tool: Tool, options: &[&str]) -> Self {
        let words = ["top", "--interval", "0.1"].iter().chain(options);
        let terminal = Terminal::start(tool.command(words), SIZE);
        terminal.until_shown("NAME");
        Self {
            terminal,
            tool,
            server,
        }
    }
}

/// Calls a trigger whose end nobody waits for.
pub(crate) fn leave_running(server: &TestServer, trigger: &'static str) {
    let url = server.url().to_owned();
    thread::spawn(move || {
        let client = redis::Client::open(url).unwrap();
        let mut connection = client.get_connection().unwrap();
        // The server may go first.
        let _ = redis::cmd("RG.TRIGGER").arg(trigger).exec(&mut connection);
    });
}

/// Returns the words of the line of a gear, without the mark of the chosen one.
fn cells(lines: &[String], name: &str) -> Option<Vec<String>> {
    lines.iter().find_map(|line| {
        let words: Vec<String> = line
            .trim_start_matches('>')
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        (words.first()? == name).then_some(words)
    })
}

/// Returns what stands below a title in the line of a gear.
pub(crate) fn cell(lines: &[String], name: &str, title: &str) -> Option<String> {
    let titles = lines.iter().find(|line| line.contains("NAME"))?;
    let place = titles
        .split_whitespace()
        .position(|word| word.trim_end_matches(['▲', '▼']) == title)?;
    cells(lines, name)?.get(place).cloned()
}

/// Returns the names of the gears that are shown, from above.
pub(crate) fn names(lines: &[String]) -> Vec<String> {
    let lines = lines
        .iter()
        .skip_while(|line| !line.contains("NAME"))
        .skip(1);
    lines
        .take_while(|line| !line.is_empty() && !line.contains("EXECUTION"))
        .filter_map(|line| line.trim_start_matches('>').split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

/// Calls a trigger again and again until it is dropped.
pub(crate) struct Calls {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Calls {
    pub(crate) fn of(
        server: &TestServer,
        trigger: &'static str,
        arguments: &'static [&'static str],
    ) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let mut client = server.client();
        let thread = thread::spawn({
            let over = Arc::clone(&over);
            move || {
                let arguments: Vec<&[u8]> = arguments.iter().map(|word| word.as_bytes()).collect();
                while !over.load(Ordering::Relaxed) {
                    client.trigger(trigger, &arguments);
                }
            }
        });
        Self {
            over,
            thread: Some(thread),
        }
    }
}

impl Drop for Calls {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || thread::panicking());
        }
    }
}
