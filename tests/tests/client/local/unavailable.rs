//! What a local Python has not is an error that names it.

use gears_runtime::function::PythonReader;
use gears_runtime::{Error, ErrorKind, Result, Script, gear_command, gear_on_keys, py};

use super::{Local, register};

#[gear_on_keys(prefix = "person:")]
fn local_on_person(record: gears_runtime::Record) {
    "log(record['key'])"
}

#[gear_command(hook = "hget")]
fn local_hook(arguments: gears_runtime::Arguments) {
    "return call_next(*arguments)"
}

#[gear_command]
fn local_timer() -> Result<()> {
    "registerTE(1, lambda: None)"
}

#[gear_command]
fn local_pipeline() -> Result<()> {
    "cmd.pipeline()"
}

#[gear_command(requirements = ["no-such-package>=2"])]
fn local_needy() -> Result<()> {
    "pass"
}

#[gear_command(requirements = ["redis>=99"])]
fn local_needy_of_newer() -> Result<()> {
    "pass"
}

#[gear_command(requirements = ["redis>=4", "requests; python_version < '3'"])]
fn local_satisfied() -> Result<bool> {
    "import redis; return bool(redis)"
}

fn lacks(error: &Error, what: &str) {
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    let feature = error.unsupported().unwrap().feature();
    assert!(feature.contains(what), "{feature}");
    assert!(error.to_string().contains("locally"), "{error}");
}

#[test]
fn what_needs_a_module_is_named() {
    let local = Local::of(&[&local_timer::GEAR, &local_pipeline::GEAR]);
    let gears = &local.gears;
    let error = register(gears, &[&local_on_person::GEAR]).unwrap_err();
    lacks(&error, "local_on_person");
    lacks(&error, "KeysReader");
    let error = register(gears, &[&local_hook::GEAR]).unwrap_err();
    lacks(&error, "hget");
    lacks(&local_timer::on(gears).call().unwrap_err(), "registerTE");
    let run = Script::from_source("GB('ShardsIDReader').count().run()");
    lacks(&gears.execute(&run).unwrap_err(), "count");
    let run = Script::from_source("GB('ShardsIDReader').run()");
    lacks(&gears.execute(&run).unwrap_err(), "run()");
    let function = PythonReader::new(py!("lambda: iter([1])")).run();
    lacks(&function.on(gears).unwrap_err(), "run()");
    lacks(&gears.spawn(&run).unwrap_err(), "UNBLOCKING");
    lacks(&gears.dump_executions().unwrap_err(), "RG.DUMPEXECUTIONS");
    let error = local_pipeline::on(gears).call().unwrap_err();
    assert!(error.to_string().contains("with atomic()"), "{error}");
}

#[test]
fn scripts_without_run_are_run() {
    let local = Local::of(&[]);
    let script = Script::from_source("execute('SET', 'k', 'v')");
    assert!(local.gears.execute(&script).unwrap().results().is_empty());
    assert_eq!(gears_tests::ask!(local.client(), "GET", "k"), "$\"v\"");
    let error = local
        .gears
        .execute(&Script::from_source("1 // 0"))
        .unwrap_err();
    assert_eq!(error.python().unwrap().exception(), "ZeroDivisionError");
}

#[test]
fn missing_packages_are_named_with_what_installs_them() {
    let local = Local::of(&[]);
    for (gear, package) in [
        (&local_needy::GEAR, "'no-such-package>=2'"),
        (&local_needy_of_newer::GEAR, "'redis>=99'"),
    ] {
        let error = register(&local.gears, &[gear]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Requirement, "{error}");
        let message = error.requirement().unwrap().message();
        assert!(message.contains("-m pip install"), "{message}");
        assert!(message.contains(package), "{message}");
    }
    register(&local.gears, &[&local_satisfied::GEAR]).unwrap();
    assert!(local_satisfied::on(&local.gears).call().unwrap());
}
