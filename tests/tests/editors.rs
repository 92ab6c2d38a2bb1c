//! What `editors/` holds fits what it is for.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use streaming_iterator::StreamingIterator as _;
use tree_sitter::{Language, Parser, Query, QueryCursor};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Returns the Python that a query finds in Rust.
fn injected(query: &str, rust: &str) -> Vec<String> {
    let language = Language::new(tree_sitter_rust::LANGUAGE);
    let query = Query::new(&language, query).unwrap();
    let content = query.capture_index_for_name("injection.content").unwrap();
    let mut parser = Parser::new();
    parser.set_language(&language).unwrap();
    let tree = parser.parse(rust, None).unwrap();
    assert!(!tree.root_node().has_error(), "{rust}");
    let mut found = BTreeSet::new();
    let mut cursor = QueryCursor::new();
    let mut matches = cursor.matches(&query, tree.root_node(), rust.as_bytes());
    while let Some(matched) = matches.next() {
        let set = query.property_settings(matched.pattern_index);
        assert_eq!(&*set[0].key, "injection.language");
        assert_eq!(set[0].value.as_deref(), Some("python"));
        for node in matched.nodes_for_capture_index(content) {
            found.insert((node.start_byte(), node.end_byte()));
        }
    }
    found
        .into_iter()
        .map(|(start, end)| rust[start..end].trim().to_owned())
        .collect()
}

const QUERIES: [&str; 3] = [
    "editors/nvim/after/queries/rust/injections.scm",
    "editors/helix/injections.scm",
    "editors/zed/injections.scm",
];

const RUST: &str = r###"
use gears_runtime::{gear_command, py};

/// A doc comment.
#[gear_command]
fn plain() -> Result<()> { r#"raw body"# }

#[gears_runtime::gear_command(requirements = ["requests"], timeout_ms = 5)]
#[allow(unused)]
// A comment.
pub async fn with_more(a: &str) -> Result<Vec<u8>> {
    r##"
    several
    lines
    "##
}

mod inner {
    #[cfg(unix)]
    #[gear_on_keys(prefix = "person:", on_registered = "log('registered')")]
    fn on_keys(record: Record) { "of keys" }

    #[gear_on_stream(batch = 5)]
    fn on_stream(record: Record) { "of streams" }

    #[gear_function(lib = "shop", flags(no_writes))]
    fn of_the_server(#[key] key: &str) -> Result<()> { "of the server's functions" }
}

#[gear_fn]
fn step(n: i64) -> i64 { "a step" }

#[test]
fn other() { r#"not Python"# }

fn builder() {
    let one = py!("lambda record: 1");
    let two = gears_runtime::py!(r#"lambda record: name"#, name = "not Python");
    let three = py!(allow = ["unused-parameter"], "lambda record: 3", name = "not Python");
    let four = py!(allow = ["bare-except"], python = "3.12", r"lambda record: 4");
    println!("not Python");
    #[gear_command]
    fn nested() -> Result<()> { "nested" }
}

#[gear_command(file = "gears/not_here.py")]
fn from_file() -> Result<()> {}

fn after() -> &'static str { "not Python" }
"###;

#[test]
fn queries_find_the_python_and_nothing_else() {
    for path in QUERIES {
        let found = injected(&read(path), RUST);
        assert_eq!(
            found,
            [
                "raw body",
                "several\n    lines",
                "log('registered')",
                "of keys",
                "of streams",
                "of the server's functions",
                "a step",
                "lambda record: 1",
                "lambda record: name",
                "lambda record: 3",
                "lambda record: 4",
                "nested",
            ],
            "{path}"
        );
    }
}

#[test]
fn queries_find_the_gears_of_the_examples() {
    let rust = read("examples/examples/errors.rs");
    let python = ["#[gear_command", "py!("].map(|start| rust.matches(start).count());
    for path in QUERIES {
        let found = injected(&read(path), &rust).len();
        assert_eq!(found, python.iter().sum::<usize>(), "{path}");
    }
}

/// Names the Python of set-up, with the redis-py that the engine brings.
fn python() -> PathBuf {
    match std::env::var_os("GEARS_PYTHON").filter(|value| !value.is_empty()) {
        Some(python) => python.into(),
        None => root().join("target/gears/python/bin/python3"),
    }
}

fn run(script: &[&str]) -> String {
    let python = python();
    let ended = Command::new(&python)
        .args(script)
        .current_dir(root().join("editors/python"))
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask setup`", python.display()));
    let errors = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{errors}");
    String::from_utf8(ended.stdout).unwrap()
}

#[test]
fn stub_is_up_to_date() {
    let made = run(&["-B", "generate.py", "--print"]);
    assert!(
        made == read("editors/python/gears.pyi"),
        "editors/python/gears.pyi is out of date: run `cargo xtask stub`"
    );
}

#[test]
fn stub_has_every_name_that_functions_find() {
    let names = run(&[
        "-c",
        "import ast\n\
         for file in ('gears', 'redisgears', 'rg', '__builtins__'):\n    \
             ast.parse(open(file + '.pyi').read())\n\
         names = {}\n\
         exec(open('gears.pyi').read().split('__all__ = ')[1].join(['names = ', '']))\n\
         print('\\n'.join(names))",
    ]);
    let stub: BTreeSet<&str> = names.lines().collect();
    // What a function finds on a server, and no script before it defined.
    let server = gears_tests::TestServer::private();
    let mut client = server.client();
    let found = client.ask(&[
        b"RG.PYEXECUTE",
        b"GB('ShardsIDReader').map(lambda x: ' '.join(sorted(globals()))).run()",
    ]);
    let found: BTreeSet<&str> = found
        .split(|char: char| !(char.is_alphanumeric() || char == '_'))
        .filter(|name| !name.starts_with('_') && !name.is_empty())
        .collect();
    assert!(
        found.contains("execute") && found.contains("hashtag3"),
        "{found:?}"
    );
    let missing: Vec<_> = found.difference(&stub).collect();
    assert!(missing.is_empty(), "not in the stub: {missing:?}");
    let unknown: Vec<_> = stub.difference(&found).collect();
    assert!(unknown.is_empty(), "not on the server: {unknown:?}");
}
