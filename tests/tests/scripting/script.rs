//! Scripts of `EVAL`.

use gears_tests::{ask, valkey_server};

use super::eval;

#[test]
fn scripts_find_keys_and_arguments_and_return() {
    let server = valkey_server();
    let mut client = server.client();
    let source = "#!python\nif ARGV:\n    return [KEYS, ARGV]\nreturn 'nothing'";
    assert_eq!(
        ask!(client, "EVAL", source, "1", "k", "a"),
        r#"[[$"k"], [$"a"]]"#
    );
    assert_eq!(ask!(client, "EVAL", source, "0"), r#"$"nothing""#);
    assert_eq!(eval(&mut client, "pass"), "nil");
    assert_eq!(eval(&mut client, ""), "nil");
}

#[test]
fn globals_of_a_script_do_not_outlive_it() {
    let server = valkey_server();
    let mut client = server.client();
    assert_eq!(
        eval(&mut client, "global kept\nkept = 1\nreturn kept"),
        ":1"
    );
    assert_eq!(eval(&mut client, "return 'kept' in globals()"), ":0");
    assert_eq!(
        eval(&mut client, "server.kept = execute.__name__\nreturn 1"),
        ":1"
    );
}

#[test]
fn scripts_are_kept_by_their_digests() {
    let server = valkey_server();
    let mut client = server.client();
    let reply = ask!(client, "SCRIPT", "LOAD", "#!python\nreturn ARGV[0]");
    let digest = reply.trim_matches(['$', '"']).to_owned();
    assert_eq!(ask!(client, "EVALSHA", digest, "0", "again"), r#"$"again""#);
    assert_eq!(ask!(client, "SCRIPT", "EXISTS", digest), "[:1]");
    assert_eq!(ask!(client, "SCRIPT", "FLUSH"), "+OK");
    assert!(ask!(client, "EVALSHA", digest, "0").starts_with("-NOSCRIPT"));
}

#[test]
fn more_scripts_than_the_server_keeps_run() {
    let server = valkey_server();
    let mut client = server.client();
    for number in 0..1_100 {
        assert_eq!(
            eval(&mut client, &format!("return {number}")),
            format!(":{number}")
        );
    }
}

#[test]
fn a_script_can_define_and_import() {
    let server = valkey_server();
    let mut client = server.client();
    let body = "import json\n\
                def twice(value):\n    '''A text\nover lines.'''\n    return value * 2\n\
                return json.dumps({'a': twice(3)})";
    assert_eq!(eval(&mut client, body), r#"$"{\"a\": 6}""#);
}
