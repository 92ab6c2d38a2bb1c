//! What is stored and cannot be taken as it is: other Pythons, failing scripts, damaged files.

use std::fs;
use std::path::Path;

use gears_runtime::embedded::Server;
use gears_tests::{Client, TestServer, ask, field, seal_again, show, until};

/// Where a server keeps its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Storage {
    AppendOnlyFile,
    DumpFile,
}

const BOTH: [Storage; 2] = [Storage::AppendOnlyFile, Storage::DumpFile];

impl Storage {
    /// Starts a server whose file can be edited: neither packed nor sealed.
    fn start(self) -> TestServer {
        let mut arguments = vec!["--rdbcompression", "no", "--rdbchecksum", "no"];
        if self == Self::AppendOnlyFile {
            // Every write is there before its client has the answer.
            arguments.extend(["--appendonly", "yes", "--appendfsync", "always"]);
        }
        TestServer::of(Server::builder().server_args(arguments))
    }

    /// Ends the server as a crash does, with everything stored, and starts it again when
    /// its file has been edited.
    fn restart(self, server: &mut TestServer, edits: &[(&[u8], &[u8])]) -> Client {
        if self == Self::DumpFile {
            assert_eq!(ask!(server.client(), "SAVE"), "+OK");
        }
        server.private_mut().kill();
        let folder = server.private_mut().folder().to_owned();
        for (from, to) in edits {
            assert!(replace(&folder, from, to), "{self:?} lacks {from:?}");
        }
        server.private_mut().restart().unwrap();
        server.client()
    }

    /// Has the server write its file anew.
    fn rewrite(self, client: &mut Client) {
        if self == Self::DumpFile {
            return;
        }
        ask!(client, "BGREWRITEAOF");
        until("rewritten file", || {
            let info = ask!(client, "INFO", "persistence");
            (info.contains("aof_rewrite_in_progress:0") && info.contains("aof_rewrite_scheduled:0"))
                .then_some(())
        });
    }
}

/// Replaces bytes by as many others wherever a server stored them; says whether it did.
fn replace(folder: &Path, from: &[u8], to: &[u8]) -> bool {
    assert_eq!(from.len(), to.len());
    let mut found = false;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.ends_with("appendonlydir") {
            found |= replace(&path, from, to);
        } else if path
            .extension()
            .is_some_and(|kind| kind == "aof" || kind == "rdb")
        {
            let mut content = fs::read(&path).unwrap();
            let mut at = 0;
            while at + from.len() <= content.len() {
                if &content[at..at + from.len()] == from {
                    content[at..at + from.len()].copy_from_slice(to);
                    found = true;
                }
                at += 1;
            }
            // Their checksums are not what these tests are about.
            seal_again(&mut content);
            fs::write(&path, content).unwrap();
        }
    }
    found
}

/// Where the record says which Python pickled: the field's tag, the length of a
/// version such as 3.12, and its beginning.
const PICKLED_BY_3: &[u8] = b"\x05\x04\0\0\0\0\0\0\x003.";
const PICKLED_BY_2: &[u8] = b"\x05\x04\0\0\0\0\0\0\x002.";

fn last_error(client: &mut Client, trigger: &str) -> String {
    let registration = client.registration(trigger).unwrap();
    show(field(field(&registration, "RegistrationData"), "lastError"))
}

#[test]
fn script_runs_again_under_another_python() {
    for storage in BOTH {
        let mut server = storage.start();
        let mut client = server.client();
        client.install(
            "count = 0\n\
             def up(record):\n    \
                 global count\n    \
                 count += 1\n    \
                 return count\n\
             GB('CommandReader', desc='up').map(up).register(trigger='one', mode='sync')\n\
             GB('CommandReader').map(up).register(trigger='two', mode='async_local')\n\
             GB('KeysReader').foreach(lambda r: execute('RPUSH', 'l', r['key'])).register(\
                 'k*', mode='sync', eventTypes=['set'])",
        );
        assert_eq!(client.trigger("one", &[]), r#"[$"1"]"#);
        let before = client.triggers();
        let mut client = storage.restart(&mut server, &[(PICKLED_BY_3, PICKLED_BY_2)]);
        assert_eq!(client.triggers(), before, "{storage:?}");
        assert_eq!(client.registrations().len(), 3);
        assert_eq!(client.trigger("one", &[]), r#"[$"1"]"#);
        assert_eq!(client.trigger("two", &[]), r#"[$"2"]"#);
        assert_eq!(ask!(client, "SET", "k1", "v"), "+OK");
        assert_eq!(ask!(client, "LRANGE", "l", "0", "-1"), r#"[$"k1"]"#);
        assert_eq!(last_error(&mut client, "one"), "nil");
    }
}

#[test]
fn what_cannot_be_made_again_is_kept_with_its_reason() {
    for storage in BOTH {
        let mut server = storage.start();
        let mut client = server.client();
        // It writes, which it may not when it runs again.
        client.install(
            "execute('INCR', 'runs')\n\
             GB('CommandReader').map(lambda r: 'fine').register(trigger='fragile', mode='sync')\n\
             GB('StreamReader').foreach(lambda r: execute('RPUSH', 'l', r['id'])).register('s')",
        );
        client.install(
            "GB('CommandReader').map(lambda r: 1).register(trigger='robust', mode='sync')",
        );
        let mut client = storage.restart(&mut server, &[(PICKLED_BY_3, PICKLED_BY_2)]);
        assert_eq!(client.trigger("robust", &[]), r#"[$"1"]"#);
        let refused = client.trigger("fragile", &[]);
        assert!(refused.contains("the function cannot run"), "{refused}");
        assert!(refused.contains("cannot write meanwhile"), "{refused}");
        let error = last_error(&mut client, "fragile");
        assert!(error.contains("cannot write meanwhile"), "{error}");
        assert_eq!(ask!(client, "GET", "runs"), r#"$"1""#);
        let id = client.id("robust").unwrap();
        assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
        storage.rewrite(&mut client);
        let mut client = storage.restart(&mut server, &[]);
        assert!(client.trigger("fragile", &[]).contains("cannot run"));
        assert_eq!(ask!(client, "XADD", "s", "1-1", "f", "v"), r#"$"1-1""#);
        assert_eq!(client.registrations().len(), 2);
        // Saved as it was: the Python that made the pickle can load it.
        let mut client = storage.restart(&mut server, &[(PICKLED_BY_2, PICKLED_BY_3)]);
        assert_eq!(client.trigger("fragile", &[]), r#"[$"fine"]"#);
        until("entry that came meanwhile", || {
            (ask!(client, "LRANGE", "l", "0", "-1") == r#"[$"1-1"]"#).then_some(())
        });
        let id = client.id("fragile").unwrap();
        assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
    }
}

#[test]
fn pickles_that_cannot_be_read_and_scripts_that_fail_are_both_told() {
    for storage in BOTH {
        let mut server = storage.start();
        let mut client = server.client();
        client.install(
            "text = 'the very same thing'\n\
             GB('CommandReader').map(lambda r: text).register(trigger='broken', mode='sync')",
        );
        let damage: [(&[u8], &[u8]); 2] = [
            // The script's own words, in source and pickle: neither Python nor a pickle now.
            (b"text = 'the", b"text = )the"),
            (b"cloudpickle.cloudpickle", b"cloudpickle.cloudpickl_"),
        ];
        let mut client = storage.restart(&mut server, &damage);
        let error = last_error(&mut client, "broken");
        for reason in ["SyntaxError", "the pickle cannot be read", "cloudpickl_"] {
            assert!(error.contains(reason), "{storage:?}: {error}");
        }
        let refused = client.trigger("broken", &[]);
        assert!(refused.contains("the function cannot run"), "{refused}");
        client.install("GB('CommandReader').register(trigger='new')");
        assert_eq!(client.registrations().len(), 2);
    }
}

/// The length of the trigger's name, right and far too big.
const SOUND: &[u8] = b"\x02\x03\0\0\0\0\0\0\0one";
const DAMAGED: &[u8] = b"\x02\xff\xff\0\0\0\0\0\0one";

#[test]
fn damaged_records_do_not_stop_the_server() {
    for storage in BOTH {
        let mut server = storage.start();
        let mut client = server.client();
        client.install("GB('CommandReader').map(lambda r: 1).register(trigger='one', mode='sync')");
        client.install("GB('CommandReader').map(lambda r: 2).register(trigger='two', mode='sync')");
        let mut client = storage.restart(&mut server, &[(SOUND, DAMAGED)]);
        assert_eq!(client.trigger("one", &[]), "-ERR subcommand not found");
        assert_eq!(client.trigger("two", &[]), r#"[$"2"]"#);
        assert!(server.log().unwrap().contains("the stored data is damaged"));
        let stored = |client: &mut Client| {
            let info = ask!(client, "INFO", "everything");
            let (_, rest) = info.split_once("rg_records:").unwrap();
            rest.split("\\r\\n").take(2).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(stored(&mut client), "2 rg_records_unreadable:1");
        // Kept for who can read it.
        storage.rewrite(&mut client);
        let mut client = storage.restart(&mut server, &[(DAMAGED, SOUND)]);
        assert_eq!(client.trigger("one", &[]), r#"[$"1"]"#, "{storage:?}");
        assert_eq!(client.trigger("two", &[]), r#"[$"2"]"#);
        assert_eq!(stored(&mut client), "2 rg_records_unreadable:0");
    }
}
