//! An application that links the command line, and has gears of its own.
//!
//! This file is both: called with words, it is the application; called by cargo, it tests it.

use std::{
    env,
    process::{Command, ExitCode, Output},
};

use gears_runtime::{Gears, Result, Script, embedded::Server, gear_command};
use gears_tests::hear_signals;
use serde_json::{Value as Json, json};

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

const TESTS: [(&str, fn()); 4] = [
    (
        "plan_and_apply_work_on_the_gears_of_the_binary",
        plan_and_apply_work_on_the_gears_of_the_binary,
    ),
    (
        "what_others_hold_is_told_at_once_and_left_or_taken_over",
        what_others_hold_is_told_at_once_and_left_or_taken_over,
    ),
    (
        "what_the_application_has_no_more_is_told_and_pruned",
        what_the_application_has_no_more_is_told_and_pruned,
    ),
    (
        "options_say_whose_gears_are_registered_and_how",
        options_say_whose_gears_are_registered_and_how,
    ),
];

fn main() -> ExitCode {
    if env::var_os(APPLICATION).is_some() {
        return gears_cli::main_for_this_binary();
    }
    // Lists of tests are empty: it is one, under no name.
    if !env::args().any(|word| word == "--list") {
        for (name, test) in TESTS {
            test();
            println!("{name} ... ok");
        }
    }
    ExitCode::SUCCESS
}

/// The application, called against a server of its own.
struct Application {
    server: Server,
}

impl Application {
    fn start() -> Self {
        Self {
            server: Server::start().unwrap(),
        }
    }

    fn call(&self, words: &[&str]) -> (Option<i32>, String, String) {
        let mut command = Command::new(env::current_exe().unwrap());
        hear_signals(&mut command);
        let output: Output = command
            .args(words)
            .env(APPLICATION, "1")
            .env("GEARS_URL", self.server.url())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
        )
    }

    fn good(&self, words: &[&str]) -> String {
        let (code, out, err) = self.call(words);
        assert_eq!(code, Some(0), "{words:?}: {out}{err}");
        out
    }

    fn json(&self, words: &[&str]) -> Json {
        serde_json::from_str(&self.good(words)).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let gears = Gears::connect(self.server.url()).unwrap();
        let all = gears.dump_registrations().unwrap();
        let mut names: Vec<String> = all
            .iter()
            .map(|one| one.trigger().unwrap().to_owned())
            .collect();
        names.sort();
        names
    }

    /// Registers a function as an application does.
    fn deploy(&self, application: &str, trigger: &str) {
        let by = format!("[by {application} 0.9.0 {application}::{trigger} 2026-11-30T01:42:16Z]");
        let description = format!("{by} [gears 00112233445566778899aabbccddeeff]");
        let source = format!(
            "GB('CommandReader', desc='{description}').map(lambda _: 'theirs')\
             .register(trigger='{trigger}', mode='sync')"
        );
        let gears = Gears::connect(self.server.url()).unwrap();
        gears.execute(&Script::from_source(source)).unwrap();
    }
}

fn plan_and_apply_work_on_the_gears_of_the_binary() {
    let app = Application::start();
    let call = |words: &[&str]| app.call(words);
    let good = |words: &[&str]| app.good(words);

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
    let gears = Gears::connect(app.server.url()).unwrap();
    let theirs = Script::from_source("GB('CommandReader').register(trigger='add')");
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

fn what_others_hold_is_told_at_once_and_left_or_taken_over() {
    let app = Application::start();
    app.deploy("billing", "add");
    app.deploy("billing", "repeat");
    for (words, code) in [(["plan"].as_slice(), 1), (&["apply"], 4)] {
        let (ended, _, err) = app.call(words);
        assert_eq!(ended, Some(code), "{err}");
        assert!(err.contains("2 triggers"), "{err}");
        for trigger in ["add", "repeat"] {
            let whose = format!("of billing 0.9.0 (billing::{trigger}, ");
            assert!(
                err.contains(&format!("`{trigger}` of")) && err.contains(&whose),
                "{err}"
            );
        }
        for way in [
            "--prefix",
            "--replace,",
            "--replace=false",
            "gears unregister",
        ] {
            assert!(
                err.contains(way) || err.contains(&way.replace(',', ")")),
                "{way}: {err}"
            );
        }
    }
    let (code, _, err) = app.call(&["apply", "add"]);
    assert_eq!(code, Some(4), "{err}");
    assert!(
        err.contains("1 trigger ") && !err.contains("`repeat`"),
        "{err}"
    );

    let kept = app.good(&["apply", "--replace=false"]);
    assert_eq!(kept.matches("kept").count(), 2, "{kept}");
    assert_eq!(app.good(&["trigger", "add", "1", "2"]), "theirs\n");
    let taken = app.good(&["apply", "add", "--replace"]);
    assert!(
        taken.contains("replaced  add") && !taken.contains("repeat"),
        "{taken}"
    );
    assert_eq!(app.good(&["trigger", "add", "1", "2"]), "3\n");
    assert_eq!(app.good(&["trigger", "repeat", "ab"]), "theirs\n");
    app.good(&["apply", "--replace=true"]);
    assert_eq!(app.good(&["trigger", "repeat", "ab"]), "abab\n");
}

fn what_the_application_has_no_more_is_told_and_pruned() {
    let app = Application::start();
    app.good(&["apply"]);
    app.deploy("application", "gone");
    app.deploy("billing", "pay");
    let (_, plan, err) = app.call(&["plan"]);
    let line = plan.lines().find(|line| line.contains("gone")).unwrap();
    assert!(
        line.contains("orphaned") && line.contains("application 0.9.0"),
        "{plan}"
    );
    let line = plan.lines().find(|line| line.contains("repeat")).unwrap();
    assert!(
        line.starts_with("unchanged") && line.ends_with("application 0.1.0"),
        "{plan}"
    );
    assert!(
        !plan.contains("pay") && err.contains("--prune"),
        "{plan}{err}"
    );
    app.good(&["plan", "--check"]);
    // Nobody knows whether it is called.
    app.good(&["plan", "--check", "--prune"]);
    let (code, plan, _) = app.call(&["plan", "--check", "--prune=all"]);
    assert_eq!(code, Some(1), "there is something to do");
    assert!(plan.contains("pruned"), "{plan}");
    let plan = app.json(&["plan", "--json"]);
    assert_eq!(plan.as_array().unwrap().len(), 3, "{plan}");
    let gone = &plan[2];
    assert_eq!(
        (&gone["trigger"], &gone["change"]),
        (&json!("gone"), &json!("orphaned"))
    );
    assert_eq!(
        (&gone["file"], &gone["maker"]["version"]),
        (&json!(""), &json!("0.9.0"))
    );

    let would = app.good(&["prune", "--all", "--dry-run"]);
    assert!(would.contains("would prune  gone"), "{would}");
    assert_eq!(app.names(), ["add", "gone", "pay", "repeat"]);
    let pruned = app.json(&["prune", "--all", "--json"]);
    assert_eq!(pruned["pruned"][0]["name"], "gone");
    assert_eq!(app.names(), ["add", "pay", "repeat"]);
    app.deploy("application", "gone");
    let applied = app.good(&["apply", "--prune=all"]);
    assert!(
        applied.contains("pruned") && applied.contains("unchanged"),
        "{applied}"
    );
    assert_eq!(app.names(), ["add", "pay", "repeat"]);
    app.good(&["plan", "--check", "--prune=all"]);
    let (code, _, err) = app.call(&["plan", "--prune=some"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("unused") && err.contains("all"), "{err}");
}

fn options_say_whose_gears_are_registered_and_how() {
    let app = Application::start();
    let staging = [
        "--application",
        "staging",
        "--prefix",
        "staging:",
        "--keep",
        "60",
    ];
    let with = |words: &[&'static str]| [words, &staging].concat();
    app.good(&with(&["apply"]));
    assert_eq!(app.names(), ["staging:add", "staging:repeat"]);
    assert_eq!(app.good(&["trigger", "staging:add", "20", "22"]), "42\n");
    let shown = app.json(&["show", "staging:add", "--json"]);
    let maker = &shown[0]["maker"];
    assert_eq!(
        (&maker["application"], &maker["prefix"]),
        (&json!("staging"), &json!("staging:"))
    );
    assert_eq!(
        (&shown[0]["keepMs"], &shown[0]["newest"]),
        (&json!(60_000), &json!(true))
    );
    app.good(&with(&["plan", "--check"]));
    assert_eq!(
        app.call(&["plan", "--check"]).0,
        Some(1),
        "others are others"
    );

    // Nobody asks for an older version by its name then.
    app.good(&["apply", "--no-pinned"]);
    assert_eq!(app.json(&["show", "add", "--json"])[0]["keepMs"], 1);
    app.good(&["plan", "--check", "--no-pinned"]);
}
