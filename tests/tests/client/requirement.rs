//! Gears that need Python packages.

use gears_runtime::embedded::Server;
use gears_runtime::{Change, ErrorKind, Result, gear_command, register_where};
use gears_tests::TestServer;

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
