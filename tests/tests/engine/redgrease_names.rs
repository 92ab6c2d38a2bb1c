//! Scripts that import `redgrease` where that package is not.
//!
//! The server's Python has nothing but its standard library here.

use gears_runtime::{Runtime, Script};
use gears_tests::{BarePython, LONG_DEADLINE, RedGrease, TestServer, ask, show, until, wheel};

/// Three keys, for readers.
fn keys(server: &TestServer) {
    let mut client = server.client();
    ask!(client, "SET", "k:1", "the quick fox");
    ask!(client, "SET", "k:2", "the dog");
    ask!(client, "HSET", "k:3", "name", "Ada");
}

#[test]
fn names_of_the_runtime_are_there() {
    let python = BarePython::new();
    let server = python.server();
    let mut client = server.client();
    keys(&server);
    for (script, reply) in [
        (
            "from redgrease.runtime import GB, hashtag\nGB('ShardsIDReader').map(lambda _: hashtag()).run()",
            r#"[[$"06S"], []]"#,
        ),
        (
            "from redgrease.runtime import *\nGB('ShardsIDReader').map(lambda _: hashtag3()).run()",
            r#"[[$"{06S}"], []]"#,
        ),
        (
            "from redgrease import GearsBuilder, execute, atomic, cmd, log, configGet\n\
             def swap(_):\n    with atomic():\n        return execute('SET', 'n', 1), execute('INCR', 'n')\n\
             GearsBuilder('ShardsIDReader').map(swap).run()",
            r#"[[$"('OK', 2)"], []]"#,
        ),
        (
            "import redgrease.runtime\n\
             gb = redgrease.runtime.GearsBuilder('ShardsIDReader')\n\
             gb.map(lambda _: redgrease.runtime.gearsConfigGet('foo', default='bar'))\ngb.run()",
            r#"[[$"bar"], []]"#,
        ),
        // A dict is no text, which the server's own `log` refuses.
        (
            "from redgrease import GB, LogLevel, log\n\
             GB().foreach(lambda r: log(r, level=LogLevel.Debug)).count().run('k:*')",
            r#"[[$"3"], []]"#,
        ),
        // What is added to a builder does not change the function that it had.
        (
            "from redgrease import GB\ngb = GB('KeysReader', 'k:*', convertToStr=False)\n\
             before = gb.gearfunction\ngb.count()\nbefore.map(lambda r: r['key'])\ngb.run()",
            "[[:3], []]",
        ),
        (
            "import redgrease.runtime as r\nr.GB().map(lambda r: r['key']).sort().run('k:*')",
            r#"[[$"k:1", $"k:2", $"k:3"], []]"#,
        ),
    ] {
        assert_eq!(client.execute(script), reply, "{script}");
    }
}

#[test]
fn functions_run_with_the_operations_of_the_manual() {
    let python = BarePython::new();
    let server = python.server();
    let mut client = server.client();
    keys(&server);
    for (function, results) in [
        (
            "KeysReader('k:*').keys().sort()",
            r#"$"k:1", $"k:2", $"k:3""#,
        ),
        ("KeysReader('k:*').keys(type='hash')", r#"$"k:3""#),
        (
            "KeysReader('k:*').keys(type=None, event=None).sort()",
            r#"$"k:1", $"k:2", $"k:3""#,
        ),
        (
            "KeysReader('k:*').values(type=['string', 'list']).map(len).sort()",
            ":7, :13",
        ),
        (
            "KeysReader('k:*').records(type='hash').map(lambda r: r.key + r.type + r.value['name'])",
            r#"$"k:3hashAda""#,
        ),
        (
            "KeysReader().values(type='string').flatmap(str.split).countby().filter(lambda r: r['value'] > 1).map(lambda r: r['key'])",
            r#"$"the""#,
        ),
        ("KeysReader('k:*').count()", ":3"),
        ("KeysReader('k:*').keys().map(len).avg()", r#"$"3.0""#),
        ("KeysReader('k:*').keys().map(len).aggregate(0)", ":9"),
        ("KeysReader('k:*').keys().aggregate([]).map(len)", ":3"),
        ("KeysReader('k:*').keys().aggregate([1]).map(len)", ":4"),
        ("KeysReader('k:*').keys().accumulate().map(len)", ":3"),
        (
            "KeysReader('k:*').keys().groupby(len).map(lambda r: len(r['value']))",
            ":3",
        ),
        (
            "KeysReader('k:*').keys().localgroupby().map(lambda r: len(r['value']))",
            ":1, :1, :1",
        ),
        (
            "KeysReader('k:*').map(lambda r: r['type']).batchgroupby(str).map(lambda r: r['value']).sort()",
            ":1, :2",
        ),
        (
            "KeysReader('k:*').keys().aggregateby(len, []).map(lambda r: len(r['value']))",
            ":3",
        ),
        (
            "KeysReader('k:*').keys().aggregateby(len, 0, lambda k, a, r: a + 1, lambda k, a, b: a + b).map(lambda r: r['value'])",
            ":3",
        ),
        (
            "KeysReader('k:*').map(lambda r: r['type']).distinct().sort(reverse=True)",
            r#"$"hash", $"string""#,
        ),
        (
            "KeysReader('k:*').keys().sort().limit(1, start=1)",
            r#"$"k:2""#,
        ),
        (
            "KeysReader('k:*').keys().repartition(len).collect().sort().limit(1)",
            r#"$"k:1""#,
        ),
        (
            "KeysReader('k:*').map(lambda r: [r['key'] == 'k:1']).flatmap().filter()",
            r#"$"True""#,
        ),
        ("KeysOnlyReader('k:*').count()", ":3"),
        ("ShardsIDReader().map(5)", ":5"),
    ] {
        let script = format!("from redgrease import *\n{function}.run()");
        assert_eq!(
            client.execute(&script),
            format!("[[{results}], []]"),
            "{script}"
        );
    }
    for source in ["[1, 2, 3]", "lambda: iter(range(1, 4))"] {
        let script = format!("import redgrease\nredgrease.PythonReader().run({source})");
        assert_eq!(client.execute(&script), "[[:1, :2, :3], []]", "{script}");
    }
}

#[test]
fn results_are_plain_where_they_are_text_or_numbers() {
    let python = BarePython::new();
    let server = python.server();
    let mut client = server.client();
    for (value, results) in [
        ("'+text'", r#"$"+text""#),
        (r"b'\xff'", r#"$b"\xff""#),
        (r"bytearray(b'\xff')", r#"$b"\xff""#),
        ("7", ":7"),
        ("2 ** 64", r#"$"18446744073709551616""#),
        ("0.1", r#"$"0.1""#),
        ("True", r#"$"True""#),
        // All else comes pickled, as from the package.
        ("None", r#"$b"\x80\x04N.""#),
        ("()", r#"$b"\x80\x04).""#),
        // Nobody could read this one elsewhere.
        ("(lambda: 1).__code__.co_name, (lambda: 1)", ""),
    ] {
        let script =
            format!("import redgrease\nredgrease.ShardsIDReader().map(lambda _: ({value})).run()");
        let reply = client.execute(&script);
        if results.is_empty() {
            assert!(reply.contains("<function <lambda>"), "{script}: {reply}");
        } else {
            assert_eq!(reply, format!("[[{results}], []]"), "{script}");
        }
    }
    let records = "import redgrease\nredgrease.KeysReader('k').records().run()";
    ask!(client, "SET", "k", "v");
    let reply = client.execute(records);
    assert!(
        reply.contains("redgrease.utils") && reply.contains("Record"),
        "{reply}"
    );
    let raw = "import redgrease\nredgrease.ShardsIDReader().map(lambda _: ['a', 1]).run(convertToStr=False)";
    assert_eq!(client.execute(raw), r#"[[[$"a", :1]], []]"#);
}

#[test]
fn whatever_can_be_called_becomes_a_command() {
    let python = BarePython::new();
    let server = python.server();
    let mut client = server.client();
    client.install(
        "import functools\nfrom redgrease import command\n\
         command(len)\n\
         @command\n\
         class Pair:\n    \
         def __init__(self, a, b):\n        self.a, self.b = a, b\n    \
         def __str__(self):\n        return self.a + self.b\n\
         command('partial')(functools.partial(int, base=2))\n\
         described = command(desc='of two')\n\
         @described\n\
         def one():\n    return 1\n\
         @described\n\
         def two():\n    return 2",
    );
    for (call, reply) in [
        (&["len", "four"][..], "[:4]"),
        (&["partial", "101"], "[:5]"),
        (&["two"], "[:2]"),
    ] {
        let words: Vec<&[u8]> = call[1..].iter().map(|word| word.as_bytes()).collect();
        assert_eq!(client.trigger(call[0], &words), reply, "{call:?}");
    }
    let listed = ask!(client, "RG.DUMPREGISTRATIONS");
    assert_eq!(listed.matches("of two").count(), 2, "{listed}");
    assert!(listed.contains("Pair"), "{listed}");
    let nameless = client.execute(
        "import functools\nfrom redgrease import command\ncommand(functools.partial(int, base=2))",
    );
    assert!(
        nameless.contains("give its command a trigger"),
        "{nameless}"
    );
}

#[test]
fn functions_register_and_outlive_the_server() {
    let python = BarePython::new();
    let mut server = python.server();
    let mut client = server.client();
    client.install(
        "import redgrease\nfrom redgrease import CommandReader, KeysReader, TriggerMode, command\n\
         @command(mode=TriggerMode.AsyncLocal)\n\
         def join(first, last='x'):\n    return first + last\n\
         @redgrease.command('twice')\n\
         def double(text):\n    return bytes(text + text, 'utf-8')\n\
         CommandReader().args(1).map(lambda a: ','.join(a)).register(trigger='first')\n\
         CommandReader().apply(lambda a, b: a + b).register(trigger='both', mode='sync')\n\
         KeysReader().keys(event=['set']).foreach(lambda key: redgrease.execute('INCR', 'sets')).register(\n    \
         'k*', mode='sync', readValue=False)",
    );
    for round in 1..=2 {
        for (call, reply) in [
            (&["join", "a", "b"][..], r#"[$"ab"]"#),
            (&["join", "a"], r#"[$"ax"]"#),
            (&["twice", "a"], r#"[$"aa"]"#),
            (&["first", "a", "b"], r#"[$"a"]"#),
            (&["both", "a", "b"], r#"[$"ab"]"#),
        ] {
            let words: Vec<&[u8]> = call[1..].iter().map(|word| word.as_bytes()).collect();
            assert_eq!(client.trigger(call[0], &words), reply, "{call:?}");
        }
        ask!(client, "SET", "k", "v");
        ask!(client, "RPUSH", "kk", "v");
        assert_eq!(ask!(client, "GET", "sets"), format!(r#"$"{round}""#));
        ask!(client, "SAVE");
        server.private_mut().kill();
        server.private_mut().restart().unwrap();
        client = server.client();
    }
}

#[test]
fn streams_are_read_by_their_names() {
    let python = BarePython::new();
    let server = python.server();
    let mut client = server.client();
    client.install(
        "from redgrease import StreamReader, FailurePolicy, execute\n\
         StreamReader().records().foreach(lambda r: execute('RPUSH', 'seen', r.key, r.id, r.value['f'])).register(\n    \
         'st*', batch=1, onFailedPolicy=FailurePolicy.Abort, trimStream=False)",
    );
    ask!(client, "XADD", "st", "1-1", "f", "v");
    until("the entry", || {
        (ask!(client, "LLEN", "seen") == ":3").then_some(())
    });
    assert_eq!(
        ask!(client, "LRANGE", "seen", "0", "-1"),
        r#"[$"st", $"1-1", $"v"]"#
    );
    for (operation, results) in [
        ("values().map(lambda v: v['f'])", r#"$"v""#),
        ("keys()", r#"$"st""#),
    ] {
        let script = format!("from redgrease import *\nStreamReader().{operation}.run('st')");
        assert_eq!(
            client.execute(&script),
            format!("[[{results}], []]"),
            "{script}"
        );
    }
}

#[test]
fn commands_of_the_manual_run_with_redis_py_alone() {
    let python = BarePython::new().with_redis();
    let server = python.server();
    let mut client = server.client();
    for number in 0..5 {
        ask!(client, "SET", format!("delete_me:{number}"), "x");
    }
    let script = "from redgrease import KeysReader, cmd\n\
                  delete_fun = KeysReader().keys().foreach(cmd.delete).count()\n\
                  delete_fun.run('delete_me:*')";
    assert_eq!(client.execute(script), "[[:5], []]");
    client.install(
        "from redgrease import KeysReader, cmd\n\
         expire = KeysReader().keys().foreach(lambda x: cmd.expire(x, 3600))\n\
         expire.register('e*', mode='sync', readValue=False)",
    );
    ask!(client, "SET", "e", "v");
    assert_eq!(ask!(client, "TTL", "e"), ":3600");
    client.install(
        "import redgrease\n@redgrease.command(replace=False)\n\
         def cache_get(url):\n    \
         if redgrease.cmd.exists(url):\n        return bytes(redgrease.cmd.get(url), 'utf-8')\n    \
         redgrease.cmd.set(url, 'page')\n    return bytes()",
    );
    assert_eq!(client.trigger("cache_get", &[b"u"]), r#"[$""]"#);
    assert_eq!(client.trigger("cache_get", &[b"u"]), r#"[$"page"]"#);
}

#[test]
fn what_a_server_cannot_do_is_said() {
    let python = BarePython::new();
    let server = python.server();
    let mut client = server.client();
    client.install("from redgrease import command\n@command()\ndef taken():\n    return 1");
    for (script, told) in [
        (
            "from redgrease import RedisGears",
            "redgrease.RedisGears is of the package's client",
        ),
        (
            "import redgrease.client",
            "redgrease.client is not among them: add redgrease[all]",
        ),
        (
            "import redgrease\nredgrease.nothing",
            "module 'redgrease' has no attribute 'nothing'",
        ),
        (
            "from redgrease import *\nCommandReader().run()",
            "Batch mode (run) is not supported for 'CommandReader'",
        ),
        (
            "from redgrease import *\nPythonReader().register()",
            "Event mode (register) is not supported for 'PythonReader'",
        ),
        (
            "from redgrease import *\nKeysReader().run(on=1)",
            "leave `on` out",
        ),
        (
            "from redgrease import *\nKeysReader().map(str, requirements=['nosuch>1']).run()",
            "the function asks for nosuch>1, which is not installed here",
        ),
        (
            "from redgrease import *\nKeysReader().register(readvalue=True)",
            "did you mean 'readValue'?",
        ),
        (
            "from redgrease import *\n@command()\ndef taken():\n    return 2",
            "DuplicateTriggerError: the trigger taken is taken by another function",
        ),
        (
            "from redgrease import *\n@command(replace=True)\ndef taken():\n    return 2",
            "REPLACE_WITH",
        ),
    ] {
        let reply = client.execute(script);
        assert!(
            reply.starts_with('-') && reply.contains(told),
            "{script}: {reply}"
        );
    }
    client.install(
        "from redgrease import command\n@command(replace=False)\ndef taken():\n    return 2",
    );
    assert_eq!(client.trigger("taken", &[]), "[:1]");
}

#[test]
fn script_without_redgrease_asks_for_no_package() {
    let python = BarePython::new();
    let server = python.server();
    let script = Script::from_source("from redgrease.runtime import GB, hashtag\nGB('ShardsIDReader').map(lambda _: hashtag()).run()")
        .requirements(["redgrease[runtime]"])
        .runtime(Runtime::WithoutRedGrease)
        .returning::<String>();
    let results = server.gears().execute(&script).unwrap();
    assert_eq!(results.into_one().unwrap(), "06S");
}

#[test]
fn package_that_is_installed_wins() {
    let folder = tempfile::tempdir().unwrap();
    let python = BarePython::new().with(&["pip", "cloudpickle"]);
    let server = python.server();
    let mut client = server.client();
    client.wait_at_most(LONG_DEADLINE);
    let who = "import redgrease\ndef who(_):\n    import redgrease\n    return getattr(redgrease, 'WHO', 'engine')\n\
               GB('ShardsIDReader').map(who).run()";
    let early = "def who(_):\n    import redgrease\n    return getattr(redgrease, 'WHO', 'engine')\n\
                 import redgrease\nredgrease.CommandReader().map(who).register(trigger='who')";
    client.install(early);
    assert_eq!(client.execute(who), r#"[[$"engine"], []]"#);
    assert_eq!(client.trigger("who", &[]), r#"[$"engine"]"#);
    let package = wheel(folder.path(), "redgrease", "9.9", "WHO = 'package'\n");
    let reply = ask!(
        client,
        "RG.PYEXECUTE",
        who,
        "REQUIREMENTS",
        package.to_str().unwrap()
    );
    assert_eq!(reply, r#"[[$"package"], []]"#);
    // From now on it is what everybody imports; what was made before goes on.
    assert_eq!(client.execute(who), r#"[[$"package"], []]"#);
    assert_eq!(client.trigger("who", &[]), r#"[$"package"]"#);
}

/// What is evaluated with the package and with the engine's names.
const EXPRESSIONS: &str = include_str!("redgrease_names/expressions.py");

#[test]
fn helpers_do_what_those_of_the_package_do() {
    let python = BarePython::new();
    let server = python.server();
    let mut client = server.client();
    let ask =
        format!("{EXPRESSIONS}\nGB('ShardsIDReader').map(lambda _: '\\n'.join(outcomes())).run()");
    let reply = client.value(&[b"RG.PYEXECUTE", ask.as_bytes()]);
    let redis::Value::Array(parts) = reply else {
        panic!("{reply:?}")
    };
    let redis::Value::Array(results) = &parts[0] else {
        panic!("{parts:?}")
    };
    let [redis::Value::BulkString(ours)] = &results[..] else {
        panic!("{}", show(&parts[1]))
    };
    let program = format!("{EXPRESSIONS}\nprint('\\n'.join(outcomes()))");
    let theirs = RedGrease::at(python.usual()).run(&program);
    let ours = String::from_utf8_lossy(ours);
    assert!(ours.lines().count() > 100);
    let lines = ours.lines().zip(theirs.lines());
    let different: Vec<_> = lines.filter(|(ours, theirs)| ours != theirs).collect();
    assert!(
        different.is_empty(),
        "the package on the right: {different:#?}"
    );
    assert_eq!(ours.lines().count(), theirs.lines().count());
}
