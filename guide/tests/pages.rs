//! What stands in the pages between fences is what it says.
//!
//! | fence | what is tried |
//! | --- | --- |
//! | `rust` | compiled, and run unless it says `no_run`: the page is a module of `src/lib.rs` |
//! | `python` | a script: `gears check` finds nothing |
//! | `python,fragment` | the same, but names may come from what is left out |
//! | `python,body` | a body, or a part of one: `gears check` finds nothing but names that come from what is left out |
//! | `python,run` | a script that runs on a server, whose results are the `text` that follows |
//! | `python,finding` | a body whose comments `# error:` and `# warning:` say what `gears check` finds there |
//! | `python,elsewhere` | runs in no server: its syntax is right |
//! | `sh` | commands of `gears` are there |

use std::{fs, path::PathBuf};

use gears_python::{FileChecker, Finding, Level, PythonVersion, Rule};
use gears_runtime::{embedded, redis};

/// What stands between two fences.
struct Block {
    page: String,
    line: usize,
    /// What the opening fence says.
    says: String,
    text: String,
}

impl Block {
    fn place(&self) -> String {
        format!("{}:{}", self.page, self.line)
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn pages() -> Vec<(String, String)> {
    let mut pages: Vec<_> = fs::read_dir(root().join("pages"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    pages.sort();
    pages
}

fn blocks() -> Vec<Block> {
    let mut blocks = Vec::new();
    for (page, text) in pages() {
        let mut open: Option<Block> = None;
        for (line, at) in text.lines().zip(1..) {
            match (line.strip_prefix("```"), &mut open) {
                (Some(says), None) => {
                    open = Some(Block {
                        page: page.clone(),
                        line: at,
                        says: says.to_owned(),
                        text: String::new(),
                    });
                }
                (Some(_), Some(_)) => blocks.extend(open.take()),
                (None, Some(block)) => block.text.extend([line, "\n"]),
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{page}: a fence is open at its end");
    }
    blocks
}

/// Returns what the check says of a block.
fn findings(block: &Block) -> Vec<Finding> {
    let mut checker = FileChecker::new(PythonVersion::OLDEST);
    let is_whole = matches!(block.says.as_str(), "python" | "python,run");
    if matches!(block.says.as_str(), "python,body" | "python,finding") {
        checker = checker.body(&[]);
    }
    let mut findings = checker.check(&block.place(), block.text.as_bytes());
    findings.retain(|found| match block.says.as_str() {
        // What is no rule is syntax.
        "python,elsewhere" => found.rule().is_none(),
        _ => is_whole || found.rule() != Some(Rule::UndefinedName),
    });
    findings
}

#[test]
fn fences_say_what_they_hold() {
    for block in blocks() {
        let known = match block.says.split(',').next().unwrap() {
            "python" => [
                "python",
                "python,fragment",
                "python,body",
                "python,run",
                "python,finding",
                "python,elsewhere",
            ]
            .contains(&block.says.as_str()),
            "rust" | "sh" | "text" | "toml" | "json" | "lua" | "yaml" | "dockerfile" => true,
            _ => false,
        };
        assert!(known, "{}: `{}`", block.place(), block.says);
    }
}

#[test]
fn pages_with_rust_are_modules_whose_examples_run() {
    let modules = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    for block in blocks() {
        let is_included = block.text.trim_start().starts_with("{{#include");
        if block.says.starts_with("rust") && !is_included {
            assert!(
                modules.contains(&format!("\"{}\"", block.page)),
                "{} is no module of src/lib.rs",
                block.place()
            );
            assert!(!block.says.contains("ignore"), "{}", block.place());
        }
    }
}

#[test]
fn attributes_are_modules_whose_examples_run() {
    let modules = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    for entry in fs::read_dir(root().join("../gears-macros/docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            modules.contains(&format!("\"../../gears-macros/docs/{name}\"")),
            "{name} is no module of src/lib.rs"
        );
    }
}

#[test]
fn python_is_found_good() {
    for block in blocks() {
        if !block.says.starts_with("python") || block.says == "python,finding" {
            continue;
        }
        let findings = findings(&block);
        assert!(findings.is_empty(), "{}: {findings:?}", block.place());
    }
}

#[test]
fn python_that_shows_a_finding_has_it() {
    for block in blocks() {
        if block.says != "python,finding" {
            continue;
        }
        let mut told: Vec<_> = findings(&block)
            .into_iter()
            .map(|found| (found.start().0, found.level()))
            .collect();
        told.dedup();
        let said: Vec<_> = (1..)
            .zip(block.text.lines())
            .filter_map(|(at, line)| {
                let (_, says) = line.split_once("# ")?;
                match says.split(':').next()? {
                    "error" => Some((at, Level::Error)),
                    "warning" => Some((at, Level::Warning)),
                    _ => None,
                }
            })
            .collect();
        assert_eq!(told, said, "{}", block.place());
    }
}

/// Runs a script as `gears run` does, and returns its results and errors, one in a line.
fn run(connection: &mut redis::Connection, script: &str) -> String {
    let (results, errors): (Vec<redis::Value>, Vec<redis::Value>) = redis::cmd("RG.PYEXECUTE")
        .arg(script)
        .query(connection)
        .unwrap();
    let lines = results.iter().chain(&errors).map(|value| match value {
        redis::Value::Int(number) => format!("{number}\n"),
        value => format!(
            "{}\n",
            redis::from_redis_value::<String>(value.clone()).unwrap()
        ),
    });
    lines.collect()
}

#[test]
fn python_that_shows_results_has_them() {
    let blocks = blocks();
    let mut server: Option<(String, embedded::Server, redis::Connection)> = None;
    for (block, next) in blocks.iter().zip(&blocks[1..]) {
        if block.says != "python,run" {
            continue;
        }
        if server.as_ref().is_none_or(|(page, ..)| *page != block.page) {
            let started = embedded::Server::start().unwrap();
            let client = redis::Client::open(started.url()).unwrap();
            let connection = client.get_connection().unwrap();
            server = Some((block.page.clone(), started, connection));
        }
        let (_, _, connection) = server.as_mut().unwrap();
        assert_eq!(next.says, "text", "{}: no result follows", block.place());
        assert_eq!(run(connection, &block.text), next.text, "{}", block.place());
    }
}

#[test]
fn commands_of_gears_are_there() {
    let reference = fs::read_to_string(root().join("pages/cli.md")).unwrap();
    let has = |command: &str| reference.contains(&format!("### `gears {command}`"));
    for block in blocks().iter().filter(|block| block.says == "sh") {
        for line in block.text.lines() {
            let mut words = line.split_whitespace().skip_while(|word| *word == "|");
            if words.next() != Some("gears") {
                continue;
            }
            let Some(command) = words.next().filter(|word| !word.starts_with('-')) else {
                continue;
            };
            assert!(has(command), "{}: gears {command}", block.place());
        }
    }
    for (page, text) in pages() {
        for rest in text.split("`gears ").skip(1) {
            let command = rest.split(|char: char| !char.is_ascii_lowercase()).next();
            let command = command.filter(|word| !word.is_empty() && !rest.starts_with("event="));
            assert!(command.is_none_or(has), "{page}: gears {command:?}");
        }
    }
}

#[test]
fn every_script_of_lua_is_shown_and_tried() {
    let page = fs::read_to_string(root().join("pages/lua.md")).unwrap();
    let folder = root().join("tests/lua");
    let tests: String = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    for entry in fs::read_dir(root().join("lua")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            page.contains(&format!("{{{{#include ../lua/{name}}}}}")),
            "{name} is not shown"
        );
        assert!(
            tests.contains(&format!("lua/{name}\")")),
            "{name} is not tried"
        );
    }
}

#[test]
fn the_message_of_the_compiler_is_the_recorded_one() {
    let recorded = root().join("../ui-tests/tests/ui/names/first_gear.rs");
    let source = fs::read_to_string(&recorded).unwrap();
    let message = fs::read_to_string(recorded.with_extension("stderr")).unwrap();
    let message = message.replace("$DIR/tests/ui/names/first_gear.rs", "src/main.rs");
    let blocks = blocks();
    let (code, text) = blocks
        .iter()
        .zip(&blocks[1..])
        .find(|(code, _)| code.page == "first-gear.md" && code.says == "rust,compile_fail")
        .unwrap();
    let code: Vec<_> = code
        .text
        .lines()
        .filter(|line| !line.starts_with("# "))
        .collect();
    assert!(source.contains(&code.join("\n")), "{code:?}");
    assert!(message.starts_with(&text.text), "{message}");
}
