//! `gears doctor`.

mod engine;

use std::{net::TcpListener, os::unix::fs::symlink, path::Path};

use gears_runtime::embedded::{Builder, Server};
use gears_tests::{BarePython, ClusterPlan, TestCluster, TestServer, ask, until};
use serde_json::Value as Json;

use crate::tool::Tool;

/// What the doctor says, for a test.
#[derive(Debug)]
struct Said {
    code: Option<i32>,
    lines: Vec<Json>,
}

fn examine(tool: &Tool, words: &[&str]) -> Said {
    let mut all = vec!["doctor", "--json", "--pings", "5"];
    all.extend(words);
    let outcome = tool.call(all);
    let told: Json = serde_json::from_str(&outcome.out).unwrap_or_else(|_| panic!("{outcome:?}"));
    Said {
        code: outcome.code,
        lines: told["lines"].as_array().unwrap().clone(),
    }
}

impl Said {
    /// Checks that there is such a line, with what to do where it is needed.
    #[track_caller]
    fn says(&self, verdict: &str, subject: &str, words: &[&str]) -> &Self {
        let found = self.lines.iter().any(|line| {
            let text = line.to_string();
            line["verdict"] == verdict
                && line["subject"] == subject
                && words.iter().all(|word| text.contains(word))
                && line["advice"].is_string() == (verdict != "ok")
        });
        assert!(
            found,
            "no {verdict} of {subject} with {words:?} in {self:#?}"
        );
        self
    }

    #[track_caller]
    fn ends(&self, code: i32) {
        assert_eq!(self.code, Some(code), "{self:#?}");
    }
}

/// Makes a server whose pip never looks at the network.
fn offline() -> Builder {
    Server::builder().env("PIP_NO_INDEX", "1")
}

#[test]
fn healthy_server_gets_a_line_for_each_part() {
    let folder = tempfile::tempdir().unwrap();
    let server = TestServer::of(
        offline()
            .data_dir(folder.path())
            .server_args(["--save", "60 1"]),
    );
    let tool = Tool::at(server.url());
    let outcome = tool.call(["doctor", "--pings", "20"]);
    // How long a round trip takes is the machine's doing.
    let is_slow = outcome.out.contains("warn  latency ");
    assert!(is_slow || outcome.err == "all is well\n", "{outcome:?}");
    let out = outcome.good();
    for part in [
        "ok    server        Redis ",
        "ok    rights        default may call, register and operate",
        "ok    module        gears-engine ",
        "ok    Python        3.",
        "ok    registered    0",
        "ok    packages      pip ",
        "ok    memory ",
        "ok    persistence   dump file",
        " ms a round trip, ",
    ] {
        let found = out.contains(part) || part.contains("Redis") && out.contains("Valkey");
        assert!(found, "no `{part}` in {out}");
    }
    let colourful = tool.call(["doctor", "--no-python", "--color", "always"]);
    assert!(colourful.good().contains("\u{1b}[32mok"));
    tool.call(["doctor", "--pings", "0"]).bad(2, &["--pings"]);
}

#[test]
fn server_that_cannot_be_reached_is_told() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    examine(&Tool::nowhere(), &["-p", &port, "-t", "0.2"])
        .says("fail", "server", &[&port])
        .ends(3);
    drop(listener);
    examine(&Tool::nowhere(), &["-p", &port])
        .says("fail", "server", &["refused", "gears serve"])
        .ends(3);
    Tool::nowhere()
        .call(["doctor", "-u", "http://x"])
        .bad(2, &["redis://"]);
}

#[test]
fn password_that_is_wrong_is_told() {
    let server = Server::builder()
        .server_args(["--requirepass", "s3cret"])
        .start()
        .unwrap();
    let tool = Tool::at(server.url());
    for words in [["-a", "wrong"].as_slice(), &[]] {
        examine(&tool, words)
            .says("fail", "server", &["--pass"])
            .ends(3);
    }
    examine(&tool, &["-a", "s3cret", "--no-python"]).ends(0);
}

#[test]
fn server_without_the_module_is_told() {
    let server = TestServer::of(Server::builder().plain());
    let said = examine(&Tool::at(server.url()), &[]);
    said.says("ok", "server", &[])
        .says("fail", "module", &["without the module", "--loadmodule"])
        .ends(1);
    let mut lines = said.lines.iter();
    assert!(lines.any(|line| line["subject"] == "latency"), "{said:#?}");
}

#[test]
fn rights_that_are_missing_are_told_with_the_rule_that_gives_them() {
    let server = TestServer::of(offline());
    let mut client = server.client();
    for (user, rules) in [
        (
            "caller",
            vec![
                "-@all",
                "+@connection",
                "+@transaction",
                "+info",
                "+rg.trigger",
                "+ping",
            ],
        ),
        ("guest", vec!["+@all", "-rg.trigger", "-rg.pyexecute"]),
        ("author", vec!["+@all", "-rg.configset"]),
        ("blind", vec!["+@all", "-@transaction", "-info", "-config"]),
    ] {
        let mut words = vec!["ACL", "SETUSER", user, "on", "nopass"];
        words.extend(rules);
        let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
        assert_eq!(client.ask(&words), "+OK");
    }
    let tool = Tool::at(server.url());
    let as_user = |user: &str| examine(&tool, &["--user", user, "-a", "x"]);
    let caller = as_user("caller");
    caller
        .says("warn", "rights", &["may call functions", "+rg.pyexecute"])
        .says("warn", "packages", &["`ACL SETUSER caller +rg.pyexecute`"])
        .says("warn", "registered", &["`ACL SETUSER caller +rg.dumpreg"])
        .says(
            "warn",
            "settings",
            &["NOPERM", "`ACL SETUSER caller +config|get`"],
        )
        .ends(0);
    as_user("guest")
        .says(
            "fail",
            "rights",
            &["neither", "`ACL SETUSER guest +rg.trigger +rg.pyexecute`"],
        )
        .ends(1);
    as_user("author")
        .says(
            "warn",
            "rights",
            &["may call and register", "+rg.configset"],
        )
        .ends(0);
    as_user("blind")
        .says("warn", "server", &["`ACL SETUSER blind +info`"])
        .says("warn", "rights", &["+@transaction"])
        .ends(0);
    // Nothing was done to find out.
    assert_eq!(tool.call(["list", "--json"]).json(), serde_json::json!([]));
}

#[test]
fn replica_is_told_and_one_that_lost_its_primary_too() {
    let mut primary = Server::builder().tcp().start().unwrap();
    let port = primary.port().unwrap().to_string();
    let replica = TestServer::of(offline().server_args(["--replicaof", "127.0.0.1", &port]));
    let link = |state: &str| {
        until("link", || {
            let info = replica.client().ask(&[b"INFO", b"replication"]);
            info.contains(&format!("master_link_status:{state}"))
                .then_some(())
        });
    };
    link("up");
    let tool = Tool::at(replica.url());
    examine(&tool, &[])
        .says("warn", "replica", &[&port, "connect to the primary"])
        .ends(0);
    primary.kill();
    link("down");
    examine(&tool, &[])
        .says("fail", "replica", &["lost its primary", &port])
        .ends(1);
}

#[test]
fn cluster_is_compared_shard_by_shard() {
    let login = ["ClusterUser", "link", "ClusterPassword", "pass"];
    let patience = ["ClusterPeerTimeout", "3000"];
    let plan = ClusterPlan::default();
    let mut cluster = plan.engine_args(&login).engine_args(&patience).start();
    let tool = Tool::at(cluster.server(0).url());
    let words = ["--no-python"];
    for place in 0..3 {
        let_shards_in(&cluster, place);
    }
    wait_for_links(&cluster);
    cluster
        .client(0)
        .install("GB('CommandReader').register(trigger='t', mode='async_local')");
    let [first, down] = [0, 1].map(|place| cluster.id(place));
    // The third hears nothing more from the others.
    assert_eq!(ask!(cluster.client(2), "ACL", "DELUSER", "link"), ":1");
    let id = cluster.client(0).id("t").unwrap();
    assert_eq!(ask!(cluster.client(0), "RG.UNREGISTER", id), "+OK");
    examine(&tool, &words)
        .says(
            "fail",
            "shards",
            &[&first, &down, "lacks CommandReader t", "register again"],
        )
        .ends(1);
    let_shards_in(&cluster, 2);
    until("news for the third", || {
        cluster.client(2).triggers().is_empty().then_some(())
    });
    wait_for_links(&cluster);
    examine(&tool, &words)
        .says("ok", "shards", &["3 primaries", "same registered"])
        .ends(0);
    cluster.kill(1);
    examine(&tool, &words)
        .says("fail", "shard", &[&down, "cannot be asked"])
        .ends(1);
}

#[test]
fn failures_of_events_are_counted_on_every_shard() {
    let cluster = TestCluster::start();
    wait_for_links(&cluster);
    let tool = Tool::at(cluster.server(0).url());
    tool.run("GB('KeysReader').foreach(lambda x: 1/0).register('user:*', mode='sync')");
    for place in [1, 2] {
        let key = cluster.key_at(place, "user");
        assert_eq!(ask!(cluster.client(place), "SET", key, "x"), "+OK");
    }
    examine(&tool, &["--no-python"])
        .says(
            "warn",
            "registered",
            &[
                "1 failed last: user:* (2 of 2 runs)",
                "`gears show 'user:*'`",
            ],
        )
        .ends(0);
    let shown = tool.call(["show", "user:*"]).good();
    assert!(shown.contains("ZeroDivisionError"), "{shown}");
}

/// Waits until all shards have links to all others.
fn wait_for_links(cluster: &TestCluster) {
    until("the links", || {
        let is_up = |place| {
            let info = ask!(cluster.client(place), "INFO", "rg_cluster");
            info.matches("link=up").count() == 2
        };
        (0..3).all(is_up).then_some(())
    });
}

/// Makes the user as whom shards log in at a node.
fn let_shards_in(cluster: &TestCluster, place: usize) {
    let mut client = cluster.client(place);
    let (commands, keys) = ("+@all", "~*");
    let made = ask!(
        client, "ACL", "SETUSER", "link", "on", ">pass", keys, commands
    );
    assert_eq!(made, "+OK");
}

/// Returns the Python that servers take here.
fn python() -> String {
    let server = TestServer::private();
    let info = server.client().value(&[b"INFO", b"everything"]);
    let info: String = redis::from_redis_value(info).unwrap();
    let line = info
        .lines()
        .find(|line| line.contains("rg_python_executable:"));
    line.unwrap().split_once(':').unwrap().1.trim().to_owned()
}

#[test]
fn python_that_is_gone_is_told() {
    let python = python();
    let real = Path::new(&python).parent().and_then(Path::parent).unwrap();
    // An environment like that one, which can lose its Python.
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for part in ["pyvenv.cfg", "lib"] {
        symlink(real.join(part), path(part)).unwrap();
    }
    std::fs::create_dir(path("bin")).unwrap();
    symlink(std::fs::canonicalize(&python).unwrap(), path("bin/python3")).unwrap();
    let executable = path("bin/python3").to_str().unwrap().to_owned();
    let server = TestServer::of(offline().engine_args(["PythonExecutable", &executable]));
    let tool = Tool::at(server.url());
    examine(&tool, &[]).says("ok", "packages", &["pip"]).ends(0);
    std::fs::remove_file(&executable).unwrap();
    examine(&tool, &[])
        .says(
            "fail",
            "packages",
            &["pip does not run", &executable, "PythonExecutable"],
        )
        .ends(1);
}

#[test]
fn whether_functions_run_python_is_told() {
    let server = TestServer::of(gears_tests::valkey().env("PIP_NO_INDEX", "1"));
    examine(&Tool::at(server.url()), &[]).says("ok", "functions", &["EVAL run Python (#!python)"]);
    let off = gears_tests::valkey().env("PIP_NO_INDEX", "1");
    let server = TestServer::of(off.engine_args(["ScriptingEngine", "no"]));
    examine(&Tool::at(server.url()), &[]).says("ok", "functions", &["ScriptingEngine yes"]);
    let server = TestServer::of(offline());
    let state = server.client().info("rg_engine", "rg_scripting_engine");
    let told = match state.as_str() {
        "unsupported" => "this server has no API for that",
        _ => "ScriptingEngine yes",
    };
    examine(&Tool::at(server.url()), &[]).says("ok", "functions", &[told]);
}

#[test]
fn packages_that_python_lacks_are_told() {
    let python = BarePython::new();
    let server = python.server();
    examine(&Tool::at(server.url()), &["--no-python"])
        .says(
            "warn",
            "Python",
            &[
                "without the packages redis,cloudpickle: `cmd` works for functions alone",
                "-m pip install redis cloudpickle",
            ],
        )
        .ends(0);
}

#[test]
fn folder_of_packages_that_cannot_be_written_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let below = file.join("python");
    let server =
        TestServer::of(offline().engine_args(["PythonInstallationDir", below.to_str().unwrap()]));
    examine(&Tool::at(server.url()), &[])
        .says(
            "fail",
            "packages",
            &["cannot write", "PythonInstallationDir"],
        )
        .ends(1);
}

#[test]
fn index_that_is_not_there_is_told() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    // A space in front: the server takes an argument that begins with dashes for an option.
    let index = format!(" --index-url=http://127.0.0.1:{port}/simple");
    let server = TestServer::of(
        Server::builder()
            .engine_args(["PipArguments", &index])
            .env("https_proxy", "")
            .env("HTTPS_PROXY", "")
            .env("all_proxy", "")
            .env("ALL_PROXY", ""),
    );
    let tool = Tool::at(server.url());
    let place = format!("127.0.0.1:{port}");
    examine(&tool, &[])
        .says("warn", "packages", &[&place, "refused", "requirements"])
        .ends(0);
    tool.call(["config", "PipInstall=0"]).good();
    examine(&tool, &[])
        .says("ok", "packages", &["switched off"])
        .ends(0);
}

#[test]
fn settings_that_lead_to_trouble_are_told() {
    let server = TestServer::of(offline().server_args(["--timeout", "5"]));
    let mut client = server.client();
    let tool = Tool::at(server.url());
    tool.call(["config", "SyncDeadline=0"]).good();
    assert_eq!(ask!(client, "CONFIG", "SET", "save", ""), "+OK");
    examine(&tool, &["--no-python"])
        .says("warn", "timeout", &["5 s", "timeout 0"])
        .says("warn", "deadline", &["SyncDeadline=5000"])
        .says("warn", "persistence", &["nothing is saved"])
        .says("ok", "memory", &["no maxmemory"])
        .ends(0);
    assert_eq!(ask!(client, "SET", "much", vec![b'x'; 4 << 20]), "+OK");
    assert_eq!(ask!(client, "CONFIG", "SET", "maxmemory", "5mb"), "+OK");
    examine(&tool, &["--no-python"])
        .says(
            "warn",
            "memory",
            &["noeviction", "writes of functions fail soon"],
        )
        .ends(0);
}

#[test]
fn functions_that_fail_and_workers_that_are_busy_are_told() {
    let server = TestServer::of(offline().engine_args(["ExecutionThreads", "1"]));
    let tool = Tool::at(server.url());
    tool.run("GB('CommandReader').foreach(lambda x: 1/0).register(trigger='bad', mode='sync')");
    assert_eq!(tool.call(["trigger", "bad"]).code, Some(1));
    let long = "
import time
GB('ShardsIDReader').foreach(lambda _: [time.sleep(0.01) for _ in range(100000)]).run()
";
    for _ in 0..2 {
        tool.feed(["run", "-", "--unblocking"], long).good();
    }
    examine(&tool, &["--no-python"])
        .says(
            "warn",
            "registered",
            &["1 failed last: bad (1 of 1 run)", "`gears show bad`"],
        )
        .says("warn", "workers", &["all 1 are busy", "ExecutionThreads"])
        .ends(0);
}
