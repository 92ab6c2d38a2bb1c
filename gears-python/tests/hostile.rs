//! Whatever the text is: an error or a pass, and never a panic.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gears_python::{Body, Checker, Origin, PythonVersion, Report};

/// Checks a text as a body and as a file, at the oldest and the newest Python, and tells whether it passes as a body.
fn survives(what: &str, text: &str) -> bool {
    survives_at(PythonVersion::OLDEST, what, text);
    survives_at(PythonVersion::NEWEST, what, text)
}

fn survives_at(version: PythonVersion, what: &str, text: &str) -> bool {
    let checker = Checker::new(version).parameters(&["key"]);
    let body = Body::new(text, Origin::exact("x.py", 1, 1));
    judged(what, &checker.check_file(&body));
    judged(what, &checker.check(&body))
}

fn judged(what: &str, report: &Report) -> bool {
    for diagnostic in report.diagnostics() {
        assert!(
            !diagnostic.message().contains("gave up"),
            "{what}: {diagnostic}"
        );
        let told = diagnostic.to_string();
        assert!(told.len() < 4_000, "{what}: {} bytes are told", told.len());
    }
    report.function().is_some()
}

fn bad_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "site-packages" {
            bad_files(&path, files);
        } else if name.contains("bad") || path.ends_with("pgen2/grammar.py") || is_test_data(&path)
        {
            files.push(path);
        }
    }
}

fn is_test_data(path: &Path) -> bool {
    let path = path.to_string_lossy();
    path.ends_with(".py")
        && [
            "/lib2to3/tests/data/",
            "/test/tokenizedata/",
            "/test/encoded_modules/",
        ]
        .iter()
        .any(|part| path.contains(part))
}

#[test]
fn the_bad_files_of_the_standard_library() {
    let python = std::env::var_os("PYO3_PYTHON").expect("cargo sets it by .cargo/config.toml");
    let output = Command::new(&python)
        .args([
            "-c",
            "import sysconfig; print(sysconfig.get_path('stdlib'))",
        ])
        .output()
        .expect("run `cargo xtask setup`");
    let folder = String::from_utf8(output.stdout).unwrap();
    let mut files = Vec::new();
    bad_files(Path::new(folder.trim()), &mut files);
    files.sort();
    assert!(!files.is_empty(), "{} has no tests", folder.trim());
    for file in files {
        if let Ok(bytes) = fs::read(&file) {
            survives(&file.to_string_lossy(), &String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn random_bytes() {
    // Marsaglia's xorshift: the same bytes on every run.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    for length in [1, 10, 100, 1_000, 10_000] {
        for round in 0..20 {
            let mut bytes: Vec<u8> = (0..length).map(|_| random()).collect();
            survives(
                &format!("{length} bytes, round {round}"),
                &String::from_utf8_lossy(&bytes),
            );
            bytes.iter_mut().for_each(|byte| *byte = b' ' + *byte % 95);
            survives(
                &format!("{length} letters, round {round}"),
                &String::from_utf8_lossy(&bytes),
            );
        }
    }
}

#[test]
fn ten_megabytes() {
    for (what, unit) in [
        ("statements", "x = 1\n"),
        ("letters", "a"),
        ("brackets", "("),
        ("spaces", " "),
        ("lines", "\n"),
        ("tabs", "\t"),
        ("nuls", "\0"),
        ("wide letters", "日"),
    ] {
        let text = unit.repeat(10_000_000 / unit.len());
        survives_at(PythonVersion::NEWEST, what, &text);
    }
}

#[test]
fn nesting_of_a_thousand() {
    let around =
        |open: &str, close: &str| format!("x = {}1{}", open.repeat(1_000), close.repeat(1_000));
    let blocks = |head: &str| -> String {
        let lines: String = (0..1_000)
            .map(|n| format!("{}{head}\n", " ".repeat(n)))
            .collect();
        format!("{lines}{}pass", " ".repeat(1_000))
    };
    for (what, text) in [
        ("parentheses", around("(", ")")),
        ("lists", around("[", "]")),
        ("dicts", around("{1: ", "}")),
        ("calls", around("f(", ")")),
        ("comprehensions", around("[", " for x in y]")),
        ("lambdas", around("lambda: ", "")),
        ("lambdas with defaults", around("lambda a=(", "): a")),
        ("awaits", around("await ", "")),
        ("attributes", around("", ".a")),
        ("signs", around("-", "")),
        ("conditions", around("1 if a else ", "")),
        ("f-strings", around("f'{", "}'")),
        (
            "patterns",
            format!(
                "match x:\n case {}{}: pass",
                "[".repeat(1_000),
                "]".repeat(1_000)
            ),
        ),
        ("ifs", blocks("if x:")),
        ("loops", blocks("for x in y:")),
        ("functions", blocks("def f():")),
        ("classes", blocks("class A:")),
        ("withs", blocks("with x:")),
    ] {
        survives(what, &text);
    }
    // As deep as Python itself lets through.
    let deep = |head: &str| -> String {
        let lines: String = (0..97)
            .map(|n| format!("{}{head}\n", " ".repeat(n)))
            .collect();
        format!("{lines}{}x = 1", " ".repeat(97))
    };
    for head in ["def f():", "class A:", "with x:", "if x:", "while x:"] {
        survives(head, &deep(head));
    }
    survives("tries", &{
        let open: String = (0..90)
            .map(|n| format!("{}try:\n", " ".repeat(n)))
            .collect();
        let close: String = (0..90)
            .rev()
            .map(|n| format!("{0}finally:\n{0} y = x\n", " ".repeat(n)))
            .collect();
        format!("{open}{}x = 1\n{close}", " ".repeat(90))
    });
}

/// Chains that Python nests are as long as Python takes them, and those that it does not as long as they like.
#[test]
fn chains_and_tables() {
    let passes = |text: &str| {
        let body = Body::new(text, Origin::exact("x.py", 1, 1));
        let report = Checker::new(PythonVersion::NEWEST)
            .parameters(&["a", "b"])
            .check(&body);
        report.function().is_some()
    };
    let chain = |unit: &str, times: usize| format!("x = {}a", unit.repeat(times));
    let trailed = |unit: &str, times: usize| format!("x = a{}", unit.repeat(times));
    for (unit, most) in [
        ("a + ", 2_980),
        ("a ** ", 2_980),
        ("not ", 2_980),
        ("- ", 2_980),
        ("a if b else ", 2_980),
        ("lambda: ", 2_980),
        ("a*b**2*a + ", 2_980),
        ("a / ", 2_980),
        ("a or ", 50_000),
        ("a and b or ", 50_000),
        ("a < ", 50_000),
        ("a = ", 50_000),
        ("a is not b and ", 50_000),
        ("-a, ", 50_000),
        ("f(a)(b), ", 50_000),
        ("[a + b, -a**2], ", 20_000),
        ("lambda a: a + b, ", 20_000),
    ] {
        assert!(passes(&chain(unit, most)), "{unit}");
        if most < 10_000 {
            assert!(!passes(&chain(unit, 3_000)), "{unit}");
        }
    }
    for (unit, most) in [
        (".a", 2_980),
        ("()", 2_980),
        ("[0]", 2_980),
        (".a()", 1_490),
    ] {
        assert!(passes(&trailed(unit, most)), "{unit}");
        assert!(!passes(&trailed(unit, 3_000)), "{unit}");
    }
    let elements = |open: &str, unit: &str, close: &str| {
        passes(&format!("x = {open}{}{close}", unit.repeat(20_000)))
    };
    assert!(elements("{", "'a': a + b, ", "}"));
    assert!(elements("[", "(a, b, -1, [1, 2]), ", "]"));
    assert!(elements("(", "'a' ", ")"));
    assert!(elements("f'", "{a} {b} ", "'"));
    // Each level alone is shallow, all together they are not.
    let nested = format!("x = {}a{}", "(a + a + a + ".repeat(150), ")".repeat(150));
    assert!(passes(&nested));
    let nested = format!(
        "x = {}a{}",
        format!("({}", "a + ".repeat(50)).repeat(150),
        ")".repeat(150)
    );
    assert!(!passes(&nested));
}

/// What is no Python, but nests in the parser: refused, one way or the other.
#[test]
fn ruins_of_chains() {
    for unit in [
        "a or not a == a | a ^ a & a << a + a * -a ** lambda: ",
        "a + lambda: ",
        "a ** not ",
        "a == not ",
        "a if ",
        "a if b else lambda: not - await ",
        "lambda a=",
        "a * yield ",
        "f(a, ",
        "{a: ",
        "a[b:",
        "f'{a:{",
        "* ",
        "a := ",
        "for ",
        "else ",
        "a.(",
    ] {
        for times in [180, 2_900] {
            survives(unit, &unit.repeat(times));
            survives(unit, &format!("x = ({}", unit.repeat(times)));
        }
    }
}

#[test]
fn texts_that_editors_make() {
    for (what, text, passes) in [
        ("CRLF", "if key:\r\n    return 1\r\nreturn 2\r\n", true),
        ("CR", "if key:\r    return 1\rreturn 2\r", true),
        ("a mixture", "if key:\r\n    return 1\nreturn 2\r", true),
        ("tabs", "if key:\n\treturn 1\nreturn 2", true),
        (
            "tabs that agree with spaces",
            "if key:\n\tx = 1\n\treturn x",
            true,
        ),
        (
            "tabs with spaces",
            "if key:\n\tx = 1\n        return x",
            false,
        ),
        (
            "spaces with tabs",
            "if key:\n        x = 1\n\treturn x",
            false,
        ),
        ("a byte order mark", "\u{feff}return key", true),
        ("a byte order mark inside", "return \u{feff}key", false),
        ("form feeds", "\u{c}x = key\n\u{c}\nreturn x", true),
        ("NUL", "return '\0'", false),
        (
            "letters of the world",
            "größe = naïve = 日本 = key\nreturn größe, naïve, 日本",
            true,
        ),
        ("a ligature", "ﬁx = key\nreturn fix", true),
        ("a confusable letter", "о = key\nreturn o", true),
        ("typographic quotes", "return “key”", false),
        ("a soft hyphen", "return k\u{ad}ey", false),
        ("a space that does not break", "return\u{a0}key", false),
        ("a space without width", "return\u{200b}key", false),
        ("writing direction", "return key # \u{202e}", true),
        ("an emoji", "🦀 = key", false),
        ("digits of the world", "return ١", false),
        ("nothing", "", false),
        ("a comment", "# nothing", false),
        ("a backslash", "return key\\", false),
        ("the end of a file", "return key\u{1a}", false),
    ] {
        let body = Body::new(text, Origin::exact("x.py", 1, 1));
        let function = Checker::new(PythonVersion::NEWEST)
            .parameters(&["key"])
            .check(&body)
            .function()
            .is_some();
        assert_eq!(function, passes, "{what}");
        survives(what, text);
    }
}

#[test]
fn names_are_compared_as_python_compares_them() {
    // Python reads names in normal form KC, so the ligature is the two letters.
    let check = |text: &str| {
        let body = Body::new(text, Origin::exact("x.py", 1, 1));
        let report = Checker::new(PythonVersion::NEWEST).check(&body);
        report
            .diagnostics()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert!(check("ﬁx = 1\nreturn fix").is_empty());
    let told = check("о = 1\nreturn o").join("\n");
    assert!(told.contains("`o` is not defined"), "{told}");
    assert!(told.contains("U+043E"), "{told}");
}
