//! Libraries: what they register, and how it is called.

use gears_tests::{ask, valkey_server};

use super::load;

#[test]
fn functions_get_keys_and_arguments() {
    let server = valkey_server();
    let mut client = server.client();
    load(
        &mut client,
        "lib",
        "register_function('echo', lambda keys, args: [keys, args])",
    );
    assert_eq!(
        ask!(client, "FCALL", "echo", "2", "a", "b", "c", b"\xff"),
        r#"[[$"a", $"b"], [$"c", $b"\xff"]]"#
    );
    assert_eq!(ask!(client, "FCALL", "echo", "0"), "[[], []]");
    assert_eq!(
        ask!(client, "FCALL", "none", "0"),
        "-ERR Function not found"
    );
}

#[test]
fn globals_of_a_library_live_as_long_as_it() {
    let server = valkey_server();
    let mut client = server.client();
    let body = "count = 0\n\
                def next(keys, args):\n    global count\n    count += 1\n    return count\n\
                register_function('next', next)";
    load(&mut client, "lib", body);
    assert_eq!(ask!(client, "FCALL", "next", "0"), ":1");
    assert_eq!(ask!(client, "FCALL", "next", "0"), ":2");
    load(&mut client, "lib", body);
    assert_eq!(ask!(client, "FCALL", "next", "0"), ":1");
}

#[test]
fn libraries_see_nothing_of_each_other() {
    let server = valkey_server();
    let mut client = server.client();
    load(
        &mut client,
        "one",
        "secret = 1\nregister_function('one', lambda k, a: secret)",
    );
    load(
        &mut client,
        "two",
        "register_function('two', lambda k, a: secret)",
    );
    assert_eq!(ask!(client, "FCALL", "one", "0"), ":1");
    let reply = ask!(client, "FCALL", "two", "0");
    assert!(
        reply.contains("NameError") && reply.contains("secret"),
        "{reply}"
    );
}

#[test]
fn both_ways_of_registering_are_those_of_lua() {
    let server = valkey_server();
    let mut client = server.client();
    load(
        &mut client,
        "lib",
        "server.register_function('one', lambda k, a: 1, ['no-writes'], 'says one')\n\
         register_function(function_name='two', callback=lambda k, a: 2, flags=['allow-oom'], \
         description='says two')",
    );
    let listed = ask!(client, "FUNCTION", "LIST", "LIBRARYNAME", "lib");
    for told in [
        r#"$"engine", $"python""#,
        r#"$"name", $"one", $"description", $"says one", $"flags", [+no-writes]"#,
        r#"$"name", $"two", $"description", $"says two", $"flags", [+allow-oom]"#,
    ] {
        let listed = listed.replace("$\"no-writes\"", "+no-writes");
        let listed = listed.replace("$\"allow-oom\"", "+allow-oom");
        assert!(listed.contains(told), "{told} in {listed}");
    }
    let statistics = ask!(client, "FUNCTION", "STATS");
    assert!(
        statistics.contains(r#"$"python", [$"libraries_count", :1, $"functions_count", :2]"#),
        "{statistics}"
    );
}

#[test]
fn an_error_has_the_place_in_the_source() {
    let server = valkey_server();
    let mut client = server.client();
    load(
        &mut client,
        "lib",
        "def fail(keys, args):\n    return 1 / 0\nregister_function('fail', fail)",
    );
    let reply = ask!(client, "FCALL", "fail", "0");
    assert!(reply.starts_with("-ERR ['Traceback"), "{reply}");
    assert!(
        reply.contains(r#"File "user_function", line 3, in fail"#),
        "{reply}"
    );
    assert!(
        reply.contains("ZeroDivisionError: division by zero"),
        "{reply}"
    );
}

#[test]
fn other_languages_are_called_beside_python() {
    let server = valkey_server();
    let mut client = server.client();
    load(
        &mut client,
        "py",
        "register_function('py', lambda k, a: 'python')",
    );
    let lua = "#!lua name=lua\nserver.register_function('lua', function() return 'lua' end)";
    assert_eq!(ask!(client, "FUNCTION", "LOAD", lua), r#"$"lua""#);
    assert_eq!(ask!(client, "FCALL", "py", "0"), r#"$"python""#);
    assert_eq!(ask!(client, "FCALL", "lua", "0"), r#"$"lua""#);
    assert_eq!(ask!(client, "EVAL", "return 5", "0"), ":5");
}

#[test]
fn the_names_of_gears_are_there_too() {
    let server = valkey_server();
    let mut client = server.client();
    load(
        &mut client,
        "lib",
        "def go(keys, args):\n\
         \x20   cmd.set(keys[0], args[0])\n\
         \x20   execute('APPEND', keys[0], '!')\n\
         \x20   log('called')\n\
         \x20   return execute('GET', keys[0])\n\
         register_function('go', go)",
    );
    assert_eq!(ask!(client, "FCALL", "go", "1", "{k}", "hi"), r#"$"hi!""#);
    assert!(server.log().is_some_and(|log| log.contains("called")));
}
