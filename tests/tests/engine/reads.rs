//! What functions only read leaves no trace in the append-only file.

use gears_runtime::embedded::Server;
use gears_tests::{Client, TestServer, ask};

/// Starts a server whose file has every write before its client has the answer.
fn with_aof() -> TestServer {
    let args = ["--appendonly", "yes", "--appendfsync", "always"];
    TestServer::of(Server::builder().server_args(args))
}

/// Returns the length of the append-only file.
fn file_length(client: &mut Client) -> u64 {
    let info = ask!(client, "INFO", "persistence");
    let (_, rest) = info.split_once("aof_current_size:").unwrap();
    let (length, _) = rest.split_once('\\').unwrap();
    length.parse().unwrap()
}

#[test]
fn reads_do_not_fill_the_append_only_file() {
    let server = with_aof();
    let mut client = server.client();
    client.install(
        "def run(r): return execute(*r[1:])\n\
         for mode in ['sync', 'async_local']:\n    \
             GB('CommandReader').map(run).register(trigger=mode, mode=mode)",
    );
    ask!(client, "SET", "k", "v");
    ask!(client, "HSET", "h", "f", "v");
    for trigger in ["sync", "async_local"] {
        let before = file_length(&mut client);
        for (words, answer) in [
            (&["GET", "k"][..], r#"[$"v"]"#),
            (&["get", "k"], r#"[$"v"]"#),
            (&["GET", "missing"], r#"[$"None"]"#),
            (&["EXISTS", "k", "h"], r#"[$"2"]"#),
            (&["HGET", "h", "f"], r#"[$"v"]"#),
            (&["STRLEN", "k"], r#"[$"1"]"#),
        ] {
            let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
            assert_eq!(client.trigger(trigger, &words), answer);
        }
        assert_eq!(file_length(&mut client), before, "{trigger}");
        client.trigger(trigger, &[b"SET", b"k", b"v"]);
        assert!(file_length(&mut client) > before, "{trigger}");
    }
}

#[test]
fn what_functions_write_because_of_a_read_is_replicated() {
    let mut server = with_aof();
    let mut client = server.client();
    client.install(
        "def run(r): return execute(*r[1:])\n\
         GB('CommandReader').map(run).register(trigger='run', mode='sync')",
    );
    // Known as a command that only reads before anything else is registered.
    assert_eq!(client.trigger("run", &[b"GET", b"k"]), r#"[$"None"]"#);
    client.install(
        "GB('KeysReader').foreach(lambda r: execute('INCR', 'missed')).register(\
         'm*', mode='sync', eventTypes=['keymiss'])",
    );
    assert_eq!(client.trigger("run", &[b"GET", b"m1"]), r#"[$"None"]"#);
    client.install(
        "def counted(r):\n    \
             execute('INCR', 'hooked')\n    \
             return call_next(*r[1:])\n\
         GB('CommandReader').map(counted).register(hook='scard', mode='sync')\n\
         GB('KeysReader').foreach(lambda r: execute('INCR', 'linked')).register(\
         'l*', mode='sync', eventTypes=['keymiss'], commands=['strlen'])",
    );
    assert_eq!(client.trigger("run", &[b"SCARD", b"s"]), r#"[$"0"]"#);
    assert_eq!(client.trigger("run", &[b"STRLEN", b"l1"]), r#"[$"0"]"#);
    // The function of the event of a read that is hooked itself.
    assert_eq!(ask!(client, "SCARD", "m2"), r#"$"0""#);
    let written = |client: &mut Client| ask!(client, "MGET", "missed", "hooked", "linked");
    let before = written(&mut client);
    assert_eq!(before, r#"[$"2", $"2", $"1"]"#);
    server.private_mut().kill();
    server.private_mut().restart().unwrap();
    assert_eq!(written(&mut server.client()), before);
}
