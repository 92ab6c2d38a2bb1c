//! Names: what they are bound to, and what was meant.

use gears_python::{Body, Checker, Origin, Rule};

use crate::{fine, found, told};

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
