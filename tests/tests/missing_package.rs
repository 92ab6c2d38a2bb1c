//! A function of the server's that needs a package which is not there; alone in its binary, as `register_all` takes all.

use gears_runtime::{ErrorKind, Gears, Result, gear_function, register_all};
use gears_tests::{ask, valkey_server};

#[gear_function(lib = "needy", requirements = ["redis>=5", "no-such-package-of-gears"])]
fn needs() -> Result<i64> {
    "return 1"
}

#[test]
fn it_is_named_and_not_installed() {
    let server = valkey_server();
    let error = register_all(&Gears::connect(server.url()).unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Requirement, "{error}");
    let lacking = error.requirement().unwrap();
    assert_eq!(
        lacking.requirements(),
        ["redis>=5", "no-such-package-of-gears"]
    );
    let said = error.to_string();
    assert!(said.contains("loading a library installs none"), "{said}");
    assert!(!said.contains("\\n"), "{said}");
    assert_eq!(ask!(server.client(), "FUNCTION", "LIST"), "[]");
    assert!(needs().unwrap_err().is_not_bound());
}
