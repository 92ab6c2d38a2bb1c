//! What each rule finds, and what it leaves alone.

mod atomic;
mod local;
mod module;
mod name;
mod parameter;
mod path;

use gears_python::{Body, Checker, Level, Origin, Report, Rule};

fn report(text: &str, parameters: &[&str]) -> Report {
    let body = Body::new(text, Origin::exact("src/x.rs", 1, 1));
    Checker::new("3.12".parse().unwrap())
        .parameters(parameters)
        .check(&body)
}

/// Rule and line of everything that is found, parameters being `key` and `flag`, both of which may go unused.
fn found(text: &str) -> Vec<(Rule, u32)> {
    let report = report(text, &["key", "flag"]);
    assert!(
        report.function().is_some(),
        "{text}\n{}",
        report.diagnostics()[0]
    );
    report
        .diagnostics()
        .iter()
        .map(|it| (it.rule().unwrap(), it.place().line().unwrap()))
        .filter(|(rule, _)| *rule != Rule::UnusedParameter)
        .collect()
}

#[track_caller]
fn fine(text: &str) {
    let report = report(text, &["key", "flag"]);
    let told: Vec<_> = report
        .diagnostics()
        .iter()
        .filter(|it| it.rule() != Some(Rule::UnusedParameter))
        .map(ToString::to_string)
        .collect();
    assert!(told.is_empty(), "{text}\n{}", told.join("\n"));
}

#[track_caller]
fn breaks(rule: Rule, line: u32, text: &str) {
    assert_eq!(found(text), [(rule, line)], "{text}");
}

/// The first message with its help.
fn told(text: &str) -> String {
    let report = report(text, &["key", "flag"]);
    let mut told = report.diagnostics().iter();
    told.find(|it| it.rule() != Some(Rule::UnusedParameter))
        .unwrap()
        .to_string()
}

#[test]
fn rules_can_be_switched_off_one_by_one() {
    let text = "import requests, imp\nkey = 1\nprint(missing)\nprint(x)\nx = 1\nif flag: y = 1\n\
                print(y)\ntry: cmd.get(1)\nexcept: pass\ndef f(a=[]): pass\nyield 1\nreturn 1\nprint(2)";
    let body = Body::new(text, Origin::exact("x", 1, 1));
    let rules = |allowed: &[Rule]| -> Vec<Rule> {
        let report = Checker::new("3.9".parse().unwrap())
            .parameters(&["key", "flag", "rest"])
            .allow(allowed)
            .check(&body);
        report
            .diagnostics()
            .iter()
            .filter_map(|it| it.rule())
            .collect()
    };
    let mut allowed = Vec::new();
    let mut seen = Vec::new();
    // Each round switches off the rule that comes first, until none is left.
    while let Some(&first) = rules(&allowed).first() {
        assert!(!allowed.contains(&first), "{first} is allowed and told");
        allowed.push(first);
        seen.push(first);
    }
    // A function that yields is asked for no `return`, it is not in mode `sync`, and its parameters hide nothing.
    assert_eq!(seen.len(), Rule::ALL.len() - 3, "{seen:?}");
    let none = Checker::new("3.9".parse().unwrap()).syntax_only();
    assert!(none.check(&body).diagnostics().is_empty());
}

#[test]
fn errors_and_warnings_do_not_crowd_each_other_out() {
    let text: String = (0..50)
        .map(|n| format!("import module{n}\nprint(missing{n})\n"))
        .collect();
    let report = report(&text, &[]);
    let count = |level| {
        report
            .diagnostics()
            .iter()
            .filter(|it| it.level() == level)
            .count()
    };
    assert_eq!((count(Level::Error), count(Level::Warning)), (5, 5));
}
