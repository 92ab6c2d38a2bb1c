//! `gears run`.

use gears_tests::{TestServer, wheel};
use serde_json::json;

use crate::tool::Tool;

#[test]
fn results_are_printed_as_they_are() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let script = tool.file(
        "three.py",
        "GB('PythonReader').run(lambda: (x for x in [b'+plain\\xff', 7, [1, 'two']]), convertToStr=False)",
    );
    let output = tool
        .command(["run".as_ref(), script.as_os_str()])
        .output()
        .unwrap();
    let mut lines: Vec<&[u8]> = output.stdout.split(|byte| *byte == b'\n').collect();
    lines.sort();
    assert_eq!(
        lines,
        [b"".as_slice(), b"+plain\xff", b"7", b"[1,\"two\"]"],
        "{output:?}"
    );
    let json = tool.call(["run", "three.py", "--json"]).json();
    let mut results: Vec<String> = json["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    results.sort();
    assert_eq!(
        results,
        ["7", "[1,\"two\"]", "{\"base64\":\"K3BsYWlu/w==\"}"]
    );
    assert_eq!(json["errors"], json!([]));
}

#[test]
fn script_that_runs_nothing_prints_nothing() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    assert_eq!(tool.run("execute('SET', 'x', '1')"), "");
    assert_eq!(
        tool.feed(["run", "-", "--json"], "1").json(),
        json!({ "results": [], "errors": [] })
    );
    assert_eq!(tool.run(""), "");
}

#[test]
fn nothing_stays_on_the_server() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.run("GB('ShardsIDReader').run()");
    assert_eq!(tool.call(["executions", "--json"]).json(), json!([]));
}

#[test]
fn errors_are_tracebacks_and_a_code() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    // Of the script itself.
    tool.feed(["run", "-"], "def f():\n    1/0\nf()\n")
        .bad(1, &["Traceback", "line 2, in f", "ZeroDivisionError"]);
    tool.feed(["run", "-"], "def (").bad(1, &["SyntaxError"]);
    // Of a record; the other results are printed.
    let outcome = tool.feed(
        ["run", "-"],
        "GB('PythonReader').map(lambda x: 1 / x).run(lambda: (x for x in [0]))",
    );
    outcome.bad(1, &["ZeroDivisionError"]);
    let outcome = tool.feed(
        ["run", "-", "--json"],
        "GB('PythonReader').map(lambda x: 1 / x).run(lambda: (x for x in [0]))",
    );
    assert_eq!(outcome.code, Some(1));
    let json: serde_json::Value = serde_json::from_str(&outcome.out).unwrap();
    assert_eq!(json["errors"][0]["exception"], "ZeroDivisionError");
    assert_eq!(json["errors"][0]["frames"][0]["line"], 1);
}

#[test]
fn tracebacks_name_the_script() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.file("a.py", "def f():\n    1/0\nf()\n");
    tool.call(["run", "a.py"])
        .bad(1, &["File \"a.py\", line 2, in f"]);
    tool.file("b.py", "def (");
    tool.call(["run", "b.py"]).bad(1, &["(b.py, line 1)"]);
    tool.feed(["run", "-"], "1/0")
        .bad(1, &["File \"<stdin>\", line 1"]);
    let record = "\nGB('PythonReader').map(lambda x: 1 / x).run(lambda: (x for x in [0]))";
    tool.file("c.py", record);
    tool.call(["run", "c.py"])
        .bad(1, &["File \"c.py\", line 2, in <lambda>"]);
    let outcome = tool.call(["run", "c.py", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&outcome.out).unwrap();
    assert_eq!(json["errors"][0]["frames"][0]["file"], "c.py");
}

#[test]
fn files_that_are_no_scripts_are_refused() {
    let tool = Tool::nowhere();
    tool.call(["run", "none.py"])
        .bad(2, &["none.py", "No such file"]);
    tool.call(["run", "."]).bad(2, &["directory"]);
    tool.file("binary.pyc", b"\xa7\r\r\n\0\0\xff");
    tool.call(["run", "binary.pyc"])
        .bad(2, &["binary.pyc is no Python", "UTF-8"]);
    tool.feed(["run", "-"], b"a\0b")
        .bad(2, &["the standard input is no Python"]);
    tool.file("huge.py", vec![b'#'; (64 << 20) + 1]);
    tool.call(["run", "huge.py"]).bad(2, &["64 MiB"]);
}

#[test]
fn unblocking_run_can_be_followed() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let id = tool
        .feed(["run", "-", "--unblocking"], "GB('ShardsIDReader').run()")
        .good();
    let id = id.trim();
    assert_eq!(tool.call(["results", id, "--wait"]).good(), "1\n");
    assert_eq!(tool.call(["results", id, "--drop"]).good(), "1\n");
    tool.call(["results", id])
        .bad(4, &["there is no execution", "gears executions"]);
    let json = tool.feed(
        ["run", "-", "--unblocking", "--json"],
        "GB('ShardsIDReader').run()",
    );
    assert!(json.json()["execution"].as_str().unwrap().contains('-'));
}

#[test]
fn sessions_are_named_and_replaced() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let script = "GB('CommandReader').map(lambda x: 'one').register(trigger='t')";
    tool.feed(["run", "-", "--id", "s1", "--description", "first"], script)
        .good();
    tool.feed(["run", "-", "--id", "s1"], script)
        .bad(4, &["s1"]);
    let newer = script.replace("one", "two");
    tool.feed(["run", "-", "--id", "s1", "--upgrade"], &newer)
        .good();
    assert_eq!(tool.call(["trigger", "t"]).good(), "two\n");
    tool.feed(["run", "-", "--id", "s2", "--replace-with", "s1"], script)
        .good();
    assert_eq!(tool.call(["trigger", "t"]).good(), "one\n");
    let sessions = tool.call(["sessions", "--json"]).json();
    assert_eq!(sessions[0]["id"], "s2");
    assert_eq!(sessions.as_array().unwrap().len(), 1);
    tool.call(["sessions", "s9"]).bad(4, &["s9"]);
}

#[test]
fn requirements_come_from_options_and_files() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let first = wheel(tool.folder(), "gearsone", "1.0", "x = 'one'\n");
    let second = wheel(tool.folder(), "gearstwo", "1.0", "x = 'two'\n");
    tool.file("reqs.txt", format!("# ours\n{}\n", second.display()));
    let script = "import gearsone, gearstwo\nGB('ShardsIDReader').map(lambda _: gearsone.x + gearstwo.x).run()";
    let words = [
        "run",
        "-",
        "-r",
        first.to_str().unwrap(),
        "--requirements-file",
        "reqs.txt",
    ];
    assert_eq!(tool.feed(words, script).good(), "onetwo\n");
    tool.feed(["run", "-", "-r", "/no/such/package.whl"], script)
        .bad(
            1,
            &["requirements [\"/no/such/package.whl\"] could not be installed"],
        );
    tool.feed(["run", "-", "--requirements-file", "no.txt"], script)
        .bad(2, &["no.txt"]);
}

#[test]
fn run_that_takes_too_long_is_aborted() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let script = "import time\nGB('ShardsIDReader').foreach(lambda _: [time.sleep(0.01) for _ in range(100000)]).run()";
    tool.feed(["run", "-", "--timeout", "0.3"], script)
        .bad(1, &["too long", "aborted"]);
    assert_eq!(
        tool.call(["executions", "--running", "--json"]).json(),
        json!([])
    );
    tool.feed(["run", "-", "--timeout", "0"], script)
        .bad(2, &["timeout"]);
}

#[test]
fn pickles_of_redgrease_are_read() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let pickling = |values: &str| {
        format!(
            "import pickle, decimal\n\
             GB('PythonReader').map(lambda x: pickle.dumps(x, protocol=4)).run(lambda: (x for x in {values}), convertToStr=False)"
        )
    };
    let mut lines: Vec<String> = tool
        .run(&pickling("['text', {'a': (1, None)}, 2.5, b'raw']"))
        .lines()
        .map(str::to_owned)
        .collect();
    lines.sort();
    assert_eq!(lines, ["2.5", "raw", "text", "{\"a\":[1,null]}"]);
    let json = tool.feed(["run", "-", "--json"], pickling("[{1: {2}}]"));
    assert_eq!(json.json()["results"], json!([{ "1": [2] }]));

    let class = tool.feed(["run", "-"], pickling("[decimal.Decimal(1)]"));
    assert_eq!(class.code, Some(1), "{class:?}");
    assert!(class.err.contains("decimal.Decimal"), "{class:?}");

    // Bytes that are no pickle stay what they are.
    let raw = "GB('ShardsIDReader').map(lambda _: b'\\x80\\x04\\xffraw.').run(convertToStr=False)";
    let json = tool.feed(["run", "-", "--json"], raw).json();
    assert_eq!(json["results"], json!([{ "base64": "gAT/cmF3Lg==" }]));
}
