//! Gears that need Python packages.

use std::fs;
use std::process::Command;

use gears_runtime::embedded::Server;
use gears_runtime::{Change, ErrorKind, Result, gear_command, register_where};
use gears_tests::{BarePython, TestServer, wheel};

#[gear_command(requirements = ["redis"])]
fn required_redis() -> Result<String> {
    r#"
    import redis
    return redis.__name__
    "#
}

#[gear_command(requirements = ["redis", "gears-no-such-package==9.9"])]
fn required_nothing() -> Result<String> {
    r#"return "never""#
}

#[test]
fn missing_package_is_an_error_with_the_words_of_pip() {
    let server = TestServer::of(
        Server::builder()
            .env("PIP_NO_INDEX", "1")
            .env("PIP_FIND_LINKS", "")
            .env("PIP_CONFIG_FILE", "/dev/null"),
    );
    let gears = server.gears();
    let error = register_where(&gears, |gear| gear.trigger().starts_with("required_")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Requirement, "{error}");
    let requirement = error.requirement().unwrap();
    assert_eq!(requirement.trigger(), "required_nothing");
    assert_eq!(
        requirement.requirements(),
        ["redis", "gears-no-such-package==9.9"]
    );
    assert!(
        requirement
            .message()
            .contains("No matching distribution found for gears-no-such-package==9.9"),
        "{error}"
    );
    // The others are registered, and a second run finds them so.
    assert_eq!(required_redis::on(&gears).call().unwrap(), "redis");
    let report = register_where(&gears, |gear| gear.trigger() == "required_redis").unwrap();
    assert_eq!(report.get("required_redis"), Some(Change::Unchanged));
}

#[gear_command]
fn commanding_without_package(key: &str) -> Result<Option<String>> {
    r#"
    return cmd.get(key)
    "#
}

#[test]
fn cmd_without_its_package_is_refused_when_it_is_registered() {
    let python = BarePython::new();
    let server = python.server();
    let error = server
        .try_register(&[&commanding_without_package::GEAR])
        .unwrap_err();
    let told = error.to_string();
    let words = "the function commanding_without_package uses `cmd`, which needs the Python package redis on the \
                 server: add it to the requirements";
    assert_eq!(told.matches(words).count(), 1, "{told}");
}

#[test]
fn second_program_finds_what_the_first_installed() {
    let folder = tempfile::tempdir().unwrap();
    wheel(folder.path(), "gears_probe", "1.0", "VERSION = '1.0'\n");
    let log = folder.path().join("pip.log");
    let run = || {
        let told = Command::new(env!("CARGO_BIN_EXE_starter"))
            .arg("requirement")
            .env("GEARS_PACKAGES", folder.path().join("packages"))
            .env("PIP_NO_INDEX", "1")
            .env("PIP_FIND_LINKS", folder.path())
            .env("PIP_CONFIG_FILE", "/dev/null")
            .env("PIP_LOG", &log)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&told.stdout).into_owned();
        assert_eq!(told, "version 1.0\n");
        fs::read_to_string(&log).unwrap()
    };
    let first = run();
    assert!(first.contains("gears_probe"), "{first}");
    assert_eq!(run(), first, "pip ran once more");
}
