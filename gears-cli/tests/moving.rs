//! The steps of `guide/pages/moving-from-redgrease.md`, and the program that the page ends with.
//!
//! This file is both: called with `PROGRAM` set, it is the program; called by cargo, it goes through the page.

#[path = "../../examples/moving/main.rs"]
mod program;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use gears_runtime::embedded::Server;
use gears_tests::hear_signals;

/// Says that this process is the program of the page.
const PROGRAM: &str = "GEARS_TEST_PROGRAM";

fn main() -> ExitCode {
    if env::var_os(PROGRAM).is_some() {
        return program::main();
    }
    // Lists of tests are empty: it is one, under no name.
    if !env::args().any(|word| word == "--list") {
        page_is_what_happens();
        files_are_those_that_it_shows();
        println!("the page ... ok");
    }
    ExitCode::SUCCESS
}

/// A block of the page: what it is written in, and its text.
struct Block {
    language: String,
    text: String,
}

/// What the steps go through: the project, and its server.
struct Project {
    server: Server,
    folder: tempfile::TempDir,
}

fn page_is_what_happens() {
    let project = Project::new();
    let mut said = String::new();
    for block in blocks() {
        match block.language.as_str() {
            "sh" => said = block.text.lines().map(|line| project.step(line)).collect(),
            "text" => block.text.lines().for_each(|line| {
                assert!(said.contains(line), "no `{line}` in what was said:\n{said}");
            }),
            _ => {}
        }
    }
}

/// The page quotes files; so they are as it says.
fn files_are_those_that_it_shows() {
    let shown = |language: &str, file: &str| {
        let text = fs::read_to_string(root().join("examples/moving").join(file)).unwrap();
        let blocks = blocks().into_iter();
        let mut shown = blocks.filter(|block| block.language == language).peekable();
        assert!(shown.peek().is_some(), "{language}");
        for block in shown {
            assert!(text.contains(&block.text), "{file} has no\n{}", block.text);
        }
    };
    shown("python", "client.py");
    shown("rust", "main.rs");
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&root().join("examples/moving"), folder.path());
        Self {
            server: Server::start().unwrap(),
            folder,
        }
    }

    /// Does what a line of the page does, and returns what it said.
    fn step(&self, line: &str) -> String {
        let (program, words) = line.split_once(' ').unwrap_or((line, ""));
        let words: Vec<&str> = words.split_whitespace().collect();
        match program {
            // It is built and runs already.
            "cargo" => String::new(),
            "gears" if words.first() == Some(&"serve") => String::new(),
            "gears" => self.run(Command::new(env!("CARGO_BIN_EXE_gears")).args(words)),
            "pages" => self.run(
                Command::new(env::current_exe().unwrap())
                    .args(words)
                    .env(PROGRAM, "1"),
            ),
            "redis-cli" => self.ask(&words),
            other => panic!("the page calls {other}"),
        }
    }

    fn run(&self, command: &mut Command) -> String {
        hear_signals(command);
        let output = command
            .current_dir(self.folder.path())
            .env("GEARS_URL", self.server.url())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let said = text(&output.stdout) + &text(&output.stderr);
        // What fails on the page says how to go on.
        assert!(output.status.success() || said.contains("help:"), "{said}");
        said
    }

    fn ask(&self, words: &[&str]) -> String {
        let client = redis::Client::open(self.server.url()).unwrap();
        let mut connection = client.get_connection().unwrap();
        let mut command = redis::cmd(words[0]);
        words[1..].iter().for_each(|word| {
            command.arg(*word);
        });
        format!(
            "{:?}",
            command.query::<redis::Value>(&mut connection).unwrap()
        )
    }
}

fn blocks() -> Vec<Block> {
    let page = fs::read_to_string(root().join("guide/pages/moving-from-redgrease.md")).unwrap();
    let parts: Vec<&str> = page.split("```").collect();
    // Every second part stands within a fence.
    let inside = parts.iter().skip(1).step_by(2);
    inside
        .map(|part| {
            let (fence, text) = part.split_once('\n').unwrap();
            // Behind it stands what else is tried of it.
            let language = fence.split(',').next().unwrap();
            // Lines that readers do not see make the example whole.
            let is_seen = |line: &&str| language != "rust" || !line.starts_with("# ");
            Block {
                language: language.to_owned(),
                text: text.split_inclusive('\n').filter(is_seen).collect(),
            }
        })
        .collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir(&place).unwrap();
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}
