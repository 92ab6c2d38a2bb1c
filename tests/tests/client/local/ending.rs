//! Children that end, that never end, and that cannot be started.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use gears_runtime::local::Builder;
use gears_runtime::{ErrorKind, Gears, Result, gear_command};
use gears_tests::{ask, deaf, hear_signals, kill, lives};

use super::{Local, register};

#[gear_command]
fn local_process() -> Result<u32> {
    "import os; return os.getpid()"
}

#[gear_command]
fn local_leaving(status: i32) -> Result<()> {
    "import os; os._exit(status)"
}

#[gear_command]
fn local_endless(key: &str) -> Result<()> {
    r#"
    execute("SET", key, "begun")
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
    "#
}

#[gear_command(timeout_ms = 300)]
fn local_overdue(how: &str) -> Result<()> {
    r#"
    import time
    if how == "sleeping":
        time.sleep(60)
    while True:
        pass
    "#
}

#[gear_command(timeout_ms = 300)]
fn local_overdue_late(how: &str) -> Result<()> {
    r#"
    import asyncio
    await asyncio.sleep(0)
    if how == "sleeping":
        await asyncio.sleep(60)
    while True:
        pass
    "#
}

#[test]
fn child_that_ends_is_told_and_started_again() {
    let local = Local::of(&[&local_process::GEAR, &local_leaving::GEAR]);
    let first = local_process::on(&local.gears).call().unwrap();
    assert_eq!(local_process::on(&local.gears).call().unwrap(), first);
    let error = local_leaving::on(&local.gears).call(7).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    assert!(error.to_string().contains("exit status: 7"), "{error}");
    let second = local_process::on(&local.gears).call().unwrap();
    assert_ne!(second, first);

    // Ended between two calls: nobody notices.
    kill(second);
    gears_tests::until("end", || (!lives(second)).then_some(()));
    assert_ne!(local_process::on(&local.gears).call().unwrap(), second);
}

#[test]
fn child_killed_in_the_middle_of_a_call_breaks_that_call_alone() {
    let local = Local::of(&[&local_process::GEAR, &local_endless::GEAR]);
    let process = local_process::on(&local.gears).call().unwrap();
    let gears = local.gears.clone();
    let call = std::thread::spawn(move || local_endless::on(&gears).call("k"));
    let mut client = local.client();
    gears_tests::until("call", || {
        (ask!(client, "GET", "k") == "$\"begun\"").then_some(())
    });
    kill(process);
    let error = call.join().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    assert!(error.to_string().contains("signal: 9"), "{error}");
    assert_ne!(local_process::on(&local.gears).call().unwrap(), process);
}

#[test]
fn call_without_end_times_out() {
    let local = Local::of(&[&local_process::GEAR, &local_endless::GEAR]);
    let process = local_process::on(&local.gears).call().unwrap();
    let gears = local.gears.clone();
    let hasty = gears.with_response_timeout(Duration::from_millis(500));
    let error = local_endless::on(&hasty).call("k").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(!lives(process));
    assert_ne!(local_process::on(&local.gears).call().unwrap(), process);
}

#[tokio::test]
async fn awaited_call_without_end_times_out() {
    #[gear_command]
    async fn local_endless_awaited() -> Result<()> {
        "while True: pass"
    }
    let local = Local::of(&[&local_endless_awaited::GEAR]);
    let gears = local.gears.clone();
    let hasty = gears.with_response_timeout(Duration::from_millis(500));
    for _ in 0..2 {
        let endless = local_endless_awaited::on(&hasty);
        let error = endless.call().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    }
}

#[test]
fn deadlines_end_functions_and_leave_the_child_alone() {
    let local = Local::of(&[
        &local_process::GEAR,
        &local_overdue::GEAR,
        &local_overdue_late::GEAR,
    ]);
    let process = local_process::on(&local.gears).call().unwrap();
    for how in ["sleeping", "busy"] {
        for error in [
            local_overdue::on(&local.gears).call(how).unwrap_err(),
            local_overdue_late::on(&local.gears).call(how).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Deadline, "{error}");
            let python = error.python().unwrap();
            assert_eq!(python.exception(), "gears.forcestopped", "{error}");
            assert!(python.message().contains("deadline"), "{error}");
        }
    }
    assert_eq!(local_process::on(&local.gears).call().unwrap(), process);
}

#[test]
fn deadlines_are_heard_by_a_child_of_who_masks_signals() {
    let local = deaf(|| Local::of(&[&local_overdue::GEAR]));
    let error = local_overdue::on(&local.gears)
        .call("sleeping")
        .unwrap_err();
    let python = error.python().unwrap();
    assert_eq!(python.exception(), "gears.forcestopped", "{error}");
}

#[test]
fn child_ends_with_the_connection() {
    let local = Local::of(&[&local_process::GEAR]);
    let process = local_process::on(&local.gears).call().unwrap();
    assert!(lives(process));
    drop(local);
    // Registering has bound the stubs to it, too.
    let server = gears_runtime::embedded::Server::plain().unwrap();
    gears_runtime::bind(&Gears::connect(server.url()).unwrap());
    assert!(!lives(process));
}

/// Asks [`stays_until_told`] to stay, in a process of its own, beside the server at the URL: one
/// that it started would outlive it.
const STAY: &str = "GEARS_TESTS_STAY";

#[test]
fn stays_until_told() {
    let Ok(url) = std::env::var(STAY) else {
        let local = Local::of(&[&local_process::GEAR]);
        assert!(lives(local_process::on(&local.gears).call().unwrap()));
        return;
    };
    let gears = Gears::local(url).unwrap();
    register(&gears, &[&local_process::GEAR]).unwrap();
    let process = local_process::on(&gears).call().unwrap();
    println!("child {process}");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

#[test]
fn child_ends_with_a_program_that_crashes() {
    let server = gears_runtime::embedded::Server::plain().unwrap();
    let mut program = Command::new(std::env::current_exe().unwrap());
    hear_signals(&mut program);
    let mut program = program
        .args(["--exact", "local::ending::stays_until_told", "--nocapture"])
        .env(STAY, server.url())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let child = lines
        .map_while(std::result::Result::ok)
        .find_map(|line| line.strip_prefix("child ")?.parse().ok())
        .unwrap();
    assert!(lives(child));
    program.kill().unwrap();
    program.wait().unwrap();
    gears_tests::until("end", || (!lives(child)).then_some(()));
}

#[test]
fn two_at_once_know_nothing_of_each_other() {
    let one = Local::of(&[&local_process::GEAR]);
    let two = Local::of(&[]);
    let error = local_process::on(&two.gears).call().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownTrigger);
    register(&two.gears, &[&local_process::GEAR]).unwrap();
    assert_ne!(
        local_process::on(&one.gears).call().unwrap(),
        local_process::on(&two.gears).call().unwrap()
    );
}

#[test]
fn bad_pythons_are_named() {
    let server = gears_runtime::embedded::Server::plain().unwrap();
    for (python, told) in [
        ("/no/such/python", "/no/such/python"),
        ("no-such-python", "no-such-python"),
        ("/bin/false", "exit status: 1"),
        ("/etc/passwd", "cannot be started"),
    ] {
        let error = Builder::new()
            .python(python)
            .connect(server.url())
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error:?}");
        assert!(format!("{error:?}").contains(told), "{error:?}");
    }
}

#[test]
fn server_that_is_not_there_is_told_at_once() {
    let error = Gears::local("unix:///no/such/socket").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
}
