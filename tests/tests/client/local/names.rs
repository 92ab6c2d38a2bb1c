//! The names of scripts do the same where gears run locally as in the engine, to the word.

use gears_runtime::{Gears, Script, embedded, local::Builder, redis::Value};
use gears_tests::{BarePython, TestServer};

/// Programs of one expression, or that leave a `result`.
const PROGRAMS: &[&str] = &[
    // log
    "log('x')",
    "log('x', level=1)",
    "log('x', level='loud')",
    "log('x', level=None)",
    "log(1)",
    "log()",
    "log('warning', 'x')",
    "log('x', 'warning')",
    "log('warning', 'x', 'y')",
    "log('x', message='y')",
    "log(message='x', level='debug')",
    "log(level='debug')",
    "log('x', lvl='debug')",
    "log(1, 'x')",
    "log('debug', 'x', level='debug')",
    "Log('x')",
    "Log(1)",
    "log.__name__, Log.__name__",
    // configGet
    "configGet('NoSuchSetting')",
    "configGet()",
    "configGet(1)",
    "configGet('a', 'b')",
    "configGet(key='a')",
    "gearsConfigGet('NoSuchSetting')",
    "gearsConfigGet('NoSuchSetting', 7)",
    "gearsConfigGet('NoSuchSetting', default=7)",
    "gearsConfigGet(1)",
    "gearsConfigGet()",
    "gearsConfigGet('a', 'b', 'c')",
    "gearsConfigGet('a', other=1)",
    "ConfigGet('NoSuchSetting')",
    "GearsConfigGet('NoSuchSetting', 7)",
    "configGet.__name__, gearsConfigGet.__name__, ConfigGet.__name__, GearsConfigGet.__name__",
    // hashtag
    "hashtag()",
    "hashtag(1, 'x')",
    "hashtag(x=1)",
    "hashtag3()",
    "hashtag3(1)",
    "hashtag3(x=1)",
    "hashtag.__name__, hashtag3.__name__",
    // words
    "LogLevel.Debug, FailurePolicy.Abort, KeyType.List, ReaderType.CommandReader, TriggerMode.Sync",
    // flat_error
    "flat_error('x')",
    "flat_error(1, 'x')",
    "flat_error(None)",
    "flat_error()",
    "flat_error(message='x')",
    // execute
    "execute('PING')",
    "execute('ping')",
    "execute()",
    "execute(1)",
    "execute(b'PING')",
    "execute(None)",
    "execute('PING', 'a', 'b', 'c')",
    "execute('NOSUCHCOMMAND', 1)",
    "execute('ECHO', 1)",
    "execute('ECHO', 1.5)",
    "execute('ECHO', None)",
    "execute('ECHO', True)",
    "execute('ECHO', b'\\xff')",
    "execute('ECHO', bytearray(b'x'))",
    "execute('ECHO', [1, 'x'])",
    "execute('ECHO', '\\ud800')",
    "execute('ECHO')",
    "execute('', 'x')",
    "execute('PING', key=1)",
    "execute('SET', 'names:text', 'x'), execute('GET', 'names:text'), execute('DEL', 'names:text')",
    "execute('SET', 'names:text', 'x'); execute('LPUSH', 'names:text', 1)",
    "execute('GET', 'names:none')",
    "execute('SELECT', '1')",
    "execute('MULTI')",
    "execute('WAIT', '0', '0')",
    "execute('SHUTDOWN')",
    "execute('EVAL', 'return {1, {2, \"x\"}, false}', '0')",
    "execute('EVAL', 'return redis.error_reply(\"MY own\")', '0')",
    "execute('EVAL', 'return redis.status_reply(\"FINE\")', '0')",
    "execute.__name__",
    // cmd
    "cmd.ping()",
    "cmd.echo('x')",
    "cmd.set('names:cmd', 1), cmd.get('names:cmd'), cmd.delete('names:cmd')",
    "cmd.no_such_method()",
    "cmd.get()",
    // atomic
    "with atomic():\n    result = isInAtomicBlock()",
    "with atomic() as block:\n    result = type(block).__module__, type(block).__name__",
    "with atomic():\n    with atomic():\n        result = 1",
    "with atomic():\n    execute('SET', 'names:atomic', 'x')\nresult = execute('GETDEL', 'names:atomic')",
    "atomic(1)",
    "atomic(key=1)",
    "atomic().__exit__()",
    "block = atomic()\nwith block:\n    pass\nwith block:\n    result = isInAtomicBlock()",
    "atomic.__name__",
    "isInAtomicBlock()",
    "isInAtomicBlock(1)",
    "isAsyncAllow()",
    "isAsyncAllow(1)",
    "isAsyncAllow.__name__, isInAtomicBlock.__name__",
    // What works elsewhere.
    "call_next()",
    "call_next('x', 1)",
    "get_command()",
    "get_command(1)",
    "override_reply()",
    "override_reply(1)",
    "override_reply(1, 2)",
    "call_next.__name__, get_command.__name__, override_reply.__name__",
    // Futures
    "type(createFuture()).__name__",
    "createFuture(1)",
    "setFutureResults(1)",
    "setFutureResults()",
    "setFutureException()",
    "setFutureResults(1, 2)",
    "setFutureException(1, 2)",
    "setFutureResults(createFuture(), 2)",
    "setFutureException(createFuture(), 'x')",
    "runCoroutine()",
    "runCoroutine(1, 2, 3, 4, 5)",
    "createFuture.__name__, setFutureResults.__name__, setFutureException.__name__, runCoroutine.__name__",
    // GearsBuilder
    "GB is GearsBuilder, GearsBuilder.__name__, GearsBuilder.__module__, GB is PyFlatExecution is gearsCtx",
    "type(GB()).__name__",
    "GB('NoSuchReader')",
    "GB('KeyReader')",
    "GB(1)",
    "GB(None)",
    "GB('CommandReader', '*', 1)",
    "GB('CommandReader', desc=1)",
    "type(GB('CommandReader', desc=None)).__name__",
    "GB('CommandReader', other=1)",
    "GB('CommandReader', '*', 'x', 1)",
    "GB(defaultArg=None, reader='CommandReader', desc='x') is None",
    "GB('CommandReader').map()",
    "GB('CommandReader').map(1)",
    "GB('CommandReader').map(str)",
    "GB('CommandReader').map(lambda r: r, 1)",
    "GB('CommandReader').map(f=lambda r: r)",
    "GB('CommandReader').filter()",
    "GB('CommandReader').filter('x')",
    "GB('CommandReader').flatmap()",
    "GB('CommandReader').flatmap(None)",
    "GB('CommandReader').foreach()",
    "GB('CommandReader').foreach(print)",
    "builder = GB('CommandReader')\nresult = builder.map(lambda r: r) is builder",
    "GB('CommandReader').no_such_step()",
    "GB('CommandReader').register()",
    "GB('CommandReader').register(trigger=1)",
    "GB('CommandReader').register(trigger=None)",
    "GB('CommandReader').register(trigger='x', mode='fast')",
    "GB('CommandReader').register(trigger='x', mode=1)",
    "GB('CommandReader').register(trigger='x', mode=None)",
    "GB('CommandReader').register(trigger='x', inorder=1)",
    "GB('CommandReader').register(trigger='x', onRegistered=1)",
    "GB('CommandReader').register(trigger='x', onRegistered=print)",
    "GB('CommandReader').register(trigger='x', timeout_ms=0)",
    "GB('CommandReader').register(trigger='x', timeout_ms=-1)",
    "GB('CommandReader').register(trigger='x', timeout_ms='1')",
    "GB('CommandReader').register(triger='x')",
    "GB('CommandReader').register(trigger='x', events=['set'])",
    "GB('CommandReader').register(trigger='x', eventTypes=['set'])",
    "GB('CommandReader').register(trigger='x', noScan=True)",
    "GB('CommandReader').register(trigger='x', onUnregistered=None)",
    "GB('CommandReader').register(trigger='x', nonsense=1)",
    "GB('CommandReader').register(trigger='x', timeout=1)",
    "GB('CommandReader').register(trigger='x', hook='hset')",
    "GB('CommandReader').register(trigger='x', keyprefix='y')",
    "GB('CommandReader').register('x', True, True, 'y')",
    "GB('ShardsIDReader').register()",
    "GB('PythonReader').register(trigger='x')",
    "GB('KeysOnlyReader').register('x')",
    "GB('KeysReader', reader='CommandReader')",
    "GB('CommandReader').register('x', prefix='y')",
    "GB('CommandReader').register('x', regex='y')",
    "GB('CommandReader').register(trigger='x', hook=None, keyprefix='y')",
    "GB('CommandReader').register(trigger='x', version=1)",
    "GB('CommandReader').register(trigger='x', version='')",
    "GB('CommandReader').register(trigger='x', version='a@b')",
    "GB('CommandReader').register(trigger='x', version='a' * 65)",
    "GB('CommandReader').register(trigger='x', version='1', keep=0)",
    "GB('CommandReader').register(trigger='x', version='1', keep='1')",
    "GB('CommandReader').register(trigger='x', version='1', newest=1)",
    "GB('CommandReader').register(trigger='x', keep=1)",
    "GB('CommandReader').register(trigger='x', newest=False)",
    "GB('CommandReader').register(trigger='x', versoin='1')",
    "GB('KeysReader').register(version='1')",
    "GB('CommandReader').register(hook='hset', version='1')",
    "GB('CommandReader').register(hook=1)",
    "GB('CommandReader').register(hook='hset', keyprefix=1)",
    "GB('StreamReader').register(batchSize=1)",
    "GB('KeysReader').register(pattern='x', mode='fast')",
    "GB('KeysReader').register(pattern='x')",
    "GB('KeysReader').register(keytypes=['hash'])",
    // Errors, and modules.
    "import redisgears\nresult = redisgears.GearsError.__name__, redisgears.GearsFlatError.__name__",
    "import rg, redisgears as other\nresult = rg is redisgears, other is redisgears",
    "redisgears.executeCommand is execute, redisgears.atomicCtx is atomic, redisgears.config_get is configGet",
    "redisgears.getMyHashTag is hashtag, redisgears.callNext is call_next, redisgears.flatError is flat_error",
    "redisgears.PyAtomic.__name__, redisgears.PyAtomic.__module__",
    "__name__",
    "undefined",
];

/// Programs of a script alone: a function that runs locally can register none.
const OF_SCRIPTS: &[&str] = &[
    "GB('CommandReader').register(trigger='names: first')\n\
     GB('CommandReader').register(trigger='names: first')",
    "GB('CommandReader').register('x', False, False, trigger='names: second', mode='sync', inorder=True)\n\
     result = GB('CommandReader').register(trigger='names: third', timeout_ms=5, eventTypes=None)[:40]",
    "GB('CommandReader').register(trigger='names: versions', version='1', keep=5, newest=False)\n\
     GB('CommandReader').register(trigger='names: versions', version='2', keep=None, newest=None)\n\
     GB('CommandReader').register(trigger='names: versions', version='2')",
    "GB('CommandReader').register(trigger='names: one', version='1')\n\
     GB('CommandReader').register(trigger='names: one')",
    "GB('CommandReader').register(trigger='names: own@1')\n\
     GB('CommandReader').register(trigger='names: own', version='1')",
];

/// Programs that only a server runs.
const ON_SERVERS: &[&str] = &[
    "registerTE(1, lambda: None)",
    "gearsFuture()",
    "getGearsSession()",
    "createKeysOnlyReader()",
    "shardReaderCallback()",
    "GB().count()",
    "GB().limit(1)",
    "GB().run()",
    "GB('KeysReader').register('x')",
    "GB('StreamReader').register('x')",
    "GB('CommandReader').register(hook='hset')",
    "cmd.readonly()",
];

fn text(mut records: Vec<Value>) -> String {
    match records.pop() {
        Some(Value::BulkString(text)) if records.is_empty() => String::from_utf8(text).unwrap(),
        other => panic!("one text, not {records:?} and {other:?}"),
    }
}

/// Returns what comes of programs, where a script runs or, without one, in the function of a trigger.
fn in_script(gears: &Gears, programs: &[&str]) -> Vec<String> {
    let list = format!("PROGRAMS = {programs:?}");
    let script = include_str!("outcome.py").replace("PROGRAMS = []", &list);
    let script = Script::from_source(script).session("names").upgrade();
    gears.execute(&script).unwrap();
    let outcomes = text(gears.trigger("outcomes in script", []).unwrap());
    serde_json::from_str(&outcomes).unwrap()
}

fn in_call(gears: &Gears, program: &str) -> String {
    text(gears.trigger("outcome in call", [program]).unwrap())
}

#[test]
fn names_do_the_same_locally_as_in_the_engine() {
    let engine = TestServer::private();
    let plain = embedded::Server::plain().unwrap();
    let (engine, local) = (engine.gears(), Builder::new().connect(plain.url()).unwrap());
    let mut differences = Vec::new();
    let mut compare = |place: &str, program: &str, there: &str, here: &str| {
        if there != here {
            differences.push(format!(
                "{place}: {program}\n  engine: {there}\n  local:  {here}\n"
            ));
        }
    };

    let programs: Vec<&str> = PROGRAMS.iter().chain(OF_SCRIPTS).copied().collect();
    let (there, here) = (in_script(&engine, &programs), in_script(&local, &programs));
    assert_eq!((there.len(), here.len()), (programs.len(), programs.len()));
    for ((program, there), here) in programs.iter().zip(&there).zip(&here) {
        compare("script", program, there, here);
    }
    for program in PROGRAMS {
        let (there, here) = (in_call(&engine, program), in_call(&local, program));
        compare("call", program, &there, &here);
    }
    assert_eq!(differences.concat(), "");

    for program in ON_SERVERS {
        let here = in_call(&local, program);
        assert!(
            here.ends_with(" is not possible where gears run locally"),
            "{program}: {here}"
        );
    }
}

#[test]
fn names_of_redgrease_are_there_without_the_package() {
    let python = BarePython::new();
    let plain = embedded::Server::plain().unwrap();
    let local = Builder::new().python(python.executable());
    let local = local.connect(plain.url()).unwrap();
    let script = "from redgrease import command\nfrom redgrease.runtime import execute, hashtag\n\
                  @command()\ndef tagged(text):\n    \
                      return execute('ECHO', text) + hashtag()";
    local.execute(&Script::from_source(script)).unwrap();
    assert_eq!(text(local.trigger("tagged", ["x"]).unwrap()), "x06S");
}
