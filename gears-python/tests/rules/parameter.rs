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

#[test]
fn builtins_that_parameters_hide_are_not_called() {
    let rules = |text: &str, parameters: &[&str]| -> Vec<_> {
        let report = report(text, parameters);
        let found = report.diagnostics().iter().filter_map(|it| it.rule());
        found.collect()
    };
    for (text, parameter) in [
        ("return list(list)", "list"),
        ("return [len(a) for a in len]", "len"),
        ("return cmd.get('a') + cmd", "cmd"),
        ("def f(): return str(1)\nreturn f() + str", "str"),
        ("execute('PING')", "execute"),
    ] {
        assert_eq!(rules(text, &[parameter]), [Rule::HiddenBuiltin], "{text}");
    }
    for (text, parameter) in [
        ("return list[0]", "list"),
        ("return max(len, 1)", "len"),
        ("list = sorted(list)\nreturn list", "list"),
        ("f = lambda str: str(1)\nreturn f(len) + str", "str"),
        ("return text.split()", "text"),
        ("return handler(1)", "handler"),
    ] {
        assert_eq!(rules(text, &[parameter]), [], "{text}");
    }
}

#[test]
fn imports_of_functions_are_read() {
    for (line, text) in [
        (1, "import json\nreturn key"),
        (1, "import os.path\nreturn key"),
        (1, "import json as j\nreturn key"),
        (1, "from json import dumps, loads\nreturn dumps(key)"),
        (2, "def f():\n    import json\nreturn f"),
    ] {
        breaks(Rule::UnusedImport, line, text);
    }
    for text in [
        "import json\nreturn json.dumps(key)",
        "import os.path\nreturn os.path.join(key)",
        "import json\ndef f(): return json.dumps(key)\nreturn f()",
        "import json\nreturn [json.dumps(a) for a in key]",
        "import json as _json\nreturn key",
        "try: import json\nexcept ImportError: return 1\nreturn key",
        "import json\nreturn eval(key)",
        "global json\nimport json\nreturn key",
        "import json\ndel json\nreturn key",
    ] {
        fine(text);
    }
}

#[test]
fn names_are_compared_in_the_form_that_python_gives_them() {
    let told = |text: &str, parameters: &[&str]| -> Vec<_> {
        let report = report(text, parameters);
        report
            .diagnostics()
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    assert_eq!(told("return ﬁx", &["ﬁx"]), [""; 0]);
    assert_eq!(told("return fix", &["ﬁx"]), [""; 0]);
    assert_eq!(told("return ﬁx", &["fix"]), [""; 0]);
    assert_eq!(
        report("return 1", &["ﬁx"]).diagnostics()[0].parameter(),
        Some("ﬁx")
    );
}
