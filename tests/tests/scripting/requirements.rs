//! Packages that libraries need.

use gears_tests::{ask, valkey_server};

use super::load;

#[test]
fn what_is_there_can_be_required() {
    let server = valkey_server();
    let mut client = server.client();
    load(
        &mut client,
        "lib",
        "requirements('redis>=5', 'cloudpickle')\n\
         import redis\n\
         register_function('version', lambda k, a: redis.__version__)",
    );
    assert!(ask!(client, "FCALL", "version", "0").starts_with('$'));
}

#[test]
fn what_is_missing_is_named_and_not_installed() {
    let server = valkey_server();
    let mut client = server.client();
    for (wanted, told) in [
        ("'no-such-package-of-gears'", "no-such-package-of-gears"),
        ("'redis>=999'", "redis"),
        (
            "'redis', 'no-such-package-of-gears'",
            "no-such-package-of-gears",
        ),
        ("'--index-url=x'", "--index-url"),
        ("7", "str"),
    ] {
        let source =
            format!("#!python name=lib\nrequirements({wanted})\nregister_function('f', print)");
        let reply = ask!(client, "FUNCTION", "LOAD", source);
        assert!(
            reply.starts_with("-ERR Error registering functions: ") && reply.contains(told),
            "{wanted}: {reply}"
        );
    }
    assert_eq!(ask!(client, "FUNCTION", "LIST"), "[]");
    let reply = super::eval(&mut client, "requirements('redis')");
    assert!(reply.contains("only be called on FUNCTION LOAD"), "{reply}");
}
