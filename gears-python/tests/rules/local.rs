//! Locals, and whether they have a value yet.

use gears_python::Rule;

use crate::{breaks, fine, found, told};

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
