//! One expression: what it is, and what is said when it is none.

use gears_python::{
    Arity, Body, Checker, Expression, Origin, PythonVersion, Rule, check_expression,
};

fn check(text: &str, given: &[&str]) -> Result<Expression, String> {
    let body = Body::new(text, Origin::exact("src/x.rs", 7, 5));
    check_expression(&body, PythonVersion::DEFAULT, given).map_err(|problems| {
        let texts: Vec<_> = problems.iter().map(ToString::to_string).collect();
        texts.join("\n")
    })
}

#[test]
fn lambdas_say_how_many_arguments_they_take() {
    let arity = |text| check(text, &[]).unwrap().lambda();
    let exactly = |count| {
        Some(Arity {
            least: count,
            most: Some(count),
        })
    };
    assert_eq!(arity("lambda: 1"), exactly(0));
    assert_eq!(arity("lambda x: x"), exactly(1));
    assert_eq!(
        arity("\n    lambda k, a, r:\n        (a or 0) + r\n    "),
        exactly(3)
    );
    assert_eq!(
        arity("lambda a, b=1, *, c=2: a"),
        Some(Arity {
            least: 1,
            most: Some(2)
        })
    );
    assert_eq!(
        arity("lambda *all, **more: all"),
        Some(Arity {
            least: 0,
            most: None
        })
    );
    assert_eq!(arity("int"), None);
    assert_eq!(arity("(lambda x: x)(str.split)"), None);
}

#[test]
fn names_must_come_from_somewhere() {
    assert!(
        check("lambda r: r > limit", &["limit"])
            .unwrap()
            .reads("limit")
    );
    let told = check("lambda r: [x for x in r if x > limit and limit]", &[]).unwrap_err();
    assert!(
        told.starts_with("python: src/x.rs:7:36: `limit` is not defined here"),
        "{told}"
    );
    assert!(told.contains("limit = value"), "{told}");
    assert_eq!(told.matches("is not defined").count(), 1, "{told}");
    let told = check("lambda record: len(recrod)", &[]).unwrap_err();
    assert!(told.contains("did you mean `record`?"), "{told}");
    // Bound inside, or there in every script.
    check("lambda r: [(y := x) + y + len(r) for x in r]", &[]).unwrap();
    assert!(check("lambda r: cmd.get(r)", &[]).unwrap().uses_cmd());
    assert!(!check("lambda cmd: cmd.get(1)", &[]).unwrap().uses_cmd());
    assert!(!check("lambda r: cmd", &["cmd"]).unwrap().uses_cmd());
}

#[test]
fn what_is_no_expression_is_told() {
    for (text, expected) in [
        ("", "the expression is empty"),
        ("lambda x: (x", "EOF"),
        ("1) + (2", ""),
        ("lambda x: x\0", "NUL"),
        ("x = 1", "this is a statement"),
        ("return 1", "#[gear_fn]"),
        ("await cmd", "need a function"),
        ("lambda x: x; y", ""),
        ("*x", ""),
        ("lambda x, x: x", ""),
        (&"(".repeat(5000), ""),
    ] {
        let told = check(text, &[]).unwrap_err();
        assert!(
            told.contains(expected) && told.starts_with("python: "),
            "{text}: {told}"
        );
    }
    let big = format!("'{}'", "x".repeat(70_000));
    assert!(check(&big, &[]).unwrap_err().contains("name = value"));
}

#[test]
fn rules_are_those_that_make_sense_of_an_expression() {
    let told = |text: &str, allowed: &[Rule]| -> Vec<(&str, u32)> {
        let body = Body::new(text, Origin::exact("src/x.rs", 1, 1));
        let checker = Checker::new("3.9".parse().unwrap())
            .parameters(&["limit"])
            .allow(allowed);
        let (expression, told) = checker.check_expression(&body);
        assert!(expression.is_some(), "{text}");
        told.iter()
            .map(|it| (it.rule().unwrap().name(), it.place().column()))
            .collect()
    };
    for (text, expected) in [
        (
            "lambda key, total, n: total + n",
            vec![("unused-parameter", 8)],
        ),
        // The manual's form of a reducer.
        ("lambda k, a, r: a + r", vec![]),
        ("lambda k, records: len(records)", vec![]),
        ("lambda k, a, r: a", vec![("unused-parameter", 14)]),
        ("lambda k: 1", vec![("unused-parameter", 8)]),
        ("lambda _key, total, n: total + n", vec![]),
        (
            "lambda *all, **more: 1",
            vec![("unused-parameter", 9), ("unused-parameter", 16)],
        ),
        (
            "lambda n: [n for n in range(3)]",
            vec![("unused-parameter", 8)],
        ),
        ("lambda n: (lambda: n)()", vec![]),
        ("lambda n: (lambda n: n)(1)", vec![("unused-parameter", 8)]),
        ("lambda n: eval('n')", vec![]),
        // A lambda inside is passed to whoever decides what to call it with.
        ("sorted([limit], key=lambda n: 1)", vec![]),
        ("(lambda n: 1)(limit)", vec![]),
        (
            "lambda n=[x for x in 'ab']: 1",
            vec![("unused-parameter", 8), ("mutable-default", 10)],
        ),
        (
            "lambda a, into=[]: into + [a]",
            vec![("mutable-default", 16)],
        ),
        ("lambda a: (b, b := a)", vec![("unbound-local", 12)]),
        ("lambda a: anext(a)", vec![("undefined-name", 11)]),
        // A name that is not there may be a slip for the parameter.
        ("lambda word: len(wrod)", vec![("undefined-name", 18)]),
    ] {
        assert_eq!(told(text, &[]), expected, "{text}");
        let rules: Vec<Rule> = expected
            .iter()
            .map(|(name, _)| name.parse().unwrap())
            .collect();
        assert!(
            told(text, &rules)
                .iter()
                .all(|(name, _)| *name == "unused-parameter"),
            "{text}"
        );
    }
    let allowed = [Rule::UndefinedName, Rule::UnusedParameter];
    assert_eq!(told("lambda word: len(wrod)", &allowed), []);
}

#[test]
fn syntax_that_is_too_new_is_told() {
    let body = Body::new("lambda r: (x := r)", Origin::exact("a", 1, 1));
    let told = check_expression(&body, PythonVersion::OLDEST, &[]).unwrap_err();
    assert!(told[0].to_string().contains("3.8"), "{}", told[0]);
}
