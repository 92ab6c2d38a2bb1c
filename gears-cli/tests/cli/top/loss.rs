//! A server that goes away, and comes back.

use super::{Live, cell, names};

#[test]
fn server_that_was_away_is_shown_again() {
    let mut live = Live::new(&["--sort", "name"]);
    live.server.client().trigger("quick", &[]);
    live.terminal.until("run", |lines| {
        (cell(lines, "quick", "RUNS")? == "1").then_some(())
    });
    live.server.private_mut().kill();
    live.terminal.until("loss", |lines| {
        let told = lines[0].ends_with("LOST");
        (told && lines[1].starts_with("connection lost, trying again: ")).then_some(())
    });
    // What was known last stays, and keys are heard.
    assert_eq!(names(&live.terminal.lines()).len(), 5);
    live.terminal.press("r");
    live.terminal.until_shown("NAME▼");
    live.server.private_mut().restart().unwrap();
    live.terminal.until_shown("nothing is registered");
    assert!(!live.terminal.lines()[0].contains("LOST"));
    live.tool.run(super::SCRIPT);
    live.terminal
        .until("gears", |lines| (names(lines).len() == 5).then_some(()));
    live.terminal.press("q");
    assert!(live.terminal.wait().success());
}

#[test]
fn loss_can_be_quit_from() {
    let mut live = Live::new(&[]);
    live.server.private_mut().kill();
    live.terminal.until_shown("LOST");
    live.terminal.press("q");
    assert!(live.terminal.wait().success());
    assert!(live.terminal.echoes_lines());
    live.server.private_mut().restart().unwrap();
}

#[test]
fn server_that_does_not_answer_leaves_the_keys_alone() {
    let mut live = Live::new(&[]);
    let pid = live.server.private_mut().pid().unwrap();
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
    live.terminal.press("s");
    live.terminal.until_shown("P50▼");
    // It is told before anybody gives up.
    live.terminal
        .until_shown("the server has not answered for 2 s");
    assert!(live.terminal.lines()[0].ends_with("LOST"));
    rustix::process::kill_process(pid, rustix::process::Signal::CONT).unwrap();
    live.terminal.until("answers", |lines| {
        lines[0].ends_with("every 0.1 s").then_some(())
    });
}
