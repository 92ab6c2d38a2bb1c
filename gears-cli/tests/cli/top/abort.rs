//! Aborting from the keyboard.

use gears_tests::until;

use super::{Live, cell, leave_running};

fn executions(lines: &[String]) -> usize {
    let listed = lines
        .iter()
        .skip_while(|line| !line.contains("EXECUTION"))
        .skip(1);
    listed.filter(|line| line.ends_with("endless")).count()
}

#[test]
fn execution_is_aborted_after_a_question() {
    let mut live = Live::new(&[]);
    leave_running(&live.server, "endless");
    live.terminal.until("execution", |lines| {
        let running = cell(lines, "endless", "RUN")? == "1";
        (running && executions(lines) == 1).then_some(())
    });
    live.terminal.press("\ta");
    live.terminal.until("question", |lines| {
        let asked = lines.last()?;
        (asked.starts_with("abort execution ") && asked.ends_with(" of endless? y/n")).then_some(())
    });
    // Other keys are no answer.
    live.terminal.press("xn");
    live.terminal.until("keys", |lines| {
        lines.last()?.starts_with("q quit").then_some(())
    });
    let listed = live.tool.call(["executions", "--running", "--json"]).json();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    live.terminal.press("ay");
    live.terminal.until("end", |lines| {
        let none = lines
            .iter()
            .any(|line| line.contains("nothing runs or waits"));
        let noted = lines.last()?.starts_with("aborted ");
        (none && noted && cell(lines, "endless", "RUN")? == "0").then_some(())
    });
    let listed = live.tool.call(["executions", "--running", "--json"]).json();
    assert_eq!(listed.as_array().unwrap().len(), 0);
}

#[test]
fn all_executions_of_a_gear_are_aborted() {
    let mut live = Live::new(&["--sort", "name"]);
    for _ in 0..2 {
        leave_running(&live.server, "endless");
    }
    live.terminal
        .until("executions", |lines| (executions(lines) == 2).then_some(()));
    live.terminal.press("a");
    live.terminal
        .until_shown("no execution of divide is there to abort");
    live.terminal.press("j");
    live.terminal.until_shown("> endless");
    live.terminal.press("a");
    live.terminal
        .until_shown("abort 2 executions of endless? y/n");
    live.terminal.press("y");
    live.terminal.until_shown("nothing runs or waits");
}

#[test]
fn execution_that_has_ended_meanwhile_is_said_to_be_gone() {
    let mut live = Live::new(&[]);
    leave_running(&live.server, "endless");
    live.terminal
        .until("execution", |lines| (executions(lines) == 1).then_some(()));
    // It stays on the screen.
    live.terminal.press("p\ta");
    live.terminal.until_shown("y/n");
    live.tool.call(["abort", "--all"]).good();
    // The server forgets it after it has told of its end.
    until("forgotten execution", || {
        let listed = live.tool.call(["executions", "--json"]).json();
        listed.as_array().unwrap().is_empty().then_some(())
    });
    live.terminal.press("y");
    live.terminal.until_shown("was not aborted: ");
}

#[test]
fn run_of_a_client_is_listed_with_its_records() {
    let mut live = Live::new(&[]);
    let script = "
import time
def wait(record):
    while record == 3: time.sleep(0.01)
    return record
GB('PythonReader').foreach(wait).run(lambda: (x for x in range(9)))
";
    live.tool.feed(["run", "-", "--unblocking"], script).good();
    live.terminal.until("execution", |lines| {
        let line = lines.iter().find(|line| line.ends_with("a client"))?;
        let words: Vec<&str> = line.trim_start_matches('>').split_whitespace().collect();
        (words[1] == "running" && words[3] == "4").then_some(())
    });
    live.terminal.press("\tay");
    live.terminal.until_shown("nothing runs or waits");
}
