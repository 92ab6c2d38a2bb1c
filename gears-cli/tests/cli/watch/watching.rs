//! Calls `gears watch` and reads what it says while it goes on.

use std::{
    io::{BufRead as _, BufReader, Read},
    process::{Child, Stdio},
    sync::{Arc, Mutex},
    thread,
};

use gears_tests::until;

use crate::tool::{Tool, signal};

/// A watcher that goes on; it ends with the test.
pub(super) struct Watching {
    child: Child,
    said: Arc<Mutex<String>>,
}

/// Writes a script that registers a trigger and answers with `answer`.
pub(super) fn command(trigger: &str, answer: &str) -> String {
    format!("GB('CommandReader').map(lambda x: '{answer}').register(trigger='{trigger}')\n")
}

impl Watching {
    /// Begins, in the folder of the tool, with files that need not rest for long.
    pub(super) fn begin(tool: &Tool, words: &[&str]) -> Self {
        let rest: &[&str] = if words.contains(&"-w") {
            &[]
        } else {
            &["-w", "0.1"]
        };
        Self::begin_as(tool, &[&["watch"], rest, words].concat())
    }

    /// Begins with these words.
    pub(super) fn begin_as(tool: &Tool, words: &[&str]) -> Self {
        let mut child = tool.spawn(words, Stdio::null());
        let said = Arc::new(Mutex::new(String::new()));
        hear(child.stdout.take().unwrap(), &said);
        hear(child.stderr.take().unwrap(), &said);
        Self { child, said }
    }

    /// Returns all that it has said so far.
    pub(super) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Waits until it has said this.
    #[track_caller]
    pub(super) fn until_said(&self, what: &str) {
        self.until_said_times(what, 1);
    }

    /// Waits until it has said this so many times.
    #[track_caller]
    pub(super) fn until_said_times(&self, what: &str, times: usize) {
        let wanted = format!("`{what}` ({times} times) in what it said");
        let found = std::panic::catch_unwind(|| {
            until(&wanted, || (self.times(what) >= times).then_some(()));
        });
        assert!(found.is_ok(), "no {wanted}: {}", self.said());
    }

    /// Counts how often it has said this.
    pub(super) fn times(&self, what: &str) -> usize {
        // A line may hold blanks for the sake of a column.
        let said: Vec<String> = self
            .said()
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        said.iter().filter(|line| line.contains(what)).count()
    }

    /// Counts the lines that begin so, which is quick.
    pub(super) fn times_beginning(&self, what: &str) -> usize {
        let (event, script) = what.split_once(' ').unwrap();
        let begins = |line: &&str| {
            let rest = line.strip_prefix(event);
            rest.is_some_and(|rest| rest.trim_start().starts_with(script))
        };
        self.said.lock().unwrap().lines().filter(begins).count()
    }

    /// Asks it to end, and returns the exit code with all that it said.
    pub(super) fn end(self) -> (Option<i32>, String) {
        self.end_by(libc::SIGINT)
    }

    /// Ends it with a signal.
    pub(super) fn end_by(self, how: libc::c_int) -> (Option<i32>, String) {
        signal(&self.child, how);
        self.until_ended()
    }

    /// Waits until it ends by itself.
    pub(super) fn until_ended(mut self) -> (Option<i32>, String) {
        let status = until("end of the watcher", || self.child.try_wait().unwrap());
        // The threads hear the rest before they see the end.
        until("rest of what it said", || {
            (Arc::strong_count(&self.said) == 1).then_some(())
        });
        (status.code(), self.said())
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        // Either fails only when it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn hear(stream: impl Read + Send + 'static, said: &Arc<Mutex<String>>) {
    let said = Arc::clone(said);
    thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n') {
            let Ok(line) = line else { return };
            let mut said = said.lock().unwrap();
            said.push_str(&String::from_utf8_lossy(&line));
            said.push('\n');
        }
    });
}
