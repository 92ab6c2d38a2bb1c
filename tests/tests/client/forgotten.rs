//! Servers and local Pythons whose program ends without stopping them.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use gears_tests::{Client, hear_signals, kill, lives, until};

/// A program that has started something, and told what.
struct Starter {
    program: Child,
    told: HashMap<String, String>,
}

impl Starter {
    fn of(how: &str) -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_starter"));
        hear_signals(&mut program);
        let mut program = program
            .arg(how)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(program.stdout.take().unwrap()).lines();
        let told = lines
            .map(Result::unwrap)
            .take_while(|line| line != "done")
            .map(|line| {
                let (name, value) = line.split_once(' ').unwrap();
                (name.to_owned(), value.to_owned())
            })
            .collect();
        Self { program, told }
    }

    fn started(&self) -> u32 {
        self.told["process"].parse().unwrap()
    }

    fn kill(mut self) -> HashMap<String, String> {
        let started = self.started();
        assert!(lives(started));
        kill(self.program.id());
        self.program.wait().unwrap();
        until("end of what it started", || (!lives(started)).then_some(()));
        self.told
    }
}

#[test]
fn server_of_a_killed_program_ends_and_leaves_nothing() {
    let told = Starter::of("killed").kill();
    gone(&told["folder"]);
}

#[test]
fn server_in_a_static_ends_with_the_program() {
    let mut starter = Starter::of("static");
    assert!(starter.program.wait().unwrap().success());
    let started = starter.started();
    until("end of the server", || (!lives(started)).then_some(()));
    gone(&starter.told["folder"]);
}

#[test]
fn server_outlives_the_thread_that_started_it_and_not_the_program() {
    let starter = Starter::of("thread");
    let mut client = Client::connect(&starter.told["url"]);
    assert_eq!(client.ask(&[b"PING"]), "+PONG");
    starter.kill();
}

#[test]
fn python_that_lets_nobody_else_run_ends_with_a_killed_program() {
    let told = Starter::of("python").kill();
    gone(&told["folder"]);
}

fn gone(folder: &str) {
    until("end of the folder", || {
        (!Path::new(folder).exists()).then_some(())
    });
}
