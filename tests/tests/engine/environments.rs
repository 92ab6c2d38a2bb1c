//! Versions of packages that scripts ask for.

use gears_runtime::embedded::Server;
use gears_tests::{Client, LONG_DEADLINE, TestServer, ask, until_within, wheel};
use tempfile::TempDir;

fn with_wheels(folder: &TempDir) -> TestServer {
    for version in ["1.0", "2.0"] {
        let source = format!("VERSION = '{version}'\n");
        wheel(folder.path(), "gears_pinned", version, &source);
    }
    let places = format!(" --no-index --find-links {}", folder.path().display());
    TestServer::of(
        Server::builder()
            .engine_args(["PipArguments", &places])
            .env("PIP_CONFIG_FILE", "/dev/null"),
    )
}

const RUN: &str =
    "import gears_pinned\nGB('ShardsIDReader').map(lambda r: gears_pinned.VERSION).run()";

const ONE: &str = "gears_pinned==1.0";
const TWO: &str = "gears-pinned==2.0";

fn server(folder: &TempDir) -> (TestServer, Client) {
    let server = with_wheels(folder);
    let client = server.client();
    client.wait_at_most(LONG_DEADLINE);
    (server, client)
}

fn run(client: &mut Client, script: &str, requirement: &str) -> String {
    ask!(client, "RG.PYEXECUTE", script, "REQUIREMENTS", requirement)
}

fn assert_refused(reply: &str) {
    assert!(reply.starts_with("-Could not satisfy"), "{reply}");
    assert!(
        reply.contains("==2.0") && reply.contains("1.0 already"),
        "{reply}"
    );
}

#[test]
fn other_version_than_the_one_in_use_is_refused() {
    let folder = TempDir::new().unwrap();
    let (_server, mut client) = server(&folder);
    // It is promised to a function, which has not imported it yet.
    let script = "GB('CommandReader').map(lambda r: 1).register(trigger='needs')";
    assert_eq!(run(&mut client, script, ONE), "+OK");
    assert_refused(&run(&mut client, RUN, TWO));
    // Names are compared as pip does, and what fits is left alone.
    for fits in ["Gears.Pinned == 1.0", "gears_pinned", "gears_pinned<2"] {
        let reply = run(&mut client, RUN, fits);
        assert_eq!(reply, r#"[[$"1.0"], []]"#, "{fits}");
    }
}

#[test]
fn imported_version_stays_when_its_session_is_gone() {
    let folder = TempDir::new().unwrap();
    let (_server, mut client) = server(&folder);
    assert_eq!(run(&mut client, RUN, ONE), r#"[[$"1.0"], []]"#);
    assert_refused(&run(&mut client, RUN, TWO));
    assert_eq!(client.execute("import gears_pinned"), "+OK");
}

#[test]
fn version_that_nobody_needs_any_more_gives_way() {
    let folder = TempDir::new().unwrap();
    let (_server, mut client) = server(&folder);
    let script = "GB('CommandReader').map(lambda r: 1).register(trigger='needs')";
    assert_eq!(run(&mut client, script, ONE), "+OK");
    assert_refused(&run(&mut client, RUN, TWO));
    let id = client.id("needs").unwrap();
    assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
    // Its session may live for a moment, as executions hold it.
    let reply = until_within(LONG_DEADLINE, "the other version", || {
        let reply = run(&mut client, RUN, TWO);
        (!reply.starts_with('-')).then_some(reply)
    });
    assert_eq!(reply, r#"[[$"2.0"], []]"#);
    let children = "import os\nGB('ShardsIDReader').map(lambda r: os.environ['PYTHONPATH']).run()";
    let path = run(&mut client, children, "gears_pinned");
    assert!(path.contains("2.0") && !path.contains("1.0_"), "{path}");
}

#[test]
fn version_of_a_script_that_failed_or_ended_without_it_gives_way() {
    let folder = TempDir::new().unwrap();
    for (script, answer) in [("x = 1", "+OK"), ("raise ValueError('no')", "-")] {
        let (_server, mut client) = server(&folder);
        assert!(run(&mut client, script, ONE).starts_with(answer));
        assert_eq!(run(&mut client, RUN, TWO), r#"[[$"2.0"], []]"#);
    }
}

#[test]
fn installation_that_failed_claims_nothing() {
    let folder = TempDir::new().unwrap();
    let (_server, mut client) = server(&folder);
    // The environment of the first is there; of the others one cannot be had.
    assert_eq!(run(&mut client, "x = 1", ONE), "+OK");
    let words = ["RG.PYEXECUTE", RUN, "REQUIREMENTS", ONE, "gears-no-such"];
    let reply = ask!(client, words[0], words[1], words[2], words[3], words[4]);
    assert!(reply.contains("gears-no-such"), "{reply}");
    assert_eq!(run(&mut client, RUN, TWO), r#"[[$"2.0"], []]"#);
}

#[test]
fn packages_without_a_session_stay_importable() {
    let folder = TempDir::new().unwrap();
    let (_server, mut client) = server(&folder);
    assert_eq!(run(&mut client, "x = 1", ONE), "+OK");
    assert_eq!(client.execute(RUN), r#"[[$"1.0"], []]"#);
}

#[test]
fn other_version_than_the_one_that_the_engine_or_a_script_imported_is_refused() {
    let folder = TempDir::new().unwrap();
    for name in ["cloudpickle", "redis"] {
        wheel(folder.path(), name, "0.0.1", "VERSION = 'pinned'\n");
    }
    let (_server, mut client) = server(&folder);
    let version = |client: &mut Client, name: &str| {
        client.execute(&format!(
            "import importlib.metadata\n\
             GB('ShardsIDReader').map(lambda r: importlib.metadata.version('{name}')).run()"
        ))
    };
    // The engine itself imported the one; nobody has yet imported the other.
    assert_eq!(client.execute("import redis"), "+OK");
    for name in ["cloudpickle", "redis"] {
        let there = version(&mut client, name);
        let there = there.split('"').nth(1).unwrap().to_owned();
        let reply = run(&mut client, "x = 1", &format!("{name}==0.0.1"));
        assert!(reply.starts_with("-Could not satisfy"), "{reply}");
        assert!(
            reply.contains("0.0.1") && reply.contains(&format!("{name} {there} already")),
            "{reply}"
        );
    }
}

#[test]
fn pin_wins_over_what_python_brings_and_nobody_imported() {
    let folder = TempDir::new().unwrap();
    wheel(folder.path(), "redis", "0.0.1", "VERSION = 'pinned'\n");
    let (_server, mut client) = server(&folder);
    let script = "import redis\nGB('ShardsIDReader').map(lambda r: redis.VERSION).run()";
    let reply = run(&mut client, script, "redis==0.0.1");
    assert_eq!(reply, r#"[[$"pinned"], []]"#);
}

#[test]
fn package_whose_module_came_from_elsewhere_is_refused() {
    let folder = TempDir::new().unwrap();
    let (_server, mut client) = server(&folder);
    let place = TempDir::new().unwrap();
    let module = place.path().join("gears_pinned.py");
    let import = format!(
        "import sys\nsys.path.insert(0, '{}')\nimport gears_pinned\nsys.path.pop(0)",
        place.path().display()
    );
    std::fs::write(&module, "VERSION = 'own'\n").unwrap();
    assert_eq!(client.execute(&import), "+OK");
    let reply = run(&mut client, RUN, ONE);
    assert!(
        reply.contains("gears-pinned 1.0") && reply.contains(module.to_str().unwrap()),
        "{reply}"
    );
    // The very same file is no other version.
    std::fs::write(&module, "VERSION = '2.0'\n").unwrap();
    let again = import.replace(
        "import gears_pinned",
        "del sys.modules['gears_pinned']\nimport gears_pinned",
    );
    assert_eq!(client.execute(&again), "+OK");
    assert_eq!(run(&mut client, RUN, TWO), r#"[[$"2.0"], []]"#);
}

#[test]
fn contradicting_versions_are_refused_in_the_words_of_pip() {
    let folder = TempDir::new().unwrap();
    let server = with_wheels(&folder);
    let mut client = server.client();
    client.wait_at_most(LONG_DEADLINE);
    let pins = ["gears_pinned==1.0", "gears_pinned==2.0"];
    let reply = ask!(
        client,
        "RG.PYEXECUTE",
        RUN,
        "REQUIREMENTS",
        pins[0],
        pins[1]
    );
    assert!(
        reply.starts_with('-') && reply.contains("conflict"),
        "{reply}"
    );
    // Nothing of it is in use.
    let reply = ask!(client, "RG.PYEXECUTE", RUN, "REQUIREMENTS", pins[1]);
    assert_eq!(reply, r#"[[$"2.0"], []]"#);
}

#[test]
fn processes_that_a_script_starts_see_its_packages() {
    let folder = TempDir::new().unwrap();
    let server = with_wheels(&folder);
    let mut client = server.client();
    client.wait_at_most(LONG_DEADLINE);
    let script = "import subprocess, sys\n\
                  code = 'import gears_pinned; print(gears_pinned.VERSION)'\n\
                  out = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)\n\
                  GB('ShardsIDReader').map(lambda r: out.stdout.strip()).run()";
    let reply = ask!(
        client,
        "RG.PYEXECUTE",
        script,
        "REQUIREMENTS",
        "gears_pinned==1.0"
    );
    assert_eq!(reply, r#"[[$"1.0"], []]"#);
}
