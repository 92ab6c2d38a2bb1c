//! Packages with native code: numpy, whose wheel set-up keeps.

use std::fs;
use std::path::{Path, PathBuf};

use gears_runtime::embedded::Server;
use gears_tests::{Client, LONG_DEADLINE, TestServer, ask, until_within};

/// Uses what numpy has in C and Fortran, and memory of its own.
const COMPUTE: &str = "\
import numpy
def compute(record):
    n = int(record[1])
    matrix = numpy.arange(n * n, dtype=numpy.float64).reshape(n, n)
    product = matrix @ numpy.eye(n)
    assert (product == matrix).all()
    solved = numpy.linalg.solve(matrix + numpy.eye(n) * n * n, numpy.ones(n))
    assert solved.shape == (n,)
    return int(product.sum())
";

/// The wheel that set-up keeps beside the environment of the engine's Python.
fn wheel(client: &mut Client) -> PathBuf {
    let info = client.value(&[b"INFO", b"rg_engine"]);
    let redis::Value::BulkString(info) = info else {
        panic!("{info:?}");
    };
    let info = String::from_utf8(info).unwrap();
    let python = info
        .lines()
        .find_map(|line| line.split_once("python_executable:"))
        .unwrap()
        .1
        .trim();
    let folder = Path::new(python).ancestors().nth(3).unwrap().join("wheels");
    fs::read_dir(&folder)
        .unwrap_or_else(|error| {
            panic!(
                "run `cargo xtask setup`, there is no {}: {error}",
                folder.display()
            )
        })
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|kind| kind == "whl"))
        .expect("a wheel of numpy; run `cargo xtask setup`")
}

/// Starts a server whose pip has no network, and which has `DEBUG` where that is asked for.
fn offline() -> TestServer {
    let builder = || {
        Server::builder()
            .env("PIP_NO_INDEX", "1")
            .env("PIP_CONFIG_FILE", "/dev/null")
    };
    let debug = ["--enable-debug-command", "yes"];
    match builder().server_args(debug).start() {
        Ok(server) => {
            drop(server);
            TestServer::of(builder().server_args(debug))
        }
        Err(_) => TestServer::of(builder()),
    }
}

fn assert_computes(client: &mut Client, when: &str) {
    for trigger in ["sync", "local"] {
        let reply = until_within(LONG_DEADLINE, "function that runs", || {
            let reply = client.trigger(trigger, &[b"40"]);
            (!reply.contains("are being installed")).then_some(reply)
        });
        assert_eq!(reply, r#"[$"1279200"]"#, "{trigger} {when}");
    }
    assert_eq!(ask!(client, "PING"), "+PONG", "{when}");
}

#[test]
fn numpy_computes_and_outlives_a_reload_and_a_restart() {
    let mut server = offline();
    let mut client = server.client();
    client.wait_at_most(LONG_DEADLINE);
    let wheel = wheel(&mut client);
    let before = client.execute("import numpy");
    assert!(before.contains("ModuleNotFoundError"), "{before}");
    let script = format!(
        "{COMPUTE}\
         GB('CommandReader').map(compute).register(trigger='sync', mode='sync')\n\
         GB('CommandReader').map(compute).register(trigger='local', mode='async_local')"
    );
    let reply = ask!(
        client,
        "RG.PYEXECUTE",
        script,
        "REQUIREMENTS",
        wheel.to_str().unwrap()
    );
    assert_eq!(reply, "+OK");
    assert_computes(&mut client, "at first");

    // Numbers of numpy as results, and arrays, which have no form on the wire.
    for (expression, expected) in [
        ("numpy.int64(7)", r#"[[$"7"], []]"#),
        ("numpy.arange(3)", r#"[[$"[0 1 2]"], []]"#),
        ("numpy.arange(3).tolist()", r#"[[$"[0, 1, 2]"], []]"#),
    ] {
        let run = format!("import numpy\nGB('ShardsIDReader').map(lambda r: {expression}).run()");
        assert_eq!(client.execute(&run), expected);
    }
    for _ in 0..2 {
        assert_eq!(ask!(client, "DEBUG", "RELOAD"), "+OK");
        assert_computes(&mut client, "after a reload");
    }
    assert_eq!(ask!(client, "SAVE"), "+OK");
    server.private_mut().kill();
    server.private_mut().restart().unwrap();
    let mut client = server.client();
    client.wait_at_most(LONG_DEADLINE);
    assert_computes(&mut client, "after a restart");
}

#[test]
fn numpy_that_computes_for_long_lets_others_in_and_ends() {
    let server = offline();
    let mut client = server.client();
    client.wait_at_most(LONG_DEADLINE);
    let wheel = wheel(&mut client);
    let script = "\
import numpy
def forever(record):
    matrix = numpy.ones((64, 64))
    while True:
        try: matrix = numpy.sqrt(matrix @ matrix)
        except: pass
GB('CommandReader').map(forever).register(trigger='forever', mode='async_local', timeout_ms=500)
GB('CommandReader').map(forever).register(trigger='sync', mode='sync', timeout_ms=500)";
    let reply = ask!(
        client,
        "RG.PYEXECUTE",
        script,
        "REQUIREMENTS",
        wheel.to_str().unwrap()
    );
    assert_eq!(reply, "+OK");
    for trigger in ["forever", "sync"] {
        let reply = client.trigger(trigger, &[]);
        assert!(reply.contains("forcestopped"), "{trigger}: {reply}");
        assert_eq!(ask!(client, "PING"), "+PONG");
    }
}
