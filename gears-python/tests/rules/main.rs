//! What each rule finds, and what it leaves alone.

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
fn names_that_are_bound_nowhere_are_undefined() {
    for (line, text) in [
        (1, "return kye"),
        (1, "return json.loads(key)"),
        (2, "x = 1\nreturn x + y"),
        (2, "def f():\n    return y\nreturn f"),
        (1, "return [y for x in key]"),
        (1, "return [x for x in key] + x"),
        (1, "return lambda a, b=c: a"),
        (
            3,
            "class A:\n    y = 1\n    def f(self): return y\nreturn A",
        ),
        (2, "class A:\n    y = z\nreturn A"),
        (1, "return {**rest}"),
        (1, "return f'{kye!r:>{flag}}'"),
        (1, "@decorated\ndef f(): pass\nreturn f"),
        (1, "def f(x: int) -> Missing: pass\nreturn f"),
        (1, "x: Missing = 1\nreturn x"),
        (1, "kye += 1"),
        (1, "del kye"),
        (
            2,
            "match key:\n    case Point(x=0): return 1\n    case _: return 2",
        ),
        (1, "return unicode(key)"),
        (1, "return __file__"),
        (1, "return __class__"),
        (3, "try:\n    pass\nexcept Missing:\n    pass"),
        (2, "def f[T](x: T) -> T: return x\nreturn f(key), T"),
    ] {
        let rules = found(text);
        assert_eq!(rules.len(), 1, "{text}: {rules:?}");
        assert!(
            matches!(rules[0].0, Rule::UndefinedName | Rule::UnboundLocal) && rules[0].1 == line,
            "{text}: {rules:?}"
        );
    }
}

#[test]
fn names_that_are_bound_somewhere_are_fine() {
    for text in [
        "return key",
        "return len(key), None, __name__, Exception",
        "return execute('GET', key), cmd.get(key), hashtag(), GB, GearsBuilder, log, atomic, configGet",
        "return gearsFuture(), itertools.count(), redisgears, runCoroutine, call_next()",
        "import xml.dom\nreturn xml.dom",
        "import os.path as path\nreturn path",
        "from json import loads as read\nreturn read(key)",
        "def f():\n    return g()\ndef g():\n    return f()\nreturn g()",
        "def f(n):\n    return f(n - 1)\nreturn f(1)",
        "x = 1\ndef f():\n    nonlocal x\n    x += 1\n    return x\nreturn f()",
        "global total\ntotal = 1\nreturn total",
        "def f():\n    global total\n    total = 1\nf()\nreturn total",
        "return [x for y in key for x in y if x]",
        "return {k: v for k, v in key}, {x for x in key}, (x for x in key)",
        "return [last for x in key if (last := x)]",
        "total = 0\nparts = [total := total + x for x in key]\nreturn total, parts",
        "if (n := len(key)) > 3: return n",
        "while chunk := key.read(): print(chunk)",
        "try:\n    return 1\nexcept (ValueError, KeyError) as error:\n    return error",
        "match key:\n    case [first, *rest]: return first, rest\n    case {'a': a, **more}: return a, more\n    case str() as text: return text",
        "with open(key) as file: return file.read()",
        "with open(key) as (a, *b): return a, b",
        "for i, (a, b) in key: print(i, a, b)",
        "class A:\n    x = 1\n    y = x + 1\n    z = [x for x in range(3)]\n    def f(self): return __class__, super().f()\nreturn A",
        "class A:\n    print(__module__, __qualname__)\nreturn A",
        "def f(*args, only=1, **more): return args, only, more\nreturn f",
        "def f(a, /, b, *, c): return a, b, c\nreturn f",
        "def f[T: (int, str), *Ts, **P](x: T) -> T: return x\nreturn f",
        "class A[T]:\n    def f(self, x: T) -> T: return x\nreturn A",
        "type Pair[T] = tuple[T, T]\nreturn Pair",
        "try:\n    unicode\nexcept NameError:\n    unicode = str\nreturn unicode(key)",
        "async def f():\n    async with key as a:\n        async for b in a:\n            yield b\nreturn f",
        "import os\ndel os",
        "x: int\nx = 1\nreturn x",
        "größe = 1\nreturn größe",
        "return (lambda *a, k=1, **kw: (a, k, kw))(key)",
        "def f(x: 'Anything') -> None: pass\nreturn f",
    ] {
        fine(text);
    }
}

#[test]
fn a_slip_gets_the_name_that_was_meant() {
    for (text, meant) in [
        ("return kye", "did you mean `key`?"),
        ("return excute('GET', key)", "did you mean `execute`?"),
        ("return lenght(key)", "is not defined"),
        ("return Len(key)", "did you mean `len`?"),
        ("return true", "did you mean `True`?"),
        ("return null", "did you mean `None`?"),
        ("return redis.get(key)", "did you mean `cmd`?"),
        ("return json.loads(key)", "add `import json` before it"),
        ("total = 1\nreturn totl", "did you mean `total`?"),
        (
            "class A:\n    limit = 1\n    def f(self): return limit\nreturn A",
            "write `self.limit`",
        ),
    ] {
        let told = told(text);
        assert!(told.contains(meant), "{told}");
        assert!(told.contains("allow = [\"undefined-name\"]"), "{told}");
    }
}

#[test]
fn builtins_have_versions() {
    let body = Body::new("return anext(key)", Origin::exact("x", 1, 1));
    let at = |version: &str| {
        Checker::new(version.parse().unwrap())
            .parameters(&["key"])
            .check(&body)
            .into_parts()
            .1
    };
    assert!(at("3.10").is_empty());
    let told = at("3.9")[0].to_string();
    assert!(
        told.contains("`anext` is a builtin from Python 3.10 on"),
        "{told}"
    );
    assert!(told.contains("python = \"3.10\""), "{told}");
}

#[test]
fn locals_have_a_value_where_they_are_read() {
    for (line, text) in [
        (1, "print(x)\nx = 1"),
        (1, "x += 1"),
        (2, "if flag: x = 1\nreturn x"),
        (4, "if flag: x = 1\nelif key: x = 2\nelse: pass\nreturn x"),
        (
            4,
            "match key:\n    case 1: x = 1\n    case 2: x = 2\nreturn x",
        ),
        (2, "for a in key:\n    total = total + a"),
        (3, "x = 1\ndel x\nreturn x"),
        (3, "try: pass\nexcept ValueError as e: pass\nreturn e"),
        (3, "for a in key:\n    if a: hit = a\nreturn hit"),
        (
            4,
            "for a in key:\n    if a:\n        hit = a; break\nreturn hit",
        ),
        (1, "len = len(key)"),
        (2, "def f():\n    print(y)\n    y = 1\ny = 2\nreturn f, y"),
        (1, "return [x for x in y]\ny = 1"),
        (2, "class A:\n    z = y\ny = 1\nreturn A"),
        (2, "x: int\nreturn x"),
        (1, "return (y := key) if flag else y"),
        (2, "z = (y := key) if flag else 0\nreturn y"),
    ] {
        let rules: Vec<_> = found(text)
            .into_iter()
            .filter(|(rule, _)| *rule != Rule::UnreachableCode)
            .collect();
        assert_eq!(rules, [(Rule::UnboundLocal, line)], "{text}");
    }
    for (line, text) in [
        (2, "for a in key: x = a\nreturn x"),
        (2, "for a in key: pass\nreturn a"),
        (3, "while flag:\n    x = 1\nreturn x"),
        (
            3,
            "try: x = int(key)\nexcept ValueError: print('no number')\nreturn x",
        ),
        (2, "try: x = int(key)\nfinally: print(x)"),
        (
            3,
            "for a in key:\n    if flag:\n        print(last)\n    last = a",
        ),
        (
            4,
            "while flag:\n    if key: x = 1\n    else: break\nreturn x",
        ),
    ] {
        breaks(Rule::PossiblyUnbound, line, text);
    }
    for text in [
        "if flag: x = 1\nelse: x = 2\nreturn x",
        "if flag: x = 1\nelse: return 2\nreturn x",
        "if flag: x = 1\nelse: raise ValueError\nreturn x",
        "match key:\n    case 1: x = 1\n    case _: x = 2\nreturn x",
        "match key:\n    case 1: x = 1\n    case other: x = other\nreturn x",
        "try: x = int(key)\nexcept ValueError: return 1\nreturn x",
        "try: x = int(key)\nexcept ValueError: x = 0\nreturn x",
        "try: x = int(key)\nexcept ValueError: x = 0\nelse: x += 1\nfinally: print(key)\nreturn x",
        "try: pass\nfinally: x = 1\nreturn x",
        "while True:\n    x = key\n    if x: break\nreturn x",
        "while True:\n    try:\n        x = int(key)\n    except ValueError:\n        continue\n    break\nreturn x",
        "with key as x: y = x\nreturn y",
        "total = 0\nfor a in key: total += a\nreturn total",
        "def f(): return later\nlater = 1\nreturn f()",
        "x = None\ndef f():\n    nonlocal x\n    x = 1\nf()\nreturn x",
        "import sys\nif flag: x = 1\nelse: sys.exit(1)\nreturn x",
        "if flag and (m := key): return m",
        "return m if (m := key) else flag",
        "z = (y := key) if flag else (y := 0)\nreturn y + z",
        "return [y + (y if x else x) for x in key if (y := x)]",
        "for a in key:\n    x = a\n    break\nelse:\n    x = 1\nreturn x",
        "for a in key:\n    if a: break\nelse:\n    raise ValueError\nreturn key",
        "try: import json\nexcept ImportError: json = None\nreturn json",
        "assert flag\nx = key\ndel x\nx = 2\nreturn x",
    ] {
        fine(text);
    }
    assert!(told("print(x)\nx = 1").contains("it is bound at src/x.rs:2:1"));
}

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

#[test]
fn modules_have_versions() {
    for (oldest, text, part) in [
        ("3.9", "import tomllib", "came with Python 3.11"),
        ("3.9", "from tomllib import loads", "python = \"3.11\""),
        ("3.8", "import zoneinfo", "came with Python 3.9"),
        ("3.9", "import asyncore", "no part of Python 3.12 and later"),
        ("3.13", "import cgi", "urllib.parse"),
        ("3.9", "from distutils.core import setup", "setuptools"),
        ("3.13", "import compression.zstd", "3.14"),
    ] {
        let body = Body::new(text, Origin::exact("x", 1, 1));
        let report = Checker::new(oldest.parse().unwrap()).check(&body);
        let told = report.diagnostics()[0].to_string();
        assert_eq!(report.diagnostics()[0].rule(), Some(Rule::ModuleVersion));
        assert!(told.contains(part), "{told}");
    }
    fine("import tomllib\nreturn tomllib");
    fine("try:\n    import imp\nexcept ImportError:\n    imp = None\nreturn imp");
    fine("import sys\nif sys.version_info < (3, 12):\n    import imp\n    return imp");
}

#[test]
fn modules_come_from_somewhere() {
    let told = |text: &str, requirements: &[&str]| -> Vec<String> {
        let body = Body::new(text, Origin::exact("x", 1, 1));
        Checker::new("3.9".parse().unwrap())
            .requirements(requirements)
            .check(&body)
            .diagnostics()
            .iter()
            .map(|it| {
                assert_eq!(it.rule(), Some(Rule::MissingRequirement), "{it}");
                it.help().unwrap().to_owned()
            })
            .collect()
    };
    assert_eq!(
        told("import requests", &[]),
        ["say `requirements = [\"requests\"]`"]
    );
    assert_eq!(
        told("from yaml import load", &["requests>=2"]),
        ["say `requirements = [\"requests>=2\", \"pyyaml\"]`"]
    );
    assert_eq!(
        told("import numpy as np\nfrom numpy import array", &[]).len(),
        1
    );
    for (text, requirements) in [
        ("import requests", &["requests>=2"] as &[&str]),
        ("import json, os.path, _thread", &[]),
        ("import redis, cloudpickle, redisgears", &[]),
        ("from PIL import Image", &["Pillow"]),
        ("try:\n    import ujson\nexcept ImportError:\n    pass", &[]),
        ("import anything", &["git+https://example.org/anything"]),
        ("from . import sibling", &[]),
    ] {
        assert!(told(text, requirements).is_empty(), "{text}");
    }
}

#[test]
fn rules_can_be_switched_off_one_by_one() {
    let text = "import requests, imp\nkey = 1\nprint(missing)\nif flag: x = 1\nprint(x)\nfor a in 'a': y = a\n\
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
    // A function that yields is asked for no `return`.
    assert_eq!(seen.len(), Rule::ALL.len() - 1, "{seen:?}");
    let none = Checker::new("3.9".parse().unwrap()).syntax_only();
    assert!(none.check(&body).diagnostics().is_empty());
}

#[test]
fn a_branch_that_binds_in_a_loop_is_no_read_before_binding() {
    // As real code has it: the branches together leave out a case that the author knows cannot be.
    let text = "for item in key:\n    if item:\n        found = item\n    elif flag:\n        found = 1\n    \
                print(found)\nreturn 1";
    let told = told(text);
    assert!(told.contains("`found` may be unbound here"), "{told}");
    breaks(Rule::PossiblyUnbound, 6, text);
    let never = "for item in key:\n    print(found)\n    found = item\nreturn 1";
    breaks(Rule::UnboundLocal, 2, never);
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

#[test]
fn files_have_names_of_their_own() {
    let told = |text: &str| -> Vec<String> {
        let body = Body::new(text, Origin::exact("x.py", 1, 1));
        Checker::new("3.12".parse().unwrap())
            .check_file(&body)
            .diagnostics()
            .iter()
            .map(|it| it.message().to_owned())
            .collect()
    };
    assert!(told("print(__file__, __name__)\nfrom os import *\nprint(anything)").is_empty());
    assert!(told("def f(): return late\nlate = 1\nf()").is_empty());
    assert_eq!(
        told("print(early)\nearly = 1"),
        ["`early` is not defined here yet"]
    );
    assert_eq!(told("execute('PING')"), ["`execute` is not defined"]);
    assert_eq!(told("print(a)\nprint(a)").len(), 2);
    assert_eq!(
        told("x = 1\ndel x\ndef f(): return x"),
        ["`x` is not defined"]
    );
    assert_eq!(
        told("return 1"),
        ["`return` statement outside of a function"]
    );
}
