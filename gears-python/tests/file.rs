//! Whole files, as a command line checks them.

use gears_python::{FileChecker, Finding, Level, PythonVersion, Rule};

fn checker<'a>() -> FileChecker<'a> {
    FileChecker::new("3.9".parse().unwrap())
}

fn check(text: &str) -> Vec<Finding> {
    checker().check("jobs/x.py", text.as_bytes())
}

type Position = (u32, u32);

/// Rule, begin and end of everything that is found.
fn found(findings: &[Finding]) -> Vec<(&'static str, Position, Position)> {
    findings
        .iter()
        .map(|it| (it.rule_name(), it.start(), it.end()))
        .collect()
}

#[test]
fn scripts_have_the_names_of_the_server_and_those_of_python() {
    for fine in [
        "",
        "# nothing but a comment\n",
        "GB().map(lambda record: record['key']).run('user:*')\n",
        "def f(key):\n    return execute('GET', key), hashtag(), later()\ndef later(): return sys.path\nf('x')\n",
        "if __name__ == '__main__':\n    print(log)\n",
        "log = log\natomic\nGB = GearsBuilder\n",
        "\u{feff}import redis\r\nprint(redis)\r\n",
        "from os import *\nprint(anything)\n",
        "async def f(r): return await gearsFuture()\nGB('CommandReader').map(f).register(trigger='x')\n",
    ] {
        assert_eq!(found(&check(fine)), [], "{fine}");
    }
}

#[test]
fn every_kind_of_finding_has_its_place() {
    let text = "\
import yaml, tomllib
def f(a, into=[]):
    try:
        execute('PING')
    except:
        pass
    return into
    print(a)
def g(key):
    if key:
        value = 1
    return value
print(undefined, anext)
";
    assert_eq!(
        found(&check(text)),
        [
            ("missing-requirement", (1, 8), (1, 12)),
            ("module-version", (1, 14), (1, 21)),
            ("mutable-default", (2, 15), (2, 17)),
            ("bare-except", (5, 5), (5, 11)),
            ("unreachable-code", (8, 5), (8, 13)),
            ("possibly-unbound", (12, 12), (12, 17)),
            ("undefined-name", (13, 7), (13, 16)),
            ("undefined-name", (13, 18), (13, 23)),
        ]
    );
    let helps: Vec<_> = check(text)
        .iter()
        .filter_map(|it| it.help().map(str::to_owned))
        .collect();
    assert!(helps.contains(&"require `pyyaml`".to_owned()), "{helps:?}");
    let version = "needs Python 3.11: ask for that version if no older one has to run it";
    assert!(helps.contains(&version.to_owned()), "{helps:?}");
    // These words are for attributes.
    assert!(!helps.iter().any(|it| it.contains(" say `")), "{helps:?}");
}

#[test]
fn options_decide_what_is_told() {
    let text = b"import yaml, tomllib\nmatch yaml:\n    case 1: print(tomllib)\n";
    let told = |checker: &FileChecker| found(&checker.check("x.py", text)).len();
    assert_eq!(
        found(&checker().check("x.py", text)),
        [("syntax", (2, 1), (2, 6))]
    );
    let newer = FileChecker::new(PythonVersion::NEWEST);
    assert_eq!(told(&newer), 1);
    assert_eq!(told(&newer.clone().requirements(&["PyYAML>=6"])), 0);
    assert_eq!(told(&newer.allow(&[Rule::MissingRequirement])), 0);
}

#[test]
fn what_python_refuses_is_told_alone() {
    let findings = check("import yaml\nif x:\nprint(undefined)\n");
    assert_eq!(found(&findings), [("syntax", (3, 1), (3, 6))]);
    assert_eq!(
        (findings[0].rule(), findings[0].level()),
        (None, Level::Error)
    );
    // A script runs as it stands, so its indentation counts.
    assert_eq!(found(&check("    x = 1\n    print(x)\n"))[0].0, "syntax");
    assert_eq!(found(&check("x = 1\0")), [("syntax", (1, 6), (1, 7))]);
}

#[test]
fn bodies_are_known_by_what_only_functions_may_do() {
    for body in [
        "import json\nreturn json.loads(cmd.get(key))\n",
        "    value = await thing(key)\n    return value\n",
        "yield key\n",
    ] {
        assert_eq!(found(&check(body)), [], "{body}");
        let told = checker().body(&["key"]).check("x.py", body.as_bytes());
        assert!(
            told.iter()
                .all(|it| matches!(it.rule(), Some(Rule::UndefinedName | Rule::YieldValue))),
            "{told:?}"
        );
    }
    // What is wrong all the same is told.
    let mixed = "if key:\n    value = 1\nreturn value\n";
    assert_eq!(
        found(&check(mixed)),
        [("possibly-unbound", (3, 8), (3, 13))]
    );
    // Broken either way, it counts as the script that it says it is.
    assert_eq!(found(&check("return (\n"))[0].0, "syntax");
}

#[test]
fn bodies_with_parameters_are_held_to_all_rules() {
    let told = checker()
        .body(&["key", "limit"])
        .check("gears/x.py", b"\n    return cmd.get(kye)\n");
    assert_eq!(found(&told), [("undefined-name", (2, 20), (2, 23))]);
    assert_eq!(
        told[0].to_string(),
        "\
error[undefined-name]: `kye` is not defined
 --> gears/x.py:2:20
  |
2 | return cmd.get(kye)
  |                ^^^
  = help: did you mean `key`?"
    );
    let told = checker()
        .body(&["key", "limit"])
        .check("gears/x.py", b"return key");
    assert_eq!(found(&told), [("unused-parameter", (1, 1), (1, 1))]);
}

#[test]
fn bytes_that_are_no_text_are_told_with_their_place() {
    let told = checker().check("x.py", b"a = 1\nb = '\xe9'\n");
    assert_eq!(found(&told), [("syntax", (2, 6), (2, 7))]);
    assert!(told[0].message().contains("0xe9"), "{}", told[0]);
    assert!(told[0].help().unwrap().contains("UTF-8"));
}

#[test]
fn large_files_are_refused_soon_and_many_findings_are_cut() {
    let many: String = (0..1_000).map(|n| format!("missing{n}\n")).collect();
    assert_eq!(check(&many).len(), 200);
    let huge = "x = 1\n".repeat(2_000_000);
    let told = check(&huge);
    assert_eq!(told.len(), 1);
    assert!(told[0].message().contains("bytes"), "{}", told[0]);
}
