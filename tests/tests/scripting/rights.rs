//! Whose permissions functions have.

use gears_tests::{Client, TestServer, ask, valkey_server};

use super::load;

fn limited(server: &TestServer, rules: &[&str]) -> Client {
    let mut admin = server.client();
    let mut words: Vec<&[u8]> = vec![b"ACL", b"SETUSER", b"limited", b"on", b">secret"];
    words.extend(rules.iter().map(|rule| rule.as_bytes()));
    assert_eq!(admin.ask(&words), "+OK");
    let mut client = server.client();
    assert_eq!(ask!(client, "AUTH", "limited", "secret"), "+OK");
    client
}

#[test]
fn commands_have_the_permissions_of_the_caller() {
    let server = valkey_server();
    load(
        &mut server.client(),
        "lib",
        "register_function('call', lambda k, a: server.call(*a))\n\
         register_function('run', lambda k, a: execute(*a))\n\
         register_function('may', lambda k, a: server.acl_check_cmd(*a))",
    );
    let mut client = limited(&server, &["~own:*", "+fcall", "+get", "+set"]);
    // One hands the server's refusal on, the other raises it.
    for (function, refusal) in [("call", "-NOPERM "), ("run", "gears.error: NOPERM ")] {
        assert!(!ask!(client, "FCALL", function, "0", "SET", "own:k", "v").starts_with('-'));
        for words in [["GET", "others"], ["DEL", "own:k"]] {
            let reply = ask!(client, "FCALL", function, "0", words[0], words[1]);
            assert!(reply.contains(refusal), "{function} {words:?}: {reply}");
        }
    }
    assert_eq!(ask!(client, "FCALL", "may", "0", "GET", "own:k"), ":1");
    assert_eq!(ask!(client, "FCALL", "may", "0", "GET", "others"), ":0");
    let reply = ask!(client, "FCALL", "call", "1", "others", "PING");
    assert!(reply.starts_with("-NOPERM"), "{reply}");
    let reply = ask!(client, "FUNCTION", "LIST");
    assert!(reply.starts_with("-NOPERM"), "{reply}");
}

#[test]
fn threads_of_a_function_have_them_too() {
    let server = valkey_server();
    load(
        &mut server.client(),
        "lib",
        "import threading, queue\n\
         said = queue.Queue()\n\
         def later():\n\
         \x20   try: said.put(execute('GET', 'others'))\n\
         \x20   except Exception as error: said.put(str(error))\n\
         def start(k, a):\n    threading.Thread(target=later).start()\n\
         register_function('start', start)\n\
         register_function('said', lambda k, a: None if said.empty() else said.get())",
    );
    let mut client = limited(&server, &["~own:*", "+fcall", "+get"]);
    assert_eq!(ask!(client, "FCALL", "start", "0"), "nil");
    let reply = gears_tests::until("answer of the thread", || {
        let reply = ask!(client, "FCALL", "said", "0");
        (reply != "nil").then_some(reply)
    });
    assert!(reply.contains("has no permissions"), "{reply}");
}
