//! What a local Python shares with the program that started it: its terminal.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gears_runtime::local::Builder;
use gears_runtime::{Result, gear_command};
use gears_tests::{hear_signals, until};

use super::Local;

/// Asks [`stops_when_told_to`] to stop, in a process of its own.
const STOP: &str = "GEARS_TESTS_STOP";
const TIMEOUT: Duration = Duration::from_secs(6);

const STOPPING: u32 = line!();
#[gear_command]
fn local_stopping(text: &str, stop: bool) -> Result<String> {
    r#"
    log("this is logged", level="warning")
    print("this is printed")
    if stop:
        breakpoint()
    answer = text.upper()
    return answer
    "#
}

#[test]
fn stops_when_told_to() {
    let builder = Builder::new().response_timeout(TIMEOUT);
    let local = Local::with(builder, &[&local_stopping::GEAR]);
    let stop = std::env::var_os(STOP).is_some();
    let stopping = local_stopping::on(&local.gears);
    assert_eq!(stopping.call("text", stop).unwrap(), "TEXT");
    // The next call has its deadline again.
    assert_eq!(stopping.call("more", false).unwrap(), "MORE");
}

#[test]
fn breakpoints_have_the_terminal_and_all_the_time_they_want() {
    let mut run = Command::new(std::env::current_exe().unwrap());
    hear_signals(&mut run);
    let mut run = run
        .args([
            "--exact",
            "local::terminal::stops_when_told_to",
            "--nocapture",
        ])
        .env(STOP, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = Arc::new(Mutex::new(String::new()));
    let mut terminal = run.stdout.take().unwrap();
    let heard = Arc::clone(&said);
    std::thread::spawn(move || {
        let mut bytes = [0; 1024];
        while let Ok(count @ 1..) = terminal.read(&mut bytes) {
            let text = String::from_utf8_lossy(&bytes[..count]);
            heard.lock().unwrap().push_str(&text);
        }
    });
    let prompts = |count: usize| {
        until("prompt", || {
            let prompts = said.lock().unwrap().matches("(Pdb) ").count();
            (prompts == count).then_some(())
        });
    };
    let mut keys = run.stdin.take().unwrap();
    prompts(1);
    // Longer than a call may take.
    std::thread::sleep(TIMEOUT + TIMEOUT / 3);
    keys.write_all(b"p text + '?'\n").unwrap();
    prompts(2);
    keys.write_all(b"c\n").unwrap();
    let ended = run.wait_with_output().unwrap();
    let said = said.lock().unwrap().clone();
    let errors = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{said}\n{errors}");
    // Where it stopped is the Rust file, with the line of the Python: the breakpoint's from
    // Python 3.13 on, the next one before.
    let stopped = [("breakpoint()", 7), ("answer = text.upper()", 8)].map(|(source, line)| {
        let place = format!("{}({})local_stopping()", file!(), STOPPING + line);
        said.contains(&format!("{place}\n-> {source}\n"))
    });
    assert_ne!(stopped[0], stopped[1], "{said}");
    assert!(said.contains("'text?'"), "{said}");
    assert!(said.contains("this is printed"), "{said}");
    assert!(
        errors.contains("[warning] GEARS: this is logged"),
        "{errors}"
    );
}
