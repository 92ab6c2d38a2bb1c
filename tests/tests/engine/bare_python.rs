//! Pythons that lack what the engine makes use of.

use gears_tests::{BarePython, LONG_DEADLINE, TestServer, ask, wheel};

/// Returns what INFO says that Python lacks.
fn lacks(server: &TestServer) -> String {
    server.client().info("rg_engine", "rg_python_lacks")
}

#[test]
fn what_python_lacks_is_said_when_the_engine_is_loaded() {
    for (modules, lacking, told) in [
        (
            &[][..],
            "redis,cloudpickle",
            &[
                "this Python has no package redis: functions that use `cmd` are refused",
                "bin/python3 -m pip install redis` brings it",
                "this Python has no package cloudpickle",
            ][..],
        ),
        (
            &["redis"],
            "cloudpickle",
            &["this Python has no package cloudpickle"],
        ),
        (&["redis", "cloudpickle"], "none", &[]),
    ] {
        let python = BarePython::new().with(modules);
        let server = python.server();
        assert_eq!(lacks(&server), lacking);
        let log = server.log().unwrap();
        assert_eq!(log.matches("this Python has no package").count(), {
            lacking.split(',').filter(|name| *name != "none").count()
        });
        for words in told {
            assert!(log.contains(words), "{words}: {log}");
        }
    }
}

#[test]
fn functions_that_use_cmd_without_redis_py_are_refused_when_they_are_registered() {
    let python = BarePython::new();
    let server = python.server();
    let mut client = server.client();
    for (before, function) in [
        ("", "lambda r: cmd.get('x')"),
        (
            "def helper():\n    return cmd.get('x')\n",
            "lambda r: helper()",
        ),
        (
            "def made():\n    def inner(key):\n        return cmd.get(key)\n    return inner\nget = made()\n",
            "lambda r: get(r)",
        ),
        (
            "def outer(r):\n    def inner():\n        return cmd.ping()\n    return inner()\n",
            "outer",
        ),
        ("commands = cmd\n", "lambda r: commands.ping()"),
        ("", "lambda r, c=cmd: c.ping()"),
        (
            "class Store:\n    def get(self):\n        return cmd.get('x')\n",
            "lambda r: Store().get()",
        ),
        (
            "class Store:\n    def get(self):\n        return cmd.get('x')\nclass Shop(Store):\n    pass\nshop = Shop()\n",
            "lambda r: shop.get()",
        ),
        (
            "class Store:\n    def __init__(self, commands):\n        self.commands = commands\nstore = Store(cmd)\n",
            "lambda r: store.commands.ping()",
        ),
        (
            "class Store:\n    @staticmethod\n    def get():\n        return cmd.get('x')\n",
            "lambda r: Store.get()",
        ),
        (
            "class Store:\n    @property\n    def x(self):\n        return cmd.get('x')\nstores = {'a': [Store()]}\n",
            "lambda r: stores['a'][0].x",
        ),
        (
            "from functools import partial\ndef get(key):\n    return cmd.get(key)\nbound = partial(get, 'x')\n",
            "lambda r: bound()",
        ),
        (
            "def late(r):\n    from redgrease import cmd as c\n    return c.ping()\n",
            "late",
        ),
        (
            "def late(r):\n    import redgrease\n    return redgrease.cmd.ping()\n",
            "late",
        ),
        ("import redgrease\n", "lambda r: redgrease.cmd.ping()"),
        ("async def waits(r):\n    return cmd.ping()\n", "waits"),
    ] {
        let script =
            format!("{before}GB('CommandReader').map({function}).register(trigger='refused')");
        let reply = client.execute(&script);
        assert!(
            reply.contains("uses `cmd`, which needs the Python package redis on the server: add it to the requirements"),
            "{script}: {reply}"
        );
        assert_eq!(client.registrations(), [], "{script}");
    }
    let greeting =
        "GB('CommandReader').register(trigger='refused', onRegistered=lambda: cmd.ping())";
    let reply = client.execute(greeting);
    assert!(
        reply.contains("the function <lambda> uses `cmd`"),
        "{reply}"
    );
}

#[test]
fn functions_that_use_no_cmd_need_no_redis_py() {
    let python = BarePython::new();
    let server = python.server();
    let mut client = server.client();
    for (number, (before, function)) in [
        ("", "lambda r: execute('PING')"),
        // Others may call theirs so.
        (
            "class Job:\n    cmd = 'ls'\njob = Job()\n",
            "lambda r: job.cmd",
        ),
        ("def own(r):\n    cmd = 'ls'\n    return cmd\n", "own"),
        ("cmd = ['ls']\n", "lambda r: cmd[0]"),
        // A proxy that stands for nothing yet.
        (
            "class Proxy:\n    @property\n    def __class__(self):\n        raise RuntimeError('unbound')\nproxy = Proxy()\n",
            "lambda r: proxy is None",
        ),
        (
            "rows = []\nrows.append(rows)\n",
            "lambda r: len(rows)",
        ),
        ("def parameter(r, cmd='ls'):\n    return cmd\n", "parameter"),
        ("import redgrease\n", "lambda r: redgrease.execute('PING')"),
    ]
    .into_iter()
    .enumerate()
    {
        let trigger = format!("t{number}");
        client.install(&format!(
            "{before}GB('CommandReader').map({function}).register(trigger='{trigger}')"
        ));
        let reply = client.trigger(&trigger, &[]);
        assert!(!reply.contains("Error"), "{before}{function}: {reply}");
    }
}

#[test]
fn requirement_brings_what_cmd_needs() {
    let folder = tempfile::tempdir().unwrap();
    let python = BarePython::new().with(&["pip"]);
    let server = python.server();
    let mut client = server.client();
    client.wait_at_most(LONG_DEADLINE);
    let package = wheel(folder.path(), "redis", "9.9", "class Redis:\n    pass\n");
    let script = "GB('CommandReader').map(lambda r: cmd.get('x')).register(trigger='t')";
    assert!(client.execute(script).starts_with('-'));
    let package = package.to_str().unwrap();
    let reply = ask!(client, "RG.PYEXECUTE", script, "REQUIREMENTS", package);
    assert_eq!(reply, "+OK");
}
