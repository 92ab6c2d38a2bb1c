//! Chapter 16: what a script is given on the server.

use gears_runtime::{Runtime, Script};

use crate::function::stage::Stage;

const VERSION: &str = "import redis\nGB('ShardsIDReader').map(lambda _: redis.__name__).run()";

#[test]
fn a_script_of_redgrease_gets_its_runtime() {
    let stage = Stage::private();
    let script = Script::from_source(
        "from redgrease.runtime import execute\n\
         from redgrease.utils import safe_str\n\
         GB('ShardsIDReader').map(lambda _: safe_str(execute('PING'))).run()",
    );
    // Set-up has installed it beside the engine's own packages: no network is needed.
    let script = script
        .runtime(Runtime::redgrease("runtime"))
        .returning::<String>();
    assert_eq!(
        stage.gears.execute(&script).unwrap().into_one().unwrap(),
        "PONG"
    );
    let requirements = stage.gears.py_dump_reqs().unwrap();
    assert_eq!(requirements[0].name, "redgrease[runtime]");
}

#[test]
fn redis_py_is_a_package_of_its_own() {
    let stage = Stage::private();
    let script = Script::from_source(VERSION).runtime(Runtime::RedisPy);
    let script = script.returning::<String>();
    assert_eq!(
        stage.gears.execute(&script).unwrap().into_one().unwrap(),
        "redis"
    );
}

#[test]
fn commands_are_there_for_a_script_that_asks() {
    let stage = Stage::private();
    let script = Script::from_source("cmd.set('a', 'b')").runtime(Runtime::Commands);
    stage.gears.execute(&script).unwrap();
    assert_eq!(stage.ask::<String>("GET", &["a"]), "b");
}

#[test]
fn a_file_travels_as_it_is() {
    let stage = Stage::private();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("legacy.py");
    let source = "# -*- coding: utf-8 -*-\n# ä\nGB('ShardsIDReader').run()\n";
    std::fs::write(&path, source).unwrap();
    let script = Script::from_file(&path).unwrap();
    assert_eq!(script.source(), source);
    assert_eq!(script.runtime_option(), &Runtime::Bare);
    assert_eq!(stage.gears.execute(&script).unwrap().results().len(), 1);
}
