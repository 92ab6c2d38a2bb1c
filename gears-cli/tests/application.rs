//! An application that links the command line, and has gears of its own.
//!
//! This file is both: called with words, it is the application; called by cargo, it tests it.

use std::{
    env,
    process::{Command, ExitCode, Output},
};

use gears_runtime::{Result, embedded::Server, gear_command};
use gears_tests::hear_signals;

/// Adds two numbers.
#[gear_command]
fn add(left: i64, right: i64) -> Result<i64> {
    "return left + right"
}

/// Repeats a text.
#[gear_command(trigger = "repeat")]
fn twice(text: &str) -> Result<String> {
    "return text * 2"
}

/// Says that this process is the application.
const APPLICATION: &str = "GEARS_TEST_APPLICATION";

fn main() -> ExitCode {
    if env::var_os(APPLICATION).is_some() {
        return gears_cli::main_for_this_binary();
    }
    // Lists of tests are empty: it is one, under no name.
    if !env::args().any(|word| word == "--list") {
        plan_and_apply_work_on_the_gears_of_the_binary();
        println!("plan_and_apply_work_on_the_gears_of_the_binary ... ok");
    }
    ExitCode::SUCCESS
}

fn plan_and_apply_work_on_the_gears_of_the_binary() {
    let server = Server::start().unwrap();
    let call = |words: &[&str]| -> (Option<i32>, String, String) {
        let mut command = Command::new(env::current_exe().unwrap());
        hear_signals(&mut command);
        let output: Output = command
            .args(words)
            .env(APPLICATION, "1")
            .env("GEARS_URL", server.url())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
        )
    };
    let good = |words: &[&str]| {
        let (code, out, err) = call(words);
        assert_eq!(code, Some(0), "{words:?}: {out}{err}");
        out
    };

    let plan = good(&["plan"]);
    assert!(
        plan.contains("registered  add") && plan.contains("tests/application.rs"),
        "{plan}"
    );
    assert_eq!(
        call(&["plan", "--check"]).0,
        Some(1),
        "there is something to do"
    );
    assert!(
        !good(&["list", "--json"]).contains("add"),
        "a plan does nothing"
    );

    good(&["apply", "add"]);
    assert_eq!(good(&["trigger", "add", "20", "22"]), "42\n");
    let plan = good(&["plan", "--json"]);
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    assert_eq!(
        (&plan[0]["change"], &plan[1]["change"]),
        (&"unchanged".into(), &"registered".into())
    );

    let applied = good(&["apply"]);
    assert!(
        applied.contains("unchanged   add") && applied.contains("registered  repeat"),
        "{applied}"
    );
    assert_eq!(good(&["trigger", "repeat", "ab"]), "abab\n");
    good(&["plan", "--check"]);

    let (code, _, err) = call(&["apply", "nobody"]);
    assert_eq!(code, Some(2));
    assert!(
        err.contains("no gear `nobody`") && err.contains("add, repeat"),
        "{err}"
    );

    // Somebody else takes the trigger: the plan says so, and applying refuses.
    good(&["unregister", "add"]);
    let gears = gears_runtime::Gears::connect(server.url()).unwrap();
    let theirs = gears_runtime::Script::from_source("GB('CommandReader').register(trigger='add')");
    gears.execute(&theirs).unwrap();
    let (code, out, err) = call(&["plan"]);
    assert_eq!(code, Some(1));
    assert!(
        out.contains("refused") && err.contains("replace = true"),
        "{out}{err}"
    );
    let (code, _, err) = call(&["apply"]);
    assert_eq!(code, Some(4));
    assert!(err.contains("`add`"), "{err}");
}
