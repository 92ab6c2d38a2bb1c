//! Two versions of a service at once, whose processes come and go.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use gears_tests::{Client, TestServer, ask, field, show, until};

const ROUNDS: usize = 200;

/// The programs, in the order of their versions.
const PROGRAMS: [&str; 2] = [
    env!("CARGO_BIN_EXE_shop_one"),
    env!("CARGO_BIN_EXE_shop_two"),
];

/// A process of the service.
struct Process {
    child: Child,
    said: BufReader<ChildStdout>,
}

impl Process {
    /// Starts one that has registered its gears when this returns.
    fn start(version: usize, url: &str) -> Self {
        let mut child = Command::new(PROGRAMS[version])
            .arg(url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        let mut process = Self { child, said };
        assert_eq!(process.line(), "ready", "version {version}");
        process
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Lets it end, and checks that no call of its own went wrong.
    fn end(mut self) {
        drop(self.child.stdin.take());
        let last = self.line();
        assert!(self.child.wait().unwrap().success(), "{last}");
        assert!(last.starts_with("called "), "{last}");
    }

    /// Ends it in the middle of a call.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Causes events and calls the plain names until it is over; returns how many orders and as many sales there were.
fn traffic(server: &TestServer, over: &AtomicBool) -> usize {
    let mut client = server.client();
    let mut count = 0;
    while !over.load(Ordering::Relaxed) {
        ask!(client, "SET", format!("order:{count}"), "1");
        ask!(client, "XADD", "sales", "*", "n", count.to_string());
        let quote = ask!(client, "RG.TRIGGER", "shop.quote", "7");
        let is_one_of_both = [r#"[$"one 7"]"#, r#"[$"two 7"]"#].contains(&quote.as_str());
        assert!(is_one_of_both, "the plain name is always there: {quote}");
        count += 1;
    }
    count
}

/// Numbers that are the same each time, and follow no order.
fn dice(state: &mut u64) -> usize {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1);
    (*state >> 33) as usize
}

fn count_of(client: &mut Client, keys: &str) -> usize {
    let count = format!("return #redis.call('keys', '{keys}')");
    ask!(client, "EVAL", count, "0")
        .trim_start_matches(':')
        .parse()
        .unwrap()
}

#[test]
fn two_versions_come_and_go_and_nobody_notices() {
    let server = TestServer::private();
    let url = server.url().to_owned();
    let mut running = [0, 1].map(|version| Some(Process::start(version, &url)));
    let over = AtomicBool::new(false);
    let events = thread::scope(|scope| {
        let traffic = scope.spawn(|| traffic(&server, &over));
        let mut state = 11;
        for _ in 0..ROUNDS {
            let version = dice(&mut state) % 2;
            let process = running[version].take().unwrap();
            match dice(&mut state) % 4 {
                0 => process.kill(),
                _ => process.end(),
            }
            running[version] = Some(Process::start(version, &url));
            assert!(!traffic.is_finished(), "the plain name was not there");
        }
        over.store(true, Ordering::Relaxed);
        traffic.join().unwrap()
    });
    for process in running.into_iter().flatten() {
        process.end();
    }

    let mut client = server.client();
    until("all orders are seen", || {
        (count_of(&mut client, "seen:*") == events).then_some(())
    });
    until("all sales are seen", || {
        (count_of(&mut client, "sold:*") == events).then_some(())
    });
    let twice = "for _, key in ipairs(redis.call('keys', 's*:*')) do \
                 if redis.call('get', key) ~= '1' then return key end end return ''";
    assert_eq!(ask!(client, "EVAL", twice, "0"), r#"$"""#);

    // What is left is exactly the newest version.
    let pruning = Command::new(PROGRAMS[1])
        .args([&url, "prune"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(pruning.stdout).unwrap(), "0\n");
    let registrations = client.registrations();
    let descriptions: Vec<String> = registrations
        .iter()
        .map(|one| show(field(one, "desc")))
        .collect();
    assert_eq!(descriptions.len(), 4, "{descriptions:#?}");
    for description in &descriptions {
        assert!(
            description.contains("[by shop 2.0.0 shop_two::"),
            "{description}"
        );
    }
}
