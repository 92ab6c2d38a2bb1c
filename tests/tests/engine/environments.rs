//! Versions of packages that scripts ask for.

use std::time::Duration;

use gears_runtime::embedded::Server;
use gears_tests::{TestServer, ask, wheel};
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

#[test]
fn other_version_than_the_one_in_use_is_refused() {
    let folder = TempDir::new().unwrap();
    let server = with_wheels(&folder);
    let mut client = server.client();
    client.wait_at_most(Duration::from_secs(60));
    // It is promised to the first, who has not imported it yet.
    let reply = ask!(
        client,
        "RG.PYEXECUTE",
        "x = 1",
        "REQUIREMENTS",
        "gears_pinned==1.0"
    );
    assert_eq!(reply, "+OK");
    let reply = ask!(
        client,
        "RG.PYEXECUTE",
        RUN,
        "REQUIREMENTS",
        "gears-pinned==2.0"
    );
    assert!(reply.starts_with("-Could not satisfy"), "{reply}");
    assert!(
        reply.contains("==2.0") && reply.contains("1.0 already"),
        "{reply}"
    );
    // Names are compared as pip does, and what fits is left alone.
    for fits in ["Gears.Pinned == 1.0", "gears_pinned", "gears_pinned<2"] {
        let reply = ask!(client, "RG.PYEXECUTE", RUN, "REQUIREMENTS", fits);
        assert_eq!(reply, r#"[[$"1.0"], []]"#, "{fits}");
    }
}

#[test]
fn contradicting_versions_are_refused_in_the_words_of_pip() {
    let folder = TempDir::new().unwrap();
    let server = with_wheels(&folder);
    let mut client = server.client();
    client.wait_at_most(Duration::from_secs(60));
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
    client.wait_at_most(Duration::from_secs(60));
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
