//! No text makes the parser panic, and every place that is told lies inside of the text.

use gears_python::{Body, Checker, Origin, PythonVersion, check, dedent};
use proptest::prelude::*;

/// Pieces that come together to something nearer to Python than random characters do.
const PIECES: &[&str] = &[
    "\n",
    "\n  ",
    "\n    ",
    "\t",
    " ",
    "\r",
    "\r\n",
    "\u{c}",
    "\u{feff}",
    "\0",
    "\\",
    "\\\n",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "'",
    "\"",
    "'''",
    "\"\"\"",
    "f'",
    "f'''",
    "t'",
    "rb'",
    "{x!r:>{y}}",
    "def f(x):",
    "async ",
    "await ",
    "class A:",
    "return ",
    "yield ",
    "yield from ",
    "lambda: ",
    "if ",
    "else:",
    "for x in y",
    "while x:",
    "try:",
    "except ",
    "except*",
    "finally:",
    "with x as y:",
    "match x:",
    "case [a, *b]:",
    "import a.b",
    "from . import x",
    "global x",
    "nonlocal x",
    "x",
    "y",
    "cmd",
    "é",
    "日本",
    "1",
    "0x",
    "1e",
    ".",
    ",",
    ":",
    ";",
    ":=",
    "=",
    "==",
    "->",
    "*",
    "**",
    "/",
    "@",
    "-",
    "~",
    "not ",
    "...",
    "#c",
    "type X = ",
    "del ",
    "raise ",
    "assert ",
    "pass",
    "break",
    "continue",
    "lazy import x",
    "!",
    "?",
];

fn pieces() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..40).prop_map(|pieces| pieces.concat())
}

fn survives(text: &str, version: PythonVersion) {
    let body = Body::new(text, Origin::exact("x.py", 1, 1));
    let lines = text.replace("\r\n", "\n").split(['\n', '\r']).count() as u32;
    if let Err(problems) = check(&body, version, &["x"]) {
        assert!(!problems.is_empty());
        for problem in problems {
            let line = problem.place().line().expect("the origin is exact");
            assert!(
                (1..=lines).contains(&line),
                "line {line} of {lines}: {problem}"
            );
            assert!(problem.to_string().starts_with("python: x.py:"));
            assert!(!problem.message().contains("gave up"), "{problem}");
        }
    }
    let checker = Checker::new(version).parameters(&["x", "cmd"]);
    for report in [checker.check(&body), checker.check_file(&body)] {
        for diagnostic in report.diagnostics() {
            assert!(!diagnostic.message().contains("gave up"), "{diagnostic}");
            let line = diagnostic.place().line().expect("the origin is exact");
            assert!(
                (1..=lines).contains(&line),
                "line {line} of {lines}: {diagnostic}"
            );
        }
    }
}

/// Other texts on every run: what it finds is kept in the message.
#[test]
fn other_texts_on_every_run() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;

    const TEXTS: usize = 1_000;
    let mut runner = TestRunner::default();
    let pieces = pieces();
    for count in 0..TEXTS {
        let text = pieces.new_tree(&mut runner).unwrap().current();
        let version = PythonVersion::all().nth(count % 8).unwrap();
        let outcome = std::panic::catch_unwind(|| survives(&text, version));
        assert!(outcome.is_ok(), "at Python {version}: {text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in any::<String>(), minor in 7u8..=14) {
        survives(&text, format!("3.{minor}").parse().unwrap());
    }

    #[test]
    fn nearly_python(text in pieces(), minor in 7u8..=14) {
        survives(&text, format!("3.{minor}").parse().unwrap());
    }

    #[test]
    fn dedent_takes_only_what_all_lines_share(text in "[ \ta\n]{0,40}", margin in "[ \t]{0,4}") {
        let once = dedent(&text);
        prop_assert_eq!(dedent(&once), once.clone());
        let deeper: Vec<String> = text.split('\n').map(|line| format!("{margin}{line}")).collect();
        prop_assert_eq!(dedent(&deeper.join("\n")), once);
    }

    #[test]
    fn places_agree_with_the_source(lines in prop::collection::vec("[a-zé ]{1,9}z", 1..6), indent in 0usize..8) {
        let source: String = lines.iter().map(|line| format!("\n{}{line}", " ".repeat(indent))).collect();
        let body = Body::new(&source, Origin::exact("x.rs", 3, 9));
        let source: Vec<&str> = source.split('\n').collect();
        for (offset, character) in body.text().char_indices().filter(|(_, c)| *c != '\n') {
            let place = body.place(offset);
            let line = source[(place.line().unwrap() - 3) as usize];
            prop_assert_eq!(line.chars().nth(place.column() as usize - 1), Some(character));
        }
    }
}
