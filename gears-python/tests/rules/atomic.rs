//! Bodies in mode `sync`, which are atomic until they await.

use gears_python::{Body, Checker, Origin, PythonVersion, Rule};

/// The place and rule of what is found in a body of mode `sync`.
fn found(text: &str, allowed: &[Rule]) -> Vec<(Rule, String)> {
    let body = Body::new(text, Origin::exact("x.rs", 1, 1));
    let report = Checker::new(PythonVersion::DEFAULT)
        .parameters(&["key"])
        .sync()
        .allow(allowed)
        .check(&body);
    assert!(
        report.function().is_some(),
        "{text}\n{}",
        report.diagnostics()[0]
    );
    report
        .diagnostics()
        .iter()
        .map(|it| (it.rule().unwrap(), it.place().to_string()))
        .collect()
}

#[test]
fn a_body_in_mode_sync_does_not_wait() {
    for (place, text) in [
        ("x.rs:1:8", "return await key"),
        ("x.rs:1:1", "async for a in key: print(a)"),
        ("x.rs:1:1", "async with key: pass"),
        ("x.rs:1:11", "return [a async for a in key]"),
        ("x.rs:1:14", "return {a: a async for a in key}"),
        ("x.rs:1:9", "return [await a for a in key]"),
        ("x.rs:1:20", "return (a for a in await key)"),
        ("x.rs:1:23", "return [b for b in [a async for a in key]]"),
        ("x.rs:3:5", "if key:\n    # later\n    await key\nawait key"),
        ("x.rs:1:11", "return f\"{await key}\""),
        ("x.rs:1:23", "return (a for a in [b async for b in key])"),
    ] {
        assert_eq!(
            found(text, &[]),
            [(Rule::AwaitInSync, place.to_owned())],
            "{text}"
        );
        assert_eq!(found(text, &[Rule::AwaitInSync]), [], "{text}");
    }
}

#[test]
fn what_waits_elsewhere_is_left_alone() {
    for text in [
        "async def f(): await key\nrunCoroutine(f())",
        "async def f():\n    async for a in key: pass\nreturn f",
        "return (a async for a in key)",
        "return (await a for a in key)",
        "return [b for b in (a async for a in key)]",
    ] {
        assert_eq!(found(text, &[]), [], "{text}");
    }
}
