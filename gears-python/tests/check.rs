//! What `check` accepts, refuses and finds out.

use gears_python::{Body, Diagnostic, Function, Origin, PythonVersion, check, is_keyword};

fn run(text: &str, version: &str, parameters: &[&str]) -> Result<Function, Vec<Diagnostic>> {
    let body = Body::new(text, Origin::exact("src/x.rs", 40, 1));
    check(&body, version.parse().unwrap(), parameters)
}

fn accepted(text: &str) -> Function {
    run(text, "3.9", &["key"]).unwrap_or_else(|problems| panic!("{text}\n{}", problems[0]))
}

/// The first message for a text, with its place.
fn refused(text: &str, version: &str) -> String {
    match run(text, version, &["key"]) {
        Ok(_) => panic!("accepted on {version}:\n{text}"),
        Err(problems) => problems[0].to_string(),
    }
}

#[test]
fn the_inside_of_a_function_is_accepted() {
    for text in [
        "return 1",
        "yield 1",
        "x = yield",
        "await cmd.get(key)",
        "async for x in y():\n    pass",
        "async with a as b:\n    return b",
        "return [x async for x in y]",
        "pass",
        "...",
        "'only a docstring'",
        "global total\ntotal = 1",
        "def inner():\n    nonlocal x\n    x = 1\nx = 0\nreturn inner",
        "class A:\n    def f(self):\n        return self",
        "for i in range(3):\n    if i: continue\n    break\nelse:\n    pass",
        "try:\n    pass\nexcept ValueError as e:\n    raise\nfinally:\n    pass",
        "return (lambda *a, k=1, **kw: (yield))",
        "with open('a') as a, open('b') as b:\n    return a",
        "x = '''\n  text\n'''\nreturn x",
        "def \u{e9}t\u{e9}(): return 1\nreturn \u{e9}t\u{e9}()",
        "\u{c}return 1",
        "if key:\n\treturn 1\nelse:\n        return 2",
        "print >> 1",
        "return f'{key!r:>{10}}'",
    ] {
        accepted(text);
    }
}

#[test]
fn syntax_errors_name_the_place_and_show_the_line() {
    let text = refused(
        "\n        import json\n        return json.loads(key\n    ",
        "3.9",
    );
    assert!(text.starts_with("python: src/x.rs:42:30: "), "{text}");
    assert!(text.contains(" 42 | return json.loads(key\n"), "{text}");
    for wrong in [
        "return if",
        "def f(:\n  pass",
        "x = = 1",
        "print 'old'",
        "exec 'old'",
        "'open",
        "'''open",
        "x = (1,\ny = 2",
        "if x:\nreturn 1",
        "  x = 1\n y = 2\nz = 3",
        "if a:\n\tx\n        y",
        "return 1 +",
        "x = 1\n    y = 2",
        "else:\n    pass",
        "try:\n    pass",
        "x = \u{a0}1",
        "x = \u{201c}1\u{201d}",
        "x = $1",
        "x = 1 ?",
        "0777",
        "1__0",
        "f(a=1, 2)",
        "f(**a, *b)",
        "x = {1: 2, **a, 3}",
        "(x for x in y) = 1",
        "f() = 1",
        "None = 1",
        "del f()",
        "import a.b as c.d",
        "from . import",
        "lambda: (x := 1) = 2",
        "f'{'",
        "f'{a b}'",
        "a\\",
        "!ls",
        "?help",
        "%magic",
        "x = 5if",
        "async x = 1",
    ] {
        let text = refused(wrong, "3.14");
        assert!(text.starts_with("python: src/x.rs:4"), "{text}");
        assert!(text.lines().last().unwrap().contains(['^', '=']), "{text}");
    }
}

#[test]
fn an_empty_body_is_refused() {
    for empty in ["", "\n   \n", "# nothing\n", "\\\n"] {
        assert!(
            refused(empty, "3.9").contains("pass") || empty == "\\\n",
            "{empty:?}"
        );
    }
}

#[test]
fn newer_syntax_names_the_version_it_needs() {
    for (text, needed) in [
        ("if (n := 10) > 5: pass", "3.8"),
        ("def f(a, /): pass", "3.8"),
        ("return f'{key=}'", "3.8"),
        (
            "for x in y:\n    try: pass\n    finally:\n        continue",
            "3.8",
        ),
        ("def f(): return 1, *key", "3.8"),
        ("@a[0].b\ndef f(): pass", "3.9"),
        ("with (open(key) as a, open(key) as b):\n    pass", "3.9"),
        ("match key:\n    case 1: pass", "3.10"),
        ("try: pass\nexcept* ValueError: pass", "3.11"),
        ("x = a[*key]", "3.11"),
        ("type X = int", "3.12"),
        ("def f[T](x: T) -> T: return x", "3.12"),
        ("return f'{key['a']}'", "3.12"),
        ("class A[T = int]: pass", "3.13"),
        ("return t'{key}'", "3.14"),
        ("try: pass\nexcept A, B: pass", "3.14"),
    ] {
        let enough: PythonVersion = needed.parse().unwrap();
        for version in PythonVersion::all() {
            if version >= enough {
                run(text, &version.to_string(), &["key"])
                    .unwrap_or_else(|problems| panic!("{version}: {text}\n{}", problems[0]));
            } else {
                let told = refused(text, &version.to_string());
                assert!(told.contains(&format!("on Python {version} ")), "{told}");
                // A list of types parameters with defaults misses two versions.
                if version.minor() + 1 == enough.minor() {
                    assert!(
                        told.contains(&format!("say `python = \"{needed}\"`")),
                        "{told}"
                    );
                }
            }
        }
    }
    // Gone since 3.8: no newer version helps.
    let told = refused("f((a)=1)", "3.9");
    assert!(
        told.contains("removed in Python 3.8") && !told.contains("say `python"),
        "{told}"
    );
    run("f((a)=1)", "3.7", &[]).unwrap();
    // Not in any version that can be asked for.
    let told = refused("return [*x for x in y]", "3.14");
    assert!(
        told.contains("3.15") && !told.contains("say `python"),
        "{told}"
    );
}

#[test]
fn rules_that_python_checks_before_it_runs() {
    for (text, part) in [
        ("break", "`break` outside loop"),
        (
            "for x in y:\n    def f():\n        continue",
            "`continue` outside loop",
        ),
        ("while x: pass\nelse:\n    break", "`break` outside loop"),
        (
            "class A:\n    return 1",
            "`return` statement outside of a function",
        ),
        (
            "class A:\n    yield 1",
            "`yield` statement outside of a function",
        ),
        ("class A:\n    x = await key", "outside of a"),
        (
            "def f():\n    await key",
            "`await` outside of an asynchronous function",
        ),
        (
            "def f():\n    async with key: pass",
            "outside of an asynchronous function",
        ),
        (
            "return lambda: await key",
            "outside of an asynchronous function",
        ),
        (
            "await x\nyield from y",
            "`yield from` statement in async function",
        ),
        (
            "await x\nyield 1\nreturn 2",
            "`return` with value in async generator",
        ),
        (
            "global key",
            "name `key` cannot refer to a parameter and a global variable",
        ),
        ("nonlocal x", "no binding for nonlocal `x` found"),
        (
            "def f():\n    nonlocal y\nreturn y",
            "no binding for nonlocal `y` found",
        ),
        (
            "x = 1\nglobal x",
            "name `x` is used prior to its global declaration",
        ),
        (
            "x = 0\ndef f():\n    print(x)\n    nonlocal x",
            "used prior to its nonlocal declaration",
        ),
        ("from os import *", "only allowed at module level"),
        (
            "from __future__ import annotations",
            "__future__ imports must be at the top",
        ),
        ("def f(a, a): pass", "duplicate parameter \"a\""),
        ("f(a=1, a=2)", "uplicate keyword argument `a`"),
        ("__debug__ = 1", "cannot assign to `__debug__`"),
        (
            "*a = b",
            "starred assignment target must be in a list or tuple",
        ),
        ("*a, *b = c", "wo starred expressions in assignment"),
        ("*key", "can't use starred expression here"),
        (
            "[x := 1 for x in y]",
            "cannot rebind comprehension variable",
        ),
        ("return [(yield x) for x in y]", "`yield`"),
    ] {
        let told = refused(text, "3.12");
        assert!(told.contains(part), "{text}\n{told}");
    }
    // An asynchronous comprehension inside of another one came with 3.11.
    let nested = "return [[x async for x in y] for y in z]";
    assert!(refused(nested, "3.10").contains("3.11"));
    run(nested, "3.11", &[]).unwrap();
}

#[test]
fn several_problems_are_told_at_once_in_order() {
    let problems = run("break\ncontinue\nx = (n := 1)", "3.7", &[]).unwrap_err();
    let lines: Vec<_> = problems
        .iter()
        .map(|problem| problem.place().line())
        .collect();
    assert_eq!(lines, [Some(40), Some(41), Some(42)]);
    let problems = run(&"break\n".repeat(50), "3.7", &[]).unwrap_err();
    assert_eq!(problems.len(), 5);
}

#[test]
fn a_slip_of_indentation_is_explained() {
    let told = refused("x = 1\n    return x", "3.9");
    assert!(
        told.contains("begin the body on a line of its own"),
        "{told}"
    );
}

#[test]
fn tabs_among_spaces_and_printed_quotes_are_explained() {
    for text in [
        "if key:\n\tlog(key)\n        log(1)",
        "\n    if key:\n\tlog(key)\n    return key\n",
    ] {
        let told = refused(text, "3.9");
        assert!(
            told.contains("some lines begin with tabs, others with spaces"),
            "{told}"
        );
    }
    let told = refused("log(“x”)", "3.9");
    assert!(told.contains("`“` is a quote of printed text"), "{told}");
    assert!(!refused("x = 1 +", "3.9").contains("quote"));
}

#[test]
fn coroutines_are_found() {
    for text in [
        "await x",
        "return [await y for y in x]",
        "return {k: v async for k, v in x}",
        "if a:\n    with b:\n        async for c in d: pass",
        "def f(a=await x): pass",
        "return f'{await x}'",
    ] {
        assert!(accepted(text).is_coroutine(), "{text}");
    }
    for text in [
        "async def f():\n    await x",
        "return 1",
        "class A:\n    async def f(self): await x",
    ] {
        assert!(!accepted(text).is_coroutine(), "{text}");
    }
}

#[test]
fn a_read_of_the_global_cmd_is_found() {
    for text in [
        "cmd.get(key)",
        "return lambda: cmd",
        "def f():\n    return cmd\nreturn f()",
        "def f():\n    cmd = 1\nreturn cmd",
        "return [cmd.get(k) for k in key]",
        "class A:\n    cmd = 1\n    def f(self):\n        return cmd",
        "global cmd\nreturn cmd",
        "def f():\n    global cmd\n    return cmd\ncmd = 1",
        "return f'{cmd}'",
        "def f(x=cmd, cmd=1): pass",
        "@cmd\ndef f(): pass",
    ] {
        assert!(accepted(text).uses_cmd(), "{text}");
    }
    for text in [
        "return key.cmd",
        "cmd = 1\nreturn cmd",
        "import redis as cmd\ncmd.x",
        "from a import cmd\ncmd.x",
        "def cmd(): pass\ncmd()",
        "for cmd in x: cmd",
        "return [cmd for cmd in x]",
        "return f(cmd=1)",
        "with x as cmd: cmd",
        "try: pass\nexcept E as cmd: cmd",
        "[(cmd := 1) for _ in x]\nreturn cmd",
        "def f(cmd): return cmd",
        "import cmd.x\ncmd.x",
        "def f():\n    return cmd\ncmd = 1",
        "return 'cmd'  # cmd",
    ] {
        assert!(!accepted(text).uses_cmd(), "{text}");
    }
    let shadowed = run("return cmd", "3.9", &["cmd"]).unwrap();
    assert!(!shadowed.uses_cmd());
    assert!(
        !run("match key:\n    case [cmd, *_]: cmd", "3.10", &[])
            .unwrap()
            .uses_cmd()
    );
}

#[test]
fn a_body_that_cannot_return_a_value_is_found() {
    for text in [
        "pass",
        "return",
        "return None",
        "cmd.set(key, 1)",
        "def f():\n    return 1",
        "if key:\n    raise ValueError(key)",
    ] {
        assert!(!accepted(text).can_return_value(), "{text}");
    }
    for text in [
        "return 1",
        "if key:\n    return key",
        "yield 1",
        "raise NotImplementedError",
        "if key:\n    raise A\nelse:\n    raise B",
        "try:\n    raise A\nfinally:\n    pass",
        "with a:\n    raise B",
    ] {
        assert!(accepted(text).can_return_value(), "{text}");
    }
}

#[test]
fn what_no_python_would_take_is_refused_not_crashed_on() {
    let nested = |open: &str, close: &str, depth: usize| {
        format!("x = {}1{}", open.repeat(depth), close.repeat(depth))
    };
    for text in [
        nested("(", ")", 201),
        nested("(", ")", 100_000),
        nested("[", "", 100_000),
        nested("{1:", "}", 50_000),
        nested("- ", "", 100_000),
        nested("not ", "", 100_000),
        nested("lambda: ", "", 100_000),
        nested("a if b else ", "", 100_000),
        nested("1 ** ", "", 100_000),
        nested("1 + ", "", 100_000),
        format!("x = a{}", ".b".repeat(100_000)),
        format!("x = a{}", "()".repeat(100_000)),
        format!("x = a{}", "[0]".repeat(100_000)),
        format!(
            "{}pass",
            (0..150)
                .map(|n| format!("{}if x:\n", " ".repeat(n)))
                .collect::<String>()
        ),
        "x = 1\n".repeat(400_000),
        format!("x = f{}", "'{f".repeat(20_000)),
        "a\0b".to_owned(),
    ] {
        let told = refused(&text, "3.14");
        assert!(
            told.starts_with("python: src/x.rs:40"),
            "{}",
            &told[..told.len().min(300)]
        );
    }
    // Big but flat is fine.
    accepted(&format!("return [{}]", "-1, a.b(c), ".repeat(10_000)));
    accepted(&nested("(", ")", 150));
    accepted(&format!("x = 1{}", " + 1".repeat(900)));
    accepted(&format!("if a: pass\n{}", "elif b: pass\n".repeat(5_000)));
}

#[test]
fn keywords_are_what_cannot_be_a_parameter() {
    for word in ["def", "None", "async", "__debug__", "yield"] {
        assert!(is_keyword(word));
    }
    for word in ["type", "match", "case", "_", "print", "fn", "Def", ""] {
        assert!(!is_keyword(word));
    }
}
