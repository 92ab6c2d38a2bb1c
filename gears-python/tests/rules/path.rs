//! The paths that a call takes through a body, and how they end.

use gears_python::{Body, Checker, Origin, Rule};

use crate::{breaks, fine, found, report};

#[test]
fn what_is_never_reached_is_told_once() {
    for (line, text) in [
        (2, "return 1\nprint(key)\nprint(key)"),
        (2, "raise ValueError\nprint(key)"),
        (3, "for a in key:\n    continue\n    print(a)"),
        (3, "while flag:\n    break\n    print(key)"),
        (3, "while True:\n    print(key)\nprint(key)"),
        (5, "if flag:\n    return 1\nelse:\n    return 2\nprint(key)"),
        (
            5,
            "try:\n    return 1\nexcept ValueError:\n    raise\nprint(key)",
        ),
        (3, "def f():\n    return 1\n    return 2\nreturn f"),
        (3, "try: pass\nfinally:\n    return 1; print(key)"),
        (2, "import sys; sys.exit()\nprint(key)"),
    ] {
        breaks(Rule::UnreachableCode, line, text);
    }
    for text in [
        "while True:\n    if flag: break\nreturn key",
        "try:\n    return int(key)\nexcept ValueError:\n    print(key)\nreturn 1",
        "with key:\n    raise ValueError\nreturn 1",
        "with key:\n    return 1\nreturn 2",
        "def f():\n    return\n    yield\nreturn f",
        "def f():\n    raise NotImplementedError\n    yield 1\nreturn f",
        "for a in key:\n    if a: continue\n    print(a)",
        "try:\n    raise ValueError\nexcept ValueError:\n    pass\nreturn 1",
    ] {
        fine(text);
    }
}

#[test]
fn a_return_is_on_every_path_or_on_none() {
    let missing = |text: &str| {
        report(text, &["key", "flag"])
            .function()
            .unwrap()
            .missing_return()
            .map(|it| (it.rule().unwrap(), it.place().line().unwrap()))
    };
    for (line, text) in [
        (1, "if flag: return 1"),
        (2, "print(key)\nif flag: return 1"),
        (1, "if flag: return\nreturn 1"),
        (2, "if flag: return 1\nreturn None"),
        (1, "for a in key: return a"),
        (1, "match key:\n    case 1: return 1"),
        (
            1,
            "try:\n    return int(key)\nexcept ValueError:\n    log('no number')",
        ),
        (1, "while flag:\n    return 1"),
    ] {
        assert_eq!(missing(text), Some((Rule::MissingReturn, line)), "{text}");
    }
    for text in [
        "return 1",
        "pass",
        "return",
        "return None",
        "if flag: return 1\nreturn 2",
        "if flag: return 1\nraise ValueError",
        "if flag: return 1\nelse: return 2",
        "while True:\n    if flag: return 1",
        "with key: return 1",
        "try: return 1\nfinally: print(key)",
        "try: return int(key)\nexcept ValueError: return 0",
        "match key:\n    case 1: return 1\n    case _: return 2",
        "for a in key: return a\nelse: return 0",
        "def f():\n    if flag: return 1\nreturn f",
        "if flag: yield 1\nreturn 2",
        "import sys\nif flag: return 1\nsys.exit()",
    ] {
        assert_eq!(missing(text), None, "{text}");
    }
    let body = Body::new("if flag: return 1", Origin::exact("x", 1, 1));
    let allowing = Checker::new("3.9".parse().unwrap())
        .parameters(&["flag"])
        .allow(&[Rule::MissingReturn]);
    assert_eq!(
        allowing.check(&body).function().unwrap().missing_return(),
        None
    );
}

#[test]
fn a_yield_makes_a_generator() {
    breaks(Rule::YieldValue, 1, "yield key");
    breaks(Rule::YieldValue, 2, "for a in key:\n    yield a");
    breaks(Rule::YieldValue, 1, "yield from key");
    breaks(Rule::YieldValue, 1, "x = yield\nreturn x");
    fine("def f():\n    yield key\nreturn list(f())");
    fine("return (lambda: (yield))");
    let body = Body::new("yield 1", Origin::exact("x", 1, 1));
    let checker = Checker::new("3.9".parse().unwrap()).may_yield();
    assert!(checker.check(&body).diagnostics().is_empty());
}

#[test]
fn an_abort_is_not_swallowed() {
    for text in [
        "try:\n    cmd.get(key)\nexcept:\n    pass",
        "try:\n    execute('GET', key)\nexcept BaseException:\n    log('no')",
        "try:\n    with atomic(): pass\nexcept ValueError: pass\nexcept:\n    pass",
    ] {
        let rules = found(text);
        assert!(
            matches!(rules[..], [(Rule::BareExcept, _)]),
            "{text}: {rules:?}"
        );
    }
    for text in [
        "try:\n    cmd.get(key)\nexcept Exception:\n    pass",
        "try:\n    cmd.get(key)\nexcept:\n    log('no')\n    raise",
        "try:\n    int(key)\nexcept:\n    pass",
        "try:\n    int(key)\nexcept:\n    cmd.get(key)",
    ] {
        fine(text);
    }
}
