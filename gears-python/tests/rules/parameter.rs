//! Parameters: read, kept, and with defaults that are not shared.

use gears_python::{Body, Checker, Level, Origin, Rule};

use crate::{breaks, fine, found, report};

#[test]
fn parameters_are_read() {
    let unused = |text: &str| -> Vec<String> {
        report(text, &["key", "_rest"])
            .diagnostics()
            .iter()
            .map(|it| {
                assert_eq!(it.rule(), Some(Rule::UnusedParameter), "{it}");
                assert_eq!(it.level(), Level::Warning);
                it.parameter().unwrap().to_owned()
            })
            .collect()
    };
    assert_eq!(unused("return 1"), ["key"]);
    assert_eq!(unused("return [key for key in (1, 2)]"), ["key"]);
    for text in [
        "return key",
        "return lambda: key",
        "def f():\n    return [key for _ in (1, 2)]\nreturn f",
        "return locals()",
        "return eval('key')",
        "class A:\n    k = key\nreturn A",
        "return f'{key}'",
        "del key",
        "key += 1\nreturn key",
    ] {
        assert!(unused(text).is_empty(), "{text}");
    }
    let body = Body::new("return 1", Origin::exact("x", 1, 1));
    let resting = Checker::new("3.9".parse().unwrap())
        .parameters(&["record"])
        .parameters_may_rest();
    assert!(resting.check(&body).diagnostics().is_empty());
}

#[test]
fn parameters_keep_their_value_until_it_is_read() {
    for (line, text) in [
        (1, "key = 1\nreturn key"),
        (2, "print(flag)\nfor key in 'ab': print(key)"),
        (1, "import json as key\nreturn key"),
        (2, "if flag: key = 1\nelse: key = 2\nreturn key"),
    ] {
        let rules = found(text);
        assert_eq!(rules[0].0, Rule::ShadowedParameter, "{text}: {rules:?}");
        assert!(rules[0].1 <= line, "{text}: {rules:?}");
    }
    for text in [
        "key = key or 1\nreturn key",
        "if flag: key = 1\nreturn key",
        "if key is None: key = 1\nreturn key",
        "for a in flag:\n    print(key)\n    key = a",
        "def f(): return key\nkey = 1\nreturn f",
        "key: str = key\nreturn key",
    ] {
        fine(text);
    }
}

#[test]
fn defaults_are_not_shared_by_chance() {
    breaks(Rule::MutableDefault, 1, "def f(a=[]): return a\nreturn f");
    breaks(
        Rule::MutableDefault,
        2,
        "def f(a,\n      *, b={}): return a, b\nreturn f",
    );
    breaks(Rule::MutableDefault, 1, "return lambda a=set(): a");
    fine("def f(a=(), b=None, c='', d=frozenset()): return a, b, c, d\nreturn f");
}
