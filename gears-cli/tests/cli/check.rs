//! `gears check`.

use std::process::Stdio;

use gears_tests::until;
use serde_json::{Value as Json, json};

use crate::tool::Tool;

const MISTAKEN: &str = "key = 'a'\nprint(kye)\n";
const DOUBTFUL: &str = "import yaml\nprint(yaml)\n";

#[test]
fn findings_are_told_as_the_compiler_tells_them() {
    let tool = Tool::nowhere();
    tool.file("x.py", MISTAKEN);
    let outcome = tool.call(["check", "x.py"]);
    assert_eq!(outcome.code, Some(1));
    assert_eq!(
        outcome.out,
        "\
error[undefined-name]: `kye` is not defined
 --> x.py:2:7
  |
2 | print(kye)
  |       ^^^
  = help: did you mean `key`?

"
    );
    assert_eq!(outcome.err, "1 error in 1 file\n");
    let colourful = tool.call(["check", "x.py", "--color", "always"]);
    assert!(
        colourful
            .out
            .starts_with("\u{1b}[1m\u{1b}[31merror[undefined-name]"),
        "{colourful:?}"
    );
}

#[test]
fn editors_get_a_line_for_each() {
    let tool = Tool::nowhere();
    tool.file("x.py", format!("import yaml\n{MISTAKEN}"));
    let outcome = tool.call(["check", "--short", "x.py"]);
    assert_eq!(
        outcome.out,
        "\
x.py:1:8: warning[missing-requirement]: no requirement brings the module `yaml` to the server; require `pyyaml`
x.py:3:7: error[undefined-name]: `kye` is not defined; did you mean `key`?
"
    );
    assert_eq!((outcome.code, outcome.err.as_str()), (Some(1), ""));
}

#[test]
fn programs_get_json() {
    let tool = Tool::nowhere();
    tool.file("x.py", MISTAKEN);
    let outcome = tool.call(["check", "x.py", "none.py", "--json"]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    let told: Json = serde_json::from_str(&outcome.out).unwrap();
    assert_eq!(
        told,
        json!({
            "files": 1,
            "errors": 1,
            "warnings": 0,
            "findings": [{
                "file": "x.py",
                "line": 2,
                "column": 7,
                "endLine": 2,
                "endColumn": 10,
                "level": "error",
                "rule": "undefined-name",
                "message": "`kye` is not defined",
                "help": "did you mean `key`?",
                "source": "print(kye)",
            }],
            "unreadable": [{
                "file": "none.py",
                "message": "No such file or directory (os error 2)",
            }],
        })
    );
}

#[test]
fn exit_codes_tell_errors_from_warnings_from_what_is_unreadable() {
    let tool = Tool::nowhere();
    tool.file("fine.py", "GB().run('x:*')\n");
    tool.file("doubtful.py", DOUBTFUL);
    tool.file("mistaken.py", MISTAKEN);
    let code = |words: &[&str]| {
        let mut all = vec!["check"];
        all.extend(words);
        tool.call(all).code
    };
    assert_eq!(code(&["fine.py"]), Some(0));
    assert_eq!(code(&["doubtful.py", "fine.py"]), Some(0));
    assert_eq!(code(&["doubtful.py", "--deny-warnings"]), Some(1));
    assert_eq!(code(&["fine.py", "mistaken.py"]), Some(1));
    assert_eq!(code(&["mistaken.py", "none.py"]), Some(2));
}

#[test]
fn options_decide_what_is_found() {
    let tool = Tool::nowhere();
    tool.file("x.py", DOUBTFUL);
    tool.file("reqs.txt", "pyyaml>=6  # ours\n");
    let found = |words: &[&str]| {
        let mut all = vec!["check", "--json"];
        all.extend(words);
        let outcome = tool.call(all);
        let told: Json = serde_json::from_str(&outcome.out).unwrap();
        let findings = told["findings"].as_array().unwrap().clone();
        findings
            .iter()
            .map(|one| one["rule"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(found(&["x.py"]), ["missing-requirement"]);
    assert!(found(&["x.py", "-r", "pyyaml"]).is_empty());
    assert!(found(&["x.py", "--requirements-file", "reqs.txt"]).is_empty());
    assert!(found(&["x.py", "--allow", "unused-parameter,missing-requirement"]).is_empty());

    tool.file("new.py", "match 1:\n    case 1: pass\n");
    assert_eq!(found(&["new.py"]), ["syntax"]);
    assert!(found(&["new.py", "--oldest-python", "3.10"]).is_empty());

    tool.file("body.py", "return cmd.get(kye)\n");
    assert!(found(&["body.py"]).is_empty(), "it may be a parameter");
    assert_eq!(
        found(&["body.py", "--parameters", "key,limit"]),
        ["undefined-name"]
    );

    tool.call(["check", "x.py", "--allow", "undefined-nam"])
        .bad(2, &["undefined-name"]);
    tool.call(["check", "x.py", "--oldest-python", "2.7"])
        .bad(2, &["2.7", "3.7"]);
    tool.call(["check", "x.py", "--requirements-file", "none.txt"])
        .bad(2, &["none.txt"]);
    tool.call(["check", "x.py", "--sarif", "--short"])
        .bad(2, &["--sarif"]);
    tool.call(["check"]).bad(2, &["<FILE|DIR>"]);
}

#[test]
fn directories_are_read_with_all_below() {
    let tool = Tool::nowhere();
    let folder = tool.folder();
    for below in ["jobs/deep", "jobs/.hidden", "jobs/venv", "empty"] {
        std::fs::create_dir_all(folder.join(below)).unwrap();
    }
    for file in [
        "jobs/b.py",
        "jobs/a.py",
        "jobs/deep/c.py",
        "jobs/deep/c.txt",
        "jobs/.hidden/d.py",
        "jobs/venv/e.py",
    ] {
        tool.file(file, MISTAKEN);
    }
    tool.file("jobs/venv/pyvenv.cfg", "");
    // A loop, and a pipe that nobody writes to.
    std::os::unix::fs::symlink("..", folder.join("jobs/deep/loop")).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(folder.join("jobs/pipe.py"))
        .status();
    assert!(made.unwrap().success());
    let files = |words: &[&str]| -> Vec<String> {
        let outcome = tool.call(words);
        let places = outcome.out.lines();
        places
            .map(|line| line.split(':').next().unwrap().to_owned())
            .collect()
    };
    let all = ["jobs/a.py", "jobs/b.py", "jobs/deep/c.py"];
    assert_eq!(files(&["check", "--short", "jobs"]), all);
    assert_eq!(files(&["check", "--short", "."]), all);
    assert_eq!(files(&["check", "--short", "jobs/deep/c.txt"]).len(), 1);
    let none = tool.call(["check", "empty"]);
    assert!(none.err.contains("no files *.py"), "{none:?}");
    none.good();
    std::os::unix::fs::symlink("nowhere", folder.join("empty/dead.py")).unwrap();
    tool.call(["check", "empty"])
        .bad(2, &["empty/dead.py cannot be read"]);
}

#[test]
fn standard_input_has_a_name() {
    let tool = Tool::nowhere();
    let outcome = tool.feed(["check", "--short", "-"], MISTAKEN);
    assert!(outcome.out.starts_with("<stdin>:2:7: "), "{outcome:?}");
    let words = ["check", "--short", "-", "--stdin-name", "jobs/x.py"];
    let outcome = tool.feed(words, MISTAKEN);
    assert!(outcome.out.starts_with("jobs/x.py:2:7: "), "{outcome:?}");
    tool.feed(["check", "-"], "").good();
}

#[test]
fn files_of_any_content_are_told_of() {
    let tool = Tool::nowhere();
    tool.file("empty.py", "");
    tool.call(["check", "empty.py"]).good();
    tool.file("binary.py", [0x7f, b'E', b'L', b'F', 0, 0xff, 0xfe]);
    tool.file("latin.py", b"x = '\xe9'\n");
    tool.file("nul.py", "x = 1\0");
    tool.file("large.py", "x = 1\n".repeat(10 << 20 >> 2));
    tool.file("steer.py", "x = '\u{1b}[2J' +\n");
    for (file, said) in [
        ("binary.py", "not UTF-8"),
        ("latin.py", "not UTF-8"),
        ("nul.py", "[syntax]"),
        ("large.py", "bytes"),
        ("steer.py", "[syntax]"),
    ] {
        let outcome = tool.call(["check", file]);
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        assert!(outcome.out.contains(said), "{outcome:?}");
        assert!(!outcome.out.contains('\u{1b}'), "{outcome:?}");
    }
    // A name may be anything too.
    let odd = "a\n\u{1b}[2J.py";
    tool.file(odd, MISTAKEN);
    for words in [["check", odd].as_slice(), &["check", "--short", odd]] {
        let out = tool.call(words).out;
        assert!(!out.contains('\u{1b}'), "{out:?}");
    }
}

#[test]
fn sarif_is_what_the_standard_wants() {
    let tool = Tool::nowhere();
    tool.file("a b:ü.py", MISTAKEN);
    tool.file("y.py", DOUBTFUL);
    let outcome = tool.call(["check", "a b:ü.py", "y.py", "none.py", "--sarif"]);
    assert_eq!(outcome.code, Some(2));
    let log: Json = serde_json::from_str(&outcome.out).unwrap();
    // What section 3 of SARIF 2.1.0 and its schema require of each object.
    assert_eq!(log["version"], "2.1.0");
    assert!(
        log["$schema"]
            .as_str()
            .unwrap()
            .ends_with("sarif-schema-2.1.0.json")
    );
    let run = &log["runs"][0];
    assert_eq!(log["runs"].as_array().unwrap().len(), 1);
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "gears check");
    assert_eq!(driver["version"], env!("CARGO_PKG_VERSION"));
    let rules = driver["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 16);
    for rule in rules {
        let text = |path: &str| rule.pointer(path).and_then(Json::as_str).unwrap();
        assert!(!text("/id").is_empty());
        assert!(text("/shortDescription/text").ends_with('.'), "{rule}");
        assert!(!text("/help/text").is_empty() && !text("/help/markdown").is_empty());
        assert!(text("/helpUri").starts_with("https://"), "{rule}");
        assert!(["error", "warning"].contains(&text("/defaultConfiguration/level")));
    }
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    for result in results {
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["error", "warning"].contains(&result["level"].as_str().unwrap()));
    }
    let place = |index: usize| &results[index]["locations"][0]["physicalLocation"];
    assert_eq!(
        *place(0),
        json!({
            "artifactLocation": { "uri": "a%20b%3A%C3%BC.py" },
            "region": { "startLine": 2, "startColumn": 7, "endLine": 2, "endColumn": 10 },
        })
    );
    assert_eq!(results[1]["level"], "warning");
    let call = &run["invocations"][0];
    assert_eq!(call["executionSuccessful"], false);
    let told = &call["toolExecutionNotifications"][0]["message"]["text"];
    assert!(told.as_str().unwrap().starts_with("none.py cannot be read"));
    // A path from the root is a URI of its own.
    let path = tool.file("z.py", MISTAKEN);
    let log = tool.call(["check", "--sarif", path.to_str().unwrap()]).out;
    assert!(
        log.contains(&format!("\"file://{}\"", path.display())),
        "{log}"
    );
}

#[test]
fn rules_are_explained() {
    let tool = Tool::nowhere();
    let told = tool.call(["check", "--explain", "bare-except"]).good();
    assert!(told.contains("BaseException"), "{told}");
    tool.call(["check", "--explain", "syntax"]).good();
    tool.call(["check", "--explain", "style"])
        .bad(2, &["undefined-name"]);
}

#[test]
fn reader_that_has_seen_enough_ends_it_quietly() {
    let tool = Tool::nowhere();
    tool.file("many.py", "print(missing)\n".repeat(2_000));
    for words in [
        ["check", "many.py"].as_slice(),
        &["check", "many.py", "--short"],
        &["check", "many.py", "--json"],
        &["check", "many.py", "--sarif"],
    ] {
        let mut child = tool.spawn(words, Stdio::null());
        drop(child.stdout.take());
        let status = until("end of gears", || child.try_wait().unwrap());
        assert_eq!(status.code(), Some(0), "{words:?}");
    }
}
